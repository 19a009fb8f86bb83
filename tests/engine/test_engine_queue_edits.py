"""What the queue screen's keys do to a real queue, and `u` takes back to the row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import one_phase, planned_task, scripted_engine, writes_its_file

from cockpit_tui.domain.command import CancelJob, PauseQueue, PutBack, SubmitJob
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.queue import Placement, QueueState
from cockpit_tui.engine.engine import Engine, utc_now
from cockpit_tui.providers.scripted import ScriptedProvider
from cockpit_tui.ui import queue_edits
from cockpit_tui.ui.queue_edits import Edit

PLAN = one_phase(planned_task("a", "a.txt"))
PRIORITIES = (5, 5, 0, 0, -2)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


async def _filled(engine: Engine, repository: Path) -> QueueState:
    for at, priority in enumerate(PRIORITIES):
        placement = Placement(priority=priority, not_before=utc_now() + timedelta(hours=at + 1))
        await engine.send(SubmitJob(repository=str(repository), placement=placement,
                                    request=JobRequest(text=f"Job {at}")))
    await engine.queue.add_schedule(str(repository), JobRequest(text="Nightly"), "0 2 * * *",
                                    priority=2, is_overnight=True)
    return await engine.queue.state()


def _moves(at: int, by: int) -> Callable[[QueueState], Edit | None]:
    return lambda state: queue_edits.move(state, state.entries[at], by)


@pytest.mark.parametrize(("edit", "order"), [
    (_moves(0, 1), [1, 0, 2, 3, 4]), (_moves(1, 1), [0, 2, 1, 3, 4]),
    (_moves(2, 1), [0, 1, 3, 2, 4]), (_moves(3, 1), [0, 1, 2, 4, 3]),
    (_moves(1, -1), [1, 0, 2, 3, 4]), (_moves(2, -1), [0, 2, 1, 3, 4]),
    (_moves(4, -1), [0, 1, 2, 4, 3]),
    (lambda s: queue_edits.prefer(s.entries[4], 9), [4, 0, 1, 2, 3]),
    (lambda s: queue_edits.pause(s.entries[2]), [0, 1, 2, 3, 4]),
    (queue_edits.pause_all, [0, 1, 2, 3, 4]),
    (lambda s: queue_edits.delete(s.entries[1]), [0, 2, 3, 4]),
    (lambda s: queue_edits.delete(s.entries[4]), [0, 1, 2, 3]),
    (lambda s: queue_edits.pause_schedule(s.schedules[0]), [0, 1, 2, 3, 4]),
], ids=["0 down", "1 down", "2 down", "3 down", "1 up", "2 up", "4 up", "prefer", "pause",
        "pause all", "delete", "delete last", "pause schedule"])
async def test_undo_brings_the_queues_rows_back(
        repository: Path, edit: Callable[[QueueState], Edit | None], order: list[int]) -> None:
    async with scripted_engine(ScriptedProvider(plan=PLAN, task=writes_its_file)) as engine:
        before = await _filled(engine, repository)
        done = edit(before)
        assert done is not None
        for command in done.commands:
            await engine.send(command)
        after = await engine.queue.state()
        assert [int(entry.title.removeprefix("Job ")) for entry in after.entries] == order
        assert after != before
        for command in done.undo:
            await engine.send(command)
        await engine.keeper.turn()  # it says again what each one waits for
        back = await engine.queue.state()
    assert _comparable(back) == _comparable(before)


def _comparable(state: QueueState) -> QueueState:
    """Positions are places: only their order counts."""
    return replace(state, entries=tuple(replace(entry, position=at)
                                        for at, entry in enumerate(state.entries)))


async def test_ends_of_the_queue_are_ends(repository: Path) -> None:
    async with scripted_engine(ScriptedProvider(plan=PLAN, task=writes_its_file)) as engine:
        state = await _filled(engine, repository)
    assert queue_edits.move(state, state.entries[0], -1) is None
    assert queue_edits.move(state, state.entries[-1], 1) is None


async def test_a_forgotten_schedule_comes_back_and_a_paused_job_starts_at_once(
        repository: Path) -> None:
    async with scripted_engine(ScriptedProvider(plan=PLAN, task=writes_its_file)) as engine:
        state = await _filled(engine, repository)
        edit = queue_edits.delete_schedule(state.schedules[0])
        for command in edit.commands:
            await engine.send(command)
        assert (await engine.queue.state()).schedules == ()
        for command in edit.undo:
            await engine.send(command)
        again = (await engine.queue.state()).schedules[0]
        gone = state.schedules[0]
        assert replace(again, id=gone.id, number=gone.number, created_at=gone.created_at) == gone
        waiting = state.entries[3]
        await engine.send(PauseQueue(job_id=waiting.job_id))
        paused = next(e for e in (await engine.queue.state()).entries
                      if e.job_id == waiting.job_id)
        for command in queue_edits.start_now(paused).commands:
            await engine.send(command)
        free = next(e for e in (await engine.queue.state()).entries if e.job_id == waiting.job_id)
        assert (free.is_paused, free.not_before, free.reason) == (False, None, "")


async def test_a_job_that_began_is_not_put_back(repository: Path) -> None:
    async with scripted_engine(ScriptedProvider(plan=PLAN, task=writes_its_file)) as engine:
        job = await engine.send(SubmitJob(repository=str(repository),
                                          request=JobRequest(text="At once")))
        assert job is not None
        await engine.send(CancelJob(job_id=job.id))
        with pytest.raises(UsageError, match="was not taken out of the queue"):
            await engine.send(PutBack(job_id=job.id))
