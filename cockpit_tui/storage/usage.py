"""Model calls added up for people: by model, agent, job, day, project or task; edits; savings."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime

from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.spending import (
    DaySpending,
    EditScore,
    PriceOf,
    Savings,
    UsageBy,
    UsageLine,
)
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.storage.columns import time_text

_SUMS = ("count(*), count(*) - count(u.cost_microusd), coalesce(sum(u.is_estimated), 0), "
         "coalesce(sum(u.input_tokens), 0), coalesce(sum(u.output_tokens), 0), "
         "coalesce(sum(u.cache_read_tokens), 0), coalesce(sum(u.cache_write_tokens), 0), "
         "coalesce(sum(u.reasoning_tokens), 0), coalesce(sum(u.cost_microusd), 0)")
_DEAREST_FIRST = "sum(u.cost_microusd) DESC, sum(u.input_tokens) DESC, 1"

_IS_AI = "{0} NOT LIKE 'offline:%' AND {0} NOT LIKE 'replay:%' AND {0} NOT IN ('rules', '')"
"""Rules and recordings answer too, and are no models."""

_GROUPS: dict[UsageBy, tuple[str, str, str, str]] = {
    UsageBy.MODEL: (
        "u.model", "CASE WHEN u.model_asked IN ('', u.model) THEN '' ELSE u.model_asked END",
        "", _DEAREST_FIRST),
    UsageBy.AGENT: (
        "CASE WHEN x.role IS NULL OR u.purpose NOT IN ('task', 'lost') THEN u.purpose "
        "ELSE x.role END", "''",
        "LEFT JOIN executions x ON x.id = u.execution_id", _DEAREST_FIRST),
    UsageBy.JOB: (
        "'#' || j.number", "json_extract(j.request_json, '$.text')",
        "JOIN jobs j ON j.id = u.job_id", "max(j.number) DESC"),
    UsageBy.DAY: ("date(u.recorded_at, 'localtime')", "''", "", "1 DESC"),
    UsageBy.PROJECT: (
        "p.name", "p.path",
        "JOIN jobs j ON j.id = u.job_id JOIN projects p ON p.id = j.project_id", _DEAREST_FIRST),
    UsageBy.TASK: (
        "'#' || j.number || coalesce(' ' || t.number, '')", "coalesce(t.title, 'lead')",
        "JOIN jobs j ON j.id = u.job_id LEFT JOIN tasks t ON t.id = u.task_id",
        "max(j.number) DESC, max(t.phase_index), max(t.position)"),
}
"""Name, detail, joins and order of each way to add up."""


def lines(conn: sqlite3.Connection, by: UsageBy,
          since: datetime | None = None) -> tuple[UsageLine, ...]:
    """The calls from `since` on, added up; the dearest or the newest first."""
    name, detail, joins, order = _GROUPS[by]
    rows = conn.execute(
        f"SELECT {name}, {detail}, {_SUMS} FROM usage u {joins} WHERE u.recorded_at >= ? "
        f"GROUP BY 1, 2 ORDER BY {order}", (_from(since),))
    return tuple(_line(row) for row in rows)


def total(conn: sqlite3.Connection, since: datetime | None = None) -> UsageLine:
    """All calls from `since` on."""
    return _line(conn.execute(f"SELECT 'total', '', {_SUMS} FROM usage u WHERE u.recorded_at >= ?",
                              (_from(since),)).fetchone())


def day(conn: sqlite3.Connection, begin: datetime) -> DaySpending:
    """What was spent from `begin` on, and by which jobs."""
    rows = conn.execute(
        "SELECT job_id, coalesce(sum(cost_microusd), 0), count(*) - count(cost_microusd) "
        "FROM usage WHERE recorded_at >= ? GROUP BY job_id", (time_text(begin),)).fetchall()
    return DaySpending(known_microusd=sum(row[1] for row in rows),
                       unpriced_calls=sum(row[2] for row in rows),
                       by_job={JobId(row[0]): int(row[1]) for row in rows})


def edit_scores(conn: sqlite3.Connection, edit_tools: Collection[str],
                since: datetime | None = None) -> tuple[EditScore, ...]:
    """How often each model's edits (calls of `edit_tools`) failed; the busiest first.
    Not those of rules and recordings, which nobody chooses by it."""
    marks = ", ".join("?" * len(edit_tools))
    # The text editor also looks at files: those calls change nothing and are no edits.
    rows = conn.execute(
        "SELECT s.model, count(*), sum(t.is_error) FROM tool_calls t "
        "JOIN steps s ON s.execution_id = t.execution_id AND s.number = t.step_number "
        f"WHERE t.name IN ({marks}) AND t.recorded_at >= ? "
        "AND coalesce(json_extract(t.arguments_json, '$.command'), '') != 'view' "
        f"AND {_IS_AI.format('s.model')} "
        "GROUP BY s.model ORDER BY 2 DESC, 1", (*edit_tools, _from(since)))
    return tuple(EditScore(model=row[0], edits=row[1], failed=row[2]) for row in rows)


def savings(conn: sqlite3.Connection, price_of: PriceOf,
            since: datetime | None = None) -> Savings:
    """Every call of a model priced by `price_of`, cached tokens as they were recorded, against
    what it cost. Rules and recordings are no models: without them nothing was saved."""
    actual = baseline = calls = unknown = 0
    for row in conn.execute(
            "SELECT input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, "
            "reasoning_tokens, cost_microusd FROM usage WHERE recorded_at >= ? "
            f"AND {_IS_AI.format('model')}", (_from(since),)):
        price = None if row[5] is None else price_of(_tokens(row[:5]))
        if price is None:
            unknown += 1
            continue
        calls, actual, baseline = calls + 1, actual + row[5], baseline + price
    return Savings(actual_microusd=actual, baseline_microusd=baseline, calls=calls,
                   left_out=unknown)


def _from(since: datetime | None) -> str:
    return "" if since is None else time_text(since)


def _line(row: sqlite3.Row) -> UsageLine:
    name, detail, calls, unpriced, estimated, *tokens, known = row
    return UsageLine(name=name, detail=detail.strip().partition("\n")[0], calls=calls,
                     unpriced_calls=unpriced, estimated_calls=estimated, usage=_tokens(tokens),
                     known_microusd=known)


def _tokens(five: sqlite3.Row | list[int]) -> TokenUsage:
    read, written, cache_read, cache_write, reasoning = five
    return TokenUsage(input=read, output=written, cache_read=cache_read, cache_write=cache_write,
                      reasoning=reasoning)
