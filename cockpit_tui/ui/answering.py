"""What screens other than Home ask to be read: the app reads it by the bridge and hands it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.app import App

from cockpit_tui.domain.job import Job
from cockpit_tui.ui import requests
from cockpit_tui.ui.bridge import JOB_PAGE, Bridge

if TYPE_CHECKING:
    from cockpit_tui.ui.screens.replay import ReplayScreen


class Answering(App[int]):
    """The part of the app that reads for single screens. An answer that comes after its screen was
    left is dropped."""

    bridge: Bridge
    only_replay: Job | None

    @on(requests.BoardWatched)
    def _board_watched(self, event: requests.BoardWatched) -> None:
        self.bridge.watch_board(event.board, is_shown=event.is_shown)

    @on(requests.ReplayWanted)
    @work(exit_on_error=False, group="replay")
    async def _replay_wanted(self, event: requests.ReplayWanted) -> None:
        view = await self.bridge.job_view(event.job_id)
        async for page in self.bridge.job_events(event.job_id, event.after):
            screen = self._replay_of(event)
            if screen is None:
                return
            screen.take_view(view)
            screen.take_events(page, is_last=len(page) < JOB_PAGE)

    def on_replay_screen_left(self) -> None:
        if self.only_replay is not None:
            self.exit(return_code=0)

    def _replay_of(self, event: requests.ReplayWanted) -> ReplayScreen | None:
        from cockpit_tui.ui.screens.replay import ReplayScreen

        return next((screen for screen in reversed(self.screen_stack)
                     if isinstance(screen, ReplayScreen) and screen.job_id == event.job_id), None)
