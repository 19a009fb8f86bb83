"""A project: a git repository that the cockpit knows; and what can be seen of it from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.domain.review import CommitFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    id: ProjectId
    name: str
    path: str
    """Absolute real path of the repository's working tree (or of a bare repository)."""
    identity: str
    """Which git directory was meant when it was trusted: a changed identity asks again."""
    added_at: datetime
    trusted_at: datetime | None = None

    @property
    def is_trusted(self) -> bool:
        return self.trusted_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryState:
    """What the repository browser shows; read without running anything of the repository."""

    path: str
    name: str
    identity: str
    branch: str
    """Empty when the head is detached."""
    head: str
    """Commit id; empty when there are no commits."""
    dirty_files: int
    """Changed or untracked files; -1 where it was not counted."""
    recent_commits: tuple[CommitFact, ...] = ()
    files: tuple[str, ...] = ()
    """Tracked paths in the head commit, sorted, at most the asked number."""
    file_count: int = 0
