"""What a repository is built with: one `Stack` per ecosystem found at its root."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cockpit_tui.domain.review import CommandKind, RepositoryFacts
from cockpit_tui.providers.offline.reading import read_if_present
from cockpit_tui.providers.offline.recipe import ToolReply, ToolUse
from cockpit_tui.providers.offline.recipes.tree import Tree

Ecosystem = Literal["python", "node", "go", "rust", "maven", "gradle"]

MANIFESTS: Mapping[str, Ecosystem] = {
    "pyproject.toml": "python", "setup.py": "python", "setup.cfg": "python",
    "requirements.txt": "python", "package.json": "node", "go.mod": "go", "Cargo.toml": "rust",
    "pom.xml": "maven", "build.gradle": "gradle", "build.gradle.kts": "gradle",
}

_ALSO_READ = re.compile(
    r"(dev|test|tests|ci)?[-_]?requirements[-_]?\w*\.txt|requirements/\w+\.txt|\.nvmrc|"
    r"\.node-version|\.yarnrc\.yml|pytest\.ini|tox\.ini")
_MAX_READ = 16

_SPEAKS_OF: tuple[tuple[re.Pattern[str], tuple[Ecosystem, ...]], ...] = (
    (re.compile(r"(python3?|pytest|ruff|mypy|black|flake8|isort|pylint|pyright|tox|nox|uv|poetry|"
                r"hatch|pdm)\b"), ("python",)),
    (re.compile(r"(node|npm|npx|yarn|pnpm|bun)\b"), ("node",)),
    (re.compile(r"(go|gofmt|golangci-lint)\b"), ("go",)),
    (re.compile(r"cargo\b"), ("rust",)),
    (re.compile(r"(\./)?mvnw?\b"), ("maven",)),
    (re.compile(r"(\./)?gradlew?\b"), ("gradle",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The tree and the texts of its manifests."""

    tree: Tree
    texts: Mapping[str, str]

    def toml(self, path: str) -> dict[str, Any]:
        """The parsed file; empty if missing or not TOML."""
        try:
            return tomllib.loads(self.texts.get(path, ""))
        except tomllib.TOMLDecodeError:
            return {}

    def json(self, path: str) -> dict[str, Any]:
        """The parsed file; empty if missing or no JSON object."""
        try:
            found = json.loads(self.texts.get(path, "{}"))
        except (json.JSONDecodeError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def read_sources(tree: Tree) -> Generator[ToolUse, ToolReply, Sources]:
    """Read the manifests at the root, at most sixteen of them."""
    wanted = [path for path in MANIFESTS if path in tree]
    wanted += [path for path in sorted(tree.files) if path not in wanted
               and _ALSO_READ.fullmatch(path)]
    texts = {}
    for path in wanted[:_MAX_READ]:
        text = yield from read_if_present(path)
        if text is not None:
            texts[path] = text
    return Sources(tree=tree, texts=texts)


def ecosystems(sources: Sources) -> tuple[Ecosystem, ...]:
    """Those with a manifest at the root, each once."""
    return tuple(dict.fromkeys(eco for path, eco in MANIFESTS.items() if path in sources.tree))


def commands_of(facts: RepositoryFacts, ecosystem: Ecosystem,
                among: tuple[Ecosystem, ...]) -> dict[CommandKind, str]:
    """The first command of each kind that belongs to `ecosystem`.

    A command that speaks of none (`make test`) belongs to the first of `among`.
    """
    found: dict[CommandKind, str] = {}
    for fact in facts.commands:
        owners: tuple[Ecosystem, ...] = next(
            (owners for pattern, owners in _SPEAKS_OF if pattern.match(fact.command)), among[:1])
        if ecosystem in owners and "\n" not in fact.command and "${{" not in fact.command:
            found.setdefault(fact.kind, fact.command)
    return found
