"""Checkpoints of an execution: what one is, and which go when there are many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MOST_KEPT = 200
"""Checkpoints of one execution; beyond it the middle ones go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The worktree's files after one step, as a commit on top of the worktree's head."""

    ref: str
    commit: str
    files: int
    """How many differ from the checkpoint before, or from the head where it is the first."""


def to_drop(steps: Iterable[int], keep: int = MOST_KEPT) -> tuple[int, ...]:
    """The middle steps beyond `keep` (at least 2), in order: the first quarter of what stays is the
    oldest steps, the rest the newest. Dropped one by one as steps come, or all at once at the end,
    the same ones stay."""
    ordered = sorted(set(steps))
    oldest = max(1, keep // 4)
    newest = max(1, keep - oldest)
    return tuple(ordered[oldest:max(oldest, len(ordered) - newest)])
