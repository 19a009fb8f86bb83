"""What the lead writes as structured output: drafts that the engine turns into domain objects.

A provider's reply text is one of these as JSON. Keys are the field names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cockpit_tui.domain.review import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDraft:
    summary: str
    patterns: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    architecture: str = ""
    """Plain text picture, at most 78 columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDraft:
    key: str
    """Unique within the plan; what `depends_on` names."""
    title: str
    instructions: str
    role: str
    depends_on: tuple[str, ...] = ()
    owned_paths: tuple[str, ...] = ()
    acceptance: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    """Further commands that the agent needs to run, e.g. a formatter with its fix flag."""
    minutes: float = 1.0
    tokens: int = 0
    task_class: str = "standard"
    resources: tuple[str, ...] = ()
    """Names of what only one task may use at a time, like `db:test`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseDraft:
    title: str
    tasks: tuple[TaskDraft, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    """`phases` empty: nothing can be planned, and `answer` says truthfully why."""

    summary: str
    phases: tuple[PhaseDraft, ...] = ()
    notes: tuple[str, ...] = ()
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeDraft:
    verdict: Literal["pass", "revise"]
    comment: str = ""
