"""What the person is told while they look elsewhere, and the rules of when which channel tells it.

The ladder of UX.md 6.2: the screen shows everything at once; the desktop is told after 10 seconds
without an answer, the person's own command and webhook after 2 minutes, or at once where a job of
the night is concerned. While the person types, only the screen speaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cockpit_tui.domain import event
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import WaitingOn
from cockpit_tui.domain.policy import Gate
from cockpit_tui.domain.sanitize import sanitize_line

MAX_TEXT = 240
"""Characters: a notice is read at a glance, on a telephone too."""
ACTIVE_SECONDS = 30.0
"""For so long after a key the person counts as being there."""
DESKTOP_SECONDS = 10.0
FAR_SECONDS = 120.0
DWELL_SECONDS = 5.0
"""A state must have lasted so long before it is told; a question need not."""
PAUSE_SECONDS = 60.0
"""Between two notices about one subject on one channel."""
STALE_SECONDS = 12 * 3600.0
"""What is older is history: the start page tells it, no channel does any more."""


class NoticeKind(StrEnum):
    QUESTION = "question"
    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"
    BUDGET = "budget"
    STALLED = "stalled"
    NIGHT = "night"
    TEST = "test"


class Channel(StrEnum):
    SCREEN = "screen"
    """Attention line, title and bell of an open cockpit."""
    DESKTOP = "desktop"
    COMMAND = "command"
    WEBHOOK = "webhook"


class Told(StrEnum):
    """What became of a notice on one channel."""

    SENDING = "sending"
    """Begun; after a crash nobody knows whether it arrived, and it is not sent again."""
    SENT = "sent"
    FAILED = "failed"


LADDER = (Channel.DESKTOP, Channel.COMMAND, Channel.WEBHOOK)
"""The channels that wait for their turn."""
_OPEN_UNTIL_DONE = frozenset({NoticeKind.QUESTION, NoticeKind.PARKED, NoticeKind.BUDGET,
                              NoticeKind.STALLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A fact that is worth telling. `source` names it: the same fact is told once."""

    source: str
    kind: NoticeKind
    subject: str
    """Whom it is about; notices about one subject keep `PAUSE_SECONDS` between them."""
    text: str
    job_id: JobId | None = None
    task_id: TaskId | None = None
    is_night: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    channel: Channel
    result: Told
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A draft that is in the ledger, with where it went so far."""

    number: int
    draft: Draft
    seq: int
    at: datetime
    settled_at: datetime | None = None
    settled_by: str = ""
    """`told`, `answered`, `seen`, `muted`, `over`, `old`, `no channel`; empty while a channel may
    tell it yet."""
    deliveries: tuple[Delivery, ...] = ()

    def delivery(self, channel: Channel) -> Delivery | None:
        return next((found for found in self.deliveries if found.channel is channel), None)


def due_at(notice: Notice, channel: Channel, *, last_key_at: datetime | None,
           last_told_at: datetime | None) -> datetime:
    """When the channel's turn comes, if nothing happens until then.

    `last_told_at`: when it told something about the same subject last."""
    kind, waits = notice.draft.kind, FAR_SECONDS
    if channel is Channel.DESKTOP:
        waits = DESKTOP_SECONDS
    elif notice.draft.is_night or kind is NoticeKind.NIGHT:
        waits = 0.0
    if kind is not NoticeKind.QUESTION:
        waits = max(waits, DWELL_SECONDS)
    due = notice.at + timedelta(seconds=waits)
    if last_key_at is not None:
        due = max(due, last_key_at + timedelta(seconds=ACTIVE_SECONDS))
    if last_told_at is not None:
        due = max(due, last_told_at + timedelta(seconds=PAUSE_SECONDS))
    return due


def is_seen(notice: Notice, last_key_at: datetime | None) -> bool:
    """Whether the person was at the screen since: news are known then, what waits still waits."""
    return (notice.draft.kind not in _OPEN_UNTIL_DONE and last_key_at is not None
            and last_key_at > notice.at)


def is_stale(notice: Notice, now: datetime) -> bool:
    return now - notice.at > timedelta(seconds=STALE_SECONDS)


def draft_of(recorded: RecordedEvent, *, job_number: int | None, task_number: str = "",
             is_night: bool = False, redact: Callable[[str], str] = str) -> Draft | None:
    """What an event tells the person; None where it is none of their business. `redact` takes out
    secrets before the text is cut: half a secret nobody would recognise."""
    if job_number is None:
        return None
    told = _told(recorded.payload)
    if told is None:
        return None
    kind, source, words = told
    name = f"#{job_number} {task_number}".strip()
    return Draft(source=source or f"event:{recorded.id}", kind=kind,
                 subject=str(recorded.task_id or recorded.job_id),
                 text=fit(redact(f"{name} {words}")),
                 job_id=recorded.job_id, task_id=recorded.task_id, is_night=is_night)


TELLING_TYPES = ("approval:required", "job:completed", "job:failed", "job:waiting",
                 "budget:warned", "agent:stalled")
"""The types of event that `draft_of` knows."""


def _told(payload: event.Payload) -> tuple[NoticeKind, str, str] | None:
    match payload:
        case event.ApprovalRequired(approval_id=approval, gate=gate, title=title):
            is_money = gate == Gate.BUDGET
            return (NoticeKind.BUDGET if is_money else NoticeKind.QUESTION,
                    f"approval:{approval}", f"asks: {title}")
        case event.JobCompleted(commits=commits, branch=branch):
            made = f"{commits} commit{'s' * (commits != 1)} on {branch}" if commits \
                else "no commits"
            return NoticeKind.DONE, "", f"is done: {made}"
        case event.JobFailed(reason=reason):
            return NoticeKind.FAILED, "", f"failed: {_first_line(reason)}"
        case event.JobWaiting(waiting_on=WaitingOn.PERSON.value, reason=reason):
            return NoticeKind.PARKED, "", f"waits for you: {_first_line(reason)}"
        case event.JobWaiting(waiting_on=WaitingOn.BUDGET.value, reason=reason):
            return NoticeKind.BUDGET, "", f"stopped for money: {_first_line(reason)}"
        case event.JobWaiting(waiting_on=WaitingOn.DISK.value, reason=reason):
            return NoticeKind.PARKED, "", f"waits for room on the disk: {_first_line(reason)}"
        case event.BudgetWarned(scope=scope, spent_microusd=spent, budget_microusd=budget):
            of = spent / budget if budget else 1.0
            return NoticeKind.BUDGET, "", f"has used {of:.0%} of the {scope}'s budget"
        case event.AgentStalled(agent=agent, doing=doing, seconds=seconds):
            return (NoticeKind.STALLED, "",
                    f"agent {agent} is silent for {seconds / 60:.0f} min: {doing}")
        case _:
            return None


def fit(text: str) -> str:
    """One harmless line of at most `MAX_TEXT` characters."""
    line = sanitize_line(" ".join(text.split()))
    return line if len(line) <= MAX_TEXT else line[:MAX_TEXT - 1] + "…"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
