"""What every command needs: settings in their layers, and an engine for as long as it runs."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from cockpit_tui.config.paths import Paths
from cockpit_tui.config.settings import (
    PROJECT_FILE,
    Settings,
    load_settings,
    read_settings_file,
    tighten,
)
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.engine.engine import Engine, open_engine

T = TypeVar("T")


def has_terminal() -> bool:
    """Whether somebody can be asked: both what we read and what we tell are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def settings_for(repository: str | None) -> Settings:
    """The person's settings, tightened by the repository's own file where there is one."""
    settings = load_settings(Paths.from_environment().settings_file)
    if repository is None:
        return settings
    file = Path(repository) / PROJECT_FILE
    table = read_settings_file(file)
    return tighten(settings, table, source=str(file)) if table else settings


@asynccontextmanager
async def engine_session(*, is_attended: bool = False,
                         may_only_read: bool = False) -> AsyncIterator[Engine]:
    async with open_engine(Paths.from_environment(), is_attended=is_attended,
                           may_only_read=may_only_read) as engine:
        yield engine


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
            received.append(which)
            task.cancel()

        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(which, stop, which)
        try:
            return await task
        except asyncio.CancelledError:
            if received:
                raise Interrupted(f"Stopped by {received[0].name}. What was done is kept.",
                                  hint="Go on with: cockpit jobs resume") from None
            raise

    try:
        return asyncio.run(guarded())
    except BaseExceptionGroup as group:
        raise _first(group) from group


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
