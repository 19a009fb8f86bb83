"""Executions and what happened in them: steps, tool calls, and the money of every model call."""

from __future__ import annotations

import json
import sqlite3

from cockpit_tui.domain.conversation import ToolCall, ToolResult
from cockpit_tui.domain.ids import ExecutionId, JobId, StepId, TaskId, ToolCallId
from cockpit_tui.domain.record import ModelCall
from cockpit_tui.domain.task import Execution, ExecutionStatus
from cockpit_tui.domain.transitions import EXECUTION_TRANSITIONS, check_transition
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.storage.columns import (
    optional_row,
    optional_time_text,
    parse_optional_time,
    parse_time,
    plain_text,
    time_text,
)
from cockpit_tui.storage.transaction import Transaction

_BILL = ("SELECT count(*) - count(cost_microusd), coalesce(sum(cost_microusd), 0) "
         "FROM usage ")
"""How many calls have an unknown price, and the sum of the known ones."""


def save(tx: Transaction, execution: Execution) -> None:
    """Insert, or update what changes while it runs: status, model used, worktree, steps, usage,
    cost, reason, end. Raises IllegalTransition if the stored status cannot become this one."""
    stored = optional_row(tx.conn.execute("SELECT status FROM executions WHERE id = ?",
                                          (execution.id,)))
    if stored is not None:
        check_transition(EXECUTION_TRANSITIONS, ExecutionStatus(stored["status"]),
                         execution.status)
    tx.conn.execute(
        "INSERT INTO executions (id, job_id, task_id, attempt, role, model_asked, model_used, "
        "status, worktree, steps, input_tokens, output_tokens, cache_read_tokens, "
        "cache_write_tokens, reasoning_tokens, cost_microusd, reason, started_at, finished_at, "
        "agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET model_used = excluded.model_used, "
        "status = excluded.status, worktree = excluded.worktree, steps = excluded.steps, "
        "input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, "
        "cache_read_tokens = excluded.cache_read_tokens, "
        "cache_write_tokens = excluded.cache_write_tokens, "
        "reasoning_tokens = excluded.reasoning_tokens, cost_microusd = excluded.cost_microusd, "
        "reason = excluded.reason, finished_at = excluded.finished_at, agent = excluded.agent",
        (execution.id, execution.job_id, execution.task_id, execution.attempt,
         plain_text(execution.role), plain_text(execution.model_asked),
         plain_text(execution.model_used), execution.status, plain_text(execution.worktree),
         execution.steps, *_tokens(execution.usage), execution.cost_microusd,
         plain_text(execution.reason), time_text(execution.started_at),
         optional_time_text(execution.finished_at), execution.agent),
    )


def for_job(conn: sqlite3.Connection, job_id: JobId) -> tuple[Execution, ...]:
    """Oldest first."""
    rows = conn.execute("SELECT * FROM executions WHERE job_id = ? ORDER BY started_at, rowid",
                        (job_id,))
    return tuple(_execution(row) for row in rows)


def for_task(conn: sqlite3.Connection, task_id: TaskId) -> tuple[Execution, ...]:
    """By attempt."""
    rows = conn.execute("SELECT * FROM executions WHERE task_id = ? ORDER BY attempt, rowid",
                        (task_id,))
    return tuple(_execution(row) for row in rows)


def record_step(tx: Transaction, execution_id: ExecutionId, call: ModelCall) -> StepId:
    """One model turn, counted from 1 within its execution; the same number twice is refused."""
    step_id = StepId(tx.new_id())
    tx.conn.execute(
        "INSERT INTO steps (id, execution_id, number, model_asked, model, stop_reason, reissued, "
        "input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, "
        "cost_microusd, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (step_id, execution_id, call.number, plain_text(call.model_asked),
         plain_text(call.model_used), call.stop_reason, call.reissued, *_tokens(call.usage),
         call.cost_microusd, time_text(tx.now())))
    return step_id


def record_tool_call(tx: Transaction, *, execution_id: ExecutionId, step_number: int,
                     call: ToolCall, result: ToolResult, seconds: float) -> ToolCallId:
    """One tool call with its result, as the model saw it: redacted and cut by the caller."""
    call_id = ToolCallId(tx.new_id())
    tx.conn.execute(
        "INSERT INTO tool_calls (id, execution_id, step_number, call_id, name, arguments_json, "
        "result, is_error, seconds, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (call_id, execution_id, step_number, plain_text(call.id), plain_text(call.name),
         json.dumps(call.arguments), plain_text(result.text), result.is_error, seconds,
         time_text(tx.now())))
    return call_id


def record_usage(tx: Transaction, job_id: JobId, call: ModelCall) -> None:
    """One model call's bill, also of the lead, who has no task and no execution; what its job,
    task and execution cost so far grows with it, and is unknown once one price is. The event
    `usage:recorded` is the caller's to emit."""
    tx.conn.execute(
        "INSERT INTO usage (id, job_id, task_id, execution_id, purpose, model_asked, model, "
        "input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, "
        "cost_microusd, reissued, is_estimated, recorded_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (tx.new_id(), job_id, call.task_id, call.execution_id, call.purpose,
         plain_text(call.model_asked), plain_text(call.model_used), *_tokens(call.usage),
         call.cost_microusd, call.reissued, call.is_estimated, time_text(tx.now())))
    for table, row_id in (("jobs", job_id), ("tasks", call.task_id),
                          ("executions", call.execution_id)):
        tx.conn.execute(f"UPDATE {table} SET cost_microusd = cost_microusd + ? WHERE id = ?",
                        (call.cost_microusd, row_id))


def job_cost(conn: sqlite3.Connection, job_id: JobId) -> int | None:
    """Micro-dollars of all the job's model calls; None as soon as one call's price is unknown."""
    unknown, known = conn.execute(_BILL + "WHERE job_id = ?", (job_id,)).fetchone()
    return None if unknown else int(known)


def task_cost(conn: sqlite3.Connection, task_id: TaskId) -> int | None:
    """As `job_cost`, for what was spent on one task: its executions, and its judge."""
    unknown, known = conn.execute(_BILL + "WHERE task_id = ?", (task_id,)).fetchone()
    return None if unknown else int(known)


def execution_cost(conn: sqlite3.Connection, execution_id: ExecutionId) -> int | None:
    """As `job_cost`, for one attempt."""
    unknown, known = conn.execute(_BILL + "WHERE execution_id = ?", (execution_id,)).fetchone()
    return None if unknown else int(known)


def _tokens(usage: TokenUsage) -> tuple[int, int, int, int, int]:
    """In the order of the five token columns."""
    return usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning


def _execution(row: sqlite3.Row) -> Execution:
    return Execution(
        id=ExecutionId(row["id"]),
        job_id=JobId(row["job_id"]),
        task_id=TaskId(row["task_id"]),
        attempt=row["attempt"],
        role=row["role"],
        model_asked=row["model_asked"],
        model_used=row["model_used"],
        status=ExecutionStatus(row["status"]),
        worktree=row["worktree"],
        steps=row["steps"],
        usage=TokenUsage(input=row["input_tokens"], output=row["output_tokens"],
                         cache_read=row["cache_read_tokens"],
                         cache_write=row["cache_write_tokens"],
                         reasoning=row["reasoning_tokens"]),
        cost_microusd=row["cost_microusd"],
        reason=row["reason"],
        started_at=parse_time(row["started_at"]),
        finished_at=parse_optional_time(row["finished_at"]),
        agent=row["agent"],
    )
