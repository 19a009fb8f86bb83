"""Which provider answers for a model's name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from cockpit_tui.config.catalogue import Catalogue, Resolved
from cockpit_tui.config.catalogue_data import ProviderEntry
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.domain.errors import CredentialsRefused, ProviderError, UsageError
from cockpit_tui.domain.model import Wire
from cockpit_tui.providers.base import Provider
from cockpit_tui.providers.timeouts import Timeouts

ProviderSource = Callable[[str], tuple[Provider, str]]
"""`provider:model` to the provider and the model's own name. Raises ProviderError."""


class Keys(Protocol):
    """`KeyStore`, or one key that is tried out."""

    def get(self, provider: ProviderEntry) -> str | None: ...


def source_for(catalogue: Catalogue, keys: Keys, *, redactor: Redactor | None = None,
               timeouts: Timeouts | None = None,
               environ: Mapping[str, str] = os.environ) -> ProviderSource:
    """A source for full names, as `Catalogue.resolve` gives them: a provider and its sockets are
    made once, at the first need, whichever of its models is asked. No SDK is imported before the
    first request.

    The source raises CredentialsRefused without a key, UsageError for a name of no provider.
    """
    made: dict[str, Provider] = {}
    limits = timeouts or Timeouts()
    secrets = redactor or Redactor.from_environment()

    def source(name: str) -> tuple[Provider, str]:
        provider, _, model = name.partition(":")
        if provider == "offline":
            return provider_for(name)
        if provider == "replay":
            from cockpit_tui.providers.replay import ReplayProvider

            return ReplayProvider(Path(model), redactor=secrets), model
        entry = catalogue.providers.get(provider)
        if entry is None:
            raise UsageError(f"There is no provider {provider!r}.",
                             hint="cockpit models list --all shows every name.")
        if provider not in made:
            headers = _headers(entry, environ, secrets)
            made[provider] = _network_provider(entry, _key(entry, keys), limits, headers)
        return made[provider], model

    return source


def resolve_model(catalogue: Catalogue, name: str) -> Resolved:
    """`Catalogue.resolve`, and for `replay:PATH` the bounds of the recorded model, so that the same
    requests are made. Raises also ProviderError for a recording that cannot be read."""
    found = catalogue.resolve(name)
    if found.profile.wire is not Wire.REPLAY:
        return found
    from cockpit_tui.providers.replay import replayed_profile

    return replace(found, profile=replayed_profile(Path(found.profile.model)))


def provider_for(name: str) -> tuple[Provider, str]:
    """The offline rules, which need neither settings nor a key. Raises ProviderError."""
    provider, _, model = name.partition(":")
    if provider == "offline":
        from cockpit_tui.providers.offline.provider import OfflineProvider

        return OfflineProvider(), model or "rules"
    raise ProviderError(f"There is no provider for the model {name!r} here.",
                        hint="Use --model offline:rules.")


def missing_key(entry: ProviderEntry) -> CredentialsRefused:
    """What a person without a key for `entry` is told."""
    page = f" Get one at {entry.key_page}" if entry.key_page else ""
    return CredentialsRefused(
        f"There is no key for {entry.title}.",
        hint=f"export {entry.api_key_env[0]}=... or: cockpit keys set {entry.name}.{page}")


def _key(entry: ProviderEntry, keys: Keys) -> str:
    """The key, or "" for an endpoint that needs none. Raises CredentialsRefused."""
    key = keys.get(entry)
    if not key and entry.needs_key:
        raise missing_key(entry)
    return key or ""


def _network_provider(entry: ProviderEntry, key: str, timeouts: Timeouts,
                      headers: Mapping[str, str]) -> Provider:
    variable = entry.api_key_env[0] if entry.needs_key else ""
    extra_body = {**_EXTRA_BODIES.get(entry.vendor, {}), **entry.extra_body}
    match entry.wire:
        case Wire.CHAT if entry.is_ollama:
            from cockpit_tui.providers.ollama import OllamaProvider

            return OllamaProvider(entry.name, base_url=entry.base_url, key=key, headers=headers,
                                  timeouts=timeouts, extra_body=extra_body,
                                  window_tokens=_LARGEST_OLLAMA_WINDOW)
        case Wire.MESSAGES:
            from cockpit_tui.providers.messages.provider import MessagesProvider

            return MessagesProvider(entry.name, base_url=entry.base_url, key=key, headers=headers,
                                    timeouts=timeouts, extra_body=extra_body,
                                    key_variable=variable)
        case Wire.CHAT:
            from cockpit_tui.providers.chat.provider import ChatProvider

            return ChatProvider(entry.name, base_url=entry.base_url, key=key, headers=headers,
                                timeouts=timeouts, extra_body=extra_body, key_variable=variable)
        case Wire.RESPONSES:
            from cockpit_tui.providers.chat.responses import ResponsesProvider

            return ResponsesProvider(entry.name, base_url=entry.base_url, key=key, headers=headers,
                                     timeouts=timeouts, extra_body=extra_body,
                                     key_variable=variable)
        case _:
            raise ProviderError(f"{entry.title} speaks no wire that goes over a network.")


def _headers(entry: ProviderEntry, environ: Mapping[str, str], secrets: Redactor,
             ) -> dict[str, str]:
    """The entry's headers, those of variables filled in; the redactor learns them all.

    Raises CredentialsRefused for a variable that is not set.
    """
    headers = {}
    for name, value in entry.headers.items():
        if value.startswith("$"):
            variable, value = value[1:], environ.get(value[1:], "").strip()
            if not value:
                raise CredentialsRefused(
                    f"The header {name} of {entry.title} is to hold the variable {variable!r}, "
                    f"which is not set.", hint=f"export {variable}=...")
        secrets.learn(value, *value.split())
        headers[name] = value
    return headers


_LARGEST_OLLAMA_WINDOW = 262_144
"""The window is the profile's `context_tokens` (32,768 where nobody says), up to this: it takes
memory from its first token on."""
_EXTRA_BODIES: dict[str, dict[str, Any]] = {"openrouter": {"usage": {"include": True}}}
"""By price table's name: OpenRouter tells the true cost of a call where it is asked to
(openrouter.ai/docs, "Usage Accounting")."""
