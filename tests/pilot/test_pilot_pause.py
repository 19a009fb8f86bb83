"""Pausing from the screen: the task under the cursor, the job, everything; and how it looks."""

from __future__ import annotations

from dataclasses import replace

from support import scenes

from cockpit_tui.domain.command import (
    PauseAll,
    PauseJob,
    PauseTask,
    ResumeAll,
    ResumeJob,
    ResumeTask,
)
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import WaitingOn


async def test_p_pauses_the_task_under_the_cursor_and_elsewhere_the_job(open_cockpit) -> None:
    async with open_cockpit(scenes.running()) as cockpit:
        plan = cockpit.app.home.plan
        await cockpit.press("2")
        plan.rows.select("task:T22")
        await cockpit.settle()
        await cockpit.press("p")
        plan.rows.select("plan")
        await cockpit.settle()
        await cockpit.press("p")
        assert cockpit.engine.sent == [PauseTask(task_id=TaskId("T22")),
                                       PauseJob(job_id=JobId("J41"))]


async def test_what_is_paused_says_so_and_p_lets_it_go_on(open_cockpit) -> None:
    scene = scenes.running()
    (at, view), = [(at, one) for at, one in enumerate(scene.views) if one.job.id == "J41"]
    tasks = tuple(replace(t, is_paused=t.id == "T22") for t in view.tasks)
    scene.views[at] = replace(view, tasks=tasks, is_paused=True)
    async with open_cockpit(scene) as cockpit:
        plan = cockpit.app.home.plan
        await cockpit.press("2")
        plan.rows.select("task:T22")
        await cockpit.settle()
        assert cockpit.screen_text.count("‖ 2.2") == 2  # in the plan and over what it wrote
        await cockpit.press("p")
        plan.rows.select("plan")
        await cockpit.settle()
        await cockpit.press("p", "P", "P")
        assert cockpit.engine.sent == [ResumeTask(task_id=TaskId("T22")),
                                       ResumeJob(job_id=JobId("J41")), PauseAll(), ResumeAll()]


async def test_p_on_a_job_that_waits_for_its_paused_task_lets_that_go_on(open_cockpit) -> None:
    scene = scenes.running()
    (at, view), = [(at, one) for at, one in enumerate(scene.views) if one.job.id == "J41"]
    scene.views[at] = replace(
        view, tasks=tuple(replace(t, is_paused=t.id == "T22") for t in view.tasks),
        job=replace(view.job, waiting_on=WaitingOn.PAUSED, reason="Task 2.2 is paused."))
    async with open_cockpit(scene) as cockpit:
        await cockpit.press("2")
        cockpit.app.home.plan.rows.select("plan")
        await cockpit.settle()
        await cockpit.press("p")
        assert cockpit.engine.sent == [ResumeTask(task_id=TaskId("T22"))]


async def test_where_nothing_runs_p_says_so(open_cockpit) -> None:
    async with open_cockpit(scenes.empty()) as cockpit:
        await cockpit.press("2", "p")
        assert "No job is selected." in cockpit.screen_text


async def test_a_stop_that_is_put_right_is_not_shown_on(open_cockpit) -> None:
    scene = scenes.waiting_money()
    (at, view), = [(at, one) for at, one in enumerate(scene.views) if one.job.id == "J41"]
    async with open_cockpit(scene) as cockpit:
        cockpit.app.home.visit_parked(view.job)
        await cockpit.settle()
        assert "Waits for money" in cockpit.screen_text
        scene.views[at] = replace(view, job=replace(view.job, waiting_on=WaitingOn.NOTHING,
                                                    reason=""))
        cockpit.app.bridge.reload()
        await cockpit.settle()
        assert cockpit.app.home.state.row not in {None, "parked"}
        assert "waits for money" not in cockpit.screen_text.lower()
        assert "more money and goes on" not in cockpit.screen_text


async def test_the_plan_pane_offers_p_and_everything_paused_is_seen(open_cockpit) -> None:
    scene = scenes.running()
    async with open_cockpit(scene) as cockpit:
        await cockpit.press("2")
        assert "p pause" in cockpit.screen_text.splitlines()[-1]
        assert "paused" not in cockpit.screen_text.splitlines()[0]
        scene.queue = replace(scene.queue, state=replace(scene.queue.state,
                                                         paused_at=scenes.NOW))
        cockpit.app.bridge.reload()
        await cockpit.settle()
        assert "‖ queue paused" in cockpit.screen_text.splitlines()[0]
        scene.views[:] = [replace(one, is_paused=True, job=replace(
            one.job, waiting_on=WaitingOn.PAUSED)) for one in scene.views]
        cockpit.app.bridge.reload()
        await cockpit.settle()
        shown = cockpit.screen_text.splitlines()
        assert "‖ all paused  ● 0 run" in shown[0]
        assert "p go on" in shown[-1]
