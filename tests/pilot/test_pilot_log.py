"""The log pane under keys: it follows, it pauses without moving, it filters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from textual.app import App, ComposeResult
from textual.message import Message
from textual.strip import Strip

from cockpit_tui.domain import event as ev
from cockpit_tui.domain.ids import EventId, JobId
from cockpit_tui.presentation.event_line import Verbosity
from cockpit_tui.presentation.glyphs import ASCII
from cockpit_tui.ui.themes import theme_variable_defaults
from cockpit_tui.ui.widgets.log_pane import LogPane

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SIZE = (60, 10)


def notes(first: int, last: int) -> Iterator[ev.RecordedEvent]:
    for seq in range(first, last + 1):
        payload: ev.Payload = ev.AgentMessage(agent=f"a{seq % 3}", text=f"note {seq}")
        if seq % 10 == 0:
            payload = ev.JobFailed(reason=f"note {seq}", error="E")
        yield ev.RecordedEvent(seq=seq, id=EventId(str(seq)), at=AT + timedelta(seconds=seq),
                               payload=payload, job_id=None, task_id=None, execution_id=None,
                               correlation_id="")


class CountingPane(LogPane):
    painted = 0

    def render_line(self, y: int) -> Strip:
        self.painted += 1
        return super().render_line(y)


class LogApp(App[None]):
    def __init__(self, limit: int = 5_000) -> None:
        super().__init__()
        self.pane = CountingPane(limit=limit, glyphs=ASCII, now=lambda: AT + timedelta(minutes=5))
        self.said: list[Message] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variable_defaults(self.current_theme)

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_log_pane_line_chosen(self, message: Message) -> None:
        self.said.append(message)

    def on_log_pane_older_wanted(self, message: Message) -> None:
        self.said.append(message)

    def feed(self, first: int, last: int) -> None:
        self.pane.extend(notes(first, last))
        self.pane.flush()

    def texts(self) -> list[str]:
        """The visible notes; `> ` before the one under the cursor."""
        lines = [self.pane.render_line(y).text for y in range(self.pane.page_rows)]
        return [("> " if line[0] == ">" else "") + line[24:].split("  ")[0].strip()
                for line in lines if line.strip()]


async def test_it_follows_the_newest_until_the_person_goes_up() -> None:
    app = LogApp()
    async with app.run_test(size=SIZE) as pilot:
        app.feed(1, 30)
        await pilot.pause()
        assert app.texts() == [*(f"note {n}" for n in range(21, 30)), "> note 30"]
        await pilot.press("k")
        app.feed(31, 44)
        await pilot.pause()
        assert app.pane.follow_state == "paused, 14 new - G follow"
        assert app.texts()[-2:] == ["> note 29", "note 30"]
        await pilot.press("G")
        assert (app.pane.follow_state, app.texts()[-1]) == ("follow v", "> note 44")


async def test_a_paused_view_does_not_move_however_much_arrives() -> None:
    app = LogApp(limit=100)
    async with app.run_test(size=SIZE) as pilot:
        app.feed(1, 100)
        await pilot.press("pageup", "pageup", "k")
        await pilot.pause()
        before = app.texts()
        assert before == [*(f"note {n}" for n in range(71, 79)), "> note 79", "note 80"]
        for first in range(101, 12_101, 400):
            app.feed(first, first + 399)
            await pilot.pause()
            assert app.texts() == before
        assert app.pane.follow_state == "paused, 12000 new - G follow"
        await pilot.press("f")
        assert app.texts()[-1] == "> note 12100"
        assert app.pane.row_count == 100


async def test_the_wheel_pauses_as_well() -> None:
    app = LogApp()
    async with app.run_test(size=SIZE) as pilot:
        app.feed(1, 50)
        await pilot.pause()
        app.pane.scroll_up(animate=False)
        await pilot.pause()
        assert not app.pane.is_following
        before = app.texts()
        app.feed(51, 60)
        await pilot.pause()
        assert app.texts() == before


async def test_errors_only_and_words_leave_the_rest_out() -> None:
    app = LogApp()
    async with app.run_test(size=SIZE) as pilot:
        app.feed(1, 40)
        await pilot.press("E")
        assert app.texts() == ["note 10", "note 20", "note 30", "> note 40"]
        await pilot.press("E")
        assert app.pane.verbosity is Verbosity.ALL
        app.pane.set_filter("agent:a1 !3")
        assert app.texts() == ["note 1", "note 4", "note 7", "note 16", "note 19", "note 22",
                               "note 25", "> note 28"]
        app.feed(41, 52)
        await pilot.pause()
        assert app.texts()[-2:] == ["note 49", "> note 52"]
        app.pane.set_filter("nothing like it")
        assert app.pane.render_line(0).text.strip() == "Nothing here passes the filter."


async def test_enter_tells_the_line_and_the_top_asks_for_older_ones_once() -> None:
    app = LogApp()
    async with app.run_test(size=SIZE) as pilot:
        app.feed(51, 80)
        await pilot.press("k", "enter")
        await pilot.press("home")
        await pilot.press("j", "k")
        await pilot.pause()
        assert app.said == [LogPane.LineChosen(next(notes(79, 79))), LogPane.OlderWanted(51)]
        before = app.texts()
        app.pane.prepend(list(notes(31, 50)))
        await pilot.pause()
        assert app.texts() == before
        await pilot.press("k")
        assert app.texts()[0] == "> note 50"


async def test_ages_stand_in_place_of_clock_times() -> None:
    app = LogApp()
    async with app.run_test(size=SIZE) as pilot:
        app.feed(1, 2)
        await pilot.press("t")
        assert app.pane.render_line(1).text == ">  4m a2   note     note 2".ljust(60)


async def test_nothing_is_painted_before_the_flush_nor_without_news() -> None:
    app = LogApp()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        painted = [app.pane.painted]
        for _ in range(2):
            app.pane.extend(notes(1, 3))
            await pilot.pause()
            painted.append(app.pane.painted)
            app.pane.flush()
            await pilot.pause()
            painted.append(app.pane.painted)
        start, extended, flushed, extended_again, flushed_again = painted
        assert start == extended < flushed == extended_again == flushed_again


async def test_a_resize_keeps_the_newest_line_in_view() -> None:
    app = LogApp()
    async with app.run_test(size=SIZE) as pilot:
        app.feed(1, 50)
        for height in (4, 24, 6):
            await pilot.resize_terminal(60, height)
            await pilot.pause()
            assert app.texts()[-1] == "> note 50"
            assert len(app.texts()) == height


async def test_lines_of_several_jobs_say_whose_they_are() -> None:
    app = LogApp()
    async with app.run_test(size=SIZE) as pilot:
        for number, job_id in ((6, "one"), (10, "two")):
            app.pane.names.add_job(JobId(job_id), number)
            app.pane.extend(replace(event, job_id=JobId(job_id))
                            for event in notes(number, number))
        app.pane.flush()
        await pilot.pause()
        lines = [app.pane.render_line(y).text.split(None, 1)[1] for y in range(2)]
    assert [line.split()[:2] for line in lines] == [["#6", "a0"], ["#10", "failed"]]
