"""A job's state folded from its events is the state that its rows have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import (
    GRANT,
    give,
    next_question,
    one_phase,
    planned_task,
    submit,
    writes_its_file,
)

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.command import CancelJob, PauseJob, ResumeJob, RetryJob, RewindTask
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.policy import ApproveMode
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.domain.timeline import Timeline
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.providers.scripted import ScriptedProvider

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GOOD = one_phase(planned_task("a", "a.txt"), planned_task("b", "b.txt", after=("a",)))
BAD = one_phase(planned_task("a", "a.txt"), planned_task("c", "c.txt", after=("b",)),
                planned_task("b", "b.txt", acceptance=("grep -q never b.txt",)))
Life = Callable[[Engine, JobId], Awaitable[None]]


async def _to_its_end(engine: Engine, job_id: JobId) -> None:
    await engine.wait(job_id)


async def _tried_twice(engine: Engine, job_id: JobId) -> None:
    await engine.wait(job_id)
    await engine.send(RetryJob(job_id=job_id))
    await engine.wait(job_id)


async def _left_at_its_plan(engine: Engine, _: JobId) -> None:
    await next_question(engine)


async def _answered_to_the_end(engine: Engine, job_id: JobId) -> None:
    await give(engine, await next_question(engine), GRANT)
    await give(engine, await next_question(engine), GRANT)
    await engine.wait(job_id)


async def _rejected(engine: Engine, job_id: JobId) -> None:
    await give(engine, await next_question(engine), GRANT)
    no = Answer(decision=Decision.DENIED, by="person", comment="Not like this.")
    await give(engine, await next_question(engine), no)
    await engine.wait(job_id)


async def _cancelled_at_its_diff(engine: Engine, job_id: JobId) -> None:
    await give(engine, await next_question(engine), GRANT)
    await next_question(engine)
    await engine.send(CancelJob(job_id=job_id))


async def _rewound(engine: Engine, job_id: JobId) -> None:
    """Back to its first step, and as far as that goes again."""
    await engine.wait(job_id)
    failed = next(task for task in (await engine.job_view(job_id)).tasks
                  if task.status is TaskStatus.FAILED)
    await engine.send(RewindTask(task_id=failed.id, step=1))


async def _rewound_and_retried(engine: Engine, job_id: JobId) -> None:
    await _rewound(engine, job_id)
    await engine.send(RetryJob(job_id=job_id))
    await engine.wait(job_id)


async def _paused(engine: Engine, job_id: JobId) -> None:
    await give(engine, await next_question(engine), GRANT)
    await next_question(engine)
    await engine.send(PauseJob(job_id=job_id))
    await engine.send(ResumeJob(job_id=job_id))
    await give(engine, await next_question(engine), GRANT)
    await engine.wait(job_id)


@pytest.mark.parametrize(("plan", "life", "approve"), [
    (GOOD, _to_its_end, ApproveMode.ALL), (BAD, _to_its_end, ApproveMode.ALL),
    (BAD, _tried_twice, ApproveMode.ALL), (GOOD, _left_at_its_plan, ApproveMode.MANUAL),
    (GOOD, _answered_to_the_end, ApproveMode.MANUAL), (GOOD, _rejected, ApproveMode.MANUAL),
    (GOOD, _cancelled_at_its_diff, ApproveMode.MANUAL), (BAD, _rewound, ApproveMode.ALL),
    (BAD, _rewound_and_retried, ApproveMode.ALL), (GOOD, _paused, ApproveMode.MANUAL)], ids=[
        "done", "failed", "retried", "asked", "answered", "rejected", "cancelled", "rewound",
        "rewound and retried", "paused"])
async def test_folded_events_are_the_ledgers_rows(tmp_path: Path, plan: object, life: Life,
                                                  approve: ApproveMode) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    provider = ScriptedProvider(plan=plan, task=writes_its_file)
    async with open_engine(Paths.from_environment(), is_attended=True, clock=lambda: NOW,
                           provider_source=lambda _: (provider, "script")) as engine:
        job = await submit(engine, repository, approve)
        await life(engine, job.id)
        view = await engine.job_view(job.id)
        timeline = Timeline(view, every=7)
        timeline.extend(await engine.events(job_id=job.id, limit=10_000))
    folded = timeline.view(len(timeline))
    assert folded.job == view.job
    # What a command printed is in no event; how it ended is.
    assert folded.tasks == tuple(replace(task, proofs=()) for task in view.tasks)
    assert (folded.review, folded.plan, folded.approvals) == (
        view.review, view.plan, view.approvals)
