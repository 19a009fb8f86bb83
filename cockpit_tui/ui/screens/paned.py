"""The part of Home that is four panes: which one is there, has the focus, fills the screen."""

from __future__ import annotations

from collections.abc import Iterable

from textual import getters
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from cockpit_tui.ui.screens.base import CockpitScreen
from cockpit_tui.ui.widgets.bars import Bar
from cockpit_tui.ui.widgets.log_pane import LogPane
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.plan_pane import PlanPane
from cockpit_tui.ui.widgets.repos_pane import ReposPane
from cockpit_tui.ui.widgets.review_pane import ReviewPane
from cockpit_tui.ui.widgets.tab_line import TabLine


class PanedScreen(CockpitScreen):
    repos = getters.query_one(ReposPane)
    plan = getters.query_one(PlanPane)
    log_frame = getters.query_one("#log-frame", Pane)
    events_log = getters.query_one(LogPane)
    review = getters.query_one(ReviewPane)
    _current = 4
    """The number of the pane with the focus."""

    def pane_changed(self) -> None:
        """Another pane has the focus."""
        raise NotImplementedError

    def body(self) -> Iterable[Widget]:
        yield TabLine(id="tabs")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield ReposPane(number=1, name="Repos", id="pane-1")
                yield PlanPane(number=2, name="Plan", id="pane-2")
            with Vertical(id="right"):
                yield ReviewPane(number=4, name="Start", id="pane-4", glyphs=self.glyphs)
                with Pane(number=3, name="Log", id="log-frame"):
                    yield LogPane(glyphs=self.glyphs, now=self.settings.clock)
        yield Bar(id="newest")

    @property
    def focus_elsewhere(self) -> str:
        """Says which pane has the focus instead of the shown question."""
        name = {1: "Repos", 2: "plan", 3: "log"}.get(self._current, "")
        return f"The {name} pane has the focus: 4 goes to the question." if name else ""

    def action_pane(self, number: int) -> None:
        self._current = number
        names = {1: "#pane-1", 2: "#pane-2", 3: "#log-frame", 4: "#pane-4"}
        for at, name in names.items():
            pane = self.query_one(name, Pane)
            pane.set_class(at == number, "-current")
        self.query_one("#left").set_class(number in {1, 2}, "-current")
        self.query_one("#right").set_class(number in {3, 4}, "-current")
        self.pane_changed()
        self.call_after_refresh(self._focus_pane, number)

    def _focus_pane(self, number: int) -> None:
        match number:
            case 1:
                self.repos.rows.focus()
            case 2:
                self.plan.rows.focus()
            case 3:
                self.events_log.focus()
            case _:
                self.review.focus_content()

    def on_descendant_focus(self) -> None:
        """Tab moves the focus too: where only one pane has room, it comes along."""
        for number, name in ((1, "#pane-1"), (2, "#pane-2"), (3, "#log-frame"), (4, "#pane-4")):
            if self.query_one(name).has_pseudo_class("focus-within") and number != self._current:
                self._current = number
                self.pane_changed()

    def action_zoom(self, zoomed: bool) -> None:
        self.set_class(zoomed, "-zoomed")
        self.action_pane(self._current)
