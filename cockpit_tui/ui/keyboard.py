"""How a key press is taken: in order, arming, two-stroke keys, then why a key does nothing."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import App
from textual.binding import ActiveBinding
from textual.timer import Timer

from cockpit_tui.ui.actions import BY_ID, Scope, Situation, of_call, unavailable
from cockpit_tui.ui.key_order import KeyOrder
from cockpit_tui.ui.keymap import single_keys
from cockpit_tui.ui.prefix import POPUP_SECONDS, followers, resolve
from cockpit_tui.ui.screens.base import CockpitScreen
from cockpit_tui.ui.screens.home import HomeScreen
from cockpit_tui.ui.settings import UiSettings
from cockpit_tui.ui.widgets.which_key import WhichKey

_OF_THE_REVIEW_PANE = ("decide.approve", "decide.return", "decide.reject", "decide.comment",
                       "diff.toggle_hunk")


class Keyboard(App[int]):
    """The part of the app that sees every key before a widget does."""

    settings: UiSettings
    key_order: KeyOrder
    _prefix = ""
    _popup_timer: Timer | None = None

    @property
    def cockpit_screens(self) -> Sequence[CockpitScreen]:
        raise NotImplementedError

    def say(self, text: str) -> None:
        raise NotImplementedError

    @property
    def situation(self) -> Situation:
        screens = self.cockpit_screens
        return screens[-1].situation if screens and screens[-1].is_mounted else Situation()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        spec = of_call((Scope.GLOBAL,), action, parameters)
        return None if spec is not None and spec.when(self.situation) else True

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, (events.Key, events.Paste, events.MouseDown, events.MouseScrollDown,
                              events.MouseScrollUp)):
            self.settings.presence.key_pressed()
        if not isinstance(event, (events.Key, events.Paste)) or event.is_forwarded:
            await super().on_event(event)
        elif (in_burst := self.key_order.arrive(event)) is not None:
            await self._give_out(event, in_burst=in_burst)

    async def _give_out(self, event: events.Key | events.Paste, *, in_burst: bool) -> None:
        try:
            if isinstance(event, events.Paste) or not await self._take_key(event, in_burst):
                await super().on_event(event)
        finally:
            self.key_order.follow(self._give_out_next)

    async def _give_out_next(self) -> None:
        if (event := self.key_order.next()) is not None:
            await self._give_out(event, in_burst=True)

    async def _take_key(self, event: events.Key, in_burst: bool) -> bool:
        """Second strokes, arming, and why a key does nothing; True when it is used up here."""
        arming = getattr(self.screen, "arming", None)
        if arming is not None:
            arming.key_pressed(in_burst=in_burst)
        if self._prefix:
            await self._second_stroke(event.key)
            return True
        focused = self.focused
        if focused is not None and focused.check_consume_key(event.key, event.character):
            return False
        active = self.screen.active_bindings.get(event.key)
        if active is not None and not active.enabled:
            reason = unavailable(active.binding.id, self.situation)
            if reason:
                self.say(reason)
        elif active is None and (reason := self._out_of_reach(event.key)):
            self.say(reason)
        return False

    def _out_of_reach(self, key: str) -> str:
        """Why a key of the review pane does nothing while another pane has the focus."""
        screen = self.screen
        if not isinstance(screen, HomeScreen):
            return ""
        for action_id in _OF_THE_REVIEW_PANE:
            own = self.settings.keymap.get(action_id)
            keys = own.split(",") if own else single_keys(BY_ID[action_id])
            if key in keys:
                return unavailable(action_id, self.situation) or screen.focus_elsewhere
        return ""

    def action_prefix(self, key: str) -> None:
        self._prefix = key
        self._popup_timer = self.set_timer(POPUP_SECONDS, self._show_popup)

    async def _show_popup(self) -> None:
        if self._prefix:
            choices = followers(self._prefix, self.screen.active_bindings)
            await self.screen.mount(WhichKey(self._prefix, choices))

    async def _second_stroke(self, key: str) -> None:
        prefix, self._prefix = self._prefix, ""
        if self._popup_timer is not None:
            self._popup_timer.stop()
        await self.screen.query(WhichKey).remove()
        if key == "escape":
            return
        found: ActiveBinding | None = resolve(prefix, key, self.screen.active_bindings)
        if found is None:
            self.say(f"Nothing is on {prefix}{key}. ? shows the keys.")
        elif not found.enabled:
            self.say(unavailable(found.binding.id, self.situation))
        else:
            await self.run_action(found.binding.action, found.node)
