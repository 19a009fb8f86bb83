"""Telling the person meanwhile: for commands that work, and for the screen."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.notice import NoticeKind
from cockpit_tui.engine.telling.presence import Presence

if TYPE_CHECKING:
    from cockpit_tui.engine.engine import Engine


def telling_here(engine: Engine, *, is_unattended: bool) -> AbstractAsyncContextManager[object]:
    """For a command that works without a screen, at a terminal or not."""
    from cockpit_tui.engine.telling.keeper import telling

    write = _write if sys.stderr.isatty() else None
    return telling(engine, Presence(engine.clock, write=write), is_unattended=is_unattended)


def telling_of_screen(engine: Engine,
                      presence: Presence) -> AbstractAsyncContextManager[object]:
    """For an open screen; one that only reads leaves it to the cockpit that works."""
    return nullcontext() if engine.is_read_only else _of_screen(engine, presence)


@asynccontextmanager
async def _of_screen(engine: Engine, presence: Presence) -> AsyncIterator[None]:
    from cockpit_tui.engine.telling.keeper import telling

    async with telling(engine, presence, is_unattended=False) as keeper:
        presence.test = keeper.test
        try:
            yield
        finally:
            presence.test = None


def trial_presence() -> Presence:
    """Of somebody who asks for a trial: at a terminal, if stderr is one."""
    return Presence(lambda: datetime.now(UTC), write=_write if sys.stderr.isatty() else None)


def set_muted(kind: NoticeKind, *, is_muted: bool) -> tuple[NoticeKind, ...]:
    """Write it into the person's file; what is muted now. Raises UsageError, CockpitError."""
    from cockpit_tui.cli.config_file import set_value
    from cockpit_tui.config.settings import load_settings

    file = Paths.from_environment().settings_file
    muted = load_settings(file, {}).notify.muted
    kept = tuple(known for known in NoticeKind
                 if (known is kind and is_muted) or (known is not kind and known in muted))
    set_value(file, "notify.muted", ",".join(kept))
    return kept


def _write(sequence: str) -> None:
    sys.stderr.write(sequence)
    sys.stderr.flush()
