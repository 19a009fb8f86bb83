"""What a review finds: deterministic facts about a repository, and a judgement over them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CommandKind(StrEnum):
    TEST = "test"
    LINT = "lint"
    FORMAT = "format"
    TYPES = "types"
    BUILD = "build"


class Severity(StrEnum):
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageShare:
    name: str
    files: int
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFact:
    """A command the repository offers. `runnable` says whether this machine has what it needs."""

    kind: CommandKind
    command: str
    source: str
    """The file that told, e.g. `pyproject.toml`."""
    runnable: bool = True
    reason: str = ""
    """Why it is not runnable here, and what would make it so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFact:
    """A class and the pattern around it."""

    name: str
    path: str
    line: int
    language: str
    bases: tuple[str, ...] = ()
    is_abstract: bool = False
    tested_by: tuple[str, ...] = ()
    exported_in: tuple[str, ...] = ()

    def describe(self) -> str:
        """`CodeArchitect extends BaseAgent, tested by tests/x.py, exported in agents/index.ts`."""
        parts = [self.name]
        if self.bases:
            parts[0] += " extends " + ", ".join(self.bases)
        if self.tested_by:
            parts.append("tested by " + ", ".join(self.tested_by))
        if self.exported_in:
            parts.append("exported in " + ", ".join(self.exported_in))
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutEntry:
    """A top-level directory or file, with how many files it holds."""

    path: str
    files: int
    role: str = ""
    """`source`, `tests`, `docs`, `ci`, `config`, ...; empty where nothing tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFact:
    """A part of the source: a directory (`path` ends with `/`) or one module, and what it needs."""

    path: str
    files: int
    lines: int
    imports: tuple[str, ...] = ()
    """Paths of the other parts it imports when it is loaded, most often imported first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFact:
    sha: str
    subject: str
    author: str
    at: str
    """UTC, ISO-8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    severity: Severity
    title: str
    detail: str = ""
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryFacts:
    """What can be known without judgement, read from the tree of one commit."""

    commit: str
    file_count: int
    total_bytes: int
    languages: tuple[LanguageShare, ...] = ()
    """Most lines first."""
    layout: tuple[LayoutEntry, ...] = ()
    packages: tuple[PackageFact, ...] = ()
    """Most lines first."""
    entry_points: tuple[str, ...] = ()
    commands: tuple[CommandFact, ...] = ()
    classes: tuple[ClassFact, ...] = ()
    conventions: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    """Paths of `AGENTS.md` and its like."""
    recent_commits: tuple[CommitFact, ...] = ()
    commits_last_90_days: int = 0
    risks: tuple[Finding, ...] = ()
    truncated: str = ""
    """What was left out because the repository is very large; empty if nothing was."""

    def command(self, kind: CommandKind) -> CommandFact | None:
        return next((fact for fact in self.commands if fact.kind is kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    facts: RepositoryFacts
    summary: str
    patterns: tuple[str, ...]
    """One sentence a pattern, e.g. `CodeArchitect extends BaseAgent, tested by ...`."""
    findings: tuple[Finding, ...]
    architecture: str
    """A picture in plain text, at most 78 columns wide."""
    author: str
    """The model that wrote it, or `offline:rules`."""
