"""An action: id, title, keys, scope; and the situation that says when it can be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cockpit_tui.domain.agent import AgentView
from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.lock import Lock
from cockpit_tui.domain.queue import QueueEntry, Schedule


class Scope(StrEnum):
    """Who carries an action out."""

    GLOBAL = "everywhere"
    HOME = "home"
    LIST = "lists"
    PANE = "panes"
    DECIDE = "decisions"
    REVIEW = "review pane"
    RUN = "jobs"
    REPOS = "repositories"
    PLAN = "plan editor"
    DIFF = "diff"
    LOG = "log"
    QUEUE = "queue"
    LOCKS = "locks"
    REPLAY = "replay"
    SLIDER = "time slider"
    FORM = "form"
    MODEL = "model field"
    NOTICES = "notifications"
    AGENTS = "agents"
    CARDS = "cards"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the person looks at: decides which actions can be done, and why the others cannot."""

    approval: Approval | None = None
    job: Job | None = None
    is_read_only: bool = False
    waiting: int = 0
    entry: QueueEntry | None = None
    """The job of the queue under the cursor."""
    schedule: Schedule | None = None
    lock: Lock | None = None
    agent: AgentView | None = None
    """The one under the cursor."""
    can_undo: bool = False
    has_repository: bool = True


def always(_: Situation) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    id: str
    title: str
    """What the footer says: one or two words."""
    help: str
    """One sentence for help and palette."""
    keys: str
    """Textual key names, comma list; two strokes with a space between; empty: palette only."""
    scope: Scope
    call: str
    """The method without `action_`, with literal arguments if any."""
    priority: int = 50
    """Place in the footer; 0 stands first, 100 and more is never in it."""
    when: Callable[[Situation], str] = always
    """Empty, or why it cannot be done now."""


def define(id: str, keys: str, title: str, help: str, scope: Scope, call: str,
           priority: int = 100, when: Callable[[Situation], str] = always) -> Action:
    return Action(id=id, title=title, help=help, keys=keys, scope=scope, call=call,
                  priority=priority, when=when)
