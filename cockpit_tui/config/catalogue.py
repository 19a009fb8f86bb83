"""Which models there are, and which one a name means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches

from cockpit_tui.config.catalogue_data import (
    ModelEntry,
    ProviderEntry,
    shipped_models,
    shipped_providers,
)
from cockpit_tui.config.endpoints import (
    ModelSettings,
    ProviderSettings,
    is_loopback,
    is_own_network,
)
from cockpit_tui.config.settings import Settings
from cockpit_tui.domain.errors import ProviderError, UsageError
from cockpit_tui.domain.model import RULES_PROFILE, ModelProfile, Price, Wire

RETIRES_SOON = timedelta(days=60)
_LIST_HINT = "cockpit models list --all shows every name."
_OVERRIDES = ("context_tokens", "max_output_tokens", "edit_format", "supports_tools",
              "supports_schema", "thinking", "capability")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    profile: ModelProfile
    warning: str = ""
    """What the person should know: the model is gone, or soon will be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The shipped data under the person's settings. Reading it asks nobody."""

    providers: Mapping[str, ProviderEntry]
    entries: tuple[ModelEntry, ...]
    own_providers: Mapping[str, ProviderSettings]
    own_models: Mapping[str, ModelSettings]
    today: date

    @classmethod
    def load(cls, settings: Settings, *, today: date | None = None) -> Catalogue:
        """The catalogue as `settings` change it; `today` decides what is retired."""
        providers = dict(shipped_providers())
        for name, own in settings.providers.items():
            providers[name] = _provider(name, own, providers.get(name))
        loaded = cls(providers=providers, entries=(), own_providers=settings.providers,
                     own_models=settings.models, today=today or datetime.now(UTC).date())
        return replace(loaded, entries=tuple(
            replace(entry, profile=loaded._with_settings(entry.profile))
            for entry in shipped_models()))

    @property
    def models(self) -> tuple[ModelProfile, ...]:
        """Every known model that still answers, the best of a provider first."""
        return tuple(entry.profile for entry in self.entries if not self._is_gone(entry.profile))

    @property
    def prices(self) -> dict[str, Price]:
        """The person's own prices, by `provider:model`."""
        return {name: own.price.price() for name, own in self.own_models.items()
                if own.price is not None}

    def resolve(self, name: str) -> Resolved:
        """What `name` means: `provider:model`, a model's id or alias, `offline`, `replay:PATH`.

        A retired model is its successor, with a warning. A model that a known provider may have
        but the catalogue does not know gets the provider's plain profile. Raises UsageError for a
        name that means nothing or several things, ProviderError for a model that is gone.
        """
        name = name.strip()
        provider, colon, model = name.partition(":")
        if provider == RULES_PROFILE.provider:
            if model not in {"", RULES_PROFILE.model}:
                raise UsageError(f"The offline rules have no model {model!r}.",
                                 hint="Use offline:rules.")
            return Resolved(profile=RULES_PROFILE)
        if provider == "replay":
            return _replay(model)
        if colon and provider in self.providers:
            if not model:
                raise UsageError(f"{name!r} names no model.", hint=self._models_of(provider))
            return self._current(self._at(provider, model), name)
        candidates = self._named(name)
        if len(candidates) == 1:
            return self._current(candidates[0], name)
        if candidates:
            choices = ", ".join(sorted(entry.profile.name for entry in candidates))
            raise UsageError(f"{name!r} means several models: {choices}.",
                             hint="Say which, with its provider before the colon.")
        raise self._unknown(name, provider if colon else "")

    def entry_of(self, profile: ModelProfile) -> ModelEntry | None:
        """What the catalogue knows about `profile` besides; None for a model it does not know."""
        return next((e for e in self.entries if e.profile.name == profile.name), None)

    def _at(self, provider: str, model: str) -> ModelEntry:
        mine = [e for e in self.entries if e.profile.provider == provider]
        for entry in mine:
            if entry.profile.model == model:
                return entry
        for entry in mine:
            if model.lower() in entry.aliases:
                return entry
        found = self.providers[provider]
        profile = ModelProfile(provider=provider, model=model, wire=found.wire,
                               vendor=found.vendor, is_local=found.is_local,
                               context_tokens=found.context_tokens)
        return ModelEntry(profile=self._with_settings(profile))

    def _named(self, name: str) -> list[ModelEntry]:
        """Models of this id or alias; one that is gone only where no other has the name."""
        found = [e for e in self.entries
                 if name == e.profile.model or name.lower() in e.aliases]
        return [e for e in found if not self._is_gone(e.profile)] or found[:1]

    def _current(self, entry: ModelEntry, typed: str) -> Resolved:
        """`entry`, which the person called `typed`, or whoever took over, however many steps that
        are."""
        asked, passed = entry.profile, {entry.profile.name}
        called = asked.name if typed in (asked.name, asked.model) else f"{typed} ({asked.name})"
        while self._is_gone(entry.profile):
            gone = entry.profile
            if not entry.successor:
                who = called if gone is asked else gone.name
                raise ProviderError(f"{who} was retired on {gone.retires_on}, and nothing "
                                    "took its place.", hint=self._models_of(gone.provider))
            entry = self._at(gone.provider, entry.successor)
            if entry.profile.name in passed:
                raise ProviderError(f"{called} was retired on {asked.retires_on}.")
            passed.add(entry.profile.name)
        profile = entry.profile
        if profile.name != asked.name:
            return Resolved(profile=profile, warning=(
                f"{called} was retired on {asked.retires_on}; "
                f"{profile.name} takes its place."))
        if profile.retires_on and date.fromisoformat(profile.retires_on) <= (
                self.today + RETIRES_SOON):
            after = f"; then {profile.provider}:{entry.successor}" if entry.successor else ""
            return Resolved(profile=profile, warning=(
                f"{called} will be retired on {profile.retires_on}{after}."))
        return Resolved(profile=profile)

    def _is_gone(self, profile: ModelProfile) -> bool:
        """From its end of life on: vendors differ in whether they still answer on that day."""
        return bool(profile.retires_on) and date.fromisoformat(profile.retires_on) <= self.today

    def _with_settings(self, profile: ModelProfile) -> ModelProfile:
        """`profile` under `[providers.NAME]` and, above that, `[models."NAME:MODEL"]`."""
        provider = self.providers[profile.provider]
        profile = replace(profile, wire=provider.wire, vendor=provider.vendor,
                          is_local=provider.is_local)
        layers = (self.own_providers.get(profile.provider), self.own_models.get(profile.name))
        for own in filter(None, layers):
            changes = {field: getattr(own, field) for field in _OVERRIDES
                       if getattr(own, field) is not None}
            if own.price is not None:
                changes["price"] = own.price.price()
                changes["is_local"] = False  # Who names a price is billed.
            profile = replace(profile, **changes)
        return profile

    def _models_of(self, provider: str) -> str:
        known = [p.name for p in self.models if p.provider == provider][:3]
        return f"For example {', '.join(known)}." if known else _LIST_HINT

    def _unknown(self, name: str, provider: str) -> UsageError:
        if provider:
            near = get_close_matches(provider, self.providers, n=2)
            guess = " or ".join(repr(found) for found in near)
            return UsageError(
                f"There is no provider {provider!r}."
                + (f" Did you mean {guess}?" if near else
                   f" There are {', '.join([*self.providers, 'offline', 'replay'])}."),
                hint=f'Your own endpoint is a [providers.{provider}] with a base_url in '
                     "config.toml (cockpit config path).")
        names = {text: entry.profile.name for entry in self.entries
                 for text in (entry.profile.model, *entry.aliases)}
        near = get_close_matches(name.lower(), names, n=3, cutoff=0.5)
        return UsageError(f"There is no model {name!r}."
                          + (f" Did you mean {', '.join(near)}?" if near else ""),
                          hint=f"{_LIST_HINT} Any other is PROVIDER:MODEL.")


def named_models(settings: Settings) -> list[str]:
    """Every model that the settings name for work."""
    routing = settings.routing
    return [settings.job.model, *routing.fallback, *routing.roles.values(),
            *routing.classes.values(), *routing.modes.values()]


def _replay(path: str) -> Resolved:
    if not path:
        raise UsageError("replay: names no recording.", hint="Use replay:PATH.")
    return Resolved(profile=ModelProfile(
        provider="replay", model=path, wire=Wire.REPLAY, context_tokens=1_000_000,
        max_output_tokens=1_000_000, supports_schema=True, price=Price(input=0, output=0),
        is_local=True))


def _provider(name: str, own: ProviderSettings, shipped: ProviderEntry | None) -> ProviderEntry:
    """The person's words over the catalogue's. An endpoint moved elsewhere is another one: it
    speaks chat.completions unless they say otherwise, and nobody knows its prices. One on this
    machine that needs no key and has no price is a local server, without a bill."""
    if shipped is None:
        if own.base_url is None:
            raise UsageError(f"[providers.{name}] needs a base_url.",
                             hint=f'Like base_url = "https://{name}.example/v1".')
        keys = (own.api_key_env,) if own.api_key_env else ()
        return ProviderEntry(name=name, title=name, wire=Wire(own.wire or Wire.CHAT),
                             base_url=own.base_url, api_key_env=keys, is_own=True,
                             headers=own.headers, extra_body=own.extra_body,
                             is_local=not keys and own.price is None
                             and is_loopback(own.base_url))
    entry = replace(shipped, headers=own.headers, extra_body=own.extra_body)
    if own.base_url is not None and own.base_url != shipped.base_url.rstrip("/"):
        speaks = Wire.CHAT if shipped.wire is Wire.RESPONSES else shipped.wire
        entry = replace(entry, base_url=own.base_url, wire=speaks, vendor="", is_own=True,
                        is_local=shipped.is_local and is_own_network(own.base_url))
    if own.wire is not None:
        entry = replace(entry, wire=Wire(own.wire))
    if own.api_key_env is not None:
        entry = replace(entry, api_key_env=(own.api_key_env,) if own.api_key_env else ())
    return entry
