"""Questions to the person, and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cockpit_tui.domain.ids import ApprovalId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequired:
    approval_id: ApprovalId
    gate: str
    risk: str
    title: str
    type: Literal["approval:required"] = "approval:required"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGranted:
    approval_id: ApprovalId
    gate: str
    by: str
    type: Literal["approval:granted"] = "approval:granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDenied:
    approval_id: ApprovalId
    gate: str
    by: str
    returned: bool
    """True: sent back with changes asked for, rather than refused."""
    comment: str = ""
    type: Literal["approval:denied"] = "approval:denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWithdrawn:
    """A question is asked no more, or an answer counts no more."""

    approval_id: ApprovalId
    gate: str
    what: Literal["question", "answer"]
    reason: str
    type: Literal["approval:withdrawn"] = "approval:withdrawn"
