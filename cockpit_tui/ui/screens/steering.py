"""The part of Home that steers: jobs stopped, retried, undone; repositories added, forgotten."""

from __future__ import annotations

from textual import on

from cockpit_tui.domain.command import (
    CancelJob,
    Command,
    PauseAll,
    PauseJob,
    PauseTask,
    ResumeAll,
    ResumeJob,
    ResumeTask,
    RetryJob,
    UndoJob,
)
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.domain.job import WaitingOn
from cockpit_tui.domain.task import TaskRecord
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.spending import dollars, more_money
from cockpit_tui.presentation.time import money
from cockpit_tui.ui.parked import is_days_budget
from cockpit_tui.ui.requests import (
    CommandWanted,
    RepositoryAddWanted,
    RepositoryForgetWanted,
    RepositoryTrustWanted,
)
from cockpit_tui.ui.screens.deciding import DecidingScreen
from cockpit_tui.ui.screens.sheets import FieldsSheet
from cockpit_tui.ui.snapshot import is_at_work, is_parked
from cockpit_tui.ui.task_fields import read_budget
from cockpit_tui.ui.widgets.plan_pane import PlanPane
from cockpit_tui.ui.widgets.repos_pane import ReposPane
from cockpit_tui.ui.wrong_field import WrongField


def _pausing(view: JobView, task: TaskRecord | None) -> Command:
    """Pause what goes on, or let go on what is paused."""
    if task is not None:
        return (ResumeTask if task.is_paused else PauseTask)(task_id=task.id)
    return ResumeJob(job_id=view.job.id) if view.is_paused else PauseJob(job_id=view.job.id)


class SteeringScreen(DecidingScreen):
    has_paused_all = False
    """Whether the person paused everything from here, and has not let it go on since."""

    @on(PlanPane.StopWanted)
    def _stop(self) -> None:
        if (job := self.shown_job) is not None:
            self.ask(f"Stop #{job.number} {job.title}?", "What landed stays on its branch.",
                     CommandWanted(CancelJob(job_id=job.id), f"#{job.number} is stopping."))

    @on(PlanPane.PauseWanted)
    def _pause(self, event: PlanPane.PauseWanted) -> None:
        """The task that the cursor is on, if it can be; else the job."""
        if (view := self.snapshot.view) is None:
            return
        task = next((t for t in view.tasks if f"task:{t.id}" == event.key
                     and not t.status.is_final), None)
        held_up = [t for t in view.tasks if t.is_paused and not t.status.is_final]
        if task is None and held_up and is_parked(view.job) and not view.is_paused:
            for one in held_up:  # They are what the job waits for.
                self.post_message(CommandWanted(ResumeTask(task_id=one.id),
                                                f"{one.number} goes on."))
            return
        name = f"#{view.job.number}" if task is None else task.number
        is_paused = view.is_paused if task is None else task.is_paused
        said = f"{name} goes on." if is_paused else f"{name} pauses after its step. p goes on."
        self.post_message(CommandWanted(_pausing(view, task), said))

    def action_pause_all(self) -> None:
        at_work = any(is_at_work(job) for job in self.snapshot.jobs)
        self.has_paused_all = at_work and not self.has_paused_all
        if self.has_paused_all:
            self.post_message(CommandWanted(
                PauseAll(), "Everything pauses after its step. P goes on."))
        else:
            self.post_message(CommandWanted(ResumeAll(), "Everything goes on."))

    def action_retry_job(self) -> None:
        if (job := self.shown_job) is not None:
            self.post_message(CommandWanted(RetryJob(job_id=job.id),
                                            f"#{job.number} tries its failed tasks again."))

    def action_resume_with_budget(self) -> None:
        if (job := self.shown_job) is None or not is_parked(job):
            return
        budget, spent = job.request.limits.budget_microusd, job.cost_microusd
        wants_more = job.waiting_on is WaitingOn.BUDGET and not is_days_budget(job)

        def read(fields: dict[str, str]) -> int | None:
            new = read_budget(fields["budget"])
            if new is not None and spent is not None and new <= spent:
                raise WrongField(f"#{job.number} has spent {money(spent)} already.",
                                 field="budget", hint="Give it more than that.")
            return new

        def given(fields: dict[str, str] | None) -> None:
            if fields is None:
                return
            new = read(fields)
            under = "as it was" if new is None else f"under a budget of {money(new)}"
            self.post_message(CommandWanted(ResumeJob(job_id=job.id, budget_microusd=new),
                                            f"#{job.number} goes on, {under}."))

        self.app.push_screen(FieldsSheet(
            f"Go on with #{job.number}",
            {"budget": dollars(more_money(spent, budget) if wants_more else budget)},
            labels={"budget": "Budget of the whole job, in dollars"},
            intro=job.reason, hint=f"{money(spent)} of {money(budget) if budget else 'no limit'} "
            "is spent. Left empty, the budget stays as it is.", enter="go on",
            check=read), given)

    def action_undo_job(self) -> None:
        if (job := self.shown_job) is not None:
            self.ask(f"Take the branch {job.branch} out of your repository again?",
                     "The work stays in the cockpit's own clone.",
                     CommandWanted(UndoJob(job_id=job.id), f"#{job.number} was taken back."))

    @on(ReposPane.AddWanted)
    def _add(self) -> None:
        def given(fields: dict[str, str] | None) -> None:
            if fields and fields["path"]:
                self.post_message(RepositoryAddWanted(fields["path"]))

        self.app.push_screen(FieldsSheet("Add a repository", {"path": ""},
                                         hint="A folder inside a git repository."), given)

    @on(ReposPane.ForgetWanted)
    def _forget(self, event: ReposPane.ForgetWanted) -> None:
        project = self.snapshot.project(ProjectId(event.project_id))
        if project is not None:
            self.post_message(RepositoryForgetWanted(project.id))

    @on(ReposPane.TrustWanted)
    def _trust(self, event: ReposPane.TrustWanted) -> None:
        self.post_message(RepositoryTrustWanted(event.project_id))
