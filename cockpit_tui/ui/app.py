"""The Textual application: routes messages between bridge and screens, owns the global keys."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from typing import Any, ClassVar

from textual import on, work
from textual.app import App, AutopilotCallbackType
from textual.binding import BindingType
from textual.screen import Screen
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.timer import Timer
from textual.worker import Worker, WorkerState

from cockpit_tui.domain.approval import Approval, Decision
from cockpit_tui.domain.command import AnswerApproval, Command, SubmitJob
from cockpit_tui.domain.errors import CockpitError, LeftForLater
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.policy import Risk
from cockpit_tui.engine.port import EnginePort
from cockpit_tui.presentation.glyphs import choose_glyphs
from cockpit_tui.ui import requests
from cockpit_tui.ui.actions import Scope, bindings
from cockpit_tui.ui.answering import Answering
from cockpit_tui.ui.bridge import (
    Bridge,
    DiffLoaded,
    EngineFailed,
    EventsArrived,
    SnapshotChanged,
    repaint_interval,
)
from cockpit_tui.ui.key_order import KeyOrder
from cockpit_tui.ui.keyboard import Keyboard
from cockpit_tui.ui.keymap import checked_keymap
from cockpit_tui.ui.navigation import Navigation
from cockpit_tui.ui.screens.base import CockpitScreen
from cockpit_tui.ui.screens.home import HomeScreen
from cockpit_tui.ui.settings import UiSettings
from cockpit_tui.ui.shown_time import ShownTime
from cockpit_tui.ui.telling import Telling
from cockpit_tui.ui.terminal import Notice, copy_text
from cockpit_tui.ui.themes import DEFAULT_THEME, load_themes, theme_variable_defaults
from cockpit_tui.ui.widgets.line_view import LineView
from cockpit_tui.ui.widgets.pane import Pane


class WholeCells(ScrollBarRender):
    """Scroll bars of coloured blanks: their ends need no sign outside ASCII."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


class CockpitApp(Keyboard, Answering, Telling, Navigation, App[int], inherit_bindings=False):
    TITLE = "cockpit"
    CSS_PATH = ["screens/base.tcss", "screens/home.tcss"]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.GLOBAL)  # type: ignore[assignment]

    def __init__(self, engine: EnginePort, repository: str | None, settings: UiSettings, *,
                 replay: Job | None = None) -> None:
        """`replay`: only this job is shown again, and leaving it leaves."""
        super().__init__()
        self.only_replay = replay
        self._shown_time = ShownTime(settings.clock)
        self._tick: Timer | None = None
        settings = replace(settings, clock=self._shown_time)
        self.settings = settings
        self.key_order = KeyOrder(self, settings.monotonic)
        self.glyphs = choose_glyphs(settings.glyphs, os.environ)
        LineView.glyphs = Pane.glyphs = self.glyphs
        ScrollBar.renderer = WholeCells if self.glyphs.name == "ascii" else ScrollBarRender
        self.bridge = Bridge(engine, self.post_message,
                             interval=repaint_interval(settings.repaint_seconds),
                             away_since=settings.away_since)
        self.home = HomeScreen(settings, self.glyphs, repository=repository)
        self._watch_screens(self.home)
        self._notice = Notice(settings.monotonic)
        self.animation_level = "basic" if settings.animation == "basic" else "none"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variable_defaults()

    def get_default_screen(self) -> Screen[None]:
        return self.home

    def on_mount(self) -> None:
        loaded = load_themes(color_system=self.console.color_system)
        for theme in loaded.themes:
            self.register_theme(theme)
        warnings = list(loaded.warnings)
        if self.settings.theme in self.available_themes:
            self.theme = self.settings.theme
        else:
            self.theme = DEFAULT_THEME
            warnings.append(f"There is no theme {self.settings.theme!r}; {DEFAULT_THEME} is used.")
        keymap, complaints = checked_keymap(self.settings.keymap)
        self.set_keymap(keymap)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end_by_signal, number)
        self.screen_change_signal.subscribe(self, self._watch_screens)
        self.settings.presence.write = None if self.is_headless else self._write
        for text in (*warnings, *complaints):
            self.notify(text, severity="warning", markup=False)

    def on_ready(self) -> None:
        """Only now every pane stands that the first data goes to."""
        self.call_after_refresh(self._bring_data)
        self._tick_when_ages_change()

    def _bring_data(self) -> None:
        """After the first paint: reading the ledger never holds it up."""
        self.run_worker(self.bridge.run(), name="bridge", exit_on_error=False)
        if self.only_replay is not None:
            from cockpit_tui.ui.screens.replay import ReplayScreen

            self.open_screen(ReplayScreen(self.settings, self.glyphs, job=self.only_replay))

    def on_unmount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)

    def _end_by_signal(self, number: int) -> None:
        """The terminal is put in order on the way out; what runs is in the ledger."""
        self.exit(return_code=128 + number)

    def _tick_when_ages_change(self) -> None:
        """The only timer while nothing happens: at the minute, or sooner for a young question."""
        if self._tick is not None:
            self._tick.stop()
        asked = [approval.asked_at for approval in self.bridge.snapshot.pending]
        self._tick = self.set_timer(self._shown_time.seconds_to_next(asked), self._ticked)

    def _ticked(self) -> None:
        if not (self.is_headless or os.isatty(0)):
            # The terminal went away without a hang-up: nobody can see or answer anything here.
            self.exit(return_code=128 + signal.SIGHUP)
            return
        self.show_everywhere()
        self._tick_when_ages_change()

    # From the bridge

    @property
    def cockpit_screens(self) -> list[CockpitScreen]:
        return [screen for screen in self.screen_stack if isinstance(screen, CockpitScreen)]

    def show_everywhere(self) -> None:
        self._shown_time.advance()
        for screen in self.cockpit_screens:
            if screen.is_mounted:
                screen.show_snapshot(self.bridge.snapshot)

    def _watch_screens(self, screen: Screen[Any]) -> None:
        """Borders follow the alphabet on every screen, sheets too."""
        screen.set_class(self.glyphs.name == "ascii", "-ascii")

    @on(SnapshotChanged)
    def _snapshot_changed(self, event: SnapshotChanged) -> None:
        self.show_everywhere()
        self._tick_when_ages_change()
        waiting = event.snapshot.waiting
        project = self.home.shown_project
        if title := self._notice.title(waiting, project.name if project is not None else ""):
            self._write(title)
        high = sum(a.question.risk is Risk.HIGH for a in event.snapshot.pending)
        if self._notice.rings(waiting, high) and not self.settings.is_quiet():
            self.bell()

    @on(EventsArrived)
    def _events_arrived(self, event: EventsArrived) -> None:
        self.home.show_events(event.events)

    @on(DiffLoaded)
    def _diff_loaded(self, event: DiffLoaded) -> None:
        self.home.show_diff(event.source, event.diff)

    @on(EngineFailed)
    def _engine_failed(self, event: EngineFailed) -> None:
        self.say_error(event.error)

    # From the screens

    @on(requests.CommandWanted)
    def _command_wanted(self, event: requests.CommandWanted) -> None:
        self._send(event.command, event.said)

    @on(requests.JobWatched)
    def _job_watched(self, event: requests.JobWatched) -> None:
        self.bridge.watch_job(event.job_id)

    @on(requests.DiffWatched)
    def _diff_watched(self, event: requests.DiffWatched) -> None:
        self.bridge.watch_diff(event.source)

    @on(requests.OlderEventsWanted)
    @work(exit_on_error=False)
    async def _older_wanted(self, event: requests.OlderEventsWanted) -> None:
        self.home.events_log.prepend(await self.bridge.older_events(event.before_seq))

    @on(requests.RepositoryAddWanted)
    @work(exit_on_error=False)
    async def _add_repository(self, event: requests.RepositoryAddWanted) -> None:
        project = await self.bridge.add_project(event.path)
        self.home.state.choose(project.id, None)
        self.home.state.just_chosen = True
        self.show_everywhere()

    @on(requests.RepositoryForgetWanted)
    @work(exit_on_error=False)
    async def _forget_repository(self, event: requests.RepositoryForgetWanted) -> None:
        await self.bridge.remove_project(event.project_id)

    @on(requests.RepositoryTrustWanted)
    @work(exit_on_error=False)
    async def _trust_repository(self, event: requests.RepositoryTrustWanted) -> None:
        await self.bridge.trust_project(event.project_id)
        self.say("Commands of this repository may be run now.")

    @work(exit_on_error=False, group="commands")
    async def _send(self, command: Command, said: str) -> None:
        asks_other, sent_from = self.bridge.snapshot.is_following, self.screen
        if asks_other:
            self.say("Asked the cockpit that works; it answers here.")
        try:
            job = await self.bridge.send(command)
        except LeftForLater as left:
            self.say(left.message)
            return
        if isinstance(command, SubmitJob):
            self.home.state.request_started()
        if not (asks_other and self.screen is not sent_from):  # Nobody is torn from what came next.
            self._lead_on(command, job)
        if isinstance(command, SubmitJob):  # Once the screen that it led to stands.
            self.screen.call_after_refresh(self.say, said)
        else:
            self.say(said)

    def _lead_on(self, command: Command, job: Job | None) -> None:
        """To what a command brought about."""
        from cockpit_tui.ui.screens.plan import PlanScreen  # What is answered there is loaded.

        if isinstance(command, SubmitJob) and job is not None:
            self.go_home()
            self.home.visit_job(job)
            if command.placement is not None:
                self.action_go_queue()
        elif (isinstance(command, AnswerApproval) and isinstance(self.screen, PlanScreen)
                and command.answer.decision is Decision.GRANTED):
            self.go_home()

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        """What a worker raised is said in words; it never ends the screen."""
        if event.state is not WorkerState.ERROR:
            return
        error = event.worker.error
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if not isinstance(error, CockpitError):
            self.log.error(repr(error))
            error = CockpitError(f"The screen failed inside: {error!r}",
                                 hint="Your work is safe; leave with q and start cockpit again.")
        self.say_error(error)

    def say(self, text: str) -> None:
        if isinstance(self.screen, CockpitScreen):
            self.screen.hint.seen()
            self.screen.say(text)

    def say_error(self, error: CockpitError) -> None:
        for screen in reversed(self.cockpit_screens):
            screen.say_error(error)
            return

    # What Navigation needs

    def show_approval(self, approval: Approval) -> None:
        self.go_home()
        self.home.visit(approval)

    @work(exit_on_error=False)
    async def copy_to_outside(self, what: str, text: str) -> None:
        way = await copy_text(text, self._write)
        self.say(f"Copied {what} {way}: {text}")

    def _write(self, sequence: str) -> None:
        driver = self._driver
        if driver is not None and not self.is_headless:
            driver.write(sequence)


async def run_screen(engine: EnginePort, repository: str | None, settings: UiSettings, *,
                     headless: bool = False, auto_pilot: AutopilotCallbackType | None = None,
                     size: tuple[int, int] | None = None) -> int:
    """Show the screen until the person leaves; the exit code. Runs in the engine's own loop.

    `repository` is the path the cockpit was started in; None outside of any repository.
    """
    app = CockpitApp(engine, repository, settings)
    await app.run_async(mouse=settings.mouse, headless=headless, auto_pilot=auto_pilot, size=size)
    return app.return_code or 0
