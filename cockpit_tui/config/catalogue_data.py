"""The catalogue as it is shipped: `providers.toml` and `models.toml`, read into frozen entries."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from pydantic import TypeAdapter

from cockpit_tui.domain.model import Capability, EditFormat, ModelProfile, Thinking, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """An endpoint: the catalogue's, or the person's own."""

    name: str
    title: str
    wire: Wire
    base_url: str
    api_key_env: tuple[str, ...] = ()
    """Variables that may hold its key, in order; empty: it needs none."""
    vendor: str = ""
    """Its id in the price tables."""
    key_page: str = ""
    """Where a person gets a key."""
    is_local: bool = False
    start: str = ""
    """What starts a local server."""
    context_tokens: int = 128_000
    """The window of its models that nobody knows more about."""
    is_ollama: bool = False
    """Its window is set through Ollama's own API, as its default cuts prompts silently."""
    is_own: bool = False
    """It stands in the person's settings only."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further headers, as the settings have them: secret, or the `$NAME` of a variable."""
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of every request."""

    @property
    def needs_key(self) -> bool:
        return bool(self.api_key_env) and not self.is_local


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """A model with what only the catalogue cares for."""

    profile: ModelProfile
    aliases: tuple[str, ...] = ()
    successor: str = ""
    """The id of the model, at the same provider, that takes over when this one is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One `[[model]]` of the file. What is left out comes from its family."""

    provider: str
    id: str
    family: str
    context_tokens: int
    capability: Capability
    aliases: tuple[str, ...] = ()
    max_output_tokens: int | None = None
    edit_format: EditFormat | None = None
    thinking: Thinking | None = None
    supports_tools: bool | None = None
    supports_schema: bool | None = None
    retires_on: str = ""
    successor: str = ""


_PROVIDERS = TypeAdapter(dict[str, dict[str, Any]])
_ROWS = TypeAdapter(list[_Row])
_PROFILE = TypeAdapter(ModelProfile)
_PROVIDER = TypeAdapter(ProviderEntry)
_FAMILY_FIELDS = ("max_output_tokens", "edit_format", "thinking", "supports_tools",
                  "supports_schema")


@cache
def shipped_providers() -> dict[str, ProviderEntry]:
    """Every endpoint that needs no settings, by name."""
    return {name: _PROVIDER.validate_python({"name": name, **values})
            for name, values in _PROVIDERS.validate_python(_table("providers.toml")).items()}


@cache
def shipped_models() -> tuple[ModelEntry, ...]:
    """Every known model, in the file's order: the best of a provider first."""
    table = _table("models.toml")
    return tuple(_entry(row, table["family"][row.family])
                 for row in _ROWS.validate_python(table["model"]))


def _entry(row: _Row, family: dict[str, Any]) -> ModelEntry:
    provider = shipped_providers()[row.provider]
    own = {name: getattr(row, name) for name in _FAMILY_FIELDS if getattr(row, name) is not None}
    profile = _PROFILE.validate_python({
        **family, **own, "provider": row.provider, "model": row.id, "wire": provider.wire,
        "context_tokens": row.context_tokens, "capability": row.capability,
        "vendor": provider.vendor, "retires_on": row.retires_on, "is_local": provider.is_local})
    return ModelEntry(profile=profile, aliases=row.aliases, successor=row.successor)


def _table(name: str) -> dict[str, Any]:
    file = resources.files("cockpit_tui.config").joinpath(name)
    return tomllib.loads(file.read_text("utf-8"))
