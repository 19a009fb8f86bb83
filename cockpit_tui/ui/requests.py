"""What screens ask of the app, as messages: the app alone speaks to the bridge."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from cockpit_tui.domain.command import Command
from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.notice import NoticeKind
from cockpit_tui.ui.snapshot import Board, DiffSource


@dataclass
class CommandWanted(Message):
    command: Command
    said: str
    """What the hint line says once the engine took it."""


@dataclass
class JobWatched(Message):
    job_id: JobId | None


@dataclass
class DiffWatched(Message):
    source: DiffSource | None


@dataclass
class OlderEventsWanted(Message):
    before_seq: int


@dataclass
class BoardWatched(Message):
    """A screen that shows this board came, or went."""

    board: Board
    is_shown: bool


@dataclass
class ReplayWanted(Message):
    """A job's rows, and its events after `after`, page by page."""

    job_id: JobId
    after: int


@dataclass
class NoticesWanted(Message):
    """What the person was told, and which kinds are muted."""


@dataclass
class NoticeTestWanted(Message):
    """Tell a trial text by every channel."""


@dataclass
class MuteWanted(Message):
    kind: NoticeKind
    is_muted: bool


@dataclass
class RepositoryAddWanted(Message):
    path: str


@dataclass
class RepositoryForgetWanted(Message):
    project_id: ProjectId


@dataclass
class RepositoryTrustWanted(Message):
    project_id: ProjectId
