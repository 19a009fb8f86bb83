"""The terminal around the screen: title, bell, clipboard. Nothing here fails loudly."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
from collections.abc import Callable

from cockpit_tui.domain.sanitize import sanitize_line

BELL_SECONDS = 60.0


def title_sequence(waiting: int, place: str) -> str:
    """OSC 2: `(2◆) cockpit · acme/api`; in tmux it becomes the pane's title."""
    mark = f"({waiting}◆) " if waiting else ""
    return f"\x1b]2;{sanitize_line(f'{mark}cockpit · {place}' if place else f'{mark}cockpit')}\x07"


class Notice:
    """Decides when the title changes and the bell rings, from how many things wait."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._title = ""
        self._waiting = self._high = 0
        self._rang_at = -BELL_SECONDS

    def title(self, waiting: int, place: str) -> str:
        """What to write; empty while nothing changed."""
        sequence = title_sequence(waiting, place)
        if sequence == self._title:
            return ""
        self._title = sequence
        return sequence

    def rings(self, waiting: int, high: int = 0) -> bool:
        """True when the count leaves 0, or that of HIGH questions grows; at most once a minute."""
        is_first = bool(waiting) and not self._waiting
        is_graver = high > self._high
        self._waiting, self._high = waiting, high
        if not (is_first or is_graver) or self._monotonic() - self._rang_at < BELL_SECONDS:
            return False
        self._rang_at = self._monotonic()
        return True


async def copy_text(text: str, write: Callable[[str], object]) -> str:
    """Put `text` on the clipboard and say which way it went.

    In tmux by `load-buffer -w` (a bare OSC 52 reaches nobody in its default settings), else by
    OSC 52 through the terminal.
    """
    if os.environ.get("TMUX") and shutil.which("tmux"):
        process = await asyncio.create_subprocess_exec(
            "tmux", "load-buffer", "-w", "-", stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
        try:
            async with asyncio.timeout(5):
                await process.communicate(text.encode())
        except TimeoutError:
            process.kill()
            await process.wait()
        if process.returncode == 0:
            return "by the tmux buffer"
    encoded = base64.b64encode(text.encode()).decode()
    write(f"\x1b]52;c;{encoded}\x07")
    return "by the terminal"
