"""The mailbox in trouble: letters of the dead, a full disk, a directory that somebody removed."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cockpit_tui.domain.command import Command, PauseAll, SubmitJob
from cockpit_tui.domain.errors import LeftForLater
from cockpit_tui.domain.ids import new_ulid
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.engine import letters, mailbox
from cockpit_tui.engine.letters import Letter, Reply
from cockpit_tui.engine.mailbox import Mailbox
from cockpit_tui.storage.database import Database

LETTER = "LETTER0001"


class Holder:
    """Who holds the ledger, without an engine: it keeps what it is asked for."""

    def __init__(self, place: Path, database: Database) -> None:
        self.place = place
        self.database = database
        self.asked: list[Command] = []
        self.box = Mailbox(place=place, database=database, send=self.send)
        letters.open_place(place)

    async def send(self, command: Command) -> None:
        self.asked.append(command)

    async def look(self) -> None:
        self.box.look()
        await asyncio.gather(*self.box._working)

    @property
    def names(self) -> list[str]:
        return sorted(path.name for path in self.place.iterdir())


@pytest.fixture
async def holder(tmp_path: Path) -> AsyncIterator[Holder]:
    async with await Database.open(tmp_path / "cockpit.db",
                                   clock=lambda: datetime.now(UTC)) as database:
        yield Holder(tmp_path / "box", database)


async def test_what_a_killed_sender_left_is_not_carried_out_days_later(holder: Holder) -> None:
    path = letters.post(holder.place, LETTER, letters.seal(PauseAll()))
    long_ago = time.time() - mailbox.LASTS_SECONDS - 60
    os.utime(path, (long_ago, long_ago))
    await holder.look()
    assert holder.asked == []
    assert letters.collect(holder.place, LETTER) == Reply(
        error="The command lay there for too long, so it was not carried out.",
        hint="If it is still wanted, send it again.")
    assert holder.names == []


async def test_an_answer_that_found_no_room_is_given_once_there_is_some(
        holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    letters.post(holder.place, LETTER, letters.seal(PauseAll()))
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _no_room)
        await holder.look()
    assert holder.names == [f"{LETTER}.taken"]
    await holder.look()
    assert letters.collect(holder.place, LETTER) == Reply()
    assert (holder.asked, holder.names) == ([PauseAll()], [])


async def test_a_new_job_is_not_made_twice_where_an_engine_was_killed_at_it(
        holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "ANSWER_SECONDS", 0)
    with pytest.raises(LeftForLater):
        await mailbox.ask(holder.place, SubmitJob(repository="/r", request=JobRequest(text="x")),
                          new_ulid, "")
    (letter,) = holder.place.iterdir()
    left = letter.read_bytes()
    await holder.look()
    await holder.database.write(lambda tx: tx.conn.execute("DELETE FROM letters") and None)
    letter.touch(mode=0o600)
    letter.write_bytes(left)
    await holder.look()
    first, second = holder.asked
    assert isinstance(first, SubmitJob)
    assert first.job_id is not None
    assert second == first  # So the engine knows the job.


def _no_room(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


async def test_a_directory_that_is_gone_is_told_once_and_the_next_letter_taken_in(
        holder: Holder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(mailbox, "LOOK_SECONDS", 0)
    async with holder.box.served(), asyncio.timeout(30):
        holder.place.rmdir()
        for _ in range(20):
            await asyncio.sleep(0)
        await mailbox.ask(holder.place, PauseAll(), new_ulid, "")
    assert holder.asked == [PauseAll()]
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "letters cannot be looked for"]


async def test_a_letter_whose_sender_goes_while_it_is_written_is_taken_back(
        holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end, post = asyncio.Event(), threading.Event(), letters.post
    loop = asyncio.get_running_loop()

    def slowly(place: Path, letter_id: str, letter: Letter) -> Path:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait()
        return post(place, letter_id, letter)

    monkeypatch.setattr(letters, "post", slowly)
    asking = asyncio.create_task(mailbox.ask(holder.place, PauseAll(), new_ulid, ""))
    await begun.wait()
    asking.cancel()
    loop.call_later(0.01, may_end.set)
    await asyncio.gather(asking, return_exceptions=True)
    assert asking.cancelled()
    assert holder.names == []
