"""Home: four panes over the current job; steer it and decide without leaving."""

from __future__ import annotations

from typing import ClassVar

from textual import getters, on
from textual.binding import BindingType

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.diff import Diff
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import ApprovalId, JobId, TaskId
from cockpit_tui.domain.job import Job, WaitingOn
from cockpit_tui.domain.policy import Gate
from cockpit_tui.domain.project import Project
from cockpit_tui.presentation.event_line import event_line
from cockpit_tui.ui.actions import Scope, Situation, bindings, of_call
from cockpit_tui.ui.drafts import DiffDraft
from cockpit_tui.ui.home_state import HomeState
from cockpit_tui.ui.plan_rows import PARKED, PLAN, REVIEW, task_key
from cockpit_tui.ui.requests import (
    DiffWatched,
    JobWatched,
    OlderEventsWanted,
)
from cockpit_tui.ui.screens.judging import JudgingScreen
from cockpit_tui.ui.screens.paned import PanedScreen
from cockpit_tui.ui.screens.steering import SteeringScreen
from cockpit_tui.ui.snapshot import DiffSource, Snapshot
from cockpit_tui.ui.widgets.bars import Bar
from cockpit_tui.ui.widgets.log_pane import LogPane
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.plan_pane import PlanPane
from cockpit_tui.ui.widgets.repos_pane import ReposPane
from cockpit_tui.ui.widgets.tab_line import TabLine


class HomeScreen(PanedScreen, JudgingScreen, SteeringScreen):
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.HOME)  # type: ignore[assignment]

    tabs = getters.query_one(TabLine)
    newest = getters.query_one("#newest", Bar)

    def __init__(self, *args: object, repository: str | None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.state = HomeState(repository=repository, defaults=self.settings.defaults)
        self._drafts: dict[ApprovalId, DiffDraft] = {}
        self._own_hint = ""
        """What the hint line said last of the shown thing, `_hinted`."""
        self._hinted = ""

    def on_mount(self) -> None:
        super().on_mount()
        for pane in self.query(Pane):
            pane.glyphs = self.glyphs
        self.action_pane(4)
        self._log_title()

    # What is shown

    @property
    def shown_project(self) -> Project | None:
        return self.snapshot.project(self.state.project_id)

    @property
    def shown_job(self) -> Job | None:
        view = self.state.view(self.snapshot)
        return view.job if view is not None else None

    @property
    def parked_job(self) -> Job | None:
        """The job whose stop is looked at."""
        return self.shown_job if self.state.row == PARKED else None

    @property
    def situation(self) -> Situation:
        approval = self.approval
        draft = self._drafts.get(approval.id) if approval is not None else None
        return Situation(approval=approval, job=self.shown_job,
                         is_read_only=self.snapshot.is_read_only,
                         waiting=self.snapshot.waiting,
                         can_undo=draft is not None and draft.can_undo,
                         has_repository=bool(self.snapshot.projects))

    @property
    def unsent(self) -> str:
        """What would be lost on leaving: `2 comments, 1 dropped hunk`; empty when nothing."""
        drafts = [self._drafts[a.id] for a in self.snapshot.pending if a.id in self._drafts]
        planned = [draft for (job_id, _), draft in self.state.plan_drafts.items()
                   if any(a.job_id == job_id and a.question.gate is Gate.PLAN
                          for a in self.snapshot.pending)]
        counts = (("comment", sum(len(d.comments) for d in drafts)
                   + sum(bool(d.comment) for d in planned)),
                  ("dropped hunk", sum(len(d.dropped) for d in drafts)),
                  ("plan edit", sum(d.edits for d in planned)))
        return ", ".join(f"{count} {what}{'s' if count != 1 else ''}"
                         for what, count in counts if count)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.state.take(snapshot)
        for job in snapshot.jobs:
            self.events_log.names.add_job(job.id, job.number)
        view = self.state.view(snapshot)
        for task in view.tasks if view is not None else ():
            self.events_log.names.add_task(task.id, task.number)
        self.snapshot = snapshot
        self.repos.show(snapshot, now=self.now, glyphs=self.glyphs)
        project_id = self.state.project_id
        self.plan.show(view, now=self.now, glyphs=self.glyphs,
                       job_count=len(snapshot.jobs_of(project_id)) if project_id else 0)
        self.events_log.flush()
        if self.state.just_chosen:
            chosen = snapshot.job(self.state.job_id)
            if chosen is not None:
                self.repos.select_job(chosen)
            elif self.state.project_id is not None:
                self.repos.select_project(self.state.project_id)
            # A job so new that it has no row yet is selected once it has one.
            self.state.just_chosen = chosen is None and self.state.job_id is not None
        if self.state.row is not None:
            self.plan.rows.select(self.state.row)
        self.post_message(JobWatched(self.state.job_id))
        self.show_subject()
        super().show_snapshot(snapshot)
        if self.state.arrived_at_wanted(snapshot):
            self.action_pane(4)

    def show_subject(self) -> None:
        """Paint what the state points at into the review pane."""
        subject = self.state.subject(self.snapshot, now=self.now, glyphs=self.glyphs)
        draft = None
        if subject.approval is not None:
            draft = self._drafts.setdefault(subject.approval.id, DiffDraft())
        self.arming.show(subject.key)
        self.review.show(subject, draft)
        self.review.situation = self.plan.situation = self.situation
        self.post_message(DiffWatched(subject.source))
        self._say_hint()
        self._show_tabs()

    def _say_hint(self, *, anew: bool = False) -> None:
        """What the keys of the shown thing do, or where they work if the focus is elsewhere.

        What was told since stays while the same thing is shown, unless the person went on (`anew`).
        """
        subject = self.review.subject
        if subject is None or self.hint.has_error:
            return
        was_told = self.hint.text != self._own_hint and subject.key == self._hinted
        if anew or not was_told:
            elsewhere = self.focus_elsewhere if subject.approval is not None else ""
            self.say(elsewhere or subject.hint)
            self._own_hint, self._hinted = self.hint.text, subject.key

    def show_diff(self, source: DiffSource, diff: Diff) -> None:
        self.review.show_diff(source, diff)
        self.refresh_bindings()

    def show_events(self, events: tuple[RecordedEvent, ...]) -> None:
        self.events_log.extend(events)
        self.events_log.flush()
        if events:
            line = event_line(events[-1], self.events_log.names, self.glyphs)
            self.newest.set_line(self.state.newest_line(line))
        self._log_title()

    def footer_labels(self) -> dict[str, str]:
        labels = {"decide.approve": self.review.approve_label}
        view = self.state.view(self.snapshot)
        if view is not None and (view.is_paused or view.job.waiting_on is WaitingOn.PAUSED):
            labels["run.pause"] = "go on"
        subject = self.review.subject
        if self.state.row not in {PLAN, REVIEW}:
            labels["review.open"] = ""
        if subject is not None and subject.approval is not None and (
                subject.approval.question.gate in {Gate.PLAN, Gate.PHASE, Gate.LAND}):
            labels["decide.reject"] = ""
        else:
            labels["decide.reject_task"] = ""
        if subject is not None and subject.source is not None and subject.approval is None:
            labels |= {"diff.drop": "", "diff.comment": ""}
        return labels

    def _log_title(self) -> None:
        verbosity = self.events_log.verbosity.value
        shown = self.events_log.filter_text or verbosity
        self.log_frame.set_title(right=f"{shown}  {self.events_log.follow_state}")
        self._show_tabs()

    def _show_tabs(self) -> None:
        new = self.events_log.new_lines
        notes = {2: self.state.progress(self.snapshot), 3: f"+{new}" if new else "",
                 4: self.glyphs.needs_you if self.approval is not None else ""}
        count = self.snapshot.waiting
        self.tabs.show(self._current, notes, str(count) if count else "")

    # Panes

    def pane_changed(self) -> None:
        self._show_tabs()
        self._say_hint(anew=True)

    async def step_back(self) -> bool:
        if await super().step_back():
            return True
        for pane in self.query(Pane):
            if await pane.close_filter():
                return True
        if self.has_class("-zoomed"):
            self.action_zoom(False)
            return True
        if self._current != 2 and self.shown_job is not None and self._current == 4:
            self.action_pane(2)
            if self.approval is not None:
                self.say("The plan pane has the focus now: 4 goes back to the question.")
            return True
        return False

    # Choosing

    def visit(self, approval: Approval) -> None:
        """Go to a question, in whatever job it is, and focus it."""
        job = self.snapshot.job(approval.job_id)
        self.state.want(approval, job.project_id if job is not None else None)
        self.show_snapshot(self.snapshot)

    def visit_job(self, job: Job) -> None:
        self.state.choose(job.project_id, job.id)
        self.state.just_chosen = True
        self.show_snapshot(self.snapshot)

    def visit_task(self, task_id: TaskId) -> None:
        """Look at a task of the shown job."""
        self.state.choose_row(task_key(task_id))
        self.show_snapshot(self.snapshot)
        self.action_pane(4)

    def visit_parked(self, job: Job) -> None:
        """Go to a job that stopped without a question, and say why."""
        self.state.choose(job.project_id, job.id)
        self.state.choose_row(PARKED)
        self.state.just_chosen = True
        self.show_snapshot(self.snapshot)
        self.action_pane(4)

    def jump_back(self) -> None:
        if self.state.jump_back():
            self.show_snapshot(self.snapshot)

    @on(ReposPane.Chosen)
    def _repository_or_job(self, event: ReposPane.Chosen) -> None:
        self.state.choose(event.project_id, event.job_id)
        self.show_snapshot(self.snapshot)
        if event.opened:
            self.action_pane(2 if event.job_id is not None else 4)

    @on(PlanPane.RowChosen)
    def _row_chosen(self, event: PlanPane.RowChosen) -> None:
        if not event.by_person:
            return
        self.state.choose_row(event.key)
        self.show_subject()
        if event.opened and not self.open_row(event.key) and not event.key.startswith("phase:"):
            self.action_pane(4)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        spec = of_call((Scope.HOME,), action, parameters)
        return None if spec is not None and spec.when(self.situation) else True

    @on(LogPane.OlderWanted)
    def _older(self, event: LogPane.OlderWanted) -> None:
        self.post_message(OlderEventsWanted(event.before_seq))

    @on(LogPane.StateChanged)
    def _log_changed(self) -> None:
        self._log_title()

    @on(LogPane.LineChosen)
    def _log_line(self, event: LogPane.LineChosen) -> None:
        """Enter on a line goes to the job and task it tells of."""
        job = self.snapshot.job(JobId(event.event.job_id or ""))
        if job is not None:
            self.state.choose(job.project_id, job.id)
            if event.event.task_id is not None:
                self.state.choose_row(f"task:{event.event.task_id}")
            self.show_snapshot(self.snapshot)
