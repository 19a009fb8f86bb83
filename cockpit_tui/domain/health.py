"""Findings of a check-up: what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    about: str
    """What was looked at: `file`, `events`, `rows`, `jobs`, `refs`, `worktrees`."""
    text: str
    remedy: str
    """What a person can do; a command where there is one."""
    project: str = ""
    """The name of the project whose hub has many alike: people are told of these as one."""
