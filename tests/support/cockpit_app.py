"""The app over a fake engine, with a clock that only moves when a test moves it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from support.fake_engine import FakeEngine
from support.model_books import model_book
from support.scenes import API, NOW, Scene
from textual.pilot import Pilot

from cockpit_tui.ui.app import CockpitApp
from cockpit_tui.ui.settings import UiSettings


@dataclass
class Cockpit:
    app: CockpitApp
    engine: FakeEngine
    pilot: Pilot[int]
    _seconds: list[float]

    async def press(self, *keys: str) -> None:
        """Keys of a person who waits between them: every question is armed."""
        for key in keys:
            self._seconds[0] += 10
            await self.pilot.press(key)
            await self.settle()

    async def press_at_once(self, *keys: str) -> None:
        """Keys that were already on their way: no time passes."""
        await self.pilot.press(*keys)
        await self.settle()

    def wait(self, seconds: float) -> None:
        self._seconds[0] += seconds

    async def settle(self) -> None:
        """Until the bridge has nothing more to deliver and everything is painted."""
        while self.app.return_code is None and not self.app.key_order.is_idle:
            await self.pilot.pause()
        for worker in list(self.app.workers):
            if worker.group in {"models", "notices"}:
                await worker.wait()
        for _ in range(4):
            await self.pilot.pause()

    @property
    def screen_text(self) -> str:
        """What a person reads, without colours."""
        width = self.app.size.width
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.crop(0, width).text.rstrip() for strip in lines)


@asynccontextmanager
async def opened(scene: Scene, *, size: tuple[int, int] = (120, 36), is_read_only: bool = False,
                 **settings: object) -> AsyncIterator[Cockpit]:
    """The whole app, started in the first repository of the scene."""
    engine = FakeEngine(scene, is_read_only=is_read_only)
    seconds = [1_000.0]
    chosen = UiSettings(monotonic=lambda: seconds[0], repaint_seconds=0.0,
                        **{"clock": lambda: NOW, "glyphs": "unicode", "models": model_book,
                           **settings})
    app = CockpitApp(engine, API.path, chosen)
    async with app.run_test(size=size, notifications=True) as pilot:
        cockpit = Cockpit(app, engine, pilot, seconds)
        while not app.bridge.snapshot.is_loaded:
            await pilot.pause()
        await cockpit.settle()
        yield cockpit
