"""A job shown again as it happened: plan, agents, log and cost at any moment, with a slider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from cockpit_tui.domain.event import RecordedEvent
from cockpit_tui.domain.glance import Pulse
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.job import Job
from cockpit_tui.domain.project import Project
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.domain.timeline import Timeline
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.event_line import event_line
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.presentation.time import duration, money
from cockpit_tui.ui.actions import Scope, Situation, bindings, of_call
from cockpit_tui.ui.bridge import repaint_interval
from cockpit_tui.ui.lines import Ink, foreign
from cockpit_tui.ui.plan_rows import AT_WORK, plan_rows
from cockpit_tui.ui.replay_words import (
    SPEEDS,
    agent_lines,
    at_work,
    place_words,
    typed_time,
)
from cockpit_tui.ui.requests import ReplayWanted
from cockpit_tui.ui.screens.base import CockpitScreen
from cockpit_tui.ui.screens.sheets import FieldsSheet
from cockpit_tui.ui.settings import UiSettings
from cockpit_tui.ui.snapshot import Snapshot
from cockpit_tui.ui.status_lines import header_forms
from cockpit_tui.ui.widgets.log_pane import LogPane
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.row_list import RowList
from cockpit_tui.ui.widgets.text_page import TextPage
from cockpit_tui.ui.widgets.time_slider import TimeSlider

LOG_LINES = 200
"""How many lines before the moment the log holds."""
LONGEST_PAUSE_SECONDS = 3.0
"""While it plays, a longer pause at the speed shown is cut short."""


class ReplayScreen(CockpitScreen):
    PLACE = "REPLAY"
    CSS_PATH = "replay.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.REPLAY)  # type: ignore[assignment]

    plan_frame = getters.query_one("#replay-plan", Pane)
    rows = getters.query_one("#replay-rows", RowList)
    agents = getters.query_one("#replay-agents", TextPage)
    log_frame = getters.query_one("#replay-log", Pane)
    events_log = getters.query_one(LogPane)
    time_frame = getters.query_one("#replay-time", Pane)
    slider = getters.query_one(TimeSlider)

    class Left(Message):
        """The replay was closed."""

    def __init__(self, settings: UiSettings, glyphs: GlyphSet, *, job: Job) -> None:
        super().__init__(settings, glyphs)
        self._job = job
        self._timeline: Timeline | None = None
        self._position = 0
        self._into = 0.0
        """Seconds of the job's time since the event before the position."""
        self._speed = SPEEDS.index(10)
        self._logged = range(0)
        self._is_loading = True
        self._ticker: Timer | None = None
        self._ticked_at = 0.0

    @property
    def job_id(self) -> JobId:
        return self._job.id

    def body(self) -> Iterable[Widget]:
        with Horizontal(id="replay-body"):
            with Pane(name="Plan", id="replay-plan"):
                yield RowList(id="replay-rows")
            with Vertical(id="replay-right"):
                with Pane(name="Agents", id="replay-who"):
                    yield TextPage(id="replay-agents")
                with Pane(name="Log", id="replay-log"):
                    yield LogPane(limit=LOG_LINES, glyphs=self.glyphs,
                                  now=lambda: self._now or self.now)
        with Pane(name="Time", id="replay-time"):
            yield TimeSlider()

    def on_mount(self) -> None:
        super().on_mount()
        for pane in self.query(Pane):
            pane.glyphs = self.glyphs
        interval = repaint_interval(self.settings.repaint_seconds) or 1.0
        self._ticker = self.set_interval(interval, self.tick, pause=True)
        self.slider.focus()
        self.say("Reading the job's events.")
        self.post_message(ReplayWanted(self.job_id, after=0))

    def on_unmount(self) -> None:
        self.app.post_message(self.Left())

    # What comes in

    def take_view(self, view: JobView) -> None:
        """The job's rows as they are in the ledger: what its events are about."""
        if self._timeline is None:
            self._timeline = Timeline(view)

    def take_events(self, events: tuple[RecordedEvent, ...], *, is_last: bool) -> None:
        """The events that follow those taken; `is_last`: there are no more for now."""
        timeline = self._timeline
        if timeline is None:
            return
        was_at_end = self._position == len(timeline) and not self._is_playing
        timeline.extend(events)
        self._is_loading = not is_last
        if was_at_end and len(timeline):
            self._position = len(timeline)
        self._show()

    @property
    def last_seq(self) -> int:
        events = self._timeline.events if self._timeline is not None else []
        return events[-1].seq if events else 0

    # What is shown

    @property
    def shown_job(self) -> Job | None:
        return self._view.job if self._view is not None else self._job

    @property
    def shown_project(self) -> Project | None:
        return self.snapshot.project(self._job.project_id)

    @property
    def _view(self) -> JobView | None:
        return self._timeline.view(self._position) if self._timeline is not None else None

    @property
    def _now(self) -> datetime | None:
        if self._timeline is None:
            return None
        return self._timeline.now(self._position, self._into)

    @property
    def situation(self) -> Situation:
        return Situation(is_read_only=self.snapshot.is_read_only, waiting=self.snapshot.waiting,
                         job=self._job)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        spec = of_call((Scope.REPLAY,), action, parameters)
        return None if spec is not None and spec.when(self.situation) else True

    def footer_labels(self) -> dict[str, str]:
        return {"replay.play": "pause" if self._is_playing else "play", "item.open": ""}

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        self._show()

    def show_bars(self) -> None:
        super().show_bars()
        tasks = self._view.tasks if self._view is not None else ()
        snapshot = replace(self.snapshot, view=self._view, is_read_only=False,
                           is_following=False,
                           pulse=Pulse(at_work=sum(t.status in AT_WORK for t in tasks)))
        self.header.set_forms(header_forms(
            snapshot, self.shown_project, self.shown_job, now=self.now, glyphs=self.glyphs,
            place=self.PLACE))

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        timeline, view, at = self._timeline, self._view, self._now
        if timeline is None or view is None or not self.is_mounted:
            return
        now = at or self.now
        moment = timeline.moment(self._position)
        done = sum(task.status is TaskStatus.DONE for task in view.tasks)
        of = f"{done}/{len(view.tasks)} " if view.tasks else ""
        self.plan_frame.set_title(right=f"{of}{money(view.job.cost_microusd)}")
        width = self.plan_frame.content_size.width or 40
        self.rows.set_rows(plan_rows(view, now=now, width=width, glyphs=self.glyphs))
        self.agents.set_lines(agent_lines(moment, now, self.glyphs))
        self.log_frame.set_title(right=at_work(moment))
        self._show_log(timeline)
        self.slider.show(timeline, self._position)
        state = (f"x{SPEEDS[self._speed]}" if self._is_playing
                 else f"{self.glyphs.paused} x{SPEEDS[self._speed]}")
        self.time_frame.set_title(place_words(timeline, self._position, at),
                                  ((state, Ink.KEY),))
        self._say_place(timeline)
        self.show_bars()

    def _show_log(self, timeline: Timeline) -> None:
        """Only what is new where it goes on; else the last lines before the moment, anew."""
        wanted = range(max(0, self._position - LOG_LINES), self._position)
        if wanted == self._logged:
            return
        first = self._logged.stop
        if not (self._logged.start <= wanted.start <= first <= wanted.stop):
            self.events_log.clear()
            first = wanted.start
            for record in timeline.job_view.tasks:
                self.events_log.names.add_task(record.id, record.number)
        self.events_log.extend(timeline.events[first:wanted.stop])
        self.events_log.flush()
        self._logged = wanted

    def _say_place(self, timeline: Timeline) -> None:
        if self._is_loading:
            self.say(f"Reading the job's events: {len(timeline):,} so far.")
        elif (mark := timeline.mark_here(self._position)) is not None:
            self.say(foreign(mark.text))
        elif self._position:
            line = event_line(timeline.events[self._position - 1], self.events_log.names,
                              self.glyphs)
            self.say(f"{line.who} {line.word} {line.text} {line.detail}".strip())
        else:
            self.say("Before anything happened. Space plays, l steps, ] goes to the next mark.")

    # Playing

    @property
    def _is_playing(self) -> bool:
        return self._ticked_at > 0

    def tick(self) -> None:
        """Let as much of the job's time pass as the speed makes of the time since the last one."""
        timeline, now = self._timeline, self.settings.monotonic()
        if timeline is None or not self._is_playing:
            return
        speed = SPEEDS[self._speed]
        passed, self._ticked_at = (now - self._ticked_at) * speed, now
        self._position, self._into = timeline.advance(
            self._position, self._into, passed, longest_gap=LONGEST_PAUSE_SECONDS * speed)
        if self._position == len(timeline) and not self._is_loading:
            self._stop()
        self._show()

    def _stop(self) -> None:
        self._ticked_at = 0.0
        if self._ticker is not None:
            self._ticker.pause()

    def action_play(self) -> None:
        timeline = self._timeline
        if self._is_playing:
            self._stop()
        elif timeline is not None and self._ticker is not None:
            if self._position == len(timeline):
                self._position = 0
            self._ticked_at = self.settings.monotonic()
            self._ticker.resume()
        self._show()

    def action_speed(self, by: int) -> None:
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        self._show()

    # Moving

    def go_to(self, position: int, at: datetime | None = None) -> None:
        """After so many events, at `at` where that is later; what plays goes on from there."""
        timeline = self._timeline
        if timeline is None:
            return
        self._position = min(max(position, 0), len(timeline))
        last = timeline.at(self._position)
        self._into = (max(0.0, (at - last).total_seconds())
                      if at and last and 0 < self._position < len(timeline) else 0.0)
        self._show()

    @on(TimeSlider.Stepped)
    def _stepped(self, event: TimeSlider.Stepped) -> None:
        self.go_to(self._position + event.by)

    @on(TimeSlider.Pulled)
    def _pulled(self, event: TimeSlider.Pulled) -> None:
        if self._timeline is None:
            return
        self.go_to(self._timeline.position_of_share(event.share))
        if event.share == 1.0 and not self._is_loading:
            self._is_loading = True  # A job at work has gone on since.
            self.post_message(ReplayWanted(self.job_id, after=self.last_seq))

    def action_mark(self, step: int) -> None:
        if self._timeline is None:
            return
        mark = self._timeline.next_mark(self._position, step)
        if mark is None:
            self.say("No question and no failure " + ("after this." if step > 0 else
                                                      "before this."))
        else:
            self.go_to(mark.position)

    def action_type_time(self) -> None:
        timeline = self._timeline
        if timeline is None or timeline.begin is None or timeline.end is None:
            return
        whole = duration((timeline.end - timeline.begin).total_seconds())

        def given(fields: dict[str, str] | None) -> None:
            if fields is not None:
                at = check(fields)
                self.go_to(timeline.position_at(at), at)

        def check(fields: dict[str, str]) -> datetime:
            return typed_time(fields["time"], timeline, self._now)

        self.app.push_screen(FieldsSheet(
            "Go to a time", {"time": ""}, enter="go", check=check,
            hint=f"12:40, 12:40:07, +5m, -30s, 50%. The job took {whole}."), given)
