"""Pane 1: repositories with branch and dirty state, and under each its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.presentation.glyphs import GlyphSet, job_sign
from cockpit_tui.presentation.time import when
from cockpit_tui.ui.actions import Scope, bindings
from cockpit_tui.ui.lines import Ink, Line, Part, foreign
from cockpit_tui.ui.plan_rows import sign_ink
from cockpit_tui.ui.snapshot import Snapshot
from cockpit_tui.ui.status_lines import branch_text
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import Row, RowList

JOBS_SHOWN = 20


class ReposPane(Pane):
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.REPOS)  # type: ignore[assignment]
    rows = getters.query_one(RowList)

    @dataclass
    class Chosen(Message):
        """The cursor is on a repository (`job_id` None) or on one of its jobs."""

        project_id: ProjectId
        job_id: JobId | None
        opened: bool
        """Enter, rather than only moving there."""

    @dataclass
    class AddWanted(Message):
        pass

    @dataclass
    class ForgetWanted(Message):
        project_id: ProjectId

    @dataclass
    class TrustWanted(Message):
        project_id: ProjectId

    def compose(self) -> ComposeResult:
        yield RowList(id="repos-rows")

    @property
    def project_id(self) -> ProjectId | None:
        """Whose row, or whose job's row, the cursor is on."""
        key = self.rows.cursor or ""
        return ProjectId(key.split(":", 2)[1]) if ":" in key else None

    def show(self, snapshot: Snapshot, *, now: datetime, glyphs: GlyphSet) -> None:
        rows: list[Row] = []
        for project in snapshot.projects:
            state = snapshot.repositories.get(project.id)
            right = branch_text(state, glyphs) if state is not None else "not readable"
            dirty = state is not None and state.dirty_files > 0
            ink = Ink.FAILED if state is None else Ink.NOTICE if dirty else Ink.MUTED
            jobs = snapshot.jobs_of(project.id)
            rows.append(Row(f"project:{project.id}", Line(((foreign(project.name), Ink.STRONG),),
                                                          ((right, ink),)), folds=bool(jobs)))
            rows += [self._job_row(job, snapshot, now, glyphs) for job in jobs[:JOBS_SHOWN]]
        if not rows:
            rows = [Row("empty", Line((("No repository yet.", Ink.PLAIN),)), is_note=True),
                    Row("empty2", Line((("o", Ink.KEY), ("  add a folder", Ink.PLAIN))),
                        is_note=True)]
        self.set_title(right=str(len(snapshot.projects)))
        self.rows.set_rows(rows)

    @staticmethod
    def _job_row(job: Job, snapshot: Snapshot, now: datetime, glyphs: GlyphSet) -> Row:
        waits = any(a.job_id == job.id for a in snapshot.pending)
        sign = job_sign(job.status, job.waiting_on, glyphs)
        ink = Ink.ATTENTION if waits else sign_ink(sign)
        view = snapshot.view
        figures: tuple[Part, ...] = ((when(job.finished_at or job.created_at, now), Ink.MUTED),)
        if view is not None and view.job.id == job.id and view.tasks:
            done = sum(task.status is TaskStatus.DONE for task in view.tasks)
            figures = ((f"{done}/{len(view.tasks)}", Ink.MUTED),)
        elif sign.is_bold or not job.status.is_final:
            figures = ((sign.word, ink),)
        return Row(f"job:{job.project_id}:{job.id}",
                   Line(((f"{glyphs.needs_you if waits else sign.glyph} ", ink),
                         (f"#{job.number} {foreign(job.title)}", Ink.PLAIN)), figures), depth=1)

    def select_project(self, project_id: ProjectId) -> None:
        self.rows.select(f"project:{project_id}")

    def select_job(self, job: Job) -> None:
        self.rows.select(f"job:{job.project_id}:{job.id}")

    @on(RowList.Highlighted)
    def _highlighted(self, event: RowList.Highlighted) -> None:
        event.stop()
        if event.by_person:
            self._choose(event.key, opened=False)

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        event.stop()
        self._choose(event.key, opened=True)

    def _choose(self, key: str, *, opened: bool) -> None:
        kind, _, rest = key.partition(":")
        if kind == "job":
            project, _, job = rest.partition(":")
            self.post_message(self.Chosen(ProjectId(project), JobId(job), opened))
        elif kind == "project":
            self.post_message(self.Chosen(ProjectId(rest), None, opened))

    def action_add_repository(self) -> None:
        self.post_message(self.AddWanted())

    def action_remove_repository(self) -> None:
        if (project_id := self.project_id) is not None:
            self.post_message(self.ForgetWanted(project_id))

    def action_trust_repository(self) -> None:
        if (project_id := self.project_id) is not None:
            self.post_message(self.TrustWanted(project_id))
