"""One event as one line: time, who, kind word, text, and a figure at the right.

    12:40:44 a2  test    pytest -q tests/test_store.py         1 failed

The log pane paints these; the plain command line prints `EventLine.plain`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from cockpit_tui.domain.event import Payload, RecordedEvent
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.presentation.event_words import Noise, words_of
from cockpit_tui.presentation.fit import cell_len, clip_end, fit_with_detail, pad
from cockpit_tui.presentation.glyphs import UNICODE, GlyphSet, Role
from cockpit_tui.presentation.names import ShortNames
from cockpit_tui.presentation.time import age, clock

MAX_TEXT_CHARACTERS = 500
JOB_WIDTH = 5
WHO_WIDTH = 4
WORD_WIDTH = 8


class Verbosity(StrEnum):
    """Which events a log shows: each of the first three is a part of the one before."""

    ALL = "all"
    TOOLS = "tools"
    MILESTONES = "milestones"
    ERRORS = "errors"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """All texts are one line and harmless."""

    at: datetime
    who: str
    word: str
    text: str
    detail: str
    role: Role
    noise: Noise
    is_error: bool
    type: str

    def shown_at(self, verbosity: Verbosity) -> bool:
        match verbosity:
            case Verbosity.ALL:
                return True
            case Verbosity.TOOLS:
                return self.noise is not Noise.CHATTER
            case Verbosity.MILESTONES:
                return self.noise is Noise.MILESTONE
            case Verbosity.ERRORS:
                return self.is_error

    def plain(self, width: int, *, now: datetime | None = None, zone: tzinfo | None = None,
              ellipsis: str = "…", job: str = "") -> str:
        """The line in at most `width` cells; with `now`, its age instead of the clock. `job`, like
        `#41`, stands before who speaks, where lines of several jobs are told."""
        whose = f"{pad(f'[{job}]', JOB_WIDTH)} " if job else ""
        head = f"{self.time(now, zone)} {whose}{pad(self.who, WHO_WIDTH)} " \
               f"{pad(self.word, WORD_WIDTH)} "
        text, detail = fit_with_detail(self.text, self.detail, width - cell_len(head), ellipsis)
        return f"{head}{text}{detail}".rstrip()

    def time(self, now: datetime | None = None, zone: tzinfo | None = None) -> str:
        """`12:40:44`, or right-aligned in four cells the age at `now`."""
        return clock(self.at, zone) if now is None else f"{age(self.at, now):>4}"

    def fields(self) -> dict[str, str | float]:
        """What a filter looks at: `agent:` and `who:` name the speaker, `state:` the role."""
        return {"who": self.who, "agent": self.who, "kind": self.word, "text": self.text,
                "detail": self.detail, "state": self.role.value, "type": self.type}


def event_line(event: RecordedEvent, names: ShortNames | None = None,
               glyphs: GlyphSet = UNICODE) -> EventLine:
    """`event` in words. `names` gives job, task and agent their short names."""
    words = words_of(event.payload, glyphs)
    return EventLine(
        at=event.at,
        who=clip_end(_one_line(_who(event.payload, event, names)), WHO_WIDTH, glyphs.ellipsis),
        word=clip_end(_one_line(words.word), WORD_WIDTH, glyphs.ellipsis),
        text=clip_end(_one_line(words.text), MAX_TEXT_CHARACTERS, glyphs.ellipsis),
        detail=_one_line(words.detail), role=words.role, noise=words.noise,
        is_error=words.is_error, type=event.type,
    )


def _who(payload: Payload, event: RecordedEvent, names: ShortNames | None) -> str:
    agent: object = getattr(payload, "agent", "")
    if isinstance(agent, str) and agent:
        return agent
    if names is None:
        return ""
    return names.agent(event) or names.task(event) or names.job(event)


def _one_line(text: str) -> str:
    return sanitize_line(" ".join(text[:4 * MAX_TEXT_CHARACTERS].split()))
