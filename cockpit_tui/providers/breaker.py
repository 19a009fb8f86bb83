"""A breaker per provider: after failures in a row it is left alone, then probed by one call.

Nygard, "Release It!", chapter "Stability Patterns": closed, open, half-open. A rate limit neither
opens it, for the provider is well; a refused key or request shows that it answers. At a provider of
many vendors' models one may be down alone: a model that has not failed itself is still asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from cockpit_tui.domain.errors import ProviderError, ProviderUnavailable, RateLimited

T = TypeVar("T")

_PROBE_POLL_SECONDS = 1.0


class BreakerOpen(ProviderUnavailable):
    """The provider was not asked: it failed for everybody just now."""


class Breaker:
    """Shared by all calls to one provider, on one event loop."""

    def __init__(self, provider: str, *, failures_to_open: int, cool_down_seconds: float,
                 monotonic: Callable[[], float], time_after: Callable[[float], str]) -> None:
        self._provider = provider
        self._failures_to_open = failures_to_open
        self._cool_down_seconds = cool_down_seconds
        self._monotonic = monotonic
        self._time_after = time_after
        self._failures = 0
        self._failed_models: set[str] = set()
        self._opened_at: float | None = None
        self._is_probing = False

    def admit(self, model: str) -> bool:
        """Let one call through; True: it is the probe. It must then go through `watch`.

        Raises BreakerOpen.
        """
        if self._opened_at is None or model not in self._failed_models:
            return False
        remaining = self._opened_at + self._cool_down_seconds - self._monotonic()
        if remaining > 0:
            raise BreakerOpen(
                f"{self._provider} failed {self._failures} times in a row; it is asked again at "
                f"{self._time_after(remaining)}.", retry_after_seconds=remaining,
                hint=f"See what is wrong with it: cockpit doctor, or choose another model than "
                     f"those of {self._provider}.")
        if self._is_probing:
            raise BreakerOpen(
                f"{self._provider} failed {self._failures} times in a row; one call is trying it "
                f"now, the others wait.", retry_after_seconds=_PROBE_POLL_SECONDS)
        self._is_probing = True
        return True

    async def watch(self, ask: Callable[[], Awaitable[T]], *, model: str, is_probe: bool) -> T:
        """Make the call that was let through, and learn from how it ends."""
        try:
            reply = await ask()
        except RateLimited:
            if is_probe:
                self._answered()
            raise
        except ProviderUnavailable:
            self._failed(model, is_probe=is_probe)
            raise
        except ProviderError:
            self._answered()
            raise
        finally:
            # Also when it was cancelled: that says nothing about the provider, the next may probe.
            if is_probe:
                self._is_probing = False
        self._answered()
        return reply

    def _failed(self, model: str, *, is_probe: bool) -> None:
        self._failures += 1
        self._failed_models.add(model)
        is_open = self._opened_at is not None
        if is_probe or (not is_open and self._failures >= self._failures_to_open):
            self._opened_at = self._monotonic()

    def _answered(self) -> None:
        self._failures = 0
        self._failed_models.clear()
        self._opened_at = None
