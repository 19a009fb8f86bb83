"""Editing a plan: pure, and never into something that cannot run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import JobId, PhaseId, PlanId, TaskId
from cockpit_tui.domain.plan import (
    Estimate,
    Phase,
    Plan,
    Task,
    delete_task,
    edit_task,
    move_task,
    validate_plan,
)


def task(name: str, *after: str) -> Task:
    return Task(id=TaskId(name), title=f"Do {name}", instructions="", role="Tester",
                depends_on=tuple(TaskId(a) for a in after), acceptance=("make test",),
                commands=(f"fix {name}",), estimate=Estimate(minutes=2.0, cost_microusd=5))


A, B, C, D = task("a"), task("b", "a"), task("c", "b"), task("d", "b", "a")
PLAN = Plan(id=PlanId("p"), job_id=JobId("j"), revision=1, summary="", author="test", phases=(
    Phase(id=PhaseId("1"), title="One", tasks=(A, B)),
    Phase(id=PhaseId("2"), title="Two", tasks=(C, D)),
))


def test_deleting_a_task_hands_its_dependencies_on() -> None:
    edited = delete_task(PLAN, TaskId("b"))
    assert [t.depends_on for t in edited.tasks()] == [(), ("a",), ("a",)]
    validate_plan(edited)


def test_deleting_the_last_task_of_a_phase_deletes_the_phase() -> None:
    edited = delete_task(delete_task(PLAN, TaskId("c")), TaskId("d"))
    assert [phase.title for phase in edited.phases] == ["One"]


def test_moving_stops_at_the_ends_of_the_phase() -> None:
    down = move_task(PLAN, TaskId("c"), 1)
    assert down.phases[1].tasks == (D, C)
    assert move_task(down, TaskId("c"), 1) == down
    assert move_task(down, TaskId("c"), -1) == PLAN


def test_title_and_role_change_nothing_else() -> None:
    edited = edit_task(PLAN, TaskId("b"), title="New", role="DevOpsEngineer")
    assert edited.task(TaskId("b")) == replace(B, title="New", role="DevOpsEngineer")
    assert edited.phases[1] == PLAN.phases[1]


def test_numbers_commands_and_estimate_follow_the_order() -> None:
    assert [PLAN.number(t.id) for t in PLAN.tasks()] == ["1.1", "1.2", "2.1", "2.2"]
    assert PLAN.commands() == ("fix a", "make test", "fix b", "fix c", "fix d")
    assert PLAN.estimate() == Estimate(minutes=8.0, cost_microusd=20)
    unknown = replace(PLAN, phases=(Phase(id=PhaseId("1"), title="", tasks=(
        replace(A, estimate=Estimate(minutes=1.0)), B)),))
    assert unknown.estimate().cost_microusd is None, "unknown is never counted as nothing"


@pytest.mark.parametrize(("tasks", "message"), [
    ((), "has no tasks"),
    ((task("x", "y"), task("y", "x")), "wait for each other"),
    ((task("x", "gone"),), "not in the plan"),
    ((task("x"), task("x")), "the same id"),
    ((replace(A, title=" "),), "has no title"),
])
def test_a_plan_that_cannot_run_is_refused(tasks: tuple[Task, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        validate_plan(replace(PLAN, phases=(Phase(id=PhaseId("1"), title="", tasks=tasks),)))


def test_a_task_cannot_wait_for_a_later_phase() -> None:
    with pytest.raises(UsageError, match="later phase"):
        validate_plan(replace(PLAN, phases=(
            Phase(id=PhaseId("1"), title="", tasks=(task("early", "late"),)),
            Phase(id=PhaseId("2"), title="", tasks=(task("late"),)))))
