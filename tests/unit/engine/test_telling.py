"""The keeper of notices on a real ledger: who is told what, when, once, over restarts too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from cockpit_tui.config.notify import NotifySettings
from cockpit_tui.config.paths import Paths
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.config.settings import QueueSettings, Settings
from cockpit_tui.domain import event
from cockpit_tui.domain.approval import Answer, Approval, Decision, Question
from cockpit_tui.domain.event import Event, NoticeTold, Payload
from cockpit_tui.domain.ids import ApprovalId, JobId
from cockpit_tui.domain.notice import LADDER, Channel, Notice, NoticeKind
from cockpit_tui.domain.policy import Gate
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.engine.telling.keeper import NoticeKeeper, telling
from cockpit_tui.engine.telling.outgoing import NotTold, Outgoing, Send
from cockpit_tui.engine.telling.presence import Presence
from cockpit_tui.storage import approvals, notices
from cockpit_tui.storage.columns import time_text
from cockpit_tui.storage.database import Database, Transaction

START = datetime(2026, 11, 21, 12).astimezone(UTC)
BEGUN = time_text(START)
"""After the last night: it had no work."""
DONE = event.JobCompleted(branch="b", head="c", commits=2, summary="")


@dataclass
class Home:
    """A ledger with job 41 and job 42 of the night, a clock, and channels that write down."""

    path: Path
    now: datetime = START
    settings: Settings = field(default_factory=Settings)
    told: list[tuple[Channel, str]] = field(default_factory=list)
    failing: set[Channel] = field(default_factory=set)
    payloads: list[Payload] = field(default_factory=list)
    can: tuple[Channel, ...] = (Channel.DESKTOP, Channel.COMMAND, Channel.WEBHOOK)
    redactor: Redactor = field(default_factory=Redactor)

    async def open(self) -> None:
        ids = count(1)
        self.database = await Database.open(
            self.path / "cockpit.db", clock=lambda: self.now, new_id=lambda: f"id{next(ids)}-"
            f"{len(self.payloads)}", on_commit=lambda batch: self.payloads.extend(
                recorded.payload for recorded in batch))
        await self.database.write(_two_jobs)
        self.presence = Presence(lambda: self.now)
        self.keeper = NoticeKeeper(
            database=self.database, presence=self.presence, settings=lambda: self.settings,
            clock=lambda: self.now, redactor=self.redactor, channels=self._channels)

    def _channels(self, settings: NotifySettings, presence: Presence) -> Mapping[Channel, Send]:
        return {channel: self._send(channel) for channel in self.can}

    def _send(self, channel: Channel) -> Send:
        async def send(outgoing: Outgoing) -> str:
            if channel in self.failing:
                raise NotTold("it answered with 503, 3 times")
            self.told.append((channel, outgoing.text))
            return "by the fake"

        return send

    async def happen(self, payload: Payload, job: str = "j41") -> None:
        await self.database.write(
            lambda tx: tx.emit(Event(payload=payload, job_id=JobId(job))) and None)

    async def ask(self, name: str = "A1", job: str = "j41") -> None:
        question = Question(gate=Gate.COMMAND, title="pip install x", detail="", action={})

        def write(tx: Transaction) -> None:
            approvals.insert(tx, Approval(id=ApprovalId(name), job_id=JobId(job), task_id=None,
                                          key=name, question=question, asked_at=self.now))
            tx.emit(Event(job_id=JobId(job), payload=event.ApprovalRequired(
                approval_id=ApprovalId(name), gate="command", risk="low", title=question.title)))

        await self.database.write(write)

    async def answer(self, name: str = "A1") -> None:
        given = Answer(decision=Decision.GRANTED, by="person")
        await self.database.write(
            lambda tx: approvals.answer(tx, ApprovalId(name), given, self.now))

    async def after(self, seconds: float) -> datetime:
        """So much later: what is due is told; when the keeper wants to look again."""
        self.now += timedelta(seconds=seconds)
        while True:
            again, begun = await self.keeper.turn(), len(self.told)
            if not (busy := list(self.keeper._busy.values())):
                return again
            for task in busy:
                await task
            # Channels tell at the same time: which of them is first is no promise.
            self.told[begun:] = sorted(self.told[begun:], key=lambda one: LADDER.index(one[0]))

    async def listing(self) -> tuple[Notice, ...]:
        return await self.database.read(lambda conn: notices.listing(conn, 100))


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    made = Home(tmp_path)
    await made.open()
    yield made
    await made.database.close()


def _two_jobs(tx: Transaction) -> None:
    tx.conn.execute("INSERT OR IGNORE INTO projects (id, name, path, identity, added_at) "
                    "VALUES ('p', 'p', '/p', 'i', ?)", (BEGUN,))
    for number, is_night in ((41, 0), (42, 1)):
        tx.conn.execute(
            "INSERT OR IGNORE INTO jobs (id, number, project_id, request_json, status, waiting_on, "
            "branch, base_branch, base_commit, head_commit, reason, created_at, is_overnight) "
            "VALUES (?, ?, 'p', '{\"text\": \"T\"}', 'building', 'nothing', 'b', 'm', 'c', 'c', "
            "'', ?, ?)", (f"j{number}", number, BEGUN, is_night))


ASKED = "#41 asks: pip install x"


async def test_a_question_climbs_the_ladder_and_each_channel_tells_it_once(home: Home) -> None:
    await home.ask()

    assert await home.after(0) == START + timedelta(seconds=10)
    assert home.told == []
    assert await home.after(10) == START + timedelta(seconds=120)
    assert home.told == [(Channel.DESKTOP, ASKED)]
    await home.after(110)
    await home.after(3600)
    assert home.told == [(Channel.DESKTOP, ASKED), (Channel.COMMAND, ASKED),
                         (Channel.WEBHOOK, ASKED)]
    assert [p for p in home.payloads if isinstance(p, NoticeTold)] == [
        NoticeTold(number=1, channel=channel.value, text=ASKED, detail="by the fake")
        for channel, _ in home.told]


async def test_an_answer_ends_it(home: Home) -> None:
    await home.ask()
    await home.after(10)
    await home.answer()
    await home.after(600)

    assert home.told == [(Channel.DESKTOP, ASKED)]
    assert [(n.settled_by, n.settled_at) for n in await home.listing()] == [
        ("answered", home.now)]


async def test_a_question_that_was_taken_back_is_over_and_holds_up_no_other(home: Home) -> None:
    """Going back to a step, or sending an agent away, takes its question out of the ledger."""
    await home.ask("A1")
    await home.after(0)
    await home.database.write(lambda tx: approvals.withdraw(tx, ApprovalId("A1")))
    await home.ask("A2", "j42")
    await home.after(600)

    assert {text for _, text in home.told} == {"#42 asks: pip install x"}
    assert [n.settled_by for n in await home.listing()][1:] == ["over"]


async def test_who_types_is_left_alone_until_half_a_minute_after_the_last_key(home: Home) -> None:
    await home.ask()
    for _ in range(8):
        home.now += timedelta(seconds=25)
        home.presence.key_pressed()
        await home.after(0)
    assert home.told == []

    await home.after(29)
    assert home.told == []
    await home.after(1)
    assert {channel for channel, _ in home.told} == {Channel.DESKTOP, Channel.COMMAND,
                                                    Channel.WEBHOOK}


async def test_a_clock_that_was_set_back_holds_up_nobody(home: Home) -> None:
    """The last key, the question, and what was told last then lie in the future."""
    home.presence.key_pressed()
    await home.ask("A1", "j42")
    await home.after(30)
    assert home.told.count((Channel.WEBHOOK, "#42 asks: pip install x")) == 1
    await home.ask("A2", "j42")
    home.now -= timedelta(hours=5)

    await home.after(0)
    await home.after(30)

    assert home.told.count((Channel.WEBHOOK, "#42 asks: pip install x")) == 2


async def test_news_that_came_before_the_last_key_are_known(home: Home) -> None:
    await home.happen(DONE)
    home.now += timedelta(seconds=3)
    home.presence.key_pressed()
    await home.after(600)

    assert home.told == []
    assert [n.settled_by for n in await home.listing()] == ["seen"]


async def test_a_job_of_the_night_is_told_far_at_once(home: Home) -> None:
    await home.happen(event.JobFailed(reason="No model.", error="E"), "j42")
    await home.after(5)

    assert home.told == [(Channel.COMMAND, "#42 failed: No model."),
                         (Channel.WEBHOOK, "#42 failed: No model.")]


async def test_one_subject_is_told_once_a_minute_and_each_channel_by_itself(home: Home) -> None:
    await home.ask("A1", "j42")
    await home.ask("A2", "j42")
    await home.after(0)
    assert home.told.count((Channel.WEBHOOK, "#42 asks: pip install x")) == 1
    await home.after(59)
    assert home.told.count((Channel.WEBHOOK, "#42 asks: pip install x")) == 1
    await home.after(1)
    assert home.told.count((Channel.WEBHOOK, "#42 asks: pip install x")) == 2


async def test_a_state_that_flickers_is_not_told(home: Home) -> None:
    await home.happen(event.JobWaiting(waiting_on="person", reason="Moved."), "j42")
    await home.after(4)  # By then the job works again: its row waits on nothing.
    await home.after(600)

    assert home.told == []
    assert [n.settled_by for n in await home.listing()] == ["over"]


async def test_a_restart_repeats_nothing_and_forgets_nothing(home: Home) -> None:
    await home.ask()
    await home.after(10)
    # A crash in the middle of the next channel: begun, and nobody knows whether it arrived.
    await home.database.write(lambda tx: notices.begin(tx, 1, Channel.COMMAND))
    await home.happen(DONE, "j42")  # Recorded, but no notice is made of it yet.
    await home.database.close()
    await home.open()

    await home.after(600)

    assert sorted(home.told) == sorted([
        (Channel.DESKTOP, ASKED), (Channel.WEBHOOK, ASKED),
        *((channel, "#42 is done: 2 commits on b") for channel in home.can)])


async def test_what_is_half_a_day_old_is_told_by_no_channel(home: Home) -> None:
    await home.ask()
    await home.after(12 * 3600 + 1)

    assert home.told == []
    assert [n.settled_by for n in await home.listing()] == ["old"]


async def test_a_failing_channel_is_an_event_and_holds_up_nobody(home: Home) -> None:
    home.failing.add(Channel.COMMAND)
    await home.ask()
    await home.after(120)

    assert [channel for channel, _ in home.told] == [Channel.DESKTOP, Channel.WEBHOOK]
    assert NoticeTold(number=1, channel="command", text=ASKED, is_error=True,
                      detail="it answered with 503, 3 times") in home.payloads
    await home.after(1)
    assert [n.settled_by for n in await home.listing()] == ["told"]


async def test_a_muted_kind_is_kept_but_not_told(home: Home) -> None:
    home.settings = Settings(notify=NotifySettings(muted=(NoticeKind.DONE,)))
    await home.happen(DONE)
    await home.ask()
    await home.after(600)

    assert {text for _, text in home.told} == {ASKED}
    assert [(n.draft.kind, n.settled_by) for n in await home.listing()][1:] == [
        (NoticeKind.DONE, "muted")]


async def test_quiet_hours_hold_the_desktop_only(home: Home) -> None:
    local = START.astimezone()
    home.settings = Settings(queue=QueueSettings(
        quiet_hours=f"{local:%H:%M}-{local + timedelta(hours=1):%H:%M}"))
    await home.ask()
    await home.after(600)
    assert [channel for channel, _ in home.told] == [Channel.COMMAND, Channel.WEBHOOK]
    await home.after(3000)
    assert [channel for channel, _ in home.told][2:] == [Channel.DESKTOP]


async def test_what_was_told_long_ago_is_forgotten_and_not_told_again(home: Home) -> None:
    await home.happen(DONE)
    await home.after(600)
    settled = home.now
    await home.ask()
    await home.after(600)
    await home.database.write(
        lambda tx: notices.forget_before(tx, settled + timedelta(seconds=1)))
    await home.after(600)

    assert [n.draft.kind for n in await home.listing()] == [NoticeKind.QUESTION]
    assert len(home.told) == 6


async def test_a_secret_is_in_no_text(home: Home) -> None:
    home.redactor.learn("hunter2-hunter2")
    await home.happen(event.JobFailed(reason="401 for hunter2-hunter2", error="E"), "j42")
    await home.after(600)

    assert {text for _, text in home.told} == {"#42 failed: 401 for [redacted]"}


async def test_a_secret_that_the_end_of_a_notice_cuts_through_is_in_no_text_either(
        home: Home) -> None:
    key = "sk-ant-" + "k3y" * 20
    await home.happen(event.JobFailed(reason=f"{'x' * 200} {key}", error="E"), "j42")
    await home.after(600)

    assert [n.draft.text for n in await home.listing()] == [
        f"#42 failed: {'x' * 200} [redacted]"]
    assert {text for _, text in home.told} == {f"#42 failed: {'x' * 200} [redacted]"}


async def test_keys_that_the_engine_read_are_known_to_the_keeper(own_home: Path) -> None:
    async with open_engine(Paths.from_environment(), is_attended=False) as engine:
        engine.runs.redactor.learn("hunter2-hunter2")
        async with telling(engine, Presence(engine.clock), is_unattended=False) as keeper:
            assert keeper.redactor.redact("401 for hunter2-hunter2") == "401 for [redacted]"


async def test_closing_tells_the_rest_where_nobody_attended(home: Home) -> None:
    await home.ask()
    await home.keeper.close(is_unattended=False, since=0)
    assert home.told == []
    await home.keeper.close(is_unattended=True, since=0)
    assert [channel for channel, _ in home.told] == [Channel.COMMAND, Channel.WEBHOOK]


async def test_a_trial_goes_to_every_channel_now(home: Home) -> None:
    home.failing.add(Channel.WEBHOOK)
    notice = await home.keeper.test()

    assert {(d.channel.value, d.result.value, d.detail) for d in notice.deliveries} == {
        ("desktop", "sent", "by the fake"), ("command", "sent", "by the fake"),
        ("webhook", "failed", "it answered with 503, 3 times")}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone().astimezone(UTC)


@pytest.mark.parametrize(("done", "says"), [
    (True, "The night is over: 1 done, 0 failed, $0.00. cockpit jobs report"),
    (False, "The night did nothing: #42 waits for you: Your branch moved."),
])
async def test_the_end_of_a_night_is_told_once(
        home: Home, done: bool, says: str) -> None:
    home.now = _at("2026-11-22T05:59")
    change = (f"status = 'completed', finished_at = '{time_text(home.now)}'" if done else
              "waiting_on = 'person', reason = 'Your branch moved.'")
    await home.database.write(lambda tx: tx.conn.execute(
        f"UPDATE jobs SET {change}, queue_started_at = ? WHERE id = 'j42'",
        (time_text(_at("2026-11-21T23:00")),)) and None)

    assert await home.after(0) == _at("2026-11-22T06:00")
    assert home.told == []
    await home.after(60 + 5)
    await home.after(600)
    assert [told for told in home.told if told[0] is Channel.WEBHOOK] == [(Channel.WEBHOOK, says)]
