"""Commands from other processes: the engine that holds the ledger takes them in and answers.

Only that engine writes the ledger, so whoever wants something changed meanwhile leaves a letter
and waits for the answer. A letter is known by its id, in the ledger too: none is carried out twice,
also where an engine was killed between taking it in and answering.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from cockpit_tui.domain import event
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.command import Command, SubmitJob
from cockpit_tui.domain.errors import CockpitError, LedgerBusy, LeftForLater, StorageError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import IdSource, JobId, TaskId
from cockpit_tui.domain.job import Job
from cockpit_tui.engine import letters
from cockpit_tui.engine.letters import Letter, LetterRefused, Reply
from cockpit_tui.storage import letters as known_letters
from cockpit_tui.storage.database import Database, Transaction

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.3
"""How often the holder looks at the directory's time of change: one `stat`."""
ANSWER_SECONDS = 5.0
"""How long a sender waits for somebody to take its letter in."""
DONE_SECONDS = 30.0
"""How long it waits, once its letter was taken in, for the command to be done."""
LASTS_SECONDS = 60.0
"""Nobody waits any more for what a letter would do that lay for longer: its sender was killed."""
_POLL_SECONDS = 0.03

_ONCE_ALONE = frozenset({"RetryJob", "UndoJob", "UndoAnswer", "RewindTask", "UndoRewind"})
"""Done a second time these could mean something else; every other command finds out for itself
that it was done already."""

Send = Callable[[Command], Awaitable[Job | None]]


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """The holder's side."""

    place: Path
    database: Database
    send: Send
    _seen: int = -1
    """The directory's time of change at the last look."""
    _working: set[asyncio.Task[None]] = field(default_factory=set)
    _at_hand: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Take letters in until the block is left; those that are there already are done before it
        is entered, and what was begun comes to its end."""
        try:
            letters.open_place(self.place)
        except StorageError as error:
            log.warning("%s", error)
            yield
            return
        await asyncio.to_thread(letters.sweep, self.place)
        self.look()
        await asyncio.gather(*self._working, return_exceptions=True)
        serving = asyncio.create_task(self._serve(), name="take letters in")
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.gather(serving, *self._working, return_exceptions=True)

    async def _serve(self) -> None:
        is_told = False
        while True:
            try:
                self.look()
                is_told = False
            except OSError as error:
                if not is_told:
                    log.warning("letters cannot be looked for: %s", error)
                is_told = True
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Begin on whatever is new."""
        changed = self.place.stat().st_mtime_ns
        # A file that comes within the clock's grain of the last look leaves the time as it was.
        if changed == self._seen and time.time_ns() - changed > 2_000_000_000:
            return
        self._seen = changed
        for letter_id, path in letters.waiting(self.place):
            if letter_id not in self._at_hand:
                self._at_hand.add(letter_id)
                work = asyncio.create_task(self._handle(letter_id, path),
                                           name=f"letter {letter_id}")
                self._working.add(work)
                work.add_done_callback(self._working.discard)

    async def _handle(self, letter_id: str, path: Path) -> None:
        try:
            taken = path if path.suffix == ".taken" else letters.take(path)
            if taken is None:
                return
            reply = await self._carry_out(letter_id, taken)
            await asyncio.to_thread(letters.answer, self.place, letter_id, reply)
            taken.unlink(missing_ok=True)
        except (CockpitError, OSError) as error:
            log.warning("the letter %s was not settled: %s", letter_id, error)
        finally:
            self._at_hand.discard(letter_id)

    async def _carry_out(self, letter_id: str, taken: Path) -> Reply:
        try:
            letter = await asyncio.to_thread(letters.open_letter, taken)
            command = letters.unseal(letter)
        except LetterRefused as refused:
            log.warning("the letter %s was refused: %s", letter_id, refused)
            await self.database.write(partial(_say, kind="a letter", sender=letter_id,
                                              outcome=f"refused: {refused.message}"))
            return Reply(error=f"The command was refused: {refused.message}")
        was_begun, settled = await self.database.read(
            partial(known_letters.known, letter_id=letter_id))
        if settled is not None:
            return adapter(Reply).validate_json(settled)
        if not was_begun and not isinstance(command, SubmitJob) \
                and time.time() - taken.stat().st_mtime > LASTS_SECONDS:
            reply = Reply(error="The command lay there for too long, so it was not carried out.",
                          hint="If it is still wanted, send it again.")
        elif was_begun and letter.kind in _ONCE_ALONE:
            reply = Reply(error=f"An engine was killed while it did {letter.kind}, so it is not "
                                "done again.", hint="See how things stand, then send it again.")
        else:
            await self.database.write(lambda tx: known_letters.begin(
                tx, letter_id, letter.kind, letter.sender))
            reply = await self._done(command)
            if was_begun and reply.error:
                reply = replace(reply, error=f"An engine was killed while it did {letter.kind}. "
                                             f"{reply.error}")
        await self.database.write(partial(_settle, letter_id=letter_id, letter=letter,
                                          command=command, reply=reply))
        return reply

    async def _done(self, command: Command) -> Reply:
        try:
            job = await self.send(command)
        except CockpitError as error:
            return Reply(error=error.message, hint=error.hint, exit_code=error.exit_code)
        except Exception as bug:  # the edge of a letter: its sender must hear of it
            log.exception("a command of another process failed")
            return Reply(error=f"Internal error: {type(bug).__name__}: {bug}")
        return Reply(job_id=job.id if job is not None else None)


def _settle(tx: Transaction, *, letter_id: str, letter: Letter, command: Command,
            reply: Reply) -> None:
    known_letters.settle(tx, letter_id, adapter(Reply).dump_json(reply).decode())
    _say(tx, kind=letter.kind, sender=letter.sender, outcome=reply.error or "done",
         job_id=_job_of(tx, command, reply), task_id=getattr(command, "task_id", None))


def _job_of(tx: Transaction, command: Command, reply: Reply) -> JobId | None:
    """Whose log says it; None where there is no such job."""
    for table, column, row_id in (
            ("jobs", "id", getattr(command, "job_id", None) or reply.job_id),
            ("tasks", "job_id", getattr(command, "task_id", None)),
            ("approvals", "job_id", getattr(command, "approval_id", None))):
        row = tx.conn.execute(f"SELECT {column} FROM {table} WHERE id = ?", (row_id,)).fetchone()
        if row is not None:
            return JobId(row[0])
    return None


def _say(tx: Transaction, *, kind: str, sender: str, outcome: str, job_id: JobId | None = None,
         task_id: TaskId | None = None) -> None:
    received = event.CommandReceived(command=kind, sender=sender, outcome=outcome)
    tx.emit(Event(payload=received, job_id=job_id, task_id=task_id))


async def ask(place: Path, command: Command, new_id: IdSource, holder: str) -> JobId | None:
    """Have the engine that holds the ledger carry `command` out; the job that it was about.

    A command that nobody takes in within a few seconds is taken back, so that nothing happens
    later that nobody expects any more; only a new job stays for the next engine. Raises what the
    engine raised, as a CockpitError, LedgerBusy where it was taken back, LeftForLater,
    StorageError.
    """
    letters.open_place(place)
    letter_id = new_id()
    if isinstance(command, SubmitJob) and command.job_id is None:
        # Known by it, the job is not made twice where an engine is killed before it can answer.
        command = replace(command, job_id=JobId(new_id()))
    posting = asyncio.create_task(
        asyncio.to_thread(letters.post, place, letter_id, letters.seal(command)), name="post")
    try:
        path = await asyncio.shield(posting)
        reply = await _reply(place, letter_id, ANSWER_SECONDS)
    except asyncio.CancelledError:
        await asyncio.wait({posting})
        if posting.exception() is None:
            _take_back(posting.result())
        raise
    if reply is None and isinstance(command, SubmitJob) and path.exists():
        raise LeftForLater("No cockpit took the job in yet; the next one that works does.")
    if reply is None and _take_back(path):
        raise LedgerBusy(f"{holder} It did not answer within {ANSWER_SECONDS:.0f} s; the command "
                         "was taken back, and nothing was changed.",
                         hint="Try again; or go to that cockpit, or end it.")
    if reply is None:
        reply = await _reply(place, letter_id, DONE_SECONDS)
    if reply is None:
        raise LedgerBusy("The command was taken in, but is not done yet.",
                         hint="See what became of it: cockpit jobs list")
    if reply.error:
        failed = CockpitError(reply.error, hint=reply.hint)
        failed.exit_code = reply.exit_code
        raise failed
    return reply.job_id


def _take_back(path: Path) -> bool:
    """False where an engine has it already."""
    mine = letters.take(path)
    if mine is not None:
        mine.unlink(missing_ok=True)
    return mine is not None


async def _reply(place: Path, letter_id: str, seconds: float) -> Reply | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (reply := letters.collect(place, letter_id)) is not None:
            return reply
        await asyncio.sleep(_POLL_SECONDS)
    return letters.collect(place, letter_id)
