"""The live log: events of all agents as lines, bounded, repainted only when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.presentation.event_line import (
    WHO_WIDTH,
    WORD_WIDTH,
    Verbosity,
)
from cockpit_tui.presentation.filter import Filter
from cockpit_tui.presentation.fit import fit_with_detail, pad
from cockpit_tui.presentation.glyphs import UNICODE, GlyphSet, Role
from cockpit_tui.presentation.log_window import LogEntry, LogWindow
from cockpit_tui.presentation.names import ShortNames
from cockpit_tui.ui.widgets.cursor_view import CursorView

_ROLE_CLASS = {role: f"log-pane--{role.value}" for role in Role}


class LogPane(CursorView):
    """Feed it with `extend`, paint it with `flush` (the bridge does both, at most 5 times a
    second). It follows the newest line until the person scrolls up; then nothing that arrives
    moves the view, and new lines are counted until `G` or `f` follows again.
    """

    HELP = "Live events. Scrolling up pauses, G follows again."
    COMPONENT_CLASSES = {"log-pane--cursor", "log-pane--time", "log-pane--who", "log-pane--empty",
                         *_ROLE_CLASS.values()}
    DEFAULT_CSS = """
    LogPane {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .log-pane--cursor { background: $primary 25%; }
        &:ansi > .log-pane--cursor { background: ansi_default; text-style: reverse; }
        & > .log-pane--time { color: $st-muted; }
        & > .log-pane--who { color: $text-secondary; }
        & > .log-pane--empty { color: $st-muted; }
        & > .log-pane--plain { color: $foreground; }
        & > .log-pane--running { color: $st-running; }
        & > .log-pane--attention { color: $st-attention; text-style: bold; }
        & > .log-pane--ok { color: $st-ok; }
        & > .log-pane--failed { color: $st-failed; text-style: bold; }
        & > .log-pane--muted { color: $st-muted; }
        &:nocolor > .log-pane--failed { color: $foreground; }
    }
    """
    BINDINGS = [
        Binding("f", "follow", "Follow", id="log.follow", tooltip="Follow the newest, or stop"),
        Binding("t", "time", "Clock/age", id="log.time", tooltip="Clock times or ages"),
        Binding("E", "errors", "Errors", id="log.errors", tooltip="Only what went wrong"),
    ]

    @dataclass
    class LineChosen(Message):
        """Enter on a line."""

        event: RecordedEvent

    @dataclass
    class OlderWanted(Message):
        """The person reached the oldest line held; `prepend` events before this `seq`."""

        before_seq: int

    @dataclass
    class StateChanged(Message):
        """`follow_state`, `verbosity` or `filter_text` reads differently now."""

    def __init__(self, *, limit: int = 5_000, glyphs: GlyphSet = UNICODE,
                 now: Callable[[], datetime] = lambda: datetime.now(UTC),
                 id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._window = LogWindow(limit=limit, glyphs=glyphs)
        self._glyphs = glyphs
        self._now = now
        self._shows_age = False
        self._pending: list[RecordedEvent] = []
        self._asked_before = 0
        self._verbosity_before_errors = Verbosity.ALL
        self._painted_ages: list[str] = []
        self._moves_itself = False

    # What the parent calls

    def extend(self, events: Iterable[RecordedEvent]) -> None:
        """Take new events, oldest first; cheap, nothing is painted before `flush`."""
        self._pending.extend(events)

    def flush(self) -> None:
        """Paint what has come since the last flush; does nothing when nothing came."""
        if not self._pending:
            if self._shows_age and self._visible_ages() != self._painted_ages:
                self.refresh()
            return
        state = self.follow_state
        gone = self._window.take(self._pending,
                                 first_kept_row=min(self.scroll_offset.y, self.cursor_row))
        self._pending.clear()
        if gone is None:
            return
        self._shift(-gone)
        self._settle()
        if self.follow_state != state:
            self.post_message(self.StateChanged())

    def prepend(self, events: Sequence[RecordedEvent]) -> None:
        """Put older events (oldest first) before what is held, as far as the limit allows; the
        view stays on the lines it shows."""
        self._shift(self._window.prepend(events))
        self._settle()

    def clear(self) -> None:
        """Forget everything, and follow again: for another job's log."""
        self._pending.clear()
        self._window.clear()
        self._asked_before = 0
        self._settle()
        self.post_message(self.StateChanged())

    def set_filter(self, text: str) -> None:
        """Show only lines that `text` lets pass (see `presentation.filter`); empty shows all."""
        self._select(self._window.verbosity, Filter.parse(text))

    def set_verbosity(self, verbosity: Verbosity) -> None:
        self._select(verbosity, self._window.filter)

    @property
    def names(self) -> ShortNames:
        """Who is who: learned from the events, and open to what the parent knows."""
        return self._window.names

    @property
    def verbosity(self) -> Verbosity:
        return self._window.verbosity

    @property
    def filter_text(self) -> str:
        return self._window.filter.text

    @property
    def is_following(self) -> bool:
        return self._window.is_following

    @property
    def new_lines(self) -> int:
        """Lines that came since the view was paused and pass the filter."""
        return self._window.new_lines

    @property
    def follow_state(self) -> str:
        """For the title: `follow ↓`, or `paused, 14 new · G follow`."""
        if self.is_following:
            return f"follow {self._glyphs.newest}"
        count = self._window.new_lines
        return f"paused{f', {count} new' if count else ''} {self._glyphs.separator} G follow"

    @property
    def selected_event(self) -> RecordedEvent | None:
        shown = self._window.shown
        return shown[self.cursor_row].event if self.cursor_row < len(shown) else None

    @property
    def row_count(self) -> int:
        return len(self._window.shown)

    # Keys

    def move_cursor(self, row: int) -> None:
        if row >= self.row_count and self._window.holds_back:
            self._follow()
            return
        if row < self.row_count - 1:
            self._pause()
        super().move_cursor(row)
        if self.cursor_row == 0:
            self._ask_for_older()

    def action_nav_bottom(self) -> None:
        self._follow()

    def action_follow(self) -> None:
        if self.is_following:
            self._pause()
        else:
            self._follow()

    def action_time(self) -> None:
        self._shows_age = not self._shows_age
        self.refresh()

    def action_errors(self) -> None:
        if self.verbosity is Verbosity.ERRORS:
            self.set_verbosity(self._verbosity_before_errors)
        else:
            self._verbosity_before_errors = self.verbosity
            self.set_verbosity(Verbosity.ERRORS)

    def action_open(self) -> None:
        if (event := self.selected_event) is not None:
            self.post_message(self.LineChosen(event))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The wheel and the scrollbar end here: going up pauses, the top asks for older lines."""
        super().watch_scroll_y(old_value, new_value)
        if self._moves_itself or round(new_value) >= round(old_value):
            return
        if round(new_value) < self.max_scroll_y:
            self._pause()
        if round(new_value) == 0:
            self._ask_for_older()

    def on_resize(self, _event: events.Resize) -> None:
        self._settle()

    # How the window's changes reach the view

    def _select(self, verbosity: Verbosity, filter: Filter) -> None:
        selected = self.selected_event
        self._window.select(verbosity, filter)
        if selected is not None:
            self.cursor_row = self._window.row_at_or_after(selected.seq)
        self._settle()
        if not self.is_following:
            self.show_row(self.cursor_row)
        self.post_message(self.StateChanged())

    def _follow(self) -> None:
        self._window.follow()
        self._settle()
        self.post_message(self.StateChanged())

    def _pause(self) -> None:
        if self.is_following:
            self._window.pause()
            self.post_message(self.StateChanged())

    def _ask_for_older(self) -> None:
        first = self._window.first_seq
        if first > 1 and self._window.has_room and first != self._asked_before:
            self._asked_before = first
            self.post_message(self.OlderWanted(first))

    def _shift(self, rows: int) -> None:
        """Rows were put above the view (or taken, if negative): keep what is seen in place."""
        if rows == 0 or self.is_following:
            return
        top = self.scroll_offset.y + rows
        self.cursor_row = max(0, self.cursor_row + rows)
        self._resize_rows()
        self._scroll_silently(top)

    def _settle(self) -> None:
        """Make size, scroll position and cursor fit what is shown, and repaint."""
        self._resize_rows()
        if self.is_following:
            self.cursor_row = max(0, self.row_count - 1)
            self._scroll_silently(self.row_count)
        self.refresh()

    def _resize_rows(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, self.row_count)

    def _scroll_silently(self, top: int) -> None:
        self._moves_itself = True
        try:
            self.scroll_rows_to(top)
        finally:
            self._moves_itself = False

    # Painting

    def _visible_ages(self) -> list[str]:
        top, now = self.scroll_offset.y, self._now()
        return [entry.line.time(now) for entry in self._window.shown[top:top + self.page_rows]]

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._shows_age:
            self._painted_ages = self._visible_ages()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        row = self.scroll_offset.y + y
        if row < self.row_count:
            is_cursor = row == self.cursor_row and self.has_focus
            base = (self.get_component_rich_style("log-pane--cursor") if is_cursor
                    else self.rich_style)
            return self._paint(self._window.shown[row], base, width, is_cursor)
        text = self._empty_text() if y == 0 and not self.row_count else ""
        style = self.rich_style + self._component("log-pane--empty")
        return Strip([Segment(pad(f" {text}", width, self._glyphs.ellipsis), style)], width)

    def _paint(self, entry: LogEntry, base: Style, width: int, is_cursor: bool) -> Strip:
        line = entry.line
        role = base + self._component(_ROLE_CLASS[line.role])
        is_quiet = line.role is Role.MUTED
        text_style = role if is_quiet else base
        mark = self._glyphs.cursor if is_cursor else " "
        time = line.time(self._now() if self._shows_age else None)
        left = [
            Segment(mark, base),
            Segment(f"{time} ", base + self._component("log-pane--time")),
            *self._whose(entry, base),
            Segment(f"{pad(line.who, WHO_WIDTH)} ",
                    role if is_quiet else base + self._component("log-pane--who")),
            Segment(f"{pad(line.word, WORD_WIDTH)} ", role),
        ]
        room = width - 1 - sum(len(segment.text) for segment in left)
        text, detail = fit_with_detail(line.text, line.detail, room, self._glyphs.ellipsis)
        strip = Strip([*left, Segment(text, text_style), Segment(detail, role),
                       Segment(" ", base)])
        return strip.adjust_cell_length(width, base)

    def _whose(self, entry: LogEntry, base: Style) -> tuple[Segment, ...]:
        """Whose line it is, where the log tells of several jobs: an agent's name is not enough."""
        width = self._window.job_width
        if not width:
            return ()
        return (Segment(f"{pad(self._window.job_of(entry), width)} ",
                        base + self._component("log-pane--time")),)

    def _component(self, name: str) -> Style:
        return self.get_component_rich_style(name, partial=True)

    def _empty_text(self) -> str:
        if not self._window.is_empty:
            return "Nothing here passes the filter."
        return "Nothing has happened yet. Events of all agents appear here."
