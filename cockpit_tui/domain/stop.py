"""What the person holds up or gives up: a job or a task that goes no further."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cockpit_tui.domain.ids import JobId, TaskId


class Wish(StrEnum):
    PAUSE = "pause"
    """After the steps under way it waits, until the person lets it go on."""
    CANCEL = "cancel"
    """It ends at once, for good; only a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    job_id: JobId
    task_id: TaskId | None
    """None: the whole job."""
    wish: Wish
    reason: str
    asked_at: datetime
