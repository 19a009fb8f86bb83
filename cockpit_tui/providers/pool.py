"""One way to every model: retries, breaker, usage check and price around the providers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.usage import estimated_tokens
from cockpit_tui.providers.base import Provider
from cockpit_tui.providers.pricing import PriceBook
from cockpit_tui.providers.registry import ProviderSource
from cockpit_tui.providers.resilience import DEFAULT_POLICY, RetryNotice, RetryPolicy

__all__ = ["ModelPool", "OnRetry", "RetryNotice"]

OnRetry = Callable[[RetryNotice], Awaitable[None]]


class ModelPool:
    """The providers of one engine, each made once, shared by all agents."""

    def __init__(self, source: ProviderSource, *, prices: PriceBook,
                 policy: RetryPolicy = DEFAULT_POLICY,
                 sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
                 rng: random.Random | None = None) -> None:
        self._source = source
        self._prices = prices
        self._policy = policy
        self._sleep = sleep
        self._rng = rng or random.Random()
        self._made: dict[str, tuple[Provider, str]] = {}

    async def complete(self, profile: ModelProfile, request: ModelRequest, *,
                       on_retry: OnRetry) -> ModelReply:
        """The reply of one model. Raises ProviderError when it has failed for good."""
        provider, model = self._entry(profile)
        reply = await provider.complete(replace(request, model=model, profile=profile))
        if reply.cost_microusd is None:
            cost = self._prices.cost_microusd(profile, reply.usage, model=reply.model)
            reply = replace(reply, cost_microusd=cost)
        return reply

    def ceiling_microusd(self, profile: ModelProfile, request: ModelRequest) -> int | None:
        """The most that this call can cost; None where the price is unknown."""
        text = request.system + "".join(m.text for m in request.messages)
        return self._prices.ceiling_microusd(profile, estimated_tokens(text),
                                             request.max_output_tokens)

    def provider_of(self, profile: ModelProfile) -> Provider:
        """The provider that answers for `profile`. Raises ProviderError."""
        return self._entry(profile)[0]

    async def warm(self, profile: ModelProfile) -> None:
        """Make the provider now, so that the first request need not wait for it."""
        self._entry(profile)

    async def close(self) -> None:
        """Close every provider, each once."""
        providers = {id(provider): provider for provider, _ in self._made.values()}
        self._made.clear()
        for provider in providers.values():
            await provider.close()

    def _entry(self, profile: ModelProfile) -> tuple[Provider, str]:
        if profile.name not in self._made:
            self._made[profile.name] = self._source(profile.name)
        return self._made[profile.name]
