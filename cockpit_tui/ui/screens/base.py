"""What every full screen shares: header, attention line, hint line and keys around a body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.screen import Screen
from textual.widget import Widget

from cockpit_tui.domain.diff import Diff
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.project import Project
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.ui.actions import BY_ID, Situation
from cockpit_tui.ui.arming import Arming
from cockpit_tui.ui.keymap import key_label
from cockpit_tui.ui.lines import Line, plain
from cockpit_tui.ui.settings import UiSettings
from cockpit_tui.ui.snapshot import DiffSource, Snapshot
from cockpit_tui.ui.status_lines import attention_line, header_forms
from cockpit_tui.ui.widgets.bars import Bar, HeaderBar, HintBar, KeyBar, KeyEntry

PINNED = ("app.palette", "app.help")
_PAIRS = {"nav.part_next": "[ ]", "nav.item_next": "{ }"}
"""Keys that the footer names together with their opposites."""


class CockpitScreen(Screen[None]):
    """Subclasses give `body`, and what they want of `show_snapshot`, `situation`, labels."""

    PLACE: ClassVar[str] = ""
    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-small"), (80, "-narrow"), (100, "-normal"),
                              (140, "-wide"), (200, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-low"), (24, "-short"), (30, "-tall")]

    header = getters.query_one(HeaderBar)
    attention = getters.query_one("#attention", Bar)
    hint = getters.query_one(HintBar)
    keys = getters.query_one(KeyBar)

    def __init__(self, settings: UiSettings, glyphs: GlyphSet) -> None:
        super().__init__()
        self.settings = settings
        self.glyphs = glyphs
        self.snapshot = Snapshot()
        self.arming = Arming(settings.arming_seconds, settings.monotonic)

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield from self.body()
        yield Bar(id="attention")
        yield HintBar(id="hint")
        yield KeyBar(id="keys")

    def body(self) -> Iterable[Widget]:
        raise NotImplementedError

    def on_mount(self) -> None:
        self.bindings_updated_signal.subscribe(self, lambda _: self.show_keys())

    def on_screen_resume(self) -> None:
        """What another screen covered is shown anew, and may have changed meanwhile."""
        self.arming.reshow()

    @property
    def now(self) -> datetime:
        return self.settings.clock()

    @property
    def situation(self) -> Situation:
        return Situation(is_read_only=self.snapshot.is_read_only,
                         waiting=self.snapshot.waiting,
                         has_repository=bool(self.snapshot.projects))

    @property
    def shown_project(self) -> Project | None:
        view = self.snapshot.view
        return view.project if view is not None else None

    @property
    def shown_job(self) -> Job | None:
        return self.snapshot.view.job if self.snapshot.view is not None else None

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take new data; subclasses extend it."""
        self.snapshot = snapshot
        self.show_bars()

    def show_events(self, events: tuple[RecordedEvent, ...]) -> None:
        """New events; only Home has a log."""

    def show_diff(self, source: DiffSource, diff: Diff) -> None:
        """A diff that was asked for; only Home shows one."""

    def show_bars(self) -> None:
        self.header.set_forms(header_forms(
            self.snapshot, self.shown_project, self.shown_job, now=self.now, glyphs=self.glyphs,
            place=self.PLACE))
        line = attention_line(self.snapshot.pending, self.snapshot.jobs, now=self.now,
                              glyphs=self.glyphs, width=self.size.width)
        self.attention.set_line(line)
        self.attention.display = bool(line.left)
        self.refresh_bindings()

    def say(self, text: str | Line) -> None:
        self.hint.set_line(text if isinstance(text, Line) else plain(f" {text}"))

    def say_error(self, error: CockpitError) -> None:
        self.hint.say_error(error)

    def undo(self) -> None:
        """Take back the last edit that was not sent; subclasses with drafts do."""

    async def step_back(self) -> bool:
        """Undo one step inside the screen (error, filter); False when there was none."""
        if self.hint.has_error:
            self.hint.seen()
            return True
        return False

    def footer_labels(self) -> dict[str, str]:
        """Action id → what the footer says here instead of the title; empty leaves it out."""
        return {}

    def show_keys(self) -> None:
        """The footer, from what is bound right here and can be done."""
        labels, entries, pinned = self.footer_labels(), [], []
        seen: set[str] = set()
        bound = self.active_bindings
        for key, active in bound.items():
            action = BY_ID.get(active.binding.id or "")
            if action is None or action.id in seen or not _can_be_typed(key, bound):
                continue
            seen.add(action.id)
            label = _PAIRS.get(action.id, key_label(key))
            entry = KeyEntry(label, labels.get(action.id, action.title), action.priority)
            if action.id in PINNED:
                pinned.append(entry)
            elif active.enabled and action.priority < 100 and entry.title:
                entries.append(entry)
        self.keys.set_entries(entries, pinned)

    def on_resize(self) -> None:
        self.show_bars()


def _can_be_typed(key: str, bound: Mapping[str, ActiveBinding]) -> bool:
    """Two strokes only where the first is bound: in a text field it is a letter."""
    return not key.startswith("palette_") and (
        not key.startswith("then_") or key.split("_")[1] in bound)
