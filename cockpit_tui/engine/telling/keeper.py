"""Tells the person, each fact once and by its ladder, as long as an engine is open.

Everything is in the ledger first: a notice before any channel has it, a delivery before its channel
is used. So a restart goes on where it was, and repeats nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cockpit_tui.config.notify import NotifySettings
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.config.settings import Settings, load_settings
from cockpit_tui.domain import event
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.event import Event, RecordedEvent
from cockpit_tui.domain.notice import (
    FAR_SECONDS,
    LADDER,
    TELLING_TYPES,
    Channel,
    Draft,
    Notice,
    NoticeKind,
    Told,
    due_at,
    is_seen,
    is_stale,
)
from cockpit_tui.engine.engine import Engine
from cockpit_tui.engine.telling import intake, trial
from cockpit_tui.engine.telling.channels import channels_of
from cockpit_tui.engine.telling.night import next_end, night_draft
from cockpit_tui.engine.telling.outgoing import NotTold, Outgoing, Send
from cockpit_tui.engine.telling.presence import Presence
from cockpit_tui.storage import notices
from cockpit_tui.storage.database import Database, Transaction

log = logging.getLogger(__name__)

AFTER_TROUBLE_SECONDS = 30.0
LONGEST_SLEEP_SECONDS = 300.0
CLOSING_SECONDS = 8.0
"""For what is still being told when the engine closes."""
KEPT_DAYS = 90
"""How long it is kept what was told."""
_WAKES = frozenset(TELLING_TYPES)

ChannelsOf = Callable[[NotifySettings, Presence], Mapping[Channel, Send]]


@dataclass(slots=True, kw_only=True)
class NoticeKeeper:
    database: Database
    presence: Presence
    settings: Callable[[], Settings]
    clock: Callable[[], datetime]
    redactor: Redactor
    channels: ChannelsOf = channels_of
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _busy: dict[Channel, asyncio.Task[None]] = field(default_factory=dict)

    async def keep(self, batches: AsyncIterator[tuple[RecordedEvent, ...]]) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(batches), name="hear what is to be told")
            while True:
                self._woken.clear()
                try:
                    again = await self.turn()
                except CockpitError as error:
                    log.warning("nothing could be told: %s", error)
                    again = self.clock() + timedelta(seconds=AFTER_TROUBLE_SECONDS)
                except Exception:  # the edge of a task: notices must never end the work
                    log.exception("telling the person failed")
                    again = self.clock() + timedelta(seconds=AFTER_TROUBLE_SECONDS)
                await self._until(again)

    async def _listen(self, batches: AsyncIterator[tuple[RecordedEvent, ...]]) -> None:
        async for batch in batches:
            if any(recorded.type in _WAKES for recorded in batch):
                self._woken.set()

    async def turn(self) -> datetime:
        """Take in what is new and start what is due; when to look again. Raises CockpitError."""
        settings, now = self.settings(), self.clock()
        if self.presence.last_key_at is not None and self.presence.last_key_at > now:
            self.presence.last_key_at = now  # The clock was set back since.
        await self._take_in(settings, now)
        channels = self.channels(settings.notify, self.presence)
        quiet = settings.queue.quiet_window
        again = next_end(settings.queue.rules().overnight, now)
        for notice in await self.database.read(notices.unsettled):
            if by := await self._settled_by(notice, settings.notify, now):
                await self._settle(notice, by)
                continue
            left = [channel for channel in LADDER
                    if channel in channels and notice.delivery(channel) is None]
            if not left and not any(d.channel in self._busy for d in notice.deliveries):
                await self._settle(notice, "told" if notice.deliveries else "no channel")
            for channel in left:
                due = await self._due(notice, channel, now)
                if channel is Channel.DESKTOP and quiet is not None and quiet.contains(due):
                    due = end_quiet(due, quiet.contains)
                if due <= now and channel not in self._busy:
                    self._begin(notice, channel, channels[channel])
                elif due > now:
                    again = min(again, due)
        return again

    async def _take_in(self, settings: Settings, now: datetime) -> None:
        muted = settings.notify.muted
        if await self.database.read(lambda conn: bool(
                notices.untold_events(conn, TELLING_TYPES))):
            await self.database.write(lambda tx: intake.take_in(
                tx, muted=muted, is_on_screen=self.presence.has_screen,
                redact=self.redactor.redact))
        window = settings.queue.rules().overnight
        night = await self.database.read(lambda conn: night_draft(
            conn, window, now, redact=self.redactor.redact))
        if night is not None:
            await self._add(*night, muted=NoticeKind.NIGHT in muted)

    async def _add(self, draft: Draft, at: datetime, *, muted: bool = False) -> int | None:
        """The new notice's number; None where the fact was told before. No write for those."""
        if await self.database.read(lambda conn: notices.is_known(conn, draft.source)):
            return None

        def add(tx: Transaction) -> int | None:
            number = notices.add(tx, draft, seq=0, at=at)
            if muted and number is not None:
                notices.settle(tx, number, "muted")
            return number

        return await self.database.write(add)

    async def _settled_by(self, notice: Notice, settings: NotifySettings, now: datetime) -> str:
        if notice.draft.kind in settings.muted:
            return "muted"
        if by := await self.database.read(lambda conn: intake.is_over(conn, notice)):
            return by
        if is_seen(notice, self.presence.last_key_at):
            return "seen"
        return "old" if is_stale(notice, now) else ""

    async def _settle(self, notice: Notice, by: str) -> None:
        await self.database.write(lambda tx: notices.settle(tx, notice.number, by))

    async def _due(self, notice: Notice, channel: Channel, now: datetime) -> datetime:
        last = await self.database.read(
            lambda conn: notices.last_told(conn, notice.draft.subject, channel))
        if notice.at > now:  # From before the clock was set back: nobody knows how long it waited.
            notice = replace(notice, at=now - timedelta(seconds=FAR_SECONDS))
        return due_at(notice, channel, last_key_at=self.presence.last_key_at,
                      last_told_at=last if last is not None and last <= now else None)

    # -- telling --------------------------------------------------------------------------------

    def _begin(self, notice: Notice, channel: Channel, send: Send) -> None:
        task = asyncio.create_task(self._tell(notice, channel, send),
                                   name=f"tell {notice.number} by {channel.value}")
        self._busy[channel] = task
        task.add_done_callback(lambda _: self._ended(channel))

    def _ended(self, channel: Channel) -> None:
        self._busy.pop(channel, None)
        self._woken.set()

    async def _tell(self, notice: Notice, channel: Channel, send: Send) -> None:
        """A failure is an event and a line of the log, nothing more."""
        try:
            if not await self.database.write(
                    lambda tx: notices.begin(tx, notice.number, channel)):
                return
            told = await self._outgoing(notice)
            result, detail = Told.SENT, ""
            try:
                detail = await send(told)
            except NotTold as error:
                result, detail = Told.FAILED, self.redactor.redact(str(error))
                log.warning("notice %s was not told by %s: %s", notice.number, channel.value,
                            detail)
            except Exception as bug:  # the edge of a channel, which is the outside world
                result, detail = Told.FAILED, f"failed inside ({type(bug).__name__})"
                log.exception("notice %s by %s", notice.number, channel.value)
            await self.database.write(
                lambda tx: _record(tx, notice, channel, told.text, result, detail))
        except CockpitError as error:
            log.warning("notice %s: the ledger did not take what became of it: %s",
                        notice.number, error)

    async def _outgoing(self, notice: Notice) -> Outgoing:
        draft = notice.draft
        job, task = await self.database.read(lambda conn: (
            intake.job_of(conn, draft.job_id)[0], intake.task_number(conn, draft.task_id)))
        return Outgoing(number=notice.number, kind=draft.kind, at=notice.at, task=task,
                        job="" if job is None else f"#{job}",
                        text=self.redactor.redact(draft.text))

    async def test(self) -> Notice:
        """Tell a trial text by every channel that there is, now; how it went."""
        settings, now = self.settings(), self.clock()
        draft = Draft(source=f"test:{now.isoformat()}", kind=NoticeKind.TEST, subject="test",
                      text=trial.TEXT)
        number = await self._add(draft, now)
        found = next(n for n in await self.database.read(lambda c: notices.listing(c, 50))
                     if n.number == number)
        channels = self.channels(settings.notify, self.presence)
        async with asyncio.TaskGroup() as group:
            for channel in LADDER:
                if channel in channels:
                    group.create_task(self._tell(found, channel, channels[channel]),
                                      name=f"test {channel.value}")
        await self._settle(found, "told" if channels else "no channel")
        return next(n for n in await self.database.read(lambda c: notices.listing(c, 50))
                    if n.number == number)

    async def close(self, *, is_unattended: bool, since: int) -> None:
        """Let what is under way come to its end. Where nobody attended, what notices after number
        `since` have left goes out now: nobody is there to do it later."""
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                if is_unattended:
                    await self._tell_the_rest(since)
                while self._busy:
                    await asyncio.wait(self._busy.values())
        except TimeoutError:
            log.warning("not everything could be told before closing")
        except CockpitError as error:
            log.warning("what was left could not be told: %s", error)
        for task in list(self._busy.values()):
            task.cancel()

    async def _tell_the_rest(self, since: int) -> None:
        settings, now = self.settings(), self.clock()
        await self._take_in(settings, now)
        channels = self.channels(settings.notify, self.presence)
        for notice in await self.database.read(notices.unsettled):
            if notice.number <= since or await self._settled_by(notice, settings.notify, now):
                continue
            for channel in (Channel.COMMAND, Channel.WEBHOOK):
                if channel in channels and notice.delivery(channel) is None:
                    await self._tell(notice, channel, channels[channel])

    async def _until(self, at: datetime) -> None:
        seconds = max(0.0, (at - self.clock()).total_seconds())
        waits = [asyncio.ensure_future(self._woken.wait()),
                 asyncio.ensure_future(self.sleep(min(seconds, LONGEST_SLEEP_SECONDS)))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def end_quiet(at: datetime, is_quiet: Callable[[datetime], bool]) -> datetime:
    """`at`, or where that is in quiet hours, the minute that they end."""
    while is_quiet(at):
        at = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return at


def _record(tx: Transaction, notice: Notice, channel: Channel, text: str, result: Told,
            detail: str) -> None:
    notices.end(tx, notice.number, channel, result, detail)
    told = event.NoticeTold(number=notice.number, channel=channel.value, text=text,
                            is_error=result is Told.FAILED, detail=detail)
    tx.emit(Event(payload=told, job_id=notice.draft.job_id, task_id=notice.draft.task_id))


@asynccontextmanager
async def telling(engine: Engine, presence: Presence, *, is_unattended: bool,
                  channels: ChannelsOf = channels_of,
                  sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
                  ) -> AsyncIterator[NoticeKeeper]:
    """Tell the person meanwhile what happens in an engine that writes."""
    keeper = NoticeKeeper(
        database=engine.database, presence=presence, clock=engine.clock, channels=channels,
        sleep=sleep, redactor=engine.runs.redactor,  # It learns the stored keys as they are read.
        settings=lambda: load_settings(engine.paths.settings_file))
    await engine.database.write(lambda tx: notices.forget_before(
        tx, engine.clock() - timedelta(days=KEPT_DAYS)))
    newest = await engine.database.read(lambda conn: notices.listing(conn, 1))
    async with engine.subscribe() as batches:
        keeping = asyncio.create_task(keeper.keep(batches), name="tell the person")
        try:
            yield keeper
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await keeper.close(is_unattended=is_unattended,
                               since=newest[0].number if newest else 0)
