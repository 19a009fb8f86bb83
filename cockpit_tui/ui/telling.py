"""What the screen of notifications asks of the app: read them, mute a kind, try the channels."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import App

from cockpit_tui.domain.ids import ApprovalId
from cockpit_tui.domain.notice import Told
from cockpit_tui.presentation.notice_words import channel_words
from cockpit_tui.ui import requests
from cockpit_tui.ui.bridge import Bridge
from cockpit_tui.ui.navigation import Navigation
from cockpit_tui.ui.settings import UiSettings

if TYPE_CHECKING:
    from cockpit_tui.ui.screens.notices import NoticesScreen


class Telling(Navigation, App[int]):
    """The part of the app behind the notifications screen."""

    bridge: Bridge
    settings: UiSettings

    def action_go_notices(self) -> None:
        from cockpit_tui.ui.screens.notices import NoticesScreen

        if not isinstance(self.screen, NoticesScreen):
            self.go_home()
            self.open_screen(NoticesScreen(self.settings, self.glyphs))

    @on(requests.NoticesWanted)
    @work(exit_on_error=False, group="notices")
    async def _notices_wanted(self) -> None:
        from cockpit_tui.ui.screens.notices import NoticesScreen

        notices = await self.bridge.notices()
        muted = await asyncio.to_thread(self.settings.muted)
        for screen in self.screen_stack:  # It may be on its way to the top still.
            if isinstance(screen, NoticesScreen):
                screen.take_notices(notices, muted)

    @on(requests.MuteWanted)
    @work(exit_on_error=False, group="commands")
    async def _mute_wanted(self, event: requests.MuteWanted) -> None:
        await asyncio.to_thread(self.settings.set_muted, event.kind, event.is_muted)
        self._notices_wanted()
        self.say(f"Notices of the kind {event.kind.value} are "
                 f"{'muted' if event.is_muted else 'told again'}.")

    @on(requests.NoticeTestWanted)
    @work(exit_on_error=False, exclusive=True, group="commands")
    async def _test_wanted(self) -> None:
        test = self.settings.presence.test
        if test is None:
            self.say("Nothing can be told from here now: another cockpit does the work.")
            return
        told = [d for d in (await test()).deliveries if d.result is not Told.SENDING]
        self._notices_wanted()
        self.say("; ".join(map(channel_words, told)) or "No channel is set up: notify.command, "
                                                        "notify.webhook.")

    def on_notices_screen_visit_wanted(self, event: NoticesScreen.VisitWanted) -> None:
        draft, snapshot = event.notice.draft, self.bridge.snapshot
        approval = snapshot.approval(ApprovalId(draft.source.removeprefix("approval:")))
        job = snapshot.job(draft.job_id)
        if approval is not None:
            self.show_approval(approval)
        elif job is not None:
            self.show_job(job)
        else:
            self.say("This notice is about no job that is known here.")
