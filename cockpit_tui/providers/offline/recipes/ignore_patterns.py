"""What belongs into a `.gitignore`, by language and tool, and what one already covers.

Patterns are those of the collection github.com/github/gitignore that a build surely writes; the
meaning of a line is that of git-scm.com/docs/gitignore, without `\\` escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cockpit_tui.domain.review import LanguageShare, RepositoryFacts
from cockpit_tui.providers.offline.recipes.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreGroup:
    name: str
    patterns: tuple[str, ...]


_LANGUAGES = {
    "Python": ("__pycache__/", "*.py[cod]", ".venv/", "venv/", "*.egg-info/", "build/", "dist/"),
    "JavaScript": ("node_modules/", "npm-debug.log*"),
    "TypeScript": ("node_modules/", "npm-debug.log*", "*.tsbuildinfo"),
    "Go": ("*.test", "*.out"),
    "Rust": ("/target/",),
    "Java": ("*.class", "hs_err_pid*.log"),
    "Kotlin": ("*.class",),
    "C": ("*.o", "*.a", "*.so"),
    "C++": ("*.o", "*.a", "*.so"),
    "C#": ("bin/", "obj/", "*.user"),
    "Ruby": (".bundle/", "vendor/bundle/", "*.gem"),
    "PHP": ("/vendor/",),
    "Elixir": ("/_build/", "/deps/"),
    "Haskell": ("dist-newstyle/", ".stack-work/"),
    "Dart": (".dart_tool/", "/build/"),
    "HCL": (".terraform/", "*.tfstate", "*.tfstate.*"),
}

_TOOLS: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = (
    # (group, what gives the tool away in commands, frameworks or root file names, patterns)
    ("Python", re.compile(r"\bpytest\b|\bpytest\.ini\b"), (".pytest_cache/",)),
    ("Python", re.compile(r"\bmypy\b"), (".mypy_cache/",)),
    ("Python", re.compile(r"\bruff\b"), (".ruff_cache/",)),
    ("Python", re.compile(r"\bcoverage\b|\bpytest-cov\b|--cov\b|\.coveragerc"),
     (".coverage", ".coverage.*", "htmlcov/")),
    ("Python", re.compile(r"\btox\b"), (".tox/",)),
    ("Python", re.compile(r"\bnox(file)?\b"), (".nox/",)),
    ("Python", re.compile(r"\bhypothesis\b"), (".hypothesis/",)),
    ("Node", re.compile(r"\bnext\b|next\.config", re.I), (".next/",)),
    ("Node", re.compile(r"\b(vite|rollup|webpack|tsc|tsup|esbuild)\b", re.I), ("dist/",)),
    ("Node", re.compile(r"\b(jest|vitest|nyc|c8)\b", re.I), ("coverage/",)),
    ("Java", re.compile(r"\bmvnw?\b|pom\.xml|\bmaven\b", re.I), ("target/",)),
    ("Java", re.compile(r"gradle", re.I), (".gradle/", "build/")),
)

_EVERYWHERE = (
    IgnoreGroup(name="Secrets", patterns=(".env", ".env.local")),
    IgnoreGroup(name="Editors and systems", patterns=(".DS_Store", ".idea/", "*.swp")),
)

PROBES = {
    "Python": "__pycache__/x.pyc", "JavaScript": "node_modules/x/index.js",
    "TypeScript": "node_modules/x/index.js", "Go": "x.test", "Rust": "target/x", "Java": "X.class",
    "Kotlin": "X.class", "C": "x.o", "C++": "x.o", "C#": "obj/x", "Ruby": ".bundle/config",
    "PHP": "vendor/autoload.php", "Elixir": "_build/x", "Haskell": "dist-newstyle/x",
    "Dart": ".dart_tool/x", "HCL": ".terraform/x",
}
"""One path for each language that must end up ignored."""


def wanted_groups(facts: RepositoryFacts, tree: Tree) -> tuple[IgnoreGroup, ...]:
    """What this repository's languages and tools leave behind, each pattern once."""
    merged: dict[str, list[str]] = {}
    for share in facts.languages:
        if share.name in _LANGUAGES and _is_built(share, facts, tree):
            group = {"JavaScript": "Node", "TypeScript": "Node"}.get(share.name, share.name)
            merged.setdefault(group, []).extend(_LANGUAGES[share.name])
    signs = " ".join((*(fact.command for fact in facts.commands), *facts.frameworks,
                      *(path for path in tree.files if "/" not in path)))
    for group, sign, patterns in _TOOLS:
        if sign.search(signs):
            merged.setdefault(group, []).extend(patterns)
    seen: set[str] = set()
    groups = []
    for name, listed in merged.items():
        fresh = tuple(p for p in dict.fromkeys(listed) if p not in seen)
        seen.update(fresh)
        if fresh:
            groups.append(IgnoreGroup(name=name, patterns=fresh))
    return (*groups, *_EVERYWHERE)


def _is_built(share: LanguageShare, facts: RepositoryFacts, tree: Tree) -> bool:
    """Is `share` more than a few files among the tests or assets of something else?"""
    if share.name in {"JavaScript", "TypeScript"}:
        return share is facts.languages[0] or any(
            path.rpartition("/")[2] == "package.json" for path in tree.files)
    return share.lines * 100 >= sum(each.lines for each in facts.languages)


def is_ignored(path: str, lines: Iterable[str]) -> bool:
    """Would git, reading these lines as `.gitignore` at the root, ignore the file `path`?"""
    ignored = False
    for line in lines:
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        is_negated = rule.startswith("!")
        if _rule(rule.removeprefix("!")).fullmatch(path):
            ignored = not is_negated
    return ignored


def sample_path(pattern: str) -> str:
    """A path that the pattern is there for: `*.py[cod]` → `x.pyc`."""
    plain = re.sub(r"\[(\w)[^]]*\]", r"\1", pattern.lstrip("/")).replace("*", "x")
    return f"{plain}x" if plain.endswith("/") else plain


def _rule(pattern: str) -> re.Pattern[str]:
    is_folder = pattern.endswith("/")
    body = pattern.rstrip("/")
    is_anchored = "/" in body
    body = body.lstrip("/")
    regex = ""
    for token in re.findall(r"\*\*/|/\*\*|\*\*|\*|\?|\[[^]]*\]|[^*?\[/]+|.", body):
        match token:
            case "**/":
                regex += "(?:.*/)?"
            case "/**":
                regex += "/.*"
            case "*" | "**":
                regex += "[^/]*"
            case "?":
                regex += "[^/]"
            case _ if token.startswith("[") and len(token) > 2:
                regex += token.replace("[!", "[^").replace("\\", "\\\\")
            case _:
                regex += re.escape(token)
    start = "" if is_anchored else "(?:.*/)?"
    return re.compile(f"{start}{regex}{'/.*' if is_folder else '(?:/.*)?'}", re.DOTALL)
