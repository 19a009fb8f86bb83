"""A task's attempts step by step: what was called, what changed, what it cost, the way back."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from cockpit_tui.domain.checkpoint import Checkpoint
from cockpit_tui.domain.ids import ExecutionId, TaskId
from cockpit_tui.domain.task import Execution
from cockpit_tui.engine.rewind_memory import kept_steps
from cockpit_tui.storage import executions, tasks
from cockpit_tui.storage.columns import parse_time


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStep:
    number: int
    at: datetime
    model: str
    tools: tuple[str, ...]
    """The names of the tools that it called, in order."""
    cost_microusd: int | None
    """None: the price is unknown."""
    checkpoint: Checkpoint | None
    """None where it changed no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptSteps:
    execution: Execution
    steps: tuple[TaskStep, ...]


def attempts_of(conn: sqlite3.Connection, task_id: TaskId) -> tuple[AttemptSteps, ...]:
    """Oldest attempt first. Raises UsageError for an unknown task."""
    record = tasks.get(conn, task_id)
    found = []
    for execution in executions.for_task(conn, task_id):
        kept = {number: made for number, _, made, _ in kept_steps(conn, record.job_id, execution)}
        found.append(AttemptSteps(execution=execution, steps=_steps(conn, execution.id, kept)))
    return tuple(found)


def _steps(conn: sqlite3.Connection, execution_id: ExecutionId,
           kept: dict[int, Checkpoint]) -> tuple[TaskStep, ...]:
    called: dict[int, list[str]] = defaultdict(list)
    for number, name in conn.execute(
            "SELECT step_number, name FROM tool_calls WHERE execution_id = ? ORDER BY rowid",
            (execution_id,)):
        called[number].append(name)
    rows = conn.execute("SELECT number, recorded_at, model, cost_microusd FROM steps "
                        "WHERE execution_id = ? ORDER BY number", (execution_id,))
    return tuple(
        TaskStep(number=number, at=parse_time(at), model=model, tools=tuple(called[number]),
                 cost_microusd=cost, checkpoint=kept.get(number))
        for number, at, model, cost in rows)
