"""The lines a log holds: bounded, filtered, and still for a reader who paused."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.ids import JobId
from cockpit_tui.presentation.event_line import EventLine, Verbosity, event_line
from cockpit_tui.presentation.filter import Filter
from cockpit_tui.presentation.glyphs import UNICODE, GlyphSet
from cockpit_tui.presentation.names import ShortNames


@dataclass(frozen=True, slots=True)
class LogEntry:
    event: RecordedEvent
    line: EventLine


class LogWindow:
    """Holds at most `limit` entries; `shown` are those that pass verbosity and filter.

    While it is not following, what a reader looks at is never dropped: entries above it may go,
    and when there are none left, new ones are held back (again at most `limit`) until `follow`.
    """

    def __init__(self, *, limit: int, glyphs: GlyphSet = UNICODE) -> None:
        self.names = ShortNames()
        self.shown: list[LogEntry] = []
        self.verbosity = Verbosity.ALL
        self.filter = Filter()
        self.is_following = True
        self.new_lines = 0
        """Lines that came since the pause and pass the filter."""
        self.limit = limit
        self._glyphs = glyphs
        self._entries: deque[LogEntry] = deque()
        self._held_back: deque[LogEntry] = deque(maxlen=limit)
        self._last_seq = 0
        self._job_ids: set[JobId] = set()

    @property
    def job_width(self) -> int:
        """Cells of the longest job number, where lines of several jobs came; 0: of one at most."""
        if len(self._job_ids) < 2:
            return 0
        return max(len(self.names.job_of(job_id)) for job_id in self._job_ids)

    def job_of(self, entry: LogEntry) -> str:
        """`#41`; empty where its line begins with that anyway, or is of no job."""
        job = self.names.job(entry.event)
        return "" if job == entry.line.who else job

    @property
    def is_empty(self) -> bool:
        return not self._entries

    @property
    def holds_back(self) -> bool:
        return bool(self._held_back)

    @property
    def first_seq(self) -> int:
        """`seq` of the oldest entry held; 0 when empty."""
        return self._entries[0].event.seq if self._entries else 0

    @property
    def has_room(self) -> bool:
        return len(self._entries) < self.limit

    def take(self, events: Iterable[RecordedEvent], *, first_kept_row: int) -> int | None:
        """Add new events, oldest first; those already known are passed over.

        `first_kept_row` is the first row of `shown` that must stay while paused. Returns how many
        rows went from the top of `shown`, or None when nothing was new.
        """
        fresh = []
        for event in events:
            if event.seq > self._last_seq:
                self._last_seq = event.seq
                fresh.append(self._entry(event))
        if not fresh:
            return None
        if self.is_following:
            self._append(fresh)
            return self._drop_oldest(len(self._entries) - self.limit)
        self.new_lines += sum(map(self._passes, fresh))
        overflow = len(self._entries) + len(fresh) - self.limit
        gone = self._drop_oldest(min(overflow, self._droppable(first_kept_row)))
        room = 0 if self._held_back else max(0, self.limit - len(self._entries))
        self._append(fresh[:room])
        self._held_back.extend(fresh[room:])
        return gone

    def prepend(self, events: Sequence[RecordedEvent]) -> int:
        """Put older events (oldest first) before what is held, the newest of them first where
        room is short. Returns how many rows were added at the top of `shown`."""
        older = [event for event in events if not self._entries or event.seq < self.first_seq]
        older = older[max(0, len(older) - (self.limit - len(self._entries))):]
        for event in older:
            self.names.learn(event)
        entries = [self._entry(event) for event in older]
        self._entries.extendleft(reversed(entries))
        if entries:
            self._last_seq = max(self._last_seq, entries[-1].event.seq)
        added = [entry for entry in entries if self._passes(entry)]
        self.shown[:0] = added
        return len(added)

    def clear(self) -> None:
        self._entries.clear()
        self._held_back.clear()
        self.shown.clear()
        self._job_ids.clear()
        self._last_seq = 0
        self.follow()

    def pause(self) -> None:
        self.is_following = False

    def follow(self) -> None:
        """Take in what was held back and go with the newest again."""
        self._entries.extend(self._held_back)
        self._held_back.clear()
        self.is_following = True
        self.new_lines = 0
        self._drop_oldest(len(self._entries) - self.limit)
        self._refilter()

    def select(self, verbosity: Verbosity, filter: Filter) -> None:
        """Show what passes both."""
        self.verbosity, self.filter = verbosity, filter
        self._refilter()

    def row_at_or_after(self, seq: int) -> int:
        """The first row of `shown` that is not older than `seq`, else the last row; at least 0."""
        at = next((i for i, entry in enumerate(self.shown) if entry.event.seq >= seq),
                  len(self.shown) - 1)
        return max(0, at)

    def _entry(self, event: RecordedEvent) -> LogEntry:
        self.names.learn(event)
        if event.job_id is not None:
            self._job_ids.add(event.job_id)
        return LogEntry(event, event_line(event, self.names, self._glyphs))

    def _passes(self, entry: LogEntry) -> bool:
        return (entry.line.shown_at(self.verbosity)
                and (not self.filter or self.filter.matches(entry.line.fields())))

    def _refilter(self) -> None:
        self.shown = [entry for entry in self._entries if self._passes(entry)]

    def _append(self, entries: Iterable[LogEntry]) -> None:
        for entry in entries:
            self._entries.append(entry)
            if self._passes(entry):
                self.shown.append(entry)

    def _droppable(self, first_kept_row: int) -> int:
        """How many entries are older than the row that must stay."""
        if not self.shown:
            return len(self._entries)
        keep = self.shown[min(first_kept_row, len(self.shown) - 1)].event.seq
        return sum(entry.event.seq < keep for entry in self._entries)

    def _drop_oldest(self, count: int) -> int:
        for _ in range(count):
            self._entries.popleft()
        first = self.first_seq or self._last_seq + 1
        gone = next((i for i, entry in enumerate(self.shown) if entry.event.seq >= first),
                    len(self.shown))
        del self.shown[:gone]
        return gone
