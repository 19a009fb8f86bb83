"""What the commands about models and keys share: catalogue, keys, and asking for secrets."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass

from cockpit_tui.cli.session import has_terminal, own_settings
from cockpit_tui.config.catalogue import Catalogue
from cockpit_tui.config.catalogue_data import ProviderEntry
from cockpit_tui.config.keys import KeyStore
from cockpit_tui.config.paths import Paths
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.config.settings import Settings
from cockpit_tui.domain.errors import UsageError

_LONGEST_INPUT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModels:
    """The person's catalogue with their keys; the redactor learns each key that is read."""

    settings: Settings
    catalogue: Catalogue
    keys: KeyStore
    redactor: Redactor

    @classmethod
    def load(cls) -> OwnModels:
        """Raises UsageError for settings that do not fit."""
        settings = own_settings()
        redactor = Redactor.from_environment()
        keys = KeyStore(Paths.from_environment().config, environ=os.environ, learn=redactor.learn,
                        ask_passphrase=ask_passphrase)
        return cls(settings=settings, catalogue=Catalogue.load(settings), keys=keys,
                   redactor=redactor)

    def provider(self, name: str) -> ProviderEntry:
        """Raises UsageError with the nearest names."""
        found = self.catalogue.providers.get(name)
        if found is not None:
            return found
        from difflib import get_close_matches

        near = get_close_matches(name, self.catalogue.providers, n=1)
        raise UsageError(f"There is no provider {name!r}."
                         + (f" Did you mean {near[0]!r}?" if near else ""),
                         hint=f"There are {', '.join(self.catalogue.providers)}.")


def ask_passphrase(is_new: bool) -> str:
    """Asked on the terminal, twice for a new one; empty where there is none.

    Raises UsageError where the two differ.
    """
    if not has_terminal():
        return ""
    typed = getpass.getpass("Passphrase of the key file: ", stream=sys.stderr)
    if is_new and typed and getpass.getpass("Once more: ", stream=sys.stderr) != typed:
        raise UsageError("The two passphrases differ.", hint="Nothing was written; try again.")
    return typed


def read_secret(what: str) -> str:
    """One value from stdin, or typed unseen on a terminal; never an argument, which `ps` shows."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{what}: ", stream=sys.stderr)
    return sys.stdin.read(_LONGEST_INPUT)
