"""Agents as cards and as rows: what stands in which line. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from cockpit_tui.domain.agent import AgentView
from cockpit_tui.domain.task import AgentStatus
from cockpit_tui.presentation.agent_words import (
    changes,
    ended,
    holds_up,
    last_words,
    state_sign,
    task_words,
    waits_for,
)
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.presentation.spending import short_model
from cockpit_tui.presentation.time import age, money, short_clock, tokens
from cockpit_tui.ui.lines import Ink, Line, Part, foreign
from cockpit_tui.ui.plan_rows import sign_ink
from cockpit_tui.ui.subject import BLANK
from cockpit_tui.ui.widgets.card_grid import Card
from cockpit_tui.ui.widgets.row_list import Row

CARD_LINES = 7
ROOMY = 96
"""Cells from which on there is room for the model in a row, and for the money in the frame."""
_NAME_CELLS = 7


def agent_key(view: AgentView) -> str:
    return f"{view.agent.job_id}/{view.agent.name}"


def agent_cards(views: Sequence[AgentView], *, now: datetime, glyphs: GlyphSet) -> list[Card]:
    """One each, in the order of `views`."""
    return [Card(agent_key(view), _title(view, now, glyphs), _body(view, now, glyphs))
            for view in views]


def agent_rows(views: Sequence[AgentView], *, now: datetime, glyphs: GlyphSet,
               width: int) -> list[Row]:
    """The same in one line of `width` cells each."""
    wide = max((len(view.agent.name) for view in views), default=0)
    return [Row(agent_key(view), _row(view, now, glyphs, wide, has_room=width >= ROOMY))
            for view in views]


def agent_totals(views: Sequence[AgentView], glyphs: GlyphSet, width: int) -> tuple[Part, ...]:
    """`2 need you  1 working  1 free  $4.38`: what a frame of `width` cells says at its right."""
    gap = "  " if width >= ROOMY else " "
    counted = Counter(state_sign(view, glyphs).word for view in views)
    signs = {sign.word: sign for sign in (state_sign(view, glyphs) for view in views)}
    parts: list[Part] = []
    for word, sign in signs.items():
        words = "need you" if word == "needs you" and counted[word] > 1 else word
        parts.append((f"{sign.glyph} {counted[word]} {words}{gap}", sign_ink(sign)))
    if width < ROOMY:
        return tuple(parts)
    bills = [view.total_microusd for view in views]
    total = None if None in bills else sum(bill for bill in bills if bill is not None)
    return (*parts, (money(total), Ink.MUTED))


def agent_hint(view: AgentView) -> str:
    """What the main key does with it."""
    if view.asks:
        return f"Enter goes to what {view.agent.name} asks. w goes on to the next that needs you."
    if not view.task_number:
        return f"{view.agent.name} waits for a task of a {foreign(view.agent.role)}."
    return f"Enter goes to task {view.task_number}. X sends {view.agent.name} away."


def _title(view: AgentView, now: datetime, glyphs: GlyphSet) -> Line:
    sign = state_sign(view, glyphs)
    return Line(((f"{view.agent.name}  ", Ink.STRONG), (f"{sign.glyph} {sign.word}",
                                                        sign_ink(sign))),
                ((age(view.agent.since, now), Ink.MUTED),))


def _body(view: AgentView, now: datetime, glyphs: GlyphSet) -> tuple[Line, ...]:
    lines = [_task(view), *_waits(view)]
    if view.task_number:
        is_free = view.agent.status is AgentStatus.IDLE
        lines.append(_fact("model", short_model(view.model),
                           f"{money(view.cost_microusd)}  {tokens(view.tokens)} tok"))
        lines.append(_fact("step", f"{view.steps}, attempt {view.attempt}",
                           "" if is_free else foreign(view.worktree)))
        if view.files:
            lines.append(_fact("files", ", ".join(foreign(file.path) for file in view.files),
                               changes(view)))
        word, text = last_words(view, glyphs)
        if view.last is not None and not is_free:
            lines.append(_fact(short_clock(view.last.at), f"{word} {text}"))
    if view.holds_up:
        lines.append(_fact("holds", f"up {holds_up(view)}"))
    if view.tasks_done:
        lines.append(_fact("done", f"{view.tasks_done} task{'s' * (view.tasks_done != 1)} here",
                           money(view.total_microusd)))
    return (*lines[:CARD_LINES], *[BLANK] * (CARD_LINES - len(lines)))


def _task(view: AgentView) -> Line:
    is_free = view.agent.status is AgentStatus.IDLE
    return Line(((task_words(view) or "no task yet", Ink.MUTED if is_free else Ink.PLAIN),),
                ((f"{foreign(view.agent.role)} #{view.job_number}", Ink.MUTED),))


def _waits(view: AgentView) -> list[Line]:
    if waits := waits_for(view):
        ink = Ink.ATTENTION if view.needs_person else Ink.NOTICE
        return [Line((("waits  ".ljust(_NAME_CELLS), Ink.MUTED), (f"for {waits}", ink)))]
    if why := ended(view):
        return [_fact("ended", why)]
    return []


def _fact(name: str, text: str, right: str = "") -> Line:
    return Line(((name.ljust(_NAME_CELLS), Ink.MUTED), (text, Ink.PLAIN)),
                ((right, Ink.MUTED),) if right else ())


def _row(view: AgentView, now: datetime, glyphs: GlyphSet, wide: int, *, has_room: bool) -> Line:
    sign = state_sign(view, glyphs)
    waits = waits_for(view)
    detail = f"  {waits}" if waits else f"  holds up {holds_up(view)}" if view.holds_up else ""
    model = f"{short_model(view.model)}  " if has_room else ""
    figures = f"step {view.steps}  {model}" if view.task_number else ""
    return Line(((f"{sign.glyph} {sign.word:<9} ", sign_ink(sign)),
                 (f"{view.agent.name:<{wide}} ", Ink.STRONG), (f"#{view.job_number} ", Ink.MUTED),
                 (task_words(view) or "no task yet", Ink.PLAIN), (detail, Ink.MUTED)),
                ((f"{figures}{money(view.cost_microusd):>6}", Ink.MUTED),
                 (f" {age(view.agent.since, now):>4}", Ink.MUTED)))
