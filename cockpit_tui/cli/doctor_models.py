"""The doctor's checks of models: the lead, keys, where keys are kept, local servers."""

from __future__ import annotations

from cockpit_tui.cli.doctor_checks import Check, State
from cockpit_tui.cli.local_models import find_local_servers
from cockpit_tui.cli.models_session import OwnModels
from cockpit_tui.config.catalogue import named_models
from cockpit_tui.config.key_file import has_cryptography, install_command
from cockpit_tui.config.keys import KeyPlace
from cockpit_tui.domain.errors import CockpitError, UsageError
from cockpit_tui.domain.model import ModelProfile


async def model_checks() -> list[Check]:
    """In the order a person reads them; nothing where the settings cannot be read, which has a
    check of its own."""
    try:
        own = OwnModels.load()
    except UsageError:
        return []
    return [_lead(own), _keys(own), _key_storage(own), await _local_servers(own)]


def _lead(own: OwnModels) -> Check:
    try:
        named = [own.catalogue.resolve(each) for each in named_models(own.settings)]
    except CockpitError as error:
        return Check(name="models", state=State.LIMITED, found=error.message, adds=error.hint,
                     command="cockpit models list")
    lead = named[0].profile
    warnings = list(dict.fromkeys(found.warning for found in named if found.warning))
    if warnings:
        return Check(name="models", state=State.LIMITED, found=f"lead {lead.name}",
                     adds=" ".join(warnings), command="cockpit models use NAME")
    if not _has_key(own, lead):
        return Check(name="models", state=State.LIMITED, found=f"lead {lead.name}, without a key",
                     adds="jobs with it stop at once",
                     command=f"cockpit keys set {lead.provider}")
    return Check(name="models", state=State.WORKS, found=f"lead {lead.name}")


def _has_key(own: OwnModels, lead: ModelProfile) -> bool:
    entry = own.catalogue.providers.get(lead.provider)
    return entry is None or not entry.needs_key or own.keys.has(entry)


def _keys(own: OwnModels) -> Check:
    try:
        found = [info.provider for info in (own.keys.info(entry, may_ask=False)
                                            for entry in own.catalogue.providers.values()) if info]
    except CockpitError as error:
        return Check(name="keys", state=State.LIMITED, found=error.message, adds=error.hint)
    if not found:
        return Check(name="keys", state=State.LIMITED, found="none",
                     adds="models of a provider need one", command="cockpit keys set anthropic")
    return Check(name="keys", state=State.WORKS, found=", ".join(found))


def _key_storage(own: OwnModels) -> Check:
    file = own.keys.file
    if not file.is_private():
        return Check(name="key storage", state=State.LIMITED,
                     found=f"{file.file} can be read by others",
                     adds="its passphrase can be guessed at by them",
                     command=f"chmod 600 {file.file}")
    place = own.keys.best_place()
    if place is KeyPlace.KEYRING:
        return Check(name="key storage", state=State.WORKS, found="the system's keyring")
    if has_cryptography():
        return Check(name="key storage", state=State.WORKS,
                     found="an encrypted file, under COCKPIT_PASSPHRASE or a typed one")
    return Check(name="key storage", state=State.LIMITED, found="variables only",
                 adds="keeps keys in the keyring or an encrypted file", command=install_command())


async def _local_servers(own: OwnModels) -> Check:
    servers = await find_local_servers(own.catalogue.providers.values())
    if not servers:
        return Check(name="local models", state=State.LIMITED, found="no server answers",
                     adds="models on this machine, free and private", command="ollama serve")
    found = ", ".join(f"{server.provider} ({len(server.models)} models)" for server in servers)
    return Check(name="local models", state=State.WORKS, found=found)
