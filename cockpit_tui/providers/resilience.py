"""When a failed model call is made again, and how long that waits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how patiently one model is asked before its failure counts."""

    max_attempts: int = 4
    base_seconds: float = 1.0
    max_wait_seconds: float = 30.0
    retry_after_cap_seconds: float = 60.0
    total_wait_seconds: float = 120.0


DEFAULT_POLICY = RetryPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryNotice:
    """A failed attempt that will be made again after `wait_seconds`."""

    attempt: int
    """Which attempt failed, from 1."""
    reason: str
    wait_seconds: float
