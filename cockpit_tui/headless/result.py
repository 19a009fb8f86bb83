"""The result of a job as one JSON object: the last line of `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.job import JobStatus, LandMode, WaitingOn
from cockpit_tui.domain.plan import Estimate
from cockpit_tui.domain.task import TaskRecord
from cockpit_tui.domain.usage import MICROUSD_PER_USD
from cockpit_tui.domain.view import JobView
from cockpit_tui.engine.estimates import Variance


def job_result(view: JobView, commits: tuple[dict[str, str], ...], error: CockpitError | None,
               *, duration_seconds: float,
               variances: Sequence[Variance] = ()) -> dict[str, Any]:
    """`{"type": "result", "job_id", "status", "branch", "base", "commits", "tasks", ...}`.

    `landed`: the branch stands in the person's repository, not only in the cockpit's clone.
    `notes` are the plan's: what it leaves out of the request stands there. `cost_usd` is null
    where a price is not known; `waiting_on` and `reason` say why a job that is
    neither completed nor failed stopped. Tasks in `variances` have what was estimated beside what
    they took, as `{"minutes", "tokens", "cost_usd"}`; the others have nulls.
    """
    job = view.job
    by_task = {variance.task_id: variance for variance in variances}
    result: dict[str, Any] = {
        "type": "result",
        "job_id": job.id,
        "number": job.number,
        "status": job.status.value,
        "waiting_on": job.waiting_on.value,
        "reason": job.reason,
        "branch": job.branch if commits else None,
        "landed": (bool(commits) and job.request.land is LandMode.BRANCH
                   and job.waiting_on not in {WaitingOn.PERSON, WaitingOn.PAUSED}),
        "base": job.base_commit,
        "head": job.head_commit,
        "commits": list(commits),
        "tasks": [_task(record, by_task.get(record.id)) for record in view.tasks],
        "notes": list(view.plan.notes) if view.plan else [],
        "approvals": [
            {"id": a.id, "gate": a.question.gate.value, "title": a.question.title,
             "risk": a.question.risk.value, "reasons": list(a.question.reasons)}
            for a in view.pending if not job.status.is_final],
        "cost_usd": _dollars(job.cost_microusd),
        "duration_seconds": round(duration_seconds, 3),
    }
    if error is not None and job.status is not JobStatus.COMPLETED:
        result["error"] = {"type": type(error).__name__, "message": error.message,
                           "hint": error.hint}
    return result


def _task(record: TaskRecord, variance: Variance | None) -> dict[str, Any]:
    return {
        "id": record.id, "number": record.number, "title": record.title, "role": record.role,
        "phase": record.phase_index + 1, "status": record.status.value,
        "attempts": record.attempts, "reason": record.reason, "commit": record.commit or None,
        "proofs": [{"command": p.command, "exit_code": p.exit_code, "seconds": p.seconds}
                   for p in record.proofs],
        "files": list(record.files),
        "estimate": None if variance is None else _estimate(variance.estimate),
        "actual": None if variance is None else _estimate(variance.actual),
    }


def _estimate(amounts: Estimate) -> dict[str, Any]:
    return {"minutes": round(amounts.minutes, 3), "tokens": amounts.tokens,
            "cost_usd": _dollars(amounts.cost_microusd)}


def _dollars(microusd: int | None) -> float | None:
    return None if microusd is None else microusd / MICROUSD_PER_USD
