"""What a plan says will hold only later."""

from __future__ import annotations

from cockpit_tui.domain.ids import JobId, PhaseId, PlanId, TaskId
from cockpit_tui.domain.plan import Phase, Plan, Task
from cockpit_tui.engine.promised import promised_later


def test_proofs_of_whatever_builds_on_a_task_are_promised_at_it() -> None:
    def task(name: str, *after: str, proof: str) -> Task:
        return Task(id=TaskId(name), title=name, instructions="", role="Tester",
                    depends_on=tuple(map(TaskId, after)), acceptance=(proof,))

    plan = Plan(id=PlanId("L"), job_id=JobId("J"), revision=1, summary="", author="m", phases=(
        Phase(id=PhaseId("1"), title="", tasks=(
            task("register", "code", proof="pytest"), task("code", "test", proof="pytest x"),
            task("test", proof="compile x"), task("aside", proof="pytest"))),
        Phase(id=PhaseId("2"), title="", tasks=(task("docs", "register", proof="links"),))))
    assert promised_later(plan) == {
        "1.1": {"links"}, "1.2": {"pytest", "links"}, "1.3": {"pytest x", "pytest", "links"},
        "1.4": set(), "2.1": set()}
