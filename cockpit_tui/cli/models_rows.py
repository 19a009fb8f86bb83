"""The rows of `cockpit models list`: the catalogue, own models, and what local servers have."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from cockpit_tui.cli.local_models import LocalServer, find_local_servers
from cockpit_tui.cli.model_trial import price_origin
from cockpit_tui.cli.models_session import OwnModels
from cockpit_tui.cli.models_words import UNKNOWN, dollars, price_wire, tokens_short
from cockpit_tui.config.catalogue import named_models
from cockpit_tui.config.keys import KeyPlace
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.model import RULES_PROFILE, ModelProfile, Price
from cockpit_tui.providers.pricing import PriceBook


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    profile: ModelProfile
    is_usable: bool
    here: str
    """`key`, `no key`, `running`, `not running`, `always`."""
    is_retired: bool
    price: Price | None
    price_from: str
    aliases: tuple[str, ...] = ()
    successor: str = ""
    is_lead: bool = False

    @property
    def cells(self) -> tuple[str, ...]:
        price = self.price
        until = self.profile.retires_on
        window = "-" if self.profile == RULES_PROFILE else tokens_short(
            self.profile.context_tokens)
        return (f"{self.profile.name} (lead)" if self.is_lead else self.profile.name, self.here,
                UNKNOWN if price is None else dollars(price.input),
                UNKNOWN if price is None else dollars(price.output),
                window, self.profile.capability.value,
                f"{until}, then {self.successor}" if until else "")


async def model_rows(own: OwnModels, used: Iterable[str] = ()) -> list[ModelRow]:
    """Usable ones first, else in the catalogue's order, the offline rules last of them. Besides the
    catalogue's: what local servers have, and of own endpoints what the settings name and what was
    `used` before, both as `provider:model`."""
    book = PriceBook(own.catalogue.prices)
    servers, _ = await asyncio.gather(find_local_servers(own.catalogue.providers.values()),
                                      asyncio.to_thread(book.load))
    here = _presence(own, servers)
    living = {profile.name for profile in own.catalogue.models}
    rows = [_row(entry.profile, here[entry.profile.provider], book,
                 is_retired=entry.profile.name not in living, aliases=entry.aliases,
                 successor=entry.successor) for entry in own.catalogue.entries]
    known = {row.profile.name for row in rows}
    served = [f"{server.provider}:{model}" for server in servers for model in server.models]
    mine = [name for name in used if _is_own(own, name)]
    for name in dict.fromkeys([*own.settings.models, *named_models(own.settings), *served, *mine]):
        profile = _resolved(own, name)
        if profile is not None and profile.name not in known and profile.provider in here:
            known.add(profile.name)
            rows.append(_row(profile, here[profile.provider], book))
    rows.append(_row(RULES_PROFILE, (True, "always"), book))
    lead = _resolved(own, own.settings.job.model)
    return sorted((replace(row, is_lead=lead is not None and row.profile.name == lead.name)
                   for row in rows), key=lambda row: not row.is_usable)


def _is_own(own: OwnModels, name: str) -> bool:
    provider, _, model = name.partition(":")
    entry = own.catalogue.providers.get(provider)
    return bool(model) and entry is not None and entry.is_own


def _resolved(own: OwnModels, name: str) -> ModelProfile | None:
    """None for a name that means nothing, or nothing any more."""
    try:
        return own.catalogue.resolve(name).profile
    except CockpitError:
        return None


def row_wire(row: ModelRow) -> dict[str, Any]:
    profile = row.profile
    return {**price_wire(profile, PriceBook()), "usable": row.is_usable, "lead": row.is_lead,
            "here": row.here, "aliases": list(row.aliases),
            "context_tokens": profile.context_tokens,
            "max_output_tokens": profile.max_output_tokens, "wire": profile.wire.value,
            "edit_format": profile.edit_format.value, "tools": profile.supports_tools,
            "schema": profile.supports_schema, "thinking": profile.thinking.value,
            "capability": profile.capability.value, "retires_on": profile.retires_on or None,
            "retired": row.is_retired, "successor": row.successor or None}


def _presence(own: OwnModels, servers: tuple[LocalServer, ...]) -> dict[str, tuple[bool, str]]:
    running = {server.provider for server in servers}
    places: dict[str, tuple[bool, str]] = {}
    for name, entry in own.catalogue.providers.items():
        info = own.keys.info(entry, may_ask=False)
        if entry.is_local:
            places[name] = (name in running, "running" if name in running else "not running")
        elif info is None:
            places[name] = (not entry.needs_key, "no key" if entry.needs_key else "no key needed")
        else:
            is_variable = info.place is KeyPlace.ENVIRONMENT
            places[name] = (True, info.detail if is_variable else f"key in {info.place.value}")
    return places


def _row(profile: ModelProfile, here: tuple[bool, str], book: PriceBook, *,
         is_retired: bool = False, aliases: tuple[str, ...] = (),
         successor: str = "") -> ModelRow:
    return ModelRow(profile=profile, is_usable=here[0], here=here[1], is_retired=is_retired,
                    price=book.price(profile), price_from=price_origin(profile, book),
                    aliases=aliases, successor=successor)
