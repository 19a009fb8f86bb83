"""A replay in words and signs: the slider, who is at work, a typed time. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobStatus
from cockpit_tui.domain.replay import AgentMoment, Moment
from cockpit_tui.domain.task import AgentStatus
from cockpit_tui.domain.timeline import MarkKind, Timeline
from cockpit_tui.presentation.glyphs import GlyphSet, agent_sign
from cockpit_tui.presentation.spending import short_model
from cockpit_tui.presentation.time import clock
from cockpit_tui.ui.lines import Ink, Line, Part, foreign, plain
from cockpit_tui.ui.plan_rows import short_role, sign_ink

SPEEDS = (1, 2, 5, 10, 30, 60, 120, 300, 600)
_MARK_INKS = {MarkKind.STAGE: Ink.PLAIN, MarkKind.ASKED: Ink.ATTENTION,
              MarkKind.FAILED: Ink.FAILED, MarkKind.LANDED: Ink.OK}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_STEP = re.compile(r"([+-])(\d{1,6}(?:\.\d{1,6})?)([smh])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_HOW = "A clock time (12:40, 12:40:07), a step (+5m, -30s, +2h) or a share (50%)."


def slider_lines(timeline: Timeline, position: int, width: int, glyphs: GlyphSet
                 ) -> tuple[Line, Line, Line]:
    """Where stages began; the track with its marks and the place; first and last time."""
    begin, end = timeline.begin, timeline.end
    if begin is None or end is None:
        return plain("No event of this job is here yet.", Ink.MUTED), Line(), Line()
    left, right = clock(begin), clock(end)
    if begin.astimezone().date() != end.astimezone().date():
        left, right = (f"{at.astimezone():%d %b} {text}" for at, text in ((begin, left),
                                                                          (end, right)))
    return (_stages(timeline, width, glyphs), _track(timeline, position, width, glyphs),
            plain(left, Ink.MUTED, right=right))


def _x(timeline: Timeline, position: int, width: int) -> int:
    return round(timeline.share(position) * max(0, width - 1))


def _stages(timeline: Timeline, width: int, glyphs: GlyphSet) -> Line:
    """Every stage's name where it began, as far as there is room before the next one's."""
    stages = [(_x(timeline, mark.position, width), foreign(mark.text)) for mark in timeline.marks
              if mark.kind is MarkKind.STAGE]
    text = ""
    ends = [x for x, _ in stages[1:]] + [width]
    for (x, name), following in zip(stages, ends, strict=False):
        room = following - max(x, len(text)) - (1 if following < width else 0)
        if room < 2:
            continue
        shown = name if len(name) <= room else name[:room - 1].rstrip() + glyphs.ellipsis[:1]
        text = text.ljust(x) + shown
    return plain(text, Ink.MUTED)


def _track(timeline: Timeline, position: int, width: int, glyphs: GlyphSet) -> Line:
    is_unicode = glyphs.name == "unicode"
    passed, ahead = ("━", "─") if is_unicode else ("=", "-")
    here = _x(timeline, position, width)
    cells: list[Part] = [(passed, Ink.RUNNING) if x <= here else (ahead, Ink.MUTED)
                         for x in range(width)]
    for cut in timeline.cuts:
        middle = (_x(timeline, cut - 1, width) + _x(timeline, cut, width)) // 2
        cells[middle] = (glyphs.gap[0], Ink.MUTED)
    signs = {MarkKind.STAGE: "┬" if is_unicode else "|", MarkKind.ASKED: glyphs.needs_you,
             MarkKind.FAILED: glyphs.failed, MarkKind.LANDED: glyphs.done}
    for kind in (MarkKind.STAGE, MarkKind.LANDED, MarkKind.ASKED, MarkKind.FAILED):
        for mark in timeline.marks:
            if mark.kind is kind:
                cells[_x(timeline, mark.position, width)] = (signs[kind], _MARK_INKS[kind])
    sign, _ = cells[here]
    is_mark = sign in signs.values()
    cells[here] = (sign if is_mark else glyphs.working, Ink.REVERSE if is_mark else Ink.KEY)
    return Line(tuple(cells))


def place_words(timeline: Timeline, position: int, at: datetime | None) -> str:
    """`12:41:07  34 %  event 1,204 of 5,310`."""
    if at is None:
        return ""
    return (f"{clock(at)}  {timeline.share(position):.0%}  "
            f"event {position:,} of {len(timeline):,}")


def _at_rest(moment: Moment) -> list[AgentMoment]:
    """The agents of the moment. The lead is known by its turns alone: it works while the job is
    reviewed or planned, and no agent does once the job is over."""
    is_lead_over = moment.job.status not in {JobStatus.REVIEWING, JobStatus.PLANNING}
    return [replace(agent, status=AgentStatus.IDLE)
            if moment.job.status.is_final or (not agent.role and is_lead_over) else agent
            for agent in moment.agents.values()]


def agent_lines(moment: Moment, now: datetime, glyphs: GlyphSet) -> tuple[Line, ...]:
    """Everyone who has worked so far: those at work first."""
    agents = sorted(_at_rest(moment), key=lambda agent: (
        agent.status is AgentStatus.IDLE, agent.name))
    lines = []
    for agent in agents:
        sign = agent_sign(agent.status, glyphs)
        record = moment.tasks.get(agent.task_id) if agent.task_id is not None else None
        task = f"{record.number} {foreign(record.title)}" if record is not None else ""
        who = short_role(agent.role) or "lead"
        figures = f"{who} {short_model(agent.model)} step {agent.step}"
        is_idle = agent.status is AgentStatus.IDLE
        doing = f"  {foreign(agent.doing)}" if agent.doing and not is_idle else ""
        lines.append(Line(((f"{sign.glyph} ", sign_ink(sign)),
                           (f"{foreign(agent.name):<5}", Ink.STRONG), (task, Ink.PLAIN),
                           (doing, Ink.MUTED)), ((foreign(figures), Ink.MUTED),)))
    return tuple(lines) or (plain("Nobody has begun yet.", Ink.MUTED),)


def at_work(moment: Moment) -> str:
    """`a2 2.2, a3 2.3`: who works at what, for a title."""
    parts = []
    for agent in _at_rest(moment):
        record = moment.tasks.get(agent.task_id) if agent.task_id is not None else None
        if agent.status is AgentStatus.WORKING:
            parts.append(f"{foreign(agent.name)} {record.number}" if record is not None
                         else foreign(agent.name))
    return ", ".join(parts)


def typed_time(text: str, timeline: Timeline, here: datetime | None) -> datetime:
    """What time is meant, seen from `here`. Raises UsageError for what is no time, or not in the
    job's."""
    text = text.strip()
    begin, end = timeline.begin, timeline.end
    if begin is None or end is None or here is None:
        raise UsageError("Nothing of this job is here yet.")
    if found := re.fullmatch(r"(\d{1,3})\s*%", text):
        share = timeline.position_of_share(min(int(found[1]), 100) / 100)
        return timeline.at(share) or begin
    if found := _STEP.fullmatch(text):
        seconds = float(found[2]) * _SECONDS[found[3]]
        return here + timedelta(seconds=seconds if found[1] == "+" else -seconds)
    if found := _CLOCK.fullmatch(text):
        hour, minute, second = (int(part or 0) for part in found.groups())
        if hour < 24 and minute < 60 and second < 60:
            return _at_clock(hour, minute, second, begin, end)
    raise UsageError(f"{text!r} is no time.", hint=_HOW)


def _at_clock(hour: int, minute: int, second: int, begin: datetime, end: datetime) -> datetime:
    """The first time that clocks showed it while the job went on; else a UsageError."""
    day = begin.astimezone().replace(hour=hour, minute=minute, second=second, microsecond=0)
    # A time without seconds means its whole minute: that of the first event is not before it.
    slack = timedelta(0) if second else timedelta(seconds=59)
    while day + slack < begin:
        day += timedelta(days=1)
    if day > end:
        raise UsageError(f"The job was not there at {hour:02}:{minute:02}: it went from "
                         f"{clock(begin)} to {clock(end)}.", hint=_HOW)
    return day
