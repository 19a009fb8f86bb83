"""What every command needs: settings in their layers, and an engine for as long as it runs."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cockpit_tui.cli.logs import logging_to
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.errors import CockpitError, LedgerReadOnly

if TYPE_CHECKING:
    from cockpit_tui.config.settings import Settings
    from cockpit_tui.engine.engine import Engine

T = TypeVar("T")


def has_terminal() -> bool:
    """Whether somebody can be asked: both what we read and what we tell are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def own_settings() -> Settings:
    """The person's settings; a repository's own file is applied by the engine, to every job."""
    from cockpit_tui.config.settings import load_settings

    return load_settings(Paths.from_environment().settings_file)


@asynccontextmanager
async def engine_session(*, is_attended: bool = False, may_only_read: bool = False,
                         may_write_letters: bool = False,
                         record: Path | None = None) -> AsyncIterator[Engine]:
    """The engine that may write; see `open_engine`. Log records go to the log file."""
    from cockpit_tui.engine.engine import open_engine

    paths = Paths.from_environment()
    with logging_to(paths.log_file):
        async with open_engine(paths, is_attended=is_attended, may_only_read=may_only_read,
                               may_write_letters=may_write_letters, record=record,
                               ask_passphrase=_ask_passphrase) as engine:
            yield engine


def commanding_session() -> AbstractAsyncContextManager[Engine]:
    """An engine that carries commands out: itself, or where another process holds the ledger, by
    asking that one. `engine.writes_letters` tells which."""
    return engine_session(may_write_letters=True)


def _ask_passphrase(is_new: bool) -> str:
    from cockpit_tui.cli.models_session import ask_passphrase

    return ask_passphrase(is_new)


@asynccontextmanager
async def reading_session() -> AsyncIterator[Engine]:
    """An engine for looking only: it works beside another cockpit and records nothing.

    Without a ledger yet, or with an older one, it is opened like for writing, which makes or
    migrates it.
    """
    from cockpit_tui.engine.engine import open_engine

    paths = Paths.from_environment()
    with logging_to(paths.log_file):
        only_reads = paths.database.exists() and await _is_current(paths)
        async with open_engine(paths, is_attended=False, may_only_read=True,
                               only_reads=only_reads) as engine:
            yield engine


async def _is_current(paths: Paths) -> bool:
    from cockpit_tui.engine.engine import utc_now
    from cockpit_tui.storage.database import Database

    try:
        database = await Database.open(paths.database, clock=utc_now, read_only=True)
    except LedgerReadOnly:
        return False
    await database.close()
    return True


class Interrupted(CockpitError):
    """SIGINT, SIGTERM or SIGHUP; everything recorded so far is kept."""

    exit_code = 130


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; a signal that ends us cancels it first, so that the ledger is closed in order.

    Raises Interrupted after SIGINT, SIGTERM and SIGHUP, and the first error of a group by itself.
    """
    async def guarded() -> T:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(work)
        received: list[signal.Signals] = []

        def stop(which: signal.Signals) -> None:
            if task.cancel():
                received.append(which)

        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(which, stop, which)
        try:
            result = await task
        except asyncio.CancelledError:
            if not received:
                raise
        else:
            if not received:  # else it was cancelled, and took that for a wish to end
                return result
        raise Interrupted(f"Stopped by {received[0].name}. What was done is kept.",
                          hint="Go on with: cockpit jobs resume")

    try:
        return asyncio.run(guarded())
    except BaseExceptionGroup as group:
        raise _first(group) from group


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
