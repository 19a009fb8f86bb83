"""What a rewind does to the ledger, in one transaction: what is forgotten, what waits, what is
remembered again when it is taken back."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cockpit_tui.agents.again import again_key
from cockpit_tui.domain import event
from cockpit_tui.domain.checkpoint import Checkpoint
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.record import JobChange
from cockpit_tui.domain.task import Execution, TaskRecord, TaskStatus
from cockpit_tui.domain.transitions import EXECUTION_TRANSITIONS, legal_path
from cockpit_tui.engine import rewind_rows
from cockpit_tui.engine.begun import Begun, rewound_key, undo_key
from cockpit_tui.engine.rewind_rows import attempt_key, last_execution
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import approvals, durable, executions, jobs, retention, rewinds, tasks
from cockpit_tui.storage.columns import from_json
from cockpit_tui.storage.database import Transaction
from cockpit_tui.storage.durable import DurableEntry

_AT_THE_END = ("ended", "conflict", "merge")
"""What an attempt remembers after all its steps, below its own prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A step that a task can go back to."""

    execution: Execution
    seat_key: str
    step: int
    commit: str
    entry: DurableEntry
    """The durable step after which all is forgotten."""


def kept_steps(conn: sqlite3.Connection, job_id: JobId,
               execution: Execution) -> Iterator[tuple[int, str, Checkpoint, DurableEntry]]:
    """Number, seat and checkpoint of every step of the execution that has one."""
    pattern = re.compile(re.escape(attempt_key(execution))
                         + r"(?P<seat>(?:/stronger)?)/turn/(?P<turn>\d+)/checkpoint")
    for entry in durable.for_job(conn, job_id):
        found = pattern.fullmatch(entry.key)
        if found and entry.state == "done" and entry.result:
            made = from_json(adapter(Checkpoint), entry.result, entry.key)
            yield int(found["turn"]), attempt_key(execution) + found["seat"], made, entry


def place_of(conn: sqlite3.Connection, job: Job, task_id: TaskId, step: int) -> Place:
    """Raises UsageError where the task cannot go back there."""
    record = tasks.get(conn, task_id)
    execution = _refuse(conn, job, record)
    key = attempt_key(execution)
    if step == 0:
        begin = durable.get(conn, job.id, f"{key}/begin")
        if begin is not None and begin.result:
            begun = from_json(adapter(Begun), begin.result, begin.key)
            return Place(execution=execution, seat_key=key, step=0, commit=begun.base, entry=begin)
    known = []
    for number, seat_key, made, entry in kept_steps(conn, job.id, execution):
        known.append(number)
        if number == step:
            return Place(execution=execution, seat_key=seat_key, step=step, commit=made.commit,
                         entry=entry)
    there = ", ".join(map(str, [0, *sorted(known)]))
    raise UsageError(f"Step {step} of task {record.number} has no checkpoint.",
                     hint=f"These have: {there}. See cockpit tasks show {job.number} "
                          f"{record.number}")


def forget_after(tx: Transaction, job: Job, task_id: TaskId, place: Place, words: str,
                 kept: str) -> None:
    """Forget what the task did after `place`; `kept` is the commit of its files before."""
    record = tasks.get(tx.conn, task_id)
    execution = _refuse(tx.conn, job, record)
    memory = rewinds.take_memory(tx, job.id, _later_keys(tx, job.id, place))
    steps = rewinds.take_steps(tx, execution.id, after=place.step)
    before = {"step": place.step, "kept": kept, "rows": memory | steps,
              "task": _as_json(TaskRecord, record), "execution": _as_json(Execution, execution)}
    key = attempt_key(execution)
    durable.intend(tx, job.id, rewound_key(key), EffectClass.SHELL, {"commit": place.commit})
    _remember(tx, job.id, undo_key(key), before)
    if words.strip():
        _remember(tx, job.id, again_key(place.seat_key, place.step), {}, json.dumps(words.strip()))
    _reopen_phase(tx, job, record, place)
    _withdraw(tx, job.id, f"task/{task_id}/", f"Task {record.number} was rewound.")
    rewind_rows.free_dependants(tx, job.id)
    if job.status.is_final:
        waiting = replace(record, reason="", commit="", files=(), proofs=(), finished_at=None)
        rewind_rows.become(tx, waiting, TaskStatus.PENDING)
    else:
        rewind_rows.put_to_work(tx, record)
    wait_no_more(tx, job.id)


def remember_again(tx: Transaction, job: Job, task_id: TaskId) -> tuple[Execution, dict[str, Any]]:
    """Take the last rewind back; the execution and what was kept of it. Raises UsageError."""
    record = tasks.get(tx.conn, task_id)
    execution = last_execution(tx.conn, record)
    saved = execution and durable.get(tx.conn, job.id, undo_key(attempt_key(execution)))
    if execution is None or not saved or not rewind_rows.is_rewound(tx.conn, record):
        raise UsageError(f"Task {record.number} was not rewound, or has gone on since.",
                         hint="What it had before a rewind is kept in the cockpit's own copy, "
                              f"below refs/cockpit/jobs/{job.id}/rewound")
    before: dict[str, Any] = saved.intent
    key = attempt_key(execution)
    taken = {row["key"] for row in before["rows"].get("durable_steps", ())}
    for entry in durable.for_job(tx.conn, job.id):
        is_ours = entry.key in {rewound_key(key), undo_key(key)} or (
            entry.key.startswith(f"{key}/") and entry.key.endswith(f"turn/{before['step']}/again"))
        if is_ours or entry.key in taken:
            rewinds.take_memory(tx, job.id, [entry.key])
    rewinds.put_back(tx, before["rows"])
    if before["kept"] and rewound_key(key) not in taken and not job.status.is_final:
        durable.intend(tx, job.id, rewound_key(key), EffectClass.SHELL, {"commit": before["kept"]})
    was: TaskRecord = adapter(TaskRecord).validate_python(before["task"])
    rewind_rows.become(tx, was, was.status)
    ran: Execution = adapter(Execution).validate_python(before["execution"])
    for status in legal_path(EXECUTION_TRANSITIONS, execution.status, ran.status):
        executions.save(tx, replace(ran, status=status))
    return execution, before


def wait_no_more(tx: Transaction, job_id: JobId) -> None:
    """The job waits for no answer any more, where none is left to give."""
    job = jobs.get(tx.conn, job_id)
    if job.waiting_on is WaitingOn.APPROVAL and not approvals.pending(tx.conn, job_id):
        save_rows(tx, job_id, (JobChange(waiting_on=WaitingOn.NOTHING, reason=""),))


def can_go_back(conn: sqlite3.Connection, task_id: TaskId) -> bool:
    """Whether there is a step that the task could go back to, if nobody ran its job."""
    record = tasks.get(conn, task_id)
    try:
        _refuse(conn, jobs.get(conn, record.job_id), record)
    except UsageError:
        return False
    return True


def _refuse(conn: sqlite3.Connection, job: Job, record: TaskRecord) -> Execution:
    """The attempt that goes back. Raises UsageError where none can."""
    execution = last_execution(conn, record)
    if job.status is JobStatus.COMPLETED or record.status is TaskStatus.DONE:
        raise UsageError(f"Task {record.number} is done: its work has landed.",
                         hint="Ask for what should be different: cockpit run; or take the branch "
                              f"out again: cockpit jobs undo {job.number}")
    if retention.compacted_at(conn, job.id) is not None:
        raise UsageError("The job's working memory was compacted; nothing of it goes back.",
                         hint="Send its request again: cockpit run")
    if execution is None or durable.get(conn, job.id, f"{attempt_key(execution)}/begin") is None:
        raise UsageError(f"Task {record.number} has nothing to go back to: it is "
                         f"{record.status.value}.", hint="cockpit tasks list shows who has begun.")
    if durable.get(conn, job.id, f"{attempt_key(execution)}/merge/land") is not None:
        hint = (f"Start it again: cockpit jobs retry {job.number}" if job.status.is_final else
                "Send its phase back with words: cockpit approvals return ID --comment TEXT")
        raise UsageError(f"Task {record.number} has landed on its phase; others may stand on it.",
                         hint=hint)
    return execution


def _later_keys(tx: Transaction, job_id: JobId, place: Place) -> list[str]:
    """Keys of what the task did after `place`: by the numbers of its turns, else by the clock."""
    execution = place.execution
    key, task = attempt_key(execution), f"task/{execution.task_id}/"
    turn = re.compile(rf"{re.escape(key)}(?:/stronger)?/(?:turn|handover)/(\d+)(?:/.*)?")
    at = place.entry.finished_at or place.entry.started_at

    def is_later(entry: DurableEntry) -> bool:
        if place.step == 0:
            return (entry.key.startswith(f"{key}/") or entry.started_at > at) \
                and entry.key not in {f"{key}/begin", f"{key}/is/running/"}
        if found := turn.fullmatch(entry.key):
            return int(found[1]) > place.step or entry.key == again_key(place.seat_key, place.step)
        rest = entry.key.removeprefix(f"{key}/").split("/")[0]
        return entry.started_at > at or (entry.key.startswith(f"{key}/") and rest in _AT_THE_END)

    return [entry.key for entry in durable.for_job(tx.conn, job_id)
            if entry.key.startswith(task) and is_later(entry)]


def _reopen_phase(tx: Transaction, job: Job, record: TaskRecord, place: Place) -> None:
    """The phase's gate is asked anew once the task is done. Raises UsageError where it was answered
    after the step: that answer would be about other work."""
    if job.status.is_final:
        return  # A retry begins the phase anew.
    prefix = f"phase/{record.phase_index + 1}/"
    at = place.entry.finished_at or place.entry.started_at
    for approval in approvals.for_job(tx.conn, job.id):
        is_later = approval.key.startswith(f"{prefix}approve/") and approval.asked_at > at
        if is_later and approval.answer is not None:
            raise UsageError(f"{approval.question.title!r} was answered after this step.",
                             hint=f"Take the answer back first: cockpit approvals undo "
                                  f"{approval.id}")
    for entry in durable.for_job(tx.conn, job.id):
        if entry.key.startswith(prefix) and entry.started_at > at:
            durable.delete_prefix(tx, job.id, entry.key)
    _withdraw(tx, job.id, f"{prefix}approve/", f"Task {record.number} was rewound.")


def _withdraw(tx: Transaction, job_id: JobId, prefix: str, reason: str) -> None:
    """Questions that wait under keys with `prefix` are asked no more."""
    for approval in approvals.pending(tx.conn, job_id):
        if approval.key.startswith(prefix):
            approvals.withdraw(tx, approval.id)
            tx.emit(Event(payload=event.ApprovalWithdrawn(
                approval_id=approval.id, gate=approval.question.gate.value, what="question",
                reason=reason), job_id=job_id, task_id=approval.task_id))


def _remember(tx: Transaction, job_id: JobId, key: str, intent: dict[str, Any],
              result: str = "true") -> None:
    durable.intend(tx, job_id, key, EffectClass.READ, intent)
    durable.finish(tx, job_id, key, EffectClass.READ, result)


def _as_json(kind: type[Any], value: object) -> Any:
    return adapter(kind).dump_python(value, mode="json")
