"""Which grammar reads a file, and its queries: each loaded when the first file needs it."""

from __future__ import annotations

import importlib
import threading
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Language, Query

_BY_SUFFIX = {
    suffix: grammar
    for grammar, suffixes in {
        "python": "py pyi pyw", "javascript": "js mjs cjs jsx", "typescript": "ts mts cts",
        "tsx": "tsx", "go": "go", "rust": "rs", "java": "java", "c": "c",
        "cpp": "h cc cpp cxx hpp hh hxx", "ruby": "rb rake gemspec", "php": "php",
        "csharp": "cs",
    }.items()
    for suffix in suffixes.split()
}
_MODULES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # grammar: package, its function, query files
    "python": ("tree_sitter_python", "language", ("python",)),
    "javascript": ("tree_sitter_javascript", "language", ("ecmascript", "javascript", "jsx")),
    "typescript": ("tree_sitter_typescript", "language_typescript",
                   ("ecmascript", "typescript")),
    "tsx": ("tree_sitter_typescript", "language_tsx", ("ecmascript", "typescript", "jsx")),
    "go": ("tree_sitter_go", "language", ("go",)),
    "rust": ("tree_sitter_rust", "language", ("rust",)),
    "java": ("tree_sitter_java", "language", ("java",)),
    "c": ("tree_sitter_c", "language", ("c",)),
    "cpp": ("tree_sitter_cpp", "language", ("c", "cpp_only")),
    "ruby": ("tree_sitter_ruby", "language", ("ruby",)),
    "php": ("tree_sitter_php", "language_php", ("php",)),
    "csharp": ("tree_sitter_c_sharp", "language", ("csharp",)),
}
GRAMMARS = tuple(_MODULES)
_loading = threading.Lock()


class Grammar(NamedTuple):
    language: Language
    query: Query


def grammar_of(path: str) -> str:
    """The name of the grammar for `path`, or an empty string where there is none."""
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    if name in {"Rakefile", "Gemfile"}:
        return "ruby"
    return _BY_SUFFIX.get(suffix.lower(), "") if dot and stem else ""


def load_grammar(name: str) -> Grammar:
    """The grammar and its query. Slow once (0.1 s at most), and safe in any thread."""
    with _loading:
        return _load(name)


@cache
def _load(name: str) -> Grammar:
    from tree_sitter import Language, Query

    package, function, files = _MODULES[name]
    language = Language(getattr(importlib.import_module(package), function)())
    folder = resources.files(__package__).joinpath("queries")
    source = "\n".join(folder.joinpath(f"{file}.scm").read_text("utf-8") for file in files)
    return Grammar(language, Query(language, source))
