"""When an action can be done: each is empty, or says why not now and what to do instead."""

from __future__ import annotations

from cockpit_tui.domain.job import JobStatus
from cockpit_tui.domain.policy import Gate
from cockpit_tui.ui.actions.action import Situation
from cockpit_tui.ui.snapshot import is_parked


def needs_approval(s: Situation) -> str:
    if s.approval is None:
        return "Nothing waits for an answer here. w goes to what does."
    return ""


def needs_returnable(s: Situation) -> str:
    if s.approval is not None and s.approval.question.gate not in {Gate.PLAN, Gate.PHASE,
                                                                   Gate.LAND}:
        return "Only plans and diffs can be sent back. x denies this."
    return needs_approval(s)


def needs_dear_call(s: Situation) -> str:
    if s.approval is not None and s.approval.question.gate is not Gate.EXPENSIVE:
        return "Only an expensive call can be allowed for the rest of a job."
    return needs_approval(s)


def needs_waiting(s: Situation) -> str:
    return "" if s.waiting else "Nothing waits for you."


def needs_job(s: Situation) -> str:
    return "" if s.job is not None else "No job is selected."


def needs_entry(s: Situation) -> str:
    return "" if s.entry is not None else "Select a job of the queue first."


def needs_queued(s: Situation) -> str:
    if s.entry is None and s.schedule is None:
        return "Select a job or a schedule first."
    return ""


def needs_agent(s: Situation) -> str:
    return "" if s.agent is not None else "No agent is selected."


def needs_held_lock(s: Situation) -> str:
    if s.lock is None:
        return "No lock is selected."
    if s.lock.held_at is None:
        return "This is only waited for; there is nothing to release. Enter goes to who holds it."
    return ""


def needs_running_job(s: Situation) -> str:
    if s.job is None:
        return "No job is selected."
    return "This job has ended already." if s.job.status.is_final else ""


def needs_writing(s: Situation) -> str:
    return "Another cockpit works with this ledger; pause there." if s.is_read_only else ""


def needs_stopped_job(s: Situation) -> str:
    if s.job is None:
        return "No job is selected."
    if s.job.status in {JobStatus.FAILED, JobStatus.CANCELLED}:
        return ""
    return "Only a job that failed or was stopped can be tried again."


def needs_parked_job(s: Situation) -> str:
    if s.job is None:
        return "No job is selected."
    return "" if is_parked(s.job) else "This job did not stop for money or for your help."


def needs_landed_job(s: Situation) -> str:
    if s.job is None:
        return "No job is selected."
    if s.job.head_commit in {"", s.job.base_commit}:
        return "Nothing of this job has landed."
    return "" if s.job.status.is_final else "The job still runs. X stops it."


def needs_undo(s: Situation) -> str:
    return "" if s.can_undo else "There is nothing to take back here."


def needs_repository(s: Situation) -> str:
    return "" if s.has_repository else "No repository is known yet. o in the Repos pane adds one."
