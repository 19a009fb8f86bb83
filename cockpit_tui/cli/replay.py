"""`cockpit jobs events --replay`: a job once more, as narration or on the screen."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

from cockpit_tui.cli.output import print_json, print_lines
from cockpit_tui.domain.event import RecordedEvent, event_to_wire
from cockpit_tui.domain.job import Job
from cockpit_tui.engine.engine import Engine
from cockpit_tui.headless.faces import Narration
from cockpit_tui.headless.replay import replay
from cockpit_tui.presentation.time import duration

_PAGE = 1_000


async def replay_job(engine: Engine, job: Job, *, speed: float, after: int, json: bool) -> int:
    """Show the job's events after `after`, `speed` times as fast as they came, on stdout."""
    narration = Narration(err=sys.stdout)

    def show(event: RecordedEvent) -> None:
        if json:
            print_json(event_to_wire(event))
        else:
            narration.show(event)

    def skipped(passed: timedelta) -> None:
        if not json:
            print_lines([f"         … {duration(passed.total_seconds())} later"])

    await replay(_events(engine, job, after), speed=speed, show=show, skipped=skipped)
    return 0


async def replay_on_screen(engine: Engine, job: Job) -> int:
    """Show the job with a time slider until the person leaves. Raises UsageError where there is no
    terminal for it."""
    from cockpit_tui.cli.screen import own_keymap, require_terminal
    from cockpit_tui.config.look import read_look
    from cockpit_tui.ui.app import CockpitApp
    from cockpit_tui.ui.settings import UiSettings

    require_terminal()
    look = read_look(engine.paths.settings_file, os.environ)
    app = CockpitApp(engine, None, UiSettings(
        theme=look.theme, glyphs=look.glyphs, animation=look.animation, mouse=look.mouse,
        keymap=own_keymap()), replay=job)
    await app.run_async(mouse=look.mouse)
    return app.return_code or 0


async def _events(engine: Engine, job: Job, after: int) -> AsyncIterator[RecordedEvent]:
    while batch := await engine.events(after=after, limit=_PAGE, job_id=job.id):
        for event in batch:
            yield event
        after = batch[-1].seq
