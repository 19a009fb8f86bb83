"""What screens ask of the app, as messages: the app alone speaks to the bridge."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from cockpit_tui.domain.command import Command
from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.ui.snapshot import DiffSource


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
class ReplayWanted(Message):
    """A job's rows, and its events after `after`, page by page."""

    job_id: JobId
    after: int


@dataclass
class RepositoryAddWanted(Message):
    path: str


@dataclass
class RepositoryForgetWanted(Message):
    project_id: ProjectId


@dataclass
class RepositoryTrustWanted(Message):
    project_id: ProjectId
