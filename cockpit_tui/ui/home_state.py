"""Where the person is on Home: repository, job, row. Follows a job until the person steers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.ids import ApprovalId, JobId, ProjectId
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.event_line import EventLine
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.ui.drafts import PlanDraft
from cockpit_tui.ui.lines import Ink, Line, plain
from cockpit_tui.ui.plan_rows import PARKED, natural_row, pending_of_row, row_of_approval
from cockpit_tui.ui.plan_table import PlanKey
from cockpit_tui.ui.request_draft import RequestDraft
from cockpit_tui.ui.snapshot import Snapshot, is_parked
from cockpit_tui.ui.start_page import start_subject
from cockpit_tui.ui.subject import BLANK, Subject, heading
from cockpit_tui.ui.subjects import subject_of

_NOWHERE = Subject(
    key="start:nowhere", title=(("Start", Ink.STRONG),),
    lines=(heading("Not in a repository"), BLANK,
           Line((("  1", Ink.KEY), ("  choose one in the Repos pane (Enter)", Ink.PLAIN))),
           Line((("  o", Ink.KEY), ("  in the Repos pane adds one by its path", Ink.PLAIN))),
           plain("  or start cockpit inside one", Ink.MUTED)))


@dataclass(frozen=True, slots=True)
class Place:
    project_id: ProjectId | None
    job_id: JobId | None
    row: str | None


class HomeState:
    """`row` None means: look at the repository, not at a row of the job."""

    def __init__(self, *, repository: str | None, defaults: Callable[[], JobRequest]) -> None:
        self.project_id: ProjectId | None = None
        self.job_id: JobId | None = None
        self.row: str | None = None
        self.just_chosen = True
        """The repositories' cursor has to follow a choice made elsewhere."""
        self._repository = repository
        self._follows = True
        self._awaited: JobId | None = None
        """A job so new that no snapshot has it yet."""
        self._wanted: ApprovalId | None = None
        self._jumps: list[Place] = []
        self._defaults = defaults
        self._request_draft: RequestDraft | None = None
        self.plan_drafts: dict[PlanKey, PlanDraft] = {}
        self.agents_as_list = False
        """How the Agents screen was left."""

    def view(self, snapshot: Snapshot) -> JobView | None:
        """The shown job's view; None while another's is still loaded."""
        view = snapshot.view
        return view if view is not None and view.job.id == self.job_id else None

    def take(self, snapshot: Snapshot) -> None:
        """New data: settle where nothing is chosen yet, and follow the job if nobody steers."""
        if snapshot.project(self.project_id) is None:
            self._choose_first(snapshot)
        if snapshot.job(self.job_id) is not None:
            self._awaited = None
        elif self.job_id != self._awaited:
            self.job_id = self.row = None
        view = self.view(snapshot)
        if view is None:
            return
        if self.row == PARKED and not is_parked(view.job):
            self.row, self._follows = None, True  # What stopped it is put right: it goes on.
        if self._wanted is not None:
            approval = next((a for a in view.pending if a.id == self._wanted), None)
            if approval is not None:
                self.row, self._follows = row_of_approval(view, approval), False
        elif self._follows and not self._looks_at_a_question(view):
            self.row = natural_row(view)

    @property
    def request_draft(self) -> RequestDraft:
        """The form's values; from the person's settings when it is first opened."""
        if self._request_draft is None:
            self._request_draft = RequestDraft.from_defaults(self._defaults())
        return self._request_draft

    def request_started(self) -> None:
        """What was typed is a job now: the next form begins anew."""
        self._request_draft = None

    def _is_in(self, path: str) -> bool:
        return self._repository is not None and Path(self._repository).is_relative_to(path)

    def _choose_first(self, snapshot: Snapshot) -> None:
        """The repository the cockpit was started in, and the job that goes on there.

        Else none: another repository is never shown as if it were here.
        """
        around = [p for p in snapshot.projects if self._is_in(p.path)]
        project = max(around, key=lambda p: len(p.path), default=None)
        self.project_id = project.id if project is not None else None
        self.job_id = self.row = None
        if project is None:
            return
        self.just_chosen = True
        if snapshot.away is not None:  # First what happened; w goes on from there.
            return
        waiting = {a.job_id for a in snapshot.pending}
        unfinished = [job for job in snapshot.jobs_of(project.id) if not job.status.is_final]
        urgent = [job for job in unfinished if job.id in waiting]
        if urgent or unfinished:
            self.job_id = (urgent or unfinished)[0].id

    def _looks_at_a_question(self, view: JobView) -> bool:
        return self.row is not None and pending_of_row(view, self.row) is not None

    def choose(self, project_id: ProjectId, job_id: JobId | None) -> None:
        if (project_id, job_id) == (self.project_id, self.job_id):
            return
        self._remember()
        self.project_id, self.job_id, self.row = project_id, job_id, None
        self._follows, self._wanted, self._awaited = True, None, job_id

    def choose_row(self, key: str) -> None:
        """The person moved to a row: from now on nothing moves by itself in this job."""
        self.row, self._follows, self._wanted = key, False, None

    def want(self, approval: Approval, project_id: ProjectId | None) -> None:
        """Go to this question as soon as its job is loaded."""
        self._remember()
        self.project_id = project_id or self.project_id
        if approval.job_id != self.job_id:
            self.job_id, self.row = approval.job_id, None
        self._wanted, self.just_chosen = approval.id, True

    def arrived_at_wanted(self, snapshot: Snapshot) -> bool:
        """True once, when the wanted question is on screen."""
        view = self.view(snapshot)
        if self._wanted is None or view is None:
            return False
        if not any(a.id == self._wanted for a in view.pending):
            return False
        self._wanted = None
        return True

    def jump_back(self) -> bool:
        if not self._jumps:
            return False
        place = self._jumps.pop()
        self.project_id, self.job_id, self.row = place.project_id, place.job_id, place.row
        self._follows, self._wanted, self.just_chosen = place.row is None, None, True
        return True

    def _remember(self) -> None:
        self._jumps = [*self._jumps[-49:], Place(self.project_id, self.job_id, self.row)]

    def subject(self, snapshot: Snapshot, *, now: datetime, glyphs: GlyphSet) -> Subject:
        view = self.view(snapshot)
        if view is not None and self.row is not None:
            return subject_of(view, self.row, now=now, glyphs=glyphs)
        if not snapshot.is_loaded:
            return Subject(key="start", title=(("Start", Ink.STRONG),))
        project = snapshot.project(self.project_id)
        if project is None and snapshot.projects:
            return _NOWHERE
        jobs = snapshot.jobs_of(project.id) if project is not None else ()
        return start_subject(project, snapshot.repositories.get(project.id) if project else None,
                             jobs, now=now, glyphs=glyphs, sandbox=snapshot.sandbox,
                             waiting=snapshot.waiting, away=snapshot.away)

    def progress(self, snapshot: Snapshot) -> str:
        """`5/11` for the tab line; empty without tasks."""
        view = self.view(snapshot)
        if view is None or not view.tasks:
            return ""
        done = sum(task.status is TaskStatus.DONE for task in view.tasks)
        return f"{done}/{len(view.tasks)}"

    @staticmethod
    def newest_line(line: EventLine) -> Line:
        return Line(((" log  ", Ink.MUTED), (f"{line.time()} {line.who} {line.word} {line.text}",
                                             Ink.PLAIN)),
                    ((line.detail, Ink.MUTED),) if line.detail else ())
