"""Languages by suffix, name and shebang, and how many lines of each were written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cockpit_tui.domain.review import LanguageShare

if TYPE_CHECKING:
    from cockpit_tui.context.corpus import SourceFile

_BY_SUFFIX = {
    suffix: language
    for language, suffixes in {
        "Python": "py pyi pyw", "Cython": "pyx pxd", "JavaScript": "js mjs cjs jsx",
        "TypeScript": "ts mts cts tsx", "Go": "go", "Rust": "rs", "Java": "java",
        "Kotlin": "kt kts", "Scala": "scala sc", "Groovy": "groovy gradle", "C#": "cs",
        "F#": "fs fsx", "C": "c h", "C++": "cc cpp cxx hpp hh hxx", "Objective-C": "m mm",
        "Swift": "swift", "Ruby": "rb", "PHP": "php", "Perl": "pl pm", "Lua": "lua", "R": "r",
        "Julia": "jl", "Elixir": "ex exs", "Erlang": "erl", "Haskell": "hs", "OCaml": "ml mli",
        "Clojure": "clj cljs", "Dart": "dart", "Shell": "sh bash zsh fish", "PowerShell": "ps1",
        "SQL": "sql", "HTML": "html htm", "CSS": "css scss sass less", "Vue": "vue",
        "Svelte": "svelte", "Zig": "zig", "Nim": "nim", "HCL": "tf hcl", "Protobuf": "proto",
    }.items()
    for suffix in suffixes.split()
}
_PROSE_BY_SUFFIX = {
    "md": "Markdown", "mdx": "Markdown", "rst": "reStructuredText", "adoc": "AsciiDoc",
    "tex": "TeX", "ipynb": "Jupyter notebook", "json": "JSON", "yaml": "YAML", "yml": "YAML",
    "toml": "TOML", "xml": "XML", "csv": "CSV", "txt": "Text",
}
_BY_NAME = {
    "Rakefile": "Ruby", "Gemfile": "Ruby", "Jenkinsfile": "Groovy", "Makefile": "Makefile",
    "makefile": "Makefile", "GNUmakefile": "Makefile", "Dockerfile": "Dockerfile",
    "Containerfile": "Dockerfile", "CMakeLists.txt": "CMake", "justfile": "Just",
    "Justfile": "Just", "SConstruct": "Python", "wscript": "Python",
}
_BY_INTERPRETER = (
    (re.compile(rb"\bpython"), "Python"), (re.compile(rb"\b(node|deno|bun)\b"), "JavaScript"),
    (re.compile(rb"\b(ba|z|da|k)?sh\b"), "Shell"), (re.compile(rb"\bruby"), "Ruby"),
    (re.compile(rb"\bperl"), "Perl"),
)


def language_of(path: str, head: bytes = b"") -> str:
    """The programming language of a file, or an empty string. `head`: its first bytes."""
    name = path.rpartition("/")[2]
    if name in _BY_NAME:
        return _BY_NAME[name]
    stem, dot, suffix = name.rpartition(".")
    if dot and stem:
        return _BY_SUFFIX.get(suffix.lower(), "")
    if head.startswith(b"#!"):
        first_line = head.split(b"\n", 1)[0]
        return next((name for pattern, name in _BY_INTERPRETER if pattern.search(first_line)), "")
    return ""


def prose_of(path: str) -> str:
    """The name of a prose or data format, or an empty string."""
    return _PROSE_BY_SUFFIX.get(path.rpartition(".")[2].lower(), "")


def count_languages(sources: Iterable[SourceFile]) -> tuple[LanguageShare, ...]:
    """Programming and markup languages, most lines first."""
    return _shares((source.language, source.lines) for source in sources)


def count_prose(paths_and_lines: Iterable[tuple[str, int]]) -> tuple[LanguageShare, ...]:
    """Prose and data formats, most lines first: for a repository without any code."""
    named = ((prose_of(path), lines) for path, lines in paths_and_lines)
    return _shares((name, lines) for name, lines in named if name)


def _shares(counted: Iterable[tuple[str, int]]) -> tuple[LanguageShare, ...]:
    files: dict[str, int] = {}
    lines: dict[str, int] = {}
    for name, count in counted:
        files[name] = files.get(name, 0) + 1
        lines[name] = lines.get(name, 0) + count
    ranked = sorted(files, key=lambda name: (-lines[name], name))
    return tuple(LanguageShare(name=name, files=files[name], lines=lines[name]) for name in ranked)
