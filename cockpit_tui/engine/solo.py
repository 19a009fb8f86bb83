"""The plan of `cockpit agents spawn`: one phase, one task, in the person's own words."""

from __future__ import annotations

from cockpit_tui.domain.ids import IdSource, PhaseId, PlanId, TaskId
from cockpit_tui.domain.job import Job, Solo
from cockpit_tui.domain.plan import Phase, Plan, Task


def solo_plan(job: Job, solo: Solo, new_id: IdSource) -> Plan:
    """No model has a part in it, so there is nothing in it that the person did not write."""
    task = Task(id=TaskId(new_id()), title=job.title, instructions=job.request.text,
                role=solo.role, acceptance=solo.verify)
    phase = Phase(id=PhaseId(new_id()), title=job.title, tasks=(task,))
    return Plan(id=PlanId(new_id()), job_id=job.id, revision=1, phases=(phase,),
                summary=f"One {solo.role}, one task.", author="the person")
