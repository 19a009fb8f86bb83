"""What a task cost and who did it: attempts, model asked and used, tokens, against the plan. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.task import Execution, TaskRecord
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.presentation.spending import (
    RULES_NOT_AI,
    is_rules,
    is_same_model,
    short_model,
    swap_words,
    token_words,
    variance,
)
from cockpit_tui.presentation.time import duration, money, tokens
from cockpit_tui.ui.lines import Ink, Line, Part, foreign
from cockpit_tui.ui.parked import gauge
from cockpit_tui.ui.plan_rows import about


def executions_of(view: JobView, record: TaskRecord) -> tuple[Execution, ...]:
    """Oldest first."""
    return tuple(e for e in view.executions if e.task_id == record.id)


def facts_in_full(record: TaskRecord, tries: Sequence[Execution], planned: Task | None, *,
                  now: datetime, glyphs: GlyphSet) -> tuple[Line, ...]:
    """A table of facts for a task that has begun."""
    lines = [_fact("attempts", ((str(record.attempts), Ink.PLAIN),))]
    if tries:
        lines.append(_fact("model", model_parts(tries[-1], glyphs)))
        if used := token_words(total_usage(tries)):
            lines.append(_fact("tokens", ((used, Ink.PLAIN),)))
    lines += [_fact("cost", cost_parts(record, planned, glyphs)),
              _fact("time", time_parts(record, planned, now))]
    if record.commit:
        lines.append(_fact("commit", ((record.commit[:8], Ink.PLAIN),)))
    if len(tries) > 1:
        lines += [_attempt(execution, glyphs) for execution in tries]
    return tuple(lines)


def facts_in_short(record: TaskRecord, tries: Sequence[Execution], planned: Task | None, *,
                   now: datetime, glyphs: GlyphSet) -> tuple[Line, ...]:
    """Two lines for above a live diff: who works how long; tokens and cost."""
    newest = tries[-1] if tries else None
    first: list[Part] = []
    if newest is not None:
        first += model_parts(newest, glyphs, is_short=True)
    if newest is not None and newest.steps:
        first.append((f", step {newest.steps}", Ink.MUTED))
    if record.attempts > 1:
        first.append((f", attempt {record.attempts}", Ink.NOTICE))
    used = token_words(total_usage(tries))
    return (Line(tuple(first), time_parts(record, planned, now)),
            Line(((used, Ink.MUTED),), cost_parts(record, planned, glyphs)))


def model_parts(execution: Execution, glyphs: GlyphSet, *,
                is_short: bool = False) -> tuple[Part, ...]:
    """The model that was asked; another one that answered stands out. Short: without a provider
    that is the same for both."""
    asked, used = foreign(execution.model_asked), foreign(execution.model_used)
    if is_rules(used):
        return ((used, Ink.PLAIN), (f" ({RULES_NOT_AI})", Ink.MUTED))
    if not used or is_same_model(asked, used):
        return ((used or asked, Ink.PLAIN),)
    answered = swap_words(asked, used)
    if is_short and answered != used:
        asked = swap_words(used, asked)
    return ((f"{glyphs.warning} asked {asked}, used {answered}", Ink.NOTICE),)


def cost_parts(record: TaskRecord, planned: Task | None, glyphs: GlyphSet) -> tuple[Part, ...]:
    """`$0.31 of ~$0.50 (-38%)`; with the task's own budget its gauge; unknown is `?`."""
    spent, budget = record.cost_microusd, planned.budget_microusd if planned else None
    parts: list[Part] = []
    if budget is not None:
        parts.append(gauge(spent, budget, glyphs, cells=8))
    else:
        parts.append((money(spent), Ink.PLAIN))
    if spent is None:
        parts.append((" a price is unknown", Ink.NOTICE))
    guess = planned.estimate.cost_microusd if planned is not None else None
    if guess:
        of = f" of ~{money(guess)}" if budget is None else f", ~{money(guess)} planned"
        parts.append((of, Ink.MUTED))
        if spent and (off := variance(spent, guess)):
            parts.append((f" ({off})", Ink.NOTICE if spent > guess else Ink.MUTED))
    return tuple(parts)


def time_parts(record: TaskRecord, planned: Task | None, now: datetime) -> tuple[Part, ...]:
    """`6m00s of ~11m (-45%)`."""
    if record.started_at is None:
        return ()
    seconds = ((record.finished_at or now) - record.started_at).total_seconds()
    parts: list[Part] = [(duration(seconds), Ink.PLAIN)]
    guess = planned.estimate.minutes if planned is not None else 0.0
    if guess:
        parts.append((f" of {about(guess)}", Ink.MUTED))
        if record.finished_at is not None and (off := variance(seconds, guess * 60)):
            parts.append((f" ({off})", Ink.MUTED))
    return tuple(parts)


def total_usage(tries: Sequence[Execution]) -> TokenUsage:
    return sum((execution.usage for execution in tries), TokenUsage())


def _attempt(execution: Execution, glyphs: GlyphSet) -> Line:
    used = execution.model_used or execution.model_asked
    swapped = not is_same_model(execution.model_asked, used)
    return Line(((f"  {execution.attempt}. ", Ink.MUTED),
                 (foreign(short_model(used)), Ink.NOTICE if swapped else Ink.PLAIN),
                 (f" {execution.status.value}", Ink.MUTED)),
                ((f"{tokens(execution.usage.total)} tokens  {money(execution.cost_microusd)}",
                  Ink.MUTED),))


def _fact(name: str, parts: tuple[Part, ...]) -> Line:
    return Line(((f"{name:<10} ", Ink.MUTED), *parts))
