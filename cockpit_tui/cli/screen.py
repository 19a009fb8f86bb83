"""`cockpit` without a command: the screen, in one loop with the engine that does the work."""

from __future__ import annotations

import os
import signal
import sys

from cockpit_tui.cli.run import build_request
from cockpit_tui.cli.session import engine_session, run_async
from cockpit_tui.config.paths import Paths
from cockpit_tui.config.settings import Settings, load_settings, read_settings_file
from cockpit_tui.domain.command import Command
from cockpit_tui.domain.errors import CockpitError, RepositoryError, UsageError
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.engine.engine import Engine

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
    settings = load_settings(Paths.from_environment().settings_file)
    keymap = _keymap()
    async with engine_session(is_attended=True, may_only_read=True) as engine:
        if engine.is_read_only and first is not None:
            raise UsageError("Another cockpit works with this ledger, so nothing can be started "
                             "here.", hint="Quit it, or start the job from there.")
        if not engine.is_read_only:
            await engine.resume_unfinished()
            if first is not None:
                await engine.send(first)
        where = await _repository(engine, repository)
        code = await _run(engine, where, settings, theme, keymap)
    if code in _ENDED_BY_SIGNAL:
        raise Ended(f"Stopped by {signal.Signals(code - 128).name}. What was done is kept.",
                    hint="cockpit goes on with it when it is started again.")
    return code


class Ended(CockpitError):
    """A signal closed the screen."""

    exit_code = 130


async def _repository(engine: Engine, path: str) -> str | None:
    """The repository, remembered where it was not known; None where there is no usable one, which
    the screen says itself."""
    try:
        if engine.is_read_only:
            return (await engine.repository(path)).path
        return (await engine.add_project(path)).path
    except RepositoryError as error:
        if path != ".":
            sys.stderr.write(f"cockpit: {sanitize_line(error.message)}\n")
        return None


async def _run(engine: Engine, repository: str | None, settings: Settings, theme: str,
               keymap: dict[str, str]) -> int:
    from cockpit_tui.ui.app import run_screen
    from cockpit_tui.ui.settings import UiSettings

    chosen = settings.screen
    return await run_screen(engine, repository, UiSettings(
        theme=theme or chosen.theme, glyphs=chosen.glyphs, animation=chosen.animation,
        mouse=chosen.mouse, keymap=keymap,
        defaults=build_request("A request that the form replaces.", settings)))


def _keymap() -> dict[str, str]:
    """The person's keys, action to keys. Raises UsageError for values that are no text."""
    file = Paths.from_environment().keymap_file
    table = read_settings_file(file)
    wrong = [name for name, keys in table.items() if not isinstance(keys, str)]
    if wrong:
        raise UsageError(f"{file}: {wrong[0]!r} must be a text, like \"f5\" or \"ctrl+t,f6\".")
    return table
