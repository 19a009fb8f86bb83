"""When a failed model call is made again, and how long that waits.

Only `ProviderUnavailable` (and `RateLimited` below it) is ever asked again: a key that is refused,
an empty account or a wrong request does not get better by repeating. Waits grow exponentially with
full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), so that many
agents that failed together do not come back together.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cockpit_tui.domain.conversation import ModelReply
from cockpit_tui.domain.errors import (
    ProviderError,
    ProviderSilent,
    ProviderUnavailable,
    RateLimited,
)
from cockpit_tui.domain.usage import FailedCall
from cockpit_tui.providers.breaker import Breaker, BreakerOpen


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how patiently one model is asked before its failure counts."""

    max_attempts: int = 4
    base_seconds: float = 1.0
    """The first wait is up to this long, and each next one up to twice as long."""
    max_wait_seconds: float = 30.0
    """No wait that we choose ourselves is longer."""
    retry_after_cap_seconds: float = 60.0
    """A provider that asks for more than this is given up at once, so that another may answer."""
    total_wait_seconds: float = 120.0
    """All waits of one call together."""
    failures_to_open: int = 6
    """So many failures in a row, over all agents, and a provider is left alone for a while."""
    cool_down_seconds: float = 20.0


SILENT_ATTEMPTS = 2
"""A model that says nothing costs minutes each time: it is asked once more, not more often."""
DEFAULT_POLICY = RetryPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryNotice:
    """A failed attempt that will be made again after `wait_seconds`."""

    attempt: int
    """Which attempt failed, from 1; 0: the call waits for a provider that fails for others too."""
    reason: str
    wait_seconds: float
    billed: FailedCall | None = None
    """What the failed attempt costs; None where nothing of an answer had come."""
    silent_seconds: float = 0.0
    """For how long the model said nothing, where it was broken off for that; else 0."""


OnRetry = Callable[[RetryNotice], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Clocks, sleep and chance, injected so that tests need none of them."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    rng: random.Random

    def after(self, seconds: float) -> str:
        """`14:32 UTC`, the time of day `seconds` from now, with the day when it is another."""
        now = self.now().astimezone(UTC)
        then = now + timedelta(seconds=seconds)
        return then.strftime("%H:%M UTC" if then.date() == now.date() else "%Y-%m-%d %H:%M UTC")


class PatientCall:
    """One model call: attempts, waits between them, and the breaker of its provider."""

    def __init__(self, ask: Callable[[], Awaitable[ModelReply]], *, model: str,
                 policy: RetryPolicy, breaker: Breaker, times: Time, on_retry: OnRetry,
                 fail_fast: bool) -> None:
        self._ask = ask
        self._model = model
        self._policy = policy
        self._breaker = breaker
        self._times = times
        self._on_retry = on_retry
        self._fail_fast = fail_fast
        self._waited = 0.0

    async def reply(self) -> ModelReply:
        """The first reply that comes. Raises the ProviderError that ends the attempts."""
        attempt = 0
        while True:
            is_probe = await self._admitted()
            attempt += 1
            try:
                return await self._breaker.watch(self._ask, model=self._model,
                                                 is_probe=is_probe)
            except ProviderUnavailable as error:
                wait = self._wait_after(attempt, error)
                await self._on_retry(RetryNotice(attempt=attempt, reason=error.message,
                                                 wait_seconds=wait, billed=error.billed,
                                                 silent_seconds=silence_of(error)))
                await self._times.sleep(wait)

    async def _admitted(self) -> bool:
        """Wait until the breaker lets this call through (True: as its probe), or raise."""
        is_told = False
        while True:
            try:
                return self._breaker.admit(self._model)
            except BreakerOpen as error:
                wait = error.retry_after_seconds or 0.0
                if self._fail_fast or self._waited + wait > self._policy.total_wait_seconds:
                    raise
                if not is_told:
                    await self._on_retry(RetryNotice(attempt=0, reason=error.message,
                                                     wait_seconds=wait))
                is_told = True
                self._waited += wait
                await self._times.sleep(wait)

    def _wait_after(self, attempt: int, error: ProviderUnavailable) -> float:
        """Seconds until the next attempt. Raises where there is none."""
        policy, asked = self._policy, error.retry_after_seconds
        if asked is not None and asked > policy.retry_after_cap_seconds:
            raise _worded(error, f"{_ended(error.message)} It asks to wait until "
                                 f"{self._times.after(asked)}.") from error
        if attempt >= (SILENT_ATTEMPTS if isinstance(error, ProviderSilent)
                       else policy.max_attempts):
            times = "once" if attempt == 1 else f"{attempt} times"
            raise _worded(error, f"{_ended(error.message)} It was asked {times}.") from error
        backoff = min(policy.max_wait_seconds, policy.base_seconds * 2 ** (attempt - 1))
        wait = max(asked or 0.0, 0.0) + self._times.rng.uniform(0, backoff)
        if self._waited + wait > policy.total_wait_seconds:
            raise _worded(error, f"{_ended(error.message)} It has been waited for "
                                 f"{self._waited:.0f} s.") from error
        self._waited += wait
        return wait


def silence_of(error: ProviderError) -> float:
    """How many seconds the model said nothing before it was broken off; 0 for other failures."""
    return error.seconds if isinstance(error, ProviderSilent) else 0.0


def _ended(message: str) -> str:
    """`message` with a full stop: it may end with a vendor's words."""
    return message if message.endswith((".", "!", "?", "…")) else message + "."


def _worded(error: ProviderUnavailable, message: str) -> ProviderUnavailable:
    worded: ProviderUnavailable
    if isinstance(error, ProviderSilent):
        worded = ProviderSilent(message, hint=error.hint, seconds=error.seconds)
    else:
        kind = RateLimited if isinstance(error, RateLimited) else ProviderUnavailable
        worded = kind(message, hint=error.hint, retry_after_seconds=error.retry_after_seconds)
    worded.billed = error.billed
    return worded
