"""Models are made ready in the background: never in the way, never for longer than the engine."""

from __future__ import annotations

import asyncio
import gc

import pytest

from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.engine.models import Models
from cockpit_tui.providers.scripted import says

REQUEST = JobRequest(text="Do it", model="warm:m")


class WarmOne:
    name = "warm"
    is_ai = True

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.begun = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.said: list[str] = []

    async def complete(self, request: ModelRequest) -> ModelReply:
        return says("Yes.")

    async def warm(self) -> None:
        self.begun.set()
        try:
            await self.goes_on.wait()
        except asyncio.CancelledError:
            self.said.append("cancelled")
            raise
        if self.failure is not None:
            raise self.failure
        self.said.append(f"warm, gc {'on' if gc.isenabled() else 'off'}")

    async def close(self) -> None:
        self.said.append("closed")


async def test_the_first_model_is_made_ready_in_the_background() -> None:
    provider = WarmOne()
    models = Models.single(lambda _: (provider, "m"))
    models.begin_to_warm(REQUEST)
    await provider.begun.wait()
    provider.goes_on.set()
    await asyncio.gather(*models._warming)
    assert (provider.said, gc.isenabled()) == (["warm, gc off"], True)
    await models.close()


async def test_closing_ends_what_is_still_being_made_ready_first() -> None:
    provider = WarmOne()
    models = Models.single(lambda _: (provider, "m"))
    models.begin_to_warm(REQUEST)
    await provider.begun.wait()
    await models.close()
    assert (provider.said, gc.isenabled()) == (["cancelled", "closed"], True)


async def test_a_failure_is_left_to_the_first_request(caplog: pytest.LogCaptureFixture) -> None:
    provider = WarmOne(ImportError("no module named 'sdk'"))
    models = Models.single(lambda _: (provider, "m"))
    caplog.set_level("INFO")
    models.begin_to_warm(REQUEST)
    provider.goes_on.set()
    await asyncio.gather(*models._warming)
    assert "no module named 'sdk'" in caplog.text
    assert gc.isenabled()
    await models.close()
