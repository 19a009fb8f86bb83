"""`cockpit locks`: what running tasks keep from each other, who waits for it, and a way out."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.output import as_json, print_json, print_lines, table, tell
from cockpit_tui.cli.session import (
    commanding_session,
    engine_session,
    reading_session,
    run_async,
)
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.command import ReleaseLock
from cockpit_tui.domain.errors import LedgerBusy, UsageError
from cockpit_tui.domain.lock import Lock, in_the_way
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.engine.engine import Engine, utc_now
from cockpit_tui.presentation.time import duration

app = App(name="locks", help=NOUNS["locks"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]


@app.command(name="list")
def list_locks(*, json: Json = False) -> int:
    """What is held, then what is waited for, in the order in which it will be given."""
    async def work() -> int:
        async with reading_session() as engine:
            found = await engine.lock_table()
            is_left = not await engine.has_engine()
        if json:
            print_json([lock_wire(lock, found, is_left=is_left) for lock in found])
        elif not found:
            print_lines(["Nothing is locked."])
        else:
            print_lines(table([_row(lock, found, is_left=is_left) for lock in found],
                              header=("lock", "task", "state", "since", "engine", "what")))
            if is_left:
                tell("\nThe cockpit that held these is gone; the next one that works frees them.")
        return 0

    return run_async(work())


@app.command
def release(number: Annotated[int, Parameter(help="Of the lock, from the list.")], /, *,
            force: Annotated[bool, Parameter(
                help="Also while the engine that holds it lives.")] = False,
            json: Json = False) -> int:
    """Take a lock away: of a dead engine at once, of a living one only with --force."""
    async def work() -> int:
        async with reading_session() as engine:
            lock = await _find(engine, number)
        try:
            # To open it for writing proves that no other engine lives; its leftovers go with that.
            async with engine_session() as engine:
                gone = lock.id not in {one.id for one in await engine.lock_table()}
        except LedgerBusy as busy:
            return await _by_force(lock, busy, force=force, json=json)
        if not gone:
            raise UsageError(f"Lock {number} could not be released.",
                             hint="cockpit locks list shows it as it is now.")
        _say(lock, "released", json=json)
        return 0

    return run_async(work())


async def _by_force(lock: Lock, busy: LedgerBusy, *, force: bool, json: bool) -> int:
    """Have the living engine do it. Raises LedgerBusy without `force`, CockpitError."""
    if lock.held_at is None:
        raise UsageError(f"Lock {lock.number} is only waited for; there is nothing to release.",
                         hint=f"Stop the task: {_cancel(lock)}")
    if not force:
        raise LedgerBusy(
            f"The engine that holds lock {lock.number} lives (process {lock.pid}), and gives it "
            f"back when {lock.task_name} has ended.",
            hint=f"Stop the task: {_cancel(lock)}; or, at the risk of two "
                 "tasks in the same files, --force.") from busy
    async with commanding_session() as engine:
        await engine.send(ReleaseLock(lock_id=lock.id))
    tell(f"Warning: {lock.task_name} runs on without its lock. Another task may now write the same "
         "files, or use the same resource; their merge may fail, and tests may disturb each other.")
    _say(lock, "released", json=json)
    return 0


def _cancel(lock: Lock) -> str:
    return f"cockpit tasks cancel {lock.job_number} {lock.task_number}"


def _say(lock: Lock, outcome: str, *, json: bool) -> None:
    if json:
        print_json({"number": lock.number, "task": lock.task_name, "outcome": outcome})
    else:
        print_lines([f"Lock {lock.number} of {lock.task_name}: {outcome}."])


async def _find(engine: Engine, number: int) -> Lock:
    for lock in await engine.lock_table():
        if lock.number == number:
            return lock
    raise UsageError(f"There is no lock {number}.", hint="cockpit locks list shows what there is.")


def _row(lock: Lock, locks: tuple[Lock, ...], *, is_left: bool) -> tuple[str, ...]:
    since = (utc_now() - (lock.held_at or lock.asked_at)).total_seconds()
    before = ", ".join(other.task_name for other in in_the_way(lock, locks))
    return (str(lock.number), f"{lock.task_name} {sanitize_line(lock.title)}",
            "left" if is_left else f"waits for {before}" if lock.held_at is None else _held(lock),
            duration(max(0.0, since)),
            f"process {lock.pid}{', gone' if is_left else ''}", ", ".join(lock.claim.names))


def _held(lock: Lock) -> str:
    """What was not asked for, but seen to be written, says so."""
    return "observed" if lock.claim.is_observed else "held"


def lock_wire(lock: Lock, locks: tuple[Lock, ...], *, is_left: bool) -> dict[str, object]:
    """The lock as JSON: `state`, `held_by` (where it waits), and its fields. `left`: by a cockpit
    that is gone."""
    state = "left" if is_left else "waiting" if lock.held_at is None else "held"
    return {"state": state, **as_json(lock),
            "held_by": [] if lock.held_at is not None else [
                other.task_name for other in in_the_way(lock, locks)]}
