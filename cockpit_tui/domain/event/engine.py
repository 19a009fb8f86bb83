"""What happens to the queue, its schedules and the engine itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChanged:
    change: Literal["paused", "resumed", "moved", "added"]
    text: str
    """Of what, in words; about the whole queue where the event is of no job."""
    type: Literal["queue:changed"] = "queue:changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChanged:
    """A schedule was made or changed, or its time came: then a job was queued, or could not be."""

    number: int
    change: Literal["added", "fired", "failed", "paused", "resumed", "removed"]
    text: str
    type: Literal["schedule:changed"] = "schedule:changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStarted:
    version: str
    pid: int
    type: Literal["engine:started"] = "engine:started"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRecovered:
    """Jobs of an earlier engine went on, or what it left behind when it was killed was put right.
    """

    jobs: int
    reissued: int
    processes: int = 0
    """Commands of agents that still ran, and were killed."""
    worktrees: int = 0
    """Given back; work in them that did not land went to the trash."""
    type: Literal["engine:recovered"] = "engine:recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStopped:
    reason: str
    type: Literal["engine:stopped"] = "engine:stopped"
