"""When a request of the form starts: from its fields to a place in the queue, and in words. Pure.

The words are those of `cockpit queue add`: `--at`, `--overnight`, `--after`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.moment import parse_moment
from cockpit_tui.domain.queue import NightRules, Placement
from cockpit_tui.ui.lines import foreign
from cockpit_tui.ui.queue_rows import AWAY_WORDS, when_words

_NUMBER = re.compile(r"#?(\d{1,9})")


class Start(StrEnum):
    """The choices of the form."""

    NOW = "now"
    AT = "at"
    TONIGHT = "tonight"
    AFTER = "after"


FIELDS = {Start.AT: ("Time", "23:00, +2h, 2026-11-22T07:30"), Start.AFTER: ("Job", "#41, or last")}
"""What has to be said to a choice: the field's name, and what is understood."""


def placement(start: Start, words: str, *, now: datetime, jobs: Sequence[Job]) -> Placement | None:
    """The place in the queue; None: at once. `jobs` are newest first. Raises UsageError."""
    match start:
        case Start.NOW:
            return None
        case Start.AT:
            return Placement(not_before=parse_moment(words, now))
        case Start.TONIGHT:
            return Placement(is_overnight=True)
        case Start.AFTER:
            return Placement(after=_named(words.strip(), jobs).id)


def start_note(start: Start, words: str, *, now: datetime, jobs: Sequence[Job],
               rules: NightRules | None) -> tuple[str, bool]:
    """What the choice means, and whether something is wrong with it."""
    if start is Start.NOW:
        return "at once, or at its turn where the queue is full", False
    if start is Start.TONIGHT:
        return (f"{rules.overnight}; if it asks something: {AWAY_WORDS[rules.away]}"
                if rules is not None else ""), False
    if not words.strip():
        return FIELDS[start][1], False
    try:
        place = placement(start, words, now=now, jobs=jobs)
    except UsageError as error:
        return f"{error.message} {error.hint}", True
    if place is not None and place.not_before is not None:
        return f"starts {when_words(place.not_before, now)}", False
    job = _named(words.strip(), jobs)
    return f"once #{job.number} {foreign(job.title)} is completed", False


def said_of(start: Start, place: Placement | None, *, now: datetime, jobs: Sequence[Job],
            is_following: bool) -> str:
    """What the hint line says once the job is taken; `is_following`: by another cockpit."""
    match start:
        case Start.NOW if is_following:
            return "The job is in the queue of the cockpit that works, and starts at its turn."
        case Start.AT if place is not None and place.not_before is not None:
            return f"The job is in the queue and starts {when_words(place.not_before, now)}."
        case Start.AFTER if place is not None:
            number = next(job.number for job in jobs if job.id == place.after)
            return f"The job is in the queue and starts once #{number} is completed."
        case Start.TONIGHT:
            return "The job is in the queue and starts tonight."
        case _:
            return "The job has started: it reviews first and changes nothing."


def _named(words: str, jobs: Sequence[Job]) -> Job:
    found = _NUMBER.fullmatch(words)
    wanted = int(found[1]) if found else None
    for job in jobs:
        if words == "last" or job.number == wanted:
            return job
    newest = f" The newest is #{jobs[0].number}." if jobs else " There is no job yet."
    raise UsageError(f"There is no job {words!r}." if words else "After which job?",
                     hint=f"Its number, like #41, or last.{newest}")
