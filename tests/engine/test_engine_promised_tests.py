"""Tests of the repository that a later task is to make pass: told at the gate, due at the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.repositories import make_repository
from support.scripted_jobs import (
    GRANT,
    give,
    next_question,
    one_phase,
    path_of,
    planned_task,
    scripted_engine,
)

from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.diff import parse_diff
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft
from cockpit_tui.domain.errors import VerificationFailed
from cockpit_tui.domain.event import JobCompleted
from cockpit_tui.domain.job import JobRequest, JobStatus, Until
from cockpit_tui.domain.policy import ApproveMode, Policy, Risk
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

SUITE = "python -m unittest discover -s tests"
PASSES = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test(self):\n        pass\n"
FILES = {"tests/test_old.py": PASSES}
NEW = PASSES.replace("pass\n", "self.assertEqual(__import__('pathlib').Path('code.txt')"
                               ".read_text(), 'x')\n")


def plan(*code_proof: str) -> PlanDraft:
    """The test first, then in another phase what makes it pass."""
    return PlanDraft(summary="s", phases=(
        PhaseDraft(title="Tests", tasks=(planned_task("test", "tests/test_new.py"),)),
        PhaseDraft(title="Code", tasks=(
            planned_task("code", "code.txt", after=("test",), acceptance=code_proof),))))


def agent(asked: ModelRequest) -> ModelReply:
    path = path_of(asked)
    if turns_so_far(asked) == 0:
        return calls(("write_file", {"path": path, "content": "x" if path == "code.txt" else NEW}))
    return says("Written.")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", FILES)


def request(approve: ApproveMode, until: str = "all") -> JobRequest:
    return JobRequest(text="Write files", policy=Policy(approve=approve), until=Until.parse(until))


async def test_the_gate_tells_what_does_not_pass_yet_and_the_end_demands_it(
        repository: Path) -> None:
    provider = ScriptedProvider(plan=plan(SUITE), task=agent)
    async with scripted_engine(provider, attended=True) as engine:
        job = await engine.send(SubmitJob(repository=str(repository),
                                          request=request(ApproveMode.MANUAL)))
        assert job is not None
        await give(engine, await next_question(engine), GRANT)
        first = await next_question(engine)
        assert first.question.risk is Risk.MED
        assert f"does not pass yet, a later task is to see to it: {SUITE}" in first.question.reasons
        await give(engine, first, GRANT)
        second = await next_question(engine)
        assert second.question.risk is Risk.LOW
        await give(engine, second, GRANT)
        end = await engine.wait(job.id)
    assert (end.error, end.job.status) == (None, JobStatus.COMPLETED)


async def test_a_job_that_stops_before_the_promise_is_due_says_what_fails(
        repository: Path) -> None:
    provider = ScriptedProvider(plan=plan(SUITE), task=agent)
    async with scripted_engine(provider) as engine:
        job = await engine.send(SubmitJob(repository=str(repository),
                                          request=request(ApproveMode.ALL, "phase:1")))
        assert job is not None
        end = await engine.wait(job.id)
        (done,) = [e.payload for e in await engine.events(job_id=job.id, limit=10_000)
                   if isinstance(e.payload, JobCompleted)]
    assert end.error is None
    assert done.summary.startswith("1 of 1 tasks done. Not yet: ")
    assert SUITE in done.summary


async def test_a_test_that_the_persons_drop_breaks_fails_the_job_at_its_end(
        repository: Path) -> None:
    """It is no acceptance command, so that the kept set was proven without it."""
    def both(asked: ModelRequest) -> ModelReply:
        return (calls(("write_file", {"path": "code.txt", "content": "x"}),
                      ("write_file", {"path": "tests/test_new.py", "content": NEW})),
                says("Written."))[turns_so_far(asked)]

    task = replace(planned_task("a", "code.txt", owned=("**",), acceptance=("true",)),
                   commands=(SUITE,))
    provider = ScriptedProvider(plan=one_phase(task), task=both)
    async with scripted_engine(provider, attended=True) as engine:
        job = await engine.send(SubmitJob(repository=str(repository),
                                          request=request(ApproveMode.MANUAL)))
        assert job is not None
        await give(engine, await next_question(engine), GRANT)
        gate = await next_question(engine)
        diff = parse_diff(await engine.approval_diff(gate.id))
        (hunk,) = [h.id for file in diff.files if file.path == "code.txt" for h in file.hunks]
        await give(engine, gate, replace(GRANT, dropped_hunks=(hunk,)))
        end = await engine.wait(job.id)
    assert isinstance(end.error, VerificationFailed)
    assert end.error.message.startswith(f"On the finished branch {SUITE} fails")
