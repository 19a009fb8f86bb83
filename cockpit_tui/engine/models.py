"""An engine's models: the pool that asks them and the router that chooses them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.model import ModelProfile

if TYPE_CHECKING:
    from cockpit_tui.engine.routing import Router
    from cockpit_tui.providers.pool import ModelPool
    from cockpit_tui.providers.registry import ProviderSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    pool: ModelPool
    router: Router

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


MakeModels = Callable[[], Models]


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
            await self._made.pool.close()


def models_of_settings(paths: Paths) -> Models:
    """The models of the person's catalogue, keys and routing. Raises UsageError."""
    from cockpit_tui.providers.registry import provider_for

    return Models.single(provider_for)
