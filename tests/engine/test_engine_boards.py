"""The boards of queue and locks, read from a real ledger."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import (
    next_question,
    one_phase,
    planned_task,
    scripted_engine,
    writes_its_file,
)

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.boards import LockBoard
from cockpit_tui.domain.command import PauseQueue, RemoveSchedule, SubmitJob
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.job import JobRequest, WaitingOn
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.domain.queue import AwayPolicy, Placement
from cockpit_tui.engine.boards import refused_commands
from cockpit_tui.engine.engine import open_engine, utc_now
from cockpit_tui.providers.scripted import ScriptedProvider


async def test_a_queue_has_its_night_and_what_its_jobs_have_before_them(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=writes_its_file)
    request = JobRequest(text="Write files", policy=Policy(approve=ApproveMode.MANUAL))
    async with scripted_engine(provider, attended=True) as engine:
        async with engine.keeping_queue():
            first = await engine.send(SubmitJob(repository=str(repository), request=request))
            later = await engine.send(SubmitJob(
                repository=str(repository), request=request,
                placement=Placement(priority=3, not_before=utc_now() + timedelta(hours=2))))
            await next_question(engine)
            board = await engine.queue_board()
        assert await engine.lock_board() == LockBoard()
    assert first is not None
    assert later is not None
    assert [(e.number, e.priority, e.waiting_on) for e in board.state.entries] == [
        (first.number, 0, WaitingOn.APPROVAL), (later.number, 3, WaitingOn.SCHEDULE)]
    planned, unknown = (board.outlooks[job.id] for job in (first, later))
    assert planned.basis == "its plan"
    assert planned.minutes is not None
    assert (unknown.minutes, unknown.basis) == (None, "")
    assert (board.rules.away, board.night_spent_microusd) == (AwayPolicy.PARK, 0)
    assert board.night is not None
    assert [question.job_number for question in board.night.questions] == [first.number]


async def test_what_others_asked_for_in_vain_is_told(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})
    provider = ScriptedProvider(plan=one_phase(planned_task("a", "a.txt")), task=writes_its_file)
    async with scripted_engine(provider) as engine:
        job = await engine.send(SubmitJob(
            repository=str(repository), request=JobRequest(text="Write files"),
            placement=Placement(not_before=utc_now() + timedelta(hours=2))))
        assert job is not None
        async with open_engine(Paths.from_environment(), is_attended=False,
                               may_write_letters=True) as other:
            await other.send(PauseQueue(job_id=job.id))
            with pytest.raises(CockpitError, match="No schedule s7"):
                await other.send(RemoveSchedule(number=7))
        (refused,) = (await engine.queue_board()).refused
        assert await engine.refused_commands() == (refused,)
        later = refused.at + timedelta(minutes=61)
        assert await engine.database.read(lambda conn: refused_commands(conn, later)) == ()
    assert refused.command == "RemoveSchedule"
    assert "No schedule s7" in refused.why
    assert str(os.getpid()) in refused.sender
