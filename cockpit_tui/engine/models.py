"""An engine's models: the pool that asks them and the router that chooses them."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.providers.base import WarmProvider

if TYPE_CHECKING:
    from cockpit_tui.config.redaction import Redactor
    from cockpit_tui.domain.job import JobRequest
    from cockpit_tui.engine.routing import Router
    from cockpit_tui.providers.pool import ModelPool
    from cockpit_tui.providers.recording import RecordingFile
    from cockpit_tui.providers.registry import ProviderSource

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    pool: ModelPool
    router: Router
    recording: RecordingFile | None = None
    _warming: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def single(cls, source: ProviderSource) -> Models:
        """Whatever `source` answers, for every seat: for tests."""
        from cockpit_tui.engine.routing import OneModel
        from cockpit_tui.providers.pool import ModelPool
        from cockpit_tui.providers.pricing import PriceBook

        return cls(pool=ModelPool(source, prices=PriceBook()), router=OneModel())

    def is_ai(self, profile: ModelProfile) -> bool:
        """False for rules and recordings, whose work costs nothing."""
        return self.pool.provider_of(profile).is_ai


    def begin_to_warm(self, request: JobRequest) -> None:
        """In the background, make the job's first model ready: its SDK, client and prices."""
        warming = asyncio.create_task(self._warm(request), name="warm the models")
        self._warming.add(warming)
        warming.add_done_callback(self._warming.discard)

    async def close(self) -> None:
        for warming in list(self._warming):
            warming.cancel()
        await asyncio.gather(*self._warming, return_exceptions=True)
        await self.pool.close()
        if self.recording is not None:
            self.recording.close()

    async def _warm(self, request: JobRequest) -> None:
        # An SDK is a thousand modules of classes that stay: looking for garbage among them again
        # and again would take a quarter of the import's time.
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            profile = self.router.lead(request).first
            provider = self.pool.provider_of(profile)
            if isinstance(provider, WarmProvider):
                await provider.warm()
            await self.pool.warm(profile)
        except Exception as error:  # whatever it is, the first request meets it again and tells
            log.info("The model was not made ready ahead of its first request: %s", error)
        finally:
            if was_enabled:
                gc.enable()


MakeModels = Callable[[], Models]
AskPassphrase = Callable[[bool], str]
"""Asks a person; True where a new one is chosen."""


class LazyModels:
    """Makes the models with the first job: a screen that only looks paints sooner."""

    def __init__(self, make: MakeModels) -> None:
        self._make = make
        self._made: Models | None = None

    def get(self) -> Models:
        """Raises UsageError for settings that cannot be read."""
        if self._made is None:
            self._made = self._make()
        return self._made

    async def close(self) -> None:
        if self._made is not None:
            await self._made.close()


def models_of_settings(paths: Paths, redactor: Redactor, record: Path | None,
                       ask_passphrase: AskPassphrase | None) -> Models:
    """The models of the person's catalogue, keys and routing. `record`: the file that every
    exchange is written to besides. `ask_passphrase`: asks for the one of the key file.

    Raises UsageError for settings that cannot be read, ProviderError for a file that cannot be
    written."""
    from cockpit_tui.config.catalogue import Catalogue
    from cockpit_tui.config.keys import KeyStore
    from cockpit_tui.config.settings import load_settings
    from cockpit_tui.engine.routing import ModeRouter, RoutingChoices
    from cockpit_tui.providers.pool import ModelPool
    from cockpit_tui.providers.pricing import PriceBook
    from cockpit_tui.providers.recording import RecordingFile, recorded
    from cockpit_tui.providers.registry import resolve_model, source_for

    settings = load_settings(paths.settings_file)
    catalogue = Catalogue.load(settings)
    keys = KeyStore(paths.config, learn=redactor.learn,
                    ask_passphrase=ask_passphrase or (lambda is_new: ""))
    prices = PriceBook(catalogue.prices)
    source = source_for(catalogue, keys, redactor=redactor)

    def known(provider: str) -> list[ModelProfile]:
        """The provider's models, if it can be asked at all: its key is there or none is needed."""
        entry = catalogue.providers.get(provider)
        if entry is None or (entry.needs_key and not keys.has(entry)):
            return []
        return [profile for profile in catalogue.models if profile.provider == provider]

    def output_price(profile: ModelProfile) -> int | None:
        price = prices.price(profile)
        return price.output if price is not None else None

    own = settings.routing
    choices = RoutingChoices(
        providers=own.providers, fallback=own.fallback, roles=own.roles, classes=own.classes,
        modes={mode.value: name for mode, name in own.modes.items()})
    router = ModeRouter(resolve=lambda name: resolve_model(catalogue, name).profile, known=known,
                        output_price=output_price, choices=choices)
    file = RecordingFile(record, redactor=redactor) if record is not None else None
    pool = ModelPool(recorded(source, file) if file is not None else source, prices=prices,
                     calls_per_provider=settings.limits.calls_per_provider,
                     silent_seconds=settings.limits.silent_minutes * 60)
    return Models(pool=pool, router=router, recording=file)
