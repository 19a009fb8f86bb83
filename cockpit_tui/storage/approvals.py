"""Approvals in the ledger: questions, and answers that are given once and never changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter

from cockpit_tui.domain.approval import Answer, Approval, Decision, Question, ReviewComment
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import ApprovalId, JobId, TaskId
from cockpit_tui.storage.columns import (
    from_json,
    optional_row,
    parse_optional_time,
    parse_time,
    plain_text,
    time_text,
    to_json,
)
from cockpit_tui.storage.transaction import Transaction


@cache
def _question_adapter() -> TypeAdapter[Question]:
    return TypeAdapter(Question)


@cache
def _answer_adapter() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


def insert(tx: Transaction, approval: Approval) -> None:
    """Record a question that is not answered yet; its key must be new within the job."""
    tx.conn.execute(
        "INSERT INTO approvals (id, job_id, task_id, key, gate, question_json, asked_at, holds_up) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (approval.id, approval.job_id, approval.task_id, plain_text(approval.key),
         approval.question.gate, to_json(_question_adapter(), approval.question),
         time_text(approval.asked_at), approval.holds_up))
    if approval.answer is not None:
        answer(tx, approval.id, approval.answer, approval.answered_at or approval.asked_at)


def found(conn: sqlite3.Connection, approval_id: ApprovalId) -> Approval | None:
    """None where there is none, or none any more: a question can be taken back."""
    row = optional_row(conn.execute("SELECT * FROM approvals WHERE id = ?", (approval_id,)))
    return None if row is None else _approval(conn, row)


def get(conn: sqlite3.Connection, approval_id: ApprovalId) -> Approval:
    """Raises UsageError where there is none."""
    approval = found(conn, approval_id)
    if approval is None:
        raise UsageError(f"No approval {approval_id}.",
                         hint="`cockpit approvals list` shows what waits.")
    return approval


def by_key(conn: sqlite3.Connection, job_id: JobId, key: str) -> Approval | None:
    row = optional_row(conn.execute("SELECT * FROM approvals WHERE job_id = ? AND key = ?",
                                    (job_id, plain_text(key))))
    return None if row is None else _approval(conn, row)


def pending(conn: sqlite3.Connection, job_id: JobId | None = None) -> tuple[Approval, ...]:
    """What waits for an answer, oldest first."""
    rows = conn.execute(
        "SELECT * FROM approvals WHERE answer_json IS NULL "
        "AND (:job_id IS NULL OR job_id = :job_id) ORDER BY asked_at, rowid", {"job_id": job_id})
    return _approvals(conn, rows)


def allowed_for_job(conn: sqlite3.Connection, job_id: JobId, question: Question) -> Answer | None:
    """The yes that was given for all calls of the job like this one: to the same model, over the
    same threshold."""
    for row in _alike(conn, job_id, question, "json_extract(answer_json, '$.rest_of_job')"):
        return _approval(conn, row).answer
    return None


def waiting_alike(conn: sqlite3.Connection, job_id: JobId,
                  question: Question) -> tuple[Approval, ...]:
    """Questions of the job about calls like this one that have no answer yet."""
    return _approvals(conn, _alike(conn, job_id, question, "answer_json IS NULL"))


def _alike(conn: sqlite3.Connection, job_id: JobId, question: Question,
           which: str) -> list[sqlite3.Row]:
    return conn.execute(
        "SELECT * FROM approvals WHERE job_id = ? AND gate = ? "
        "AND json_extract(question_json, '$.action.model') = ? "
        f"AND json_extract(question_json, '$.action.threshold_microusd') = ? AND {which}",
        (job_id, question.gate, question.action.get("model"),
         question.action.get("threshold_microusd"))).fetchall()


def for_job(conn: sqlite3.Connection, job_id: JobId) -> tuple[Approval, ...]:
    """Answered or not, oldest first."""
    rows = conn.execute("SELECT * FROM approvals WHERE job_id = ? ORDER BY asked_at, rowid",
                        (job_id,))
    return _approvals(conn, rows)


def answer(tx: Transaction, approval_id: ApprovalId, given: Answer, at: datetime) -> None:
    """Record the one answer, its comments as rows. Raises UsageError if there is one already."""
    stored = get(tx.conn, approval_id)
    if stored.answer is not None:
        raise UsageError(
            f"{stored.question.title!r} was answered already: {stored.answer.decision.value} "
            f"by {stored.answer.by}.",
            hint="An answer is not changed; send a follow-up request instead.",
        )
    tx.conn.execute("UPDATE approvals SET answer_json = ?, answered_at = ? WHERE id = ?",
                    (to_json(_answer_adapter(), replace(given, comments=())), time_text(at),
                     approval_id))
    tx.conn.executemany(
        "INSERT INTO review_comments (id, approval_id, position, path, line, text, quoted, "
        "written_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(tx.new_id(), approval_id, position, plain_text(comment.path), comment.line,
          plain_text(comment.text), plain_text(comment.quoted), time_text(at))
         for position, comment in enumerate(given.comments)])


def withdraw(tx: Transaction, approval_id: ApprovalId) -> None:
    """Take back a question that nobody answered; an answered one stays on record."""
    tx.conn.execute("DELETE FROM approvals WHERE id = ? AND answer_json IS NULL", (approval_id,))


def take_back_answer(tx: Transaction, approval_id: ApprovalId) -> None:
    """The question waits for an answer again."""
    tx.conn.execute("DELETE FROM review_comments WHERE approval_id = ?", (approval_id,))
    tx.conn.execute("UPDATE approvals SET answer_json = NULL, answered_at = NULL WHERE id = ?",
                    (approval_id,))


def ask_again(tx: Transaction, job_id: JobId) -> None:
    """Make room for a job's questions to be put anew: what waits is withdrawn, and a no stays on
    record but no longer answers for its key."""
    tx.conn.execute("DELETE FROM approvals WHERE job_id = ? AND answer_json IS NULL", (job_id,))
    tx.conn.execute(
        "UPDATE approvals SET key = key || '/before/' || id WHERE job_id = ? "
        "AND json_extract(answer_json, '$.decision') = ? AND instr(key, '/before/') = 0",
        (job_id, Decision.DENIED))


def set_aside(tx: Transaction, job_id: JobId, *, prefix: str) -> None:
    """What was answered under keys that begin with `prefix` stays on record, but no longer answers
    for its key."""
    tx.conn.execute(
        "UPDATE approvals SET key = key || '/before/' || id WHERE job_id = ? "
        "AND substr(key, 1, length(?2)) = ?2 AND instr(key, '/before/') = 0", (job_id, prefix))


def _approvals(conn: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> tuple[Approval, ...]:
    return tuple(_approval(conn, row) for row in rows)


def _approval(conn: sqlite3.Connection, row: sqlite3.Row) -> Approval:
    what = f"Approval {row['id']}"
    given = None
    if row["answer_json"] is not None:
        given = replace(from_json(_answer_adapter(), row["answer_json"], what),
                        comments=_comments(conn, row["id"]))
    return Approval(
        id=ApprovalId(row["id"]),
        job_id=JobId(row["job_id"]),
        task_id=None if row["task_id"] is None else TaskId(row["task_id"]),
        key=row["key"],
        question=from_json(_question_adapter(), row["question_json"], what),
        asked_at=parse_time(row["asked_at"]),
        answer=given,
        answered_at=parse_optional_time(row["answered_at"]),
        holds_up=row["holds_up"],
    )


def _comments(conn: sqlite3.Connection, approval_id: str) -> tuple[ReviewComment, ...]:
    rows = conn.execute("SELECT path, line, text, quoted FROM review_comments "
                        "WHERE approval_id = ? ORDER BY position", (approval_id,))
    return tuple(ReviewComment(path=path, line=line, text=text, quoted=quoted)
                 for path, line, text, quoted in rows)
