"""`cockpit` without a command: the screen, in one loop with the engine that does the work."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cockpit_tui.cli.late_engine import LateEngine
from cockpit_tui.cli.session import engine_session, own_settings, run_async
from cockpit_tui.cli.telling import set_muted, telling_of_screen
from cockpit_tui.config.last_seen import away_since, mark_seen
from cockpit_tui.config.look import read_look
from cockpit_tui.config.paths import Paths
from cockpit_tui.config.toml_file import read_settings_file
from cockpit_tui.domain.command import Command
from cockpit_tui.domain.errors import CockpitError, LeftForLater, RepositoryError, UsageError
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.windows import DailyWindow
from cockpit_tui.engine.telling.presence import Presence

if TYPE_CHECKING:
    from cockpit_tui.engine.engine import Engine

_TOLD_SECONDS = 12.0
SEEN_SECONDS = 60.0
"""How exactly it is known when a screen was open last, should it be killed."""
_ENDED_BY_SIGNAL = {128 + signal.SIGTERM, 128 + signal.SIGHUP}


def open_screen(repository: str, *, theme: str = "", first: Command | None = None) -> int:
    """Show the screen until the person leaves; the exit code.

    Jobs that an earlier cockpit left unfinished go on; `first` is sent before the screen shows.
    Raises UsageError where there is no terminal.
    """
    require_terminal()
    return run_async(_screen(repository, theme, first))


def require_terminal() -> None:
    """Raise UsageError where a full screen cannot be shown."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The screen needs a terminal, and this is a pipe or a file.",
                         hint="Without one: cockpit run REQUEST, cockpit jobs list, "
                              "cockpit demo --headless")
    if os.environ.get("TERM", "") in {"", "dumb"}:
        raise UsageError(f"The terminal {os.environ.get('TERM', '')!r} (TERM) cannot show a "
                         "screen.", hint="Set TERM, for example: TERM=xterm-256color cockpit")


async def _screen(repository: str, theme: str, first: Command | None) -> int:
    """Paint first, then open the engine: nothing that takes time stands before the first frame."""
    from cockpit_tui.ui.app import CockpitApp
    from cockpit_tui.ui.settings import UiSettings

    paths = Paths.from_environment()
    look = read_look(paths.settings_file, os.environ)
    opening = _Opening(engine=LateEngine(), repository=repository, first=first,
                       tell=lambda text: app.notify(text, timeout=_TOLD_SECONDS, markup=False))
    app = CockpitApp(opening.engine, os.path.realpath(repository), UiSettings(
        theme=theme or look.theme, glyphs=look.glyphs, animation=look.animation,
        mouse=look.mouse, keymap=own_keymap(), defaults=lambda: opening.defaults,
        is_quiet=opening.is_quiet, presence=opening.presence,
        set_muted=lambda kind, is_muted: set_muted(kind, is_muted=is_muted),
        muted=lambda: own_settings().notify.muted,
        away_since=away_since(paths.screen_seen, utc_now())))
    owner = asyncio.create_task(opening.hold(lambda code: app.exit(return_code=code)),
                                name="the screen's engine")
    looking = asyncio.create_task(_keep_seen(paths.screen_seen), name="somebody looks")
    try:
        await app.run_async(mouse=look.mouse)
    finally:
        looking.cancel()
        mark_seen(paths.screen_seen)
        opening.leave.set()
        await owner
    if opening.failure is not None:
        raise opening.failure
    if app.return_code in _ENDED_BY_SIGNAL:
        raise Ended(f"Stopped by {signal.Signals(app.return_code - 128).name}. What was done is "
                    "kept.", hint="cockpit goes on with it when it is started again.")
    return app.return_code or 0


async def _keep_seen(file: Path) -> None:
    while True:
        await asyncio.sleep(SEEN_SECONDS)
        mark_seen(file)


@dataclass(slots=True, kw_only=True)
class _Opening:
    """The engine behind a screen: opened once the screen asks for it, closed after it."""

    engine: LateEngine
    repository: str
    first: Command | None
    tell: Callable[[str], object]
    presence: Presence = field(default_factory=lambda: Presence(utc_now, has_screen=True))
    goes_on: bool = True
    defaults: JobRequest = field(default_factory=lambda: JobRequest(text="-"))
    quiet: DailyWindow | None = None
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    failure: CockpitError | None = None

    def is_quiet(self) -> bool:
        """Whether it is the person's quiet hours, as far as is known yet."""
        return self.quiet is not None and self.quiet.contains(datetime.now(UTC))

    async def hold(self, close_screen: Callable[[int], object]) -> None:
        """Until the screen is left; a ledger that cannot be opened closes the screen."""
        await _first_of(self.engine.asked.wait(), self.leave.wait())
        if self.leave.is_set():
            return
        try:
            await asyncio.to_thread(importlib.import_module, "cockpit_tui.engine.engine")
            settings = await asyncio.to_thread(own_settings)
            self.goes_on = settings.job.resume_on_start
            # Loaded with the engine: settings bring pydantic along.
            from cockpit_tui.cli.job_request import build_request

            self.quiet = settings.queue.quiet_window
            self.defaults = build_request("A request that the form replaces.", settings)
            async with engine_session(is_attended=True, may_only_read=True,
                                      may_write_letters=True) as engine, \
                    _queue_of(engine), telling_of_screen(engine, self.presence):
                await self._begin(engine)
                self.engine.arrive(engine)
                await self.leave.wait()
        except CockpitError as error:
            self.failure = error
            close_screen(error.exit_code)

    async def _begin(self, engine: Engine) -> None:
        if engine.is_read_only:
            await self._ask_for_first(engine)
            return
        await self._go_on(engine)
        if self.first is not None:
            await engine.send(self.first)
        with suppress(RepositoryError):  # outside of any repository the screen says so itself
            await engine.add_project(self.repository)

    async def _ask_for_first(self, engine: Engine) -> None:
        """Of the cockpit that works: its queue begins the job."""
        if self.first is None:
            return
        try:
            await engine.send(self.first)
            self.tell("Another cockpit works; the job is in its queue.")
        except LeftForLater as left:
            self.tell(left.message)

    async def _go_on(self, engine: Engine) -> None:
        """With what an earlier cockpit left, and say so: it may cost money."""
        if self.goes_on:
            count = await engine.resume_unfinished()
            said = f"Resumed {_jobs(count)}: what runs may cost money. " \
                   "job.resume_on_start = false lets them wait instead."
        else:
            count = await engine.park_unfinished()
            said = f"{_jobs(count)} left unfinished: b lets one go on."
        if count:
            self.tell(said)


def _jobs(count: int) -> str:
    return f"{count} job{'s' * (count != 1)}"


def _queue_of(engine: Engine) -> AbstractAsyncContextManager[object]:
    """Run the queue while the screen is open; not beside another cockpit, which may."""
    return nullcontext() if engine.is_read_only else engine.keeping_queue()


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def utc_now() -> datetime:
    return datetime.now(UTC)


class Ended(CockpitError):
    """A signal closed the screen."""

    exit_code = 130


def own_keymap() -> dict[str, str]:
    """The person's keys, action to keys. Raises UsageError for values that are no text."""
    file = Paths.from_environment().keymap_file
    table = read_settings_file(file)
    wrong = [name for name, keys in table.items() if not isinstance(keys, str)]
    if wrong:
        raise UsageError(f"{file}: {wrong[0]!r} must be a text, like \"f5\" or \"ctrl+t,f6\".")
    return table
