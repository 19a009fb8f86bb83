"""Which provider answers for a model's name."""

from __future__ import annotations

from collections.abc import Callable

from cockpit_tui.domain.errors import ProviderError
from cockpit_tui.providers.base import Provider

ProviderSource = Callable[[str], tuple[Provider, str]]
"""`provider:model` to the provider and the model's own name. Raises ProviderError."""


def provider_for(name: str) -> tuple[Provider, str]:
    """The provider of `provider:model` and the model's own name. Raises ProviderError."""
    provider, _, model = name.partition(":")
    if provider == "offline":
        from cockpit_tui.providers.offline.provider import OfflineProvider

        return OfflineProvider(), model or "rules"
    raise ProviderError(
        f"There is no provider for the model {name!r}.",
        hint="This version ships the offline rules only: use --model offline:rules.")
