"""Agents: who does what, for how long and how much, and who waits for the person first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from cockpit_tui.domain.agent import AgentView
from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.command import TerminateAgent
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.task import AgentStatus
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.ui.actions import Scope, Situation, bindings, of_call
from cockpit_tui.ui.agent_rows import agent_cards, agent_hint, agent_key, agent_rows, agent_totals
from cockpit_tui.ui.home_state import HomeState
from cockpit_tui.ui.lines import Ink, plain
from cockpit_tui.ui.requests import BoardWatched, CommandWanted
from cockpit_tui.ui.screens.deciding import DecidingScreen
from cockpit_tui.ui.settings import UiSettings
from cockpit_tui.ui.snapshot import Board, Snapshot
from cockpit_tui.ui.widgets.card_grid import CardGrid
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import Row, RowList


class AgentsScreen(DecidingScreen):
    PLACE = "AGENTS"
    CSS_PATH = "agents.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.AGENTS)  # type: ignore[assignment]

    frame = getters.query_one("#agents-frame", Pane)
    cards = getters.query_one("#agents-cards", CardGrid)
    rows = getters.query_one("#agents-rows", RowList)

    @dataclass
    class TaskOpened(Message):
        """Show the task that an agent has."""

        job_id: JobId
        task_id: TaskId

    @dataclass
    class QuestionOpened(Message):
        """Show what an agent asks, where it can be answered."""

        approval: Approval

    def __init__(self, settings: UiSettings, glyphs: GlyphSet, *, state: HomeState) -> None:
        super().__init__(settings, glyphs)
        self._state = state

    @property
    def _is_list(self) -> bool:
        return self._state.agents_as_list

    def body(self) -> Iterable[Widget]:
        with Pane(name="Agents", id="agents-frame"):
            yield CardGrid(id="agents-cards")
            yield RowList(id="agents-rows")

    def on_mount(self) -> None:
        super().on_mount()
        for pane in self.query(Pane):
            pane.glyphs = self.glyphs
        self._show_form()
        self.post_message(BoardWatched(Board.AGENTS, is_shown=True))

    def on_unmount(self) -> None:
        self.app.post_message(BoardWatched(Board.AGENTS, is_shown=False))

    @property
    def views(self) -> tuple[AgentView, ...]:
        return self.snapshot.agents or ()

    @property
    def agent(self) -> AgentView | None:
        """The one under the cursor."""
        cursor = self.rows.cursor if self._is_list else self.cards.cursor
        return next((view for view in self.views if agent_key(view) == cursor), None)

    @property
    def shown_job(self) -> Job | None:
        agent = self.agent
        return self.snapshot.job(agent.agent.job_id) if agent is not None else None

    @property
    def shown_project(self) -> Project | None:
        job = self.shown_job
        if job is not None:
            return self.snapshot.project(job.project_id)
        return next(iter(self.snapshot.projects), None)

    @property
    def situation(self) -> Situation:
        return Situation(is_read_only=self.snapshot.is_read_only, waiting=self.snapshot.waiting,
                         job=self.shown_job, agent=self.agent,
                         has_repository=bool(self.snapshot.projects))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        spec = of_call((Scope.AGENTS,), action, parameters)
        return None if spec is not None and spec.when(self.situation) else True

    def footer_labels(self) -> dict[str, str]:
        return {"agents.form": "cards"} if self._is_list else {}

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._show_agents()
        super().show_snapshot(snapshot)

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._show_agents)

    def _show_agents(self) -> None:
        if not self.is_mounted or self.snapshot.agents is None:
            return
        views = self.views
        self.cards.set_cards(agent_cards(views, now=self.now, glyphs=self.glyphs))
        width = self.frame.content_size.width
        self.rows.set_rows(agent_rows(views, now=self.now, glyphs=self.glyphs, width=width)
                           or _NOBODY)
        self.cards.display = bool(views) and not self._is_list
        self.rows.display = not self.cards.display
        self.frame.set_title(right=agent_totals(views, self.glyphs, width) if views else ())
        self._show_hint()

    def _show_hint(self) -> None:
        agent = self.agent
        self.say(agent_hint(agent) if agent is not None
                 else "Agents come with the first task of a job. n starts one.")

    def _show_form(self) -> None:
        self.cards.display = not self._is_list
        self.rows.display = self._is_list
        (self.rows if self._is_list else self.cards).focus()

    @on(CardGrid.Highlighted)
    @on(RowList.Highlighted)
    def _highlighted(self) -> None:
        self._show_hint()
        self.show_bars()

    @on(CardGrid.Opened)
    @on(RowList.Opened)
    def _opened(self) -> None:
        agent = self.agent
        if agent is None:
            return
        approval = self.snapshot.approval(agent.approval_id)
        if approval is not None:
            self.post_message(self.QuestionOpened(approval))
        elif agent.agent.task_id is not None:
            self.post_message(self.TaskOpened(agent.agent.job_id, agent.agent.task_id))

    def action_form(self) -> None:
        """Cards, or one row each; the cursor stays on its agent."""
        agent = self.agent
        self._state.agents_as_list = not self._is_list
        self._show_form()
        self._show_agents()
        if agent is not None:
            self.rows.select(agent_key(agent))
            self.cards.select(agent_key(agent))
        self.show_bars()

    def action_send_away(self) -> None:
        view = self.agent
        if view is None:
            return
        name, job_id = view.agent.name, view.agent.job_id
        lost = f"Another agent begins {view.task_number} anew; what {name} wrote lies in the trash."
        if view.agent.status is AgentStatus.IDLE:
            lost = "It is free, so nothing is lost."

        def send_away() -> None:
            now = next((v for v in self.views if agent_key(v) == agent_key(view)), None)
            if now is None or _at(now) != _at(view):
                self.say(f"{name} is at something else by now; nothing was changed.")
            else:
                self.post_message(CommandWanted(TerminateAgent(job_id=job_id, agent=name),
                                                f"{name} of #{view.job_number} was sent away."))

        self.confirm(f"Send {name} of #{view.job_number} away?", lost, send_away)


def _at(view: AgentView) -> tuple[TaskId | None, bool]:
    """What sending it away would end."""
    return view.agent.task_id, view.agent.status is AgentStatus.IDLE


_NOBODY = [Row("e1", plain("Nobody is at work."), is_note=True),
           Row("e2", plain("Agents of all jobs that have not ended appear here.", Ink.MUTED),
               is_note=True)]
