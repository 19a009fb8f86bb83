"""One question about one exact action, and its answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.ids import ApprovalId, JobId, TaskId
from cockpit_tui.domain.plan import Plan
from cockpit_tui.domain.policy import Gate, Risk


class Decision(StrEnum):
    GRANTED = "granted"
    DENIED = "denied"
    RETURNED = "returned"
    """Sent back: neither yes nor no, but changes are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked. `action` is the exact action as JSON; its hash is what an answer covers."""

    gate: Gate
    title: str
    detail: str
    action: JsonObject
    risk: Risk = Risk.LOW
    reasons: tuple[str, ...] = ()
    """Why it is asked, one sentence each."""

    @property
    def action_hash(self) -> str:
        text = json.dumps([self.gate.value, self.action], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewComment:
    """A person's remark on a line of a diff (`line` in the new file, 0 for the whole file)."""

    path: str
    line: int
    text: str
    quoted: str = ""
    """The code line that it was written on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A person's or a policy's decision, with what goes along with it."""

    decision: Decision
    by: str
    """`person`, `policy`, `all`, or `away` where nobody was there and the person wants a no."""
    comment: str = ""
    dropped_hunks: tuple[str, ...] = ()
    """Ids of hunks (see `domain.diff`) that must not land."""
    comments: tuple[ReviewComment, ...] = ()
    plan: Plan | None = None
    """The plan as the person edited it; only for gate `plan`."""
    rest_of_job: bool = False
    """A yes to every such call of the job from now on; only for gate `expensive`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    id: ApprovalId
    job_id: JobId
    task_id: TaskId | None
    key: str
    """The durable key it was asked under; the same key is never asked twice."""
    question: Question
    asked_at: datetime
    answer: Answer | None = None
    answered_at: datetime | None = None
    holds_up: int = field(default=0)
    """How many tasks wait for it."""
