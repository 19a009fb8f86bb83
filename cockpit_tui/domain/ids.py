"""Identifiers: one `NewType` per aggregate, and the ULID that fills them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import NewType

ProjectId = NewType("ProjectId", str)
JobId = NewType("JobId", str)
PlanId = NewType("PlanId", str)
PhaseId = NewType("PhaseId", str)
TaskId = NewType("TaskId", str)
ExecutionId = NewType("ExecutionId", str)
StepId = NewType("StepId", str)
ToolCallId = NewType("ToolCallId", str)
EventId = NewType("EventId", str)
ApprovalId = NewType("ApprovalId", str)
CommentId = NewType("CommentId", str)
ScheduleId = NewType("ScheduleId", str)
LockId = NewType("LockId", str)

IdSource = Callable[[], str]
"""Anything that returns a fresh id; tests pass a counter, the product `new_ulid`."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_ulid() -> str:
    """A ULID: 48 bits of Unix milliseconds, 80 random bits, Crockford base 32, 26 characters.

    Source: the ULID specification (github.com/ulid/spec). Ids made in one millisecond are not
    ordered among themselves; the ledger's `seq` gives order, ids only give identity.
    """
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
