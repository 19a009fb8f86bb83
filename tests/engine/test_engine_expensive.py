"""Dear calls: allowed one by one, or once for the rest of the job, however often it is resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.priced_jobs import DIME, paid, priced_engine, priced_models, submit_priced
from support.repositories import make_repository
from support.scripted_jobs import GRANT, give, next_question, one_phase, planned_task

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.command import ResumeJob
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.policy import ApproveMode, Gate, Verdict
from cockpit_tui.engine.engine import Engine

ALLOWED = replace(GRANT, rest_of_job=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


async def test_one_answer_allows_all_such_calls_of_the_job_and_outlives_the_engine(
        repository: Path) -> None:
    models = priced_models(paid(one_phase(planned_task("a", "a.txt"))))

    async def dear(engine: Engine) -> list[Approval]:
        view = await engine.job_view(job.id)
        return [a for a in view.approvals if a.question.gate is Gate.EXPENSIVE]

    async with priced_engine(models, attended=True) as engine:
        job = await submit_priced(engine, repository, budget=None, expensive=DIME // 2,
                                  approve=ApproveMode.MANUAL, gates={Gate.BUDGET: Verdict.ALLOW})
        await give(engine, await next_question(engine), GRANT)  # the review, this once
        await give(engine, await next_question(engine), ALLOWED)  # the plan, and all after it
        plan = await next_question(engine)
        with pytest.raises(UsageError, match="Only expensive calls"):
            await give(engine, plan, ALLOWED)
        await give(engine, plan, GRANT)
        phase = await next_question(engine)
        assert (plan.question.gate, phase.question.gate) == (Gate.PLAN, Gate.PHASE)
    async with priced_engine(models, attended=True) as engine:
        await engine.send(ResumeJob(job_id=job.id))
        await give(engine, phase, GRANT)
        end = await engine.wait(job.id)
        asked = await dear(engine)
    assert end.error is None
    assert [a.answer for a in asked] == [GRANT, ALLOWED]
