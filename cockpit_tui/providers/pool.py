"""One way to every model: retries, breaker, recovered calls, usage check and price."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime

from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.errors import ProviderError
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.usage import FailedCall, TokenUsage, Unfinished
from cockpit_tui.providers.base import Provider
from cockpit_tui.providers.breaker import Breaker
from cockpit_tui.providers.measuring import RequestSizes, message_bytes, most_tokens
from cockpit_tui.providers.patience import SILENT_SECONDS, unless_silent
from cockpit_tui.providers.pricing import PriceBook
from cockpit_tui.providers.registry import ProviderSource
from cockpit_tui.providers.resilience import (
    DEFAULT_POLICY,
    OnRetry,
    PatientCall,
    RetryNotice,
    RetryPolicy,
    Time,
)
from cockpit_tui.providers.text_calls import with_text_calls
from cockpit_tui.providers.tools_in_words import with_tools_in_words
from cockpit_tui.providers.usage_check import checked, usage_of_unfinished

__all__ = ["ModelPool", "OnRetry", "RetryNotice"]


class ModelPool:
    """The providers of one engine, shared by all agents of one event loop.

    The source is asked once per `provider:model`; where it hands out the same provider again,
    that provider's sockets are shared and it is closed once. A provider gets at most
    `calls_per_provider` calls at once.
    """

    def __init__(self, source: ProviderSource, *, prices: PriceBook,
                 calls_per_provider: int | None = None,
                 silent_seconds: float = SILENT_SECONDS,
                 policy: RetryPolicy = DEFAULT_POLICY,
                 sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
                 rng: random.Random | None = None,
                 monotonic: Callable[[], float] = time.monotonic,
                 now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._source = source
        self._prices = prices
        self._policy = policy
        self._times = Time(sleep=sleep, monotonic=monotonic, now=now, rng=rng or random.Random())
        self._made: dict[str, tuple[Provider, str]] = {}
        self._breakers: dict[str, Breaker] = {}
        self._calls_per_provider = calls_per_provider
        self._silent_seconds = silent_seconds
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._sizes = RequestSizes()
        self._are_tables_read = False
        self._is_closed = False

    async def complete(self, profile: ModelProfile, request: ModelRequest, *,
                       on_retry: OnRetry, fail_fast: bool = False) -> ModelReply:
        """The reply of one model, its usage believable and priced; `request.model` is set here.

        `fail_fast`: another model could answer, so do not wait for a provider that fails for
        everybody. Raises ProviderError when this model has failed for good.
        """
        provider, model = self._entry(profile)
        request = replace(request, model=model, profile=profile)
        asked = with_tools_in_words(request)
        call = PatientCall(lambda: self._ask(provider, asked, profile),
                           model=profile.model, policy=self._policy,
                           breaker=self._breaker(profile.provider), times=self._times,
                           on_retry=on_retry, fail_fast=fail_fast)
        reply = await call.reply()
        if provider.is_ai:
            reply = checked(reply, profile=profile, sent_bytes=self._sizes.size_bytes(request),
                            received_bytes=message_bytes(reply.message),
                            most_output_tokens=request.max_output_tokens)
        return await self._priced(profile, with_text_calls(reply, request))

    def ceiling_microusd(self, profile: ModelProfile, request: ModelRequest) -> int | None:
        """The most that this call can cost; None where the price is unknown."""
        most_input = min(most_tokens(self._sizes.size_bytes(request)), profile.context_tokens)
        most_output = min(request.max_output_tokens, profile.max_output_tokens)
        return self._prices.ceiling_microusd(profile, most_input, most_output)

    async def typical_microusd(self, profile: ModelProfile, tokens: int) -> int | None:
        """About what an agent's `tokens` cost; None where the price is unknown. Agents read far
        more than they write: one token in ten is counted as output, none as cached."""
        await self._read_tables(profile)
        output = -(-tokens // 10)
        return self._prices.cost_microusd(
            profile, TokenUsage(input=tokens - output, output=output))

    def provider_of(self, profile: ModelProfile) -> Provider:
        """The provider that answers for `profile`. Raises ProviderError."""
        return self._entry(profile)[0]

    async def warm(self, profile: ModelProfile) -> None:
        """Make the provider and read the price tables now, so that no request waits for them."""
        self._entry(profile)
        await self._read_tables(profile)

    async def close(self) -> None:
        """Close every provider, each once, even where one of them fails to."""
        self._is_closed = True
        providers = {id(provider): provider for provider, _ in self._made.values()}
        self._made.clear()
        results = await asyncio.gather(*(provider.close() for provider in providers.values()),
                                       return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _ask(self, provider: Provider, request: ModelRequest,
                   profile: ModelProfile) -> ModelReply:
        """In its turn among the provider's calls, first come first served; a call that waits to be
        made again is in nobody's way. Not after the end: a retry would open the provider's sockets
        again, and be billed."""
        async with self._turn(profile.provider):
            if self._is_closed:
                raise ProviderError("The models were closed while this call waited for its turn.",
                                    hint="Go on: cockpit jobs resume last")
            try:
                answer = provider.complete(request)
                if not provider.is_ai:  # Rules work as long as they take.
                    return await answer
                return await unless_silent(answer, model=profile.name,
                                           seconds=self._silent_seconds)
            except ProviderError as failure:
                if failure.unfinished is not None:
                    failure.billed = await self._bill(failure.unfinished, request, profile)
                raise

    def _turn(self, name: str) -> AbstractAsyncContextManager[None]:
        if self._calls_per_provider is None:
            return nullcontext()
        if name not in self._turns:
            self._turns[name] = asyncio.Semaphore(self._calls_per_provider)
        return self._turns[name]

    async def _priced(self, profile: ModelProfile, reply: ModelReply) -> ModelReply:
        if reply.cost_microusd is not None:
            return reply
        if not reply.is_usage_known and not profile.is_local:
            return reply
        await self._read_tables(profile)
        return replace(reply, cost_microusd=self._prices.cost_microusd(
            profile, reply.usage, model=reply.model))

    async def _bill(self, begun: Unfinished, request: ModelRequest,
                    profile: ModelProfile) -> FailedCall:
        usage, is_told = usage_of_unfinished(
            begun, profile=profile, sent_bytes=self._sizes.size_bytes(request),
            most_output_tokens=request.max_output_tokens)
        await self._read_tables(profile)
        model = begun.model or profile.model
        return FailedCall(model=model, usage=usage, is_estimated=not is_told,
                          cost_microusd=self._prices.cost_microusd(profile, usage, model=model))

    async def _read_tables(self, profile: ModelProfile) -> None:
        if self._are_tables_read or not self._prices.needs_tables(profile):
            return
        await asyncio.to_thread(self._prices.load)
        self._are_tables_read = True

    def _breaker(self, provider: str) -> Breaker:
        if provider not in self._breakers:
            self._breakers[provider] = Breaker(
                provider, failures_to_open=self._policy.failures_to_open,
                cool_down_seconds=self._policy.cool_down_seconds,
                monotonic=self._times.monotonic, time_after=self._times.after)
        return self._breakers[provider]

    def _entry(self, profile: ModelProfile) -> tuple[Provider, str]:
        if profile.name not in self._made:
            self._made[profile.name] = self._source(profile.name)
        return self._made[profile.name]
