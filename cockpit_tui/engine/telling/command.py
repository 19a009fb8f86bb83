"""The person's own program as a channel: an argument list, no shell, bounded in time."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cockpit_tui.engine.telling.outgoing import NotTold, Outgoing

LONGEST_SECONDS = 15.0


async def run(argv: Sequence[str], told: Outgoing, *,
              longest_seconds: float = LONGEST_SECONDS) -> str:
    """Run `argv` with the text as its last argument; it and all it started are killed when it
    takes too long. Raises NotTold.

    The text, its kind, job and task stand in COCKPIT_NOTICE_* of its environment too.
    """
    environment = {
        **os.environ, "COCKPIT_NOTICE_TEXT": told.text, "COCKPIT_NOTICE_KIND": told.kind.value,
        "COCKPIT_NOTICE_JOB": told.job, "COCKPIT_NOTICE_TASK": told.task,
        "COCKPIT_NOTICE_NUMBER": str(told.number)}
    null = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, told.text, stdin=null, stdout=null, stderr=null, env=environment,
            cwd=Path.home(), start_new_session=True)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise NotTold(f"{argv[0]!r} could not be started: {why}") from error
    try:
        async with asyncio.timeout(longest_seconds):
            code = await process.wait()
    except TimeoutError:
        raise NotTold(f"{argv[0]!r} took longer than {longest_seconds:g} s") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if code != 0:
        raise NotTold(f"{argv[0]!r} ended with exit code {code}")
    return f"by {Path(argv[0]).name}"
