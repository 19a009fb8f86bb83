"""Help: the keys that work right here, first the focused pane's; typed words narrow the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.ui.actions import BY_ID, Scope
from cockpit_tui.ui.keymap import key_label
from cockpit_tui.ui.lines import Ink, Line
from cockpit_tui.ui.settings import UiSettings
from cockpit_tui.ui.subject import heading
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import Row, RowList

_GROUPS = ("here", "this screen", "everywhere")


class HelpScreen(ModalScreen[str | None]):
    """Returns the key whose action should run."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", id="text.leave", show=False),
        Binding("down", "move(1)", "down", id="help.down", show=False),
        Binding("up", "move(-1)", "up", id="help.up", show=False)]
    rows = getters.query_one(RowList)

    def __init__(self, settings: UiSettings, glyphs: GlyphSet,
                 active: Mapping[str, ActiveBinding]) -> None:
        super().__init__()
        self.settings = settings
        self.glyphs = glyphs
        self._active = dict(active)

    def compose(self) -> ComposeResult:
        with Pane(name="Keys here", id="help"):
            yield Input(placeholder="type to find; Enter runs it, Esc closes", compact=True)
            yield RowList(id="help-rows")

    def on_mount(self) -> None:
        self.rows.can_focus = False
        self.rows.set_rows(self._rows())
        self.query_one(Input).focus()

    def _rows(self) -> list[Row]:
        keys: dict[str, list[str]] = {}
        for key, active in self._active.items():
            if (action := BY_ID.get(active.binding.id or "")) is not None:
                keys.setdefault(action.id, []).append(key)
        groups: dict[str, list[Row]] = {name: [] for name in _GROUPS}
        for action_id, bound in keys.items():
            if all(key.startswith("palette_") for key in bound):
                continue
            action, active = BY_ID[action_id], self._active[bound[0]]
            labels = " ".join(key_label(key) for key in bound)
            group = ("everywhere" if action.scope is Scope.GLOBAL
                     else "this screen" if action.scope in {Scope.HOME, Scope.FORM} else "here")
            ink = Ink.PLAIN if active.enabled else Ink.MUTED
            groups[group].append(Row(bound[0], Line(
                ((f"{labels:<14} ", Ink.KEY), (f"{action.title:<16} ", ink),
                 (action.help, Ink.MUTED)))))
        rows: list[Row] = []
        for name in _GROUPS:
            groups[name].sort(key=lambda row: _place_of(self._active[row.key]))
            if groups[name]:
                rows += [Row(f"head:{name}", heading(name), is_note=True), *groups[name]]
        return rows

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self.rows.set_filter(event.value)

    @on(Input.Submitted)
    def _run(self) -> None:
        self.dismiss(self.rows.cursor)

    def action_move(self, by: int) -> None:
        if by > 0:
            self.rows.action_nav_down()
        else:
            self.rows.action_nav_up()

    def action_leave(self) -> None:
        self.dismiss(None)


def _place_of(active: ActiveBinding) -> int:
    action = BY_ID.get(active.binding.id or "")
    return action.priority if action is not None else 100
