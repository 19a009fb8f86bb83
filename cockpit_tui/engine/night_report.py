"""Puts the morning report together, in one read of the ledger."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import Job, JobStatus, WaitingOn
from cockpit_tui.domain.night_report import (
    DeniedQuestion,
    DoneJob,
    FailedJob,
    JobCost,
    NextJob,
    NightReport,
    OpenQuestion,
    ParkedJob,
)
from cockpit_tui.domain.queue import QueueState
from cockpit_tui.engine.queries import attention_order
from cockpit_tui.storage import jobs, queue, stops
from cockpit_tui.storage.columns import time_text

_PARKED = frozenset({WaitingOn.APPROVAL, WaitingOn.BUDGET, WaitingOn.PERSON,
                     WaitingOn.PAUSED})

_GOES_ON = " Go on: "
"""What stands before the command in the reason of a pause (`stops`)."""


def night_report(conn: sqlite3.Connection, since: datetime, now: datetime) -> NightReport:
    """From `since` to `now`: ends, costs and commits in that time; questions and queue as of now.
    """
    costs = _costs(conn, since)
    ended = [jobs.get(conn, JobId(row[0])) for row in conn.execute(
        "SELECT id FROM jobs WHERE finished_at >= ? AND status IN "
        "('completed', 'failed', 'cancelled') ORDER BY finished_at, number",
        (time_text(since),))]
    state = queue.state(conn)
    held = {entry.job_id for entry in state.entries}
    paused = stops.paused_jobs(conn)
    return NightReport(
        since=since, until=now,
        cost=sum(costs.values(), JobCost()),
        done=tuple(DoneJob(job=job, commits=_commits(conn, job), cost=_of(costs, job))
                   for job in ended if job.status is JobStatus.COMPLETED),
        failed=tuple(FailedJob(job=job, cost=_of(costs, job),
                               command=f"cockpit jobs retry {job.number}")
                     for job in ended if job.status is not JobStatus.COMPLETED),
        parked=tuple(ParkedJob(job=job, cost=_of(costs, job),
                               reason=job.reason.partition(_GOES_ON)[0],
                               command=_goes_on(job, job.id in held, job.id in paused))
                     for job in jobs.unfinished(conn) if job.waiting_on in _PARKED),
        questions=tuple(OpenQuestion(
            job_number=jobs.get(conn, approval.job_id).number, title=approval.question.title,
            risk=approval.question.risk.value, command=f"cockpit approvals show {approval.id}",
            asked_at=approval.asked_at)
            for approval in attention_order(conn)),
        next=_next(state), paused_since=state.paused_at, denied=_denied(conn, since))


def _denied(conn: sqlite3.Connection, since: datetime) -> tuple[DeniedQuestion, ...]:
    rows = conn.execute(
        "SELECT j.number, json_extract(a.question_json, '$.title') FROM approvals a "
        "JOIN jobs j ON j.id = a.job_id WHERE a.answered_at >= ? "
        "AND json_extract(a.answer_json, '$.by') = 'away' ORDER BY a.answered_at, a.rowid",
        (time_text(since),))
    return tuple(DeniedQuestion(job_number=row[0], title=row[1]) for row in rows)


def _costs(conn: sqlite3.Connection, since: datetime) -> dict[JobId, JobCost]:
    return {JobId(row[0]): JobCost(known_microusd=row[1], unpriced_calls=row[2],
                                  estimated_calls=row[3], estimated_microusd=row[4])
            for row in conn.execute(
                "SELECT job_id, coalesce(sum(cost_microusd), 0), "
                "count(*) - count(cost_microusd), sum(is_estimated), "
                "coalesce(sum(iif(is_estimated, cost_microusd, 0)), 0) "
                "FROM usage WHERE recorded_at >= ? "
                "GROUP BY job_id", (time_text(since),))}


def _of(costs: dict[JobId, JobCost], job: Job) -> JobCost:
    return costs.get(job.id, JobCost())


def _commits(conn: sqlite3.Connection, job: Job) -> int:
    """As the job's own last word counts them."""
    row = conn.execute(
        "SELECT json_extract(payload_json, '$.commits') FROM events WHERE job_id = ? "
        "AND type = 'job:completed' ORDER BY seq DESC LIMIT 1", (job.id,)).fetchone()
    return 0 if row is None else int(row[0])


def _goes_on(job: Job, is_queued: bool, is_paused: bool) -> str:
    """The one command that works: of a paused task, or of a job that is paused itself."""
    resume = f"cockpit jobs resume {job.number}"
    match job.waiting_on:
        case WaitingOn.APPROVAL:
            then = "cockpit queue start" if is_queued and not is_paused else resume
            return f"cockpit jobs approve {job.number} && {then}"
        case WaitingOn.BUDGET:
            return f"{resume} --budget DOLLARS"
        case WaitingOn.PAUSED:
            return job.reason.partition(_GOES_ON)[2] or resume
        case _:
            return f"cockpit {'queue' if is_queued else 'jobs'} resume {job.number}"


def _next(state: QueueState) -> tuple[NextJob, ...]:
    waiting = [NextJob(name=f"#{entry.number}", title=entry.title, at=entry.not_before,
                       reason="paused" if entry.is_paused else entry.reason)
               for entry in state.entries if entry.waiting_on not in _PARKED]
    clocked = [NextJob(name=f"s{s.number}", title=s.request.text.strip().partition("\n")[0],
                       at=s.next_at, reason=s.cron) for s in state.schedules if not s.is_paused]
    return (*waiting, *clocked)
