"""Where the global keys lead: screens, the next thing that waits, help, palette, leaving.

A screen's module is loaded when it is first gone to: what stands before the first frame is Home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App
from textual.command import CommandPalette

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import Job
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.ui.arming import Arming
from cockpit_tui.ui.bridge import Bridge
from cockpit_tui.ui.palette import Everything
from cockpit_tui.ui.screens.base import CockpitScreen
from cockpit_tui.ui.screens.home import HomeScreen
from cockpit_tui.ui.screens.inbox import InboxScreen
from cockpit_tui.ui.screens.sheets import ConfirmSheet
from cockpit_tui.ui.settings import UiSettings

if TYPE_CHECKING:
    from cockpit_tui.ui.screens.agents import AgentsScreen
    from cockpit_tui.ui.screens.locks import LocksScreen
    from cockpit_tui.ui.screens.queue import QueueScreen


class Navigation(App[int]):
    """The part of the app that moves between screens."""

    settings: UiSettings
    glyphs: GlyphSet
    bridge: Bridge
    home: HomeScreen

    def show_approval(self, approval: Approval) -> None:
        raise NotImplementedError

    def copy_to_outside(self, what: str, text: str) -> object:
        raise NotImplementedError

    def say(self, text: str) -> None:
        raise NotImplementedError

    @property
    def known_jobs(self) -> tuple[Job, ...]:
        return self.bridge.snapshot.jobs

    def show_job(self, job: Job) -> None:
        self.go_home()
        self.home.visit_job(job)

    def open_screen(self, screen: CockpitScreen) -> None:
        """Put a screen over what is shown; it gets the newest data once it stands."""
        self.push_screen(screen)
        screen.call_after_refresh(lambda: screen.show_snapshot(self.bridge.snapshot))

    def go_home(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_go_home(self) -> None:
        self.go_home()

    def action_go_inbox(self) -> None:
        if not isinstance(self.screen, InboxScreen):
            self.go_home()
            self.open_screen(InboxScreen(self.settings, self.glyphs))

    def action_new_request(self) -> None:
        from cockpit_tui.ui.screens.request import RequestScreen

        project = self.home.shown_project
        if project is None:
            self.say("Not in a repository: 1 goes to the Repos pane, Enter there chooses one.")
        elif not isinstance(self.screen, RequestScreen):
            self.go_home()
            self.open_screen(RequestScreen(self.settings, self.glyphs, project=project,
                                           draft=self.home.state.request_draft))

    def on_queue_screen_overnight_wanted(self) -> None:
        from cockpit_tui.ui.start_time import Start

        self.home.state.request_draft.start = Start.TONIGHT
        self.action_new_request()

    def action_go_plan(self) -> None:
        from cockpit_tui.ui.screens.plan import PlanScreen

        view = self.home.state.view(self.bridge.snapshot)
        if view is None or view.plan is None:
            self.say("There is no plan to show here yet.")
        elif not isinstance(self.screen, PlanScreen):
            self.go_home()
            self.open_screen(PlanScreen(self.settings, self.glyphs, job_id=view.job.id,
                                        drafts=self.home.state.plan_drafts))

    def action_go_report(self) -> None:
        from cockpit_tui.ui.screens.report import ReportScreen

        view = self.home.state.view(self.bridge.snapshot)
        if view is None or view.review is None:
            self.say("There is no review to show here yet.")
        elif not isinstance(self.screen, ReportScreen):
            self.go_home()
            self.open_screen(ReportScreen(self.settings, self.glyphs))

    def action_go_queue(self) -> None:
        from cockpit_tui.ui.screens.queue import QueueScreen

        if not isinstance(self.screen, QueueScreen):
            self.go_home()
            self.open_screen(QueueScreen(self.settings, self.glyphs))

    def action_go_locks(self) -> None:
        from cockpit_tui.ui.screens.locks import LocksScreen

        if not isinstance(self.screen, LocksScreen):
            self.go_home()
            self.open_screen(LocksScreen(self.settings, self.glyphs))

    def action_go_agents(self) -> None:
        from cockpit_tui.ui.screens.agents import AgentsScreen

        if not isinstance(self.screen, AgentsScreen):
            self.go_home()
            self.open_screen(AgentsScreen(self.settings, self.glyphs, state=self.home.state))

    def on_agents_screen_task_opened(self, event: AgentsScreen.TaskOpened) -> None:
        if self._show_known(event.job_id):
            self.home.visit_task(event.task_id)

    def on_agents_screen_question_opened(self, event: AgentsScreen.QuestionOpened) -> None:
        self.show_approval(event.approval)

    def on_queue_screen_job_opened(self, event: QueueScreen.JobOpened) -> None:
        self._show_known(event.job_id)

    def on_locks_screen_task_opened(self, event: LocksScreen.TaskOpened) -> None:
        if self._show_known(event.job_id):
            self.home.visit_task(event.task_id)

    def _show_known(self, job_id: JobId) -> bool:
        job = self.bridge.snapshot.job(job_id)
        if job is None:
            self.say("This job is too old to be shown here: cockpit jobs show tells of it.")
            return False
        self.show_job(job)
        return True

    def action_go_replay(self) -> None:
        job = self.replayable_job
        if job is None:
            self.say("There is no job to replay here.")
        else:
            self.replay_job(job)

    def replay_job(self, job: Job) -> None:
        from cockpit_tui.ui.screens.replay import ReplayScreen

        shown = self.screen
        if isinstance(shown, ReplayScreen):
            if shown.job_id == job.id:
                return
            self.pop_screen()
        self.open_screen(ReplayScreen(self.settings, self.glyphs, job=job))

    @property
    def replayable_job(self) -> Job | None:
        """The job that the shown screen is about."""
        screen = self.screen
        return screen.situation.job if isinstance(screen, CockpitScreen) else None

    def on_judging_screen_plan_wanted(self) -> None:
        self.action_go_plan()

    def on_judging_screen_report_wanted(self) -> None:
        self.action_go_report()

    def on_inbox_screen_visit_wanted(self, event: InboxScreen.VisitWanted) -> None:
        self.show_approval(event.approval)

    def on_inbox_screen_job_wanted(self, event: InboxScreen.JobWanted) -> None:
        self.show_parked(event.job)

    def action_help(self) -> None:
        from cockpit_tui.ui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            active = self.screen.active_bindings
            self.push_screen(HelpScreen(self.settings, self.glyphs, active), self._run_from_help)

    def _run_from_help(self, key: str | None) -> None:
        active = self.screen.active_bindings.get(key or "")
        if active is not None:
            self.run_worker(self.run_action(active.binding.action, active.node),
                            exit_on_error=False)

    def action_palette(self) -> None:
        self.push_screen(CommandPalette(providers=[Everything],
                                        placeholder="action, job or theme"))

    def action_next_waiting(self) -> None:
        self._go_waiting(1)

    def action_previous_waiting(self) -> None:
        self._go_waiting(-1)

    def _go_waiting(self, step: int) -> None:
        """The next thing in the inbox's order, after the one that is shown; it wraps."""
        snapshot = self.bridge.snapshot
        waiting: list[Approval | Job] = [*snapshot.pending, *snapshot.parked]
        if not waiting:
            self.say("Nothing waits for you.")
            return
        shown = self.home.approval or self.home.parked_job
        ids = [item.id for item in waiting]
        here = ids.index(shown.id) if shown is not None and shown.id in ids else None
        item = waiting[(0 if step > 0 else -1) if here is None else (here + step) % len(ids)]
        if isinstance(item, Job):
            self.show_parked(item)
        else:
            self.show_approval(item)

    def show_parked(self, job: Job) -> None:
        """A job that stopped without a question: why, and what lets it go on."""
        self.go_home()
        self.home.visit_parked(job)

    def action_jump_back(self) -> None:
        self.go_home()
        self.home.jump_back()

    async def action_back(self) -> None:
        screen = self.screen
        if isinstance(screen, CockpitScreen) and await screen.step_back():
            return
        if len(self.screen_stack) > 1:
            self.pop_screen()

    def action_close(self) -> None:
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif unsent := self.home.unsent:
            arming = Arming(self.settings.arming_seconds, self.settings.monotonic)
            self.push_screen(ConfirmSheet("Leave with answers that were not sent?",
                                          detail=f"{unsent} would be lost. r or a sends them.",
                                          arming=arming), self._left)
        else:
            self.exit(return_code=0)

    def _left(self, yes: bool | None) -> None:
        self.home.arming.reshow()
        if yes:
            self.exit(return_code=0)

    def action_undo(self) -> None:
        if isinstance(self.screen, CockpitScreen):
            self.screen.undo()

    def action_repaint(self) -> None:
        self.screen.refresh(layout=True)

    def action_cancel(self) -> None:
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_outside("the selection", selected)
        else:
            self.say("q leaves; work that runs is resumed when cockpit is opened again.")

    def action_copy(self, what: str) -> None:
        project, job, approval = self.home.shown_project, self.home.shown_job, self.home.approval
        texts = {"path": project.path if project is not None else "",
                 "branch": job.branch if job is not None else "",
                 "item": approval.question.title if approval is not None
                 else job.title if job is not None else ""}
        if text := texts.get(what, ""):
            self.copy_to_outside(what, text)
        else:
            self.say(f"There is no {what} to copy here.")
