"""The server as tests see it: where it is, what it works on, what it logs."""

from __future__ import annotations

import asyncio
import json
import re
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

KEY = "llama-key-0123456789"
_LAUNCHED = re.compile(r"launch_slot_: id +(\d+)")


@dataclass(frozen=True, slots=True)
class LlamaServer:
    url: str
    log: Path

    @property
    def cancelled(self) -> int:
        """How many requests it has given up, because somebody left, or refused."""
        return self.log.read_text(errors="replace").count("stop: cancel task")

    @property
    def slots_used(self) -> list[str]:
        """The slot of each request so far that was worked on."""
        return _LAUNCHED.findall(self.log.read_text(errors="replace"))

    async def until_busy(self) -> None:
        await self._until(any)

    async def until_idle(self) -> None:
        await self._until(lambda slots: not any(slots))

    async def _until(self, holds: Callable[[list[bool]], bool]) -> None:
        async with asyncio.timeout(120):  # A batch of a prompt is worked on to its end.
            while True:
                if holds(await asyncio.to_thread(self._slots)):
                    return

    def _slots(self) -> list[bool]:
        """Which slots are at work. The server tells it only who asks, so the pace is ours."""
        time.sleep(0.02)
        request = urllib.request.Request(f"{self.url}/slots",
                                         headers={"Authorization": f"Bearer {KEY}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return [slot["is_processing"] for slot in json.load(answer)]
