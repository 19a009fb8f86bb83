"""Keys of providers: from the environment, the system's keyring, or an encrypted file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from cockpit_tui.config.catalogue_data import ProviderEntry
from cockpit_tui.config.key_file import KeyFile, has_cryptography, install_command
from cockpit_tui.domain.errors import CredentialsRefused, UsageError

SERVICE = "cockpit"
PASSPHRASE_VARIABLE = "COCKPIT_PASSPHRASE"
_LONGEST_KEY = 4_096
_SHOWN_FROM = 12
"""A key shorter than this shows nothing of itself."""


class KeyPlace(StrEnum):
    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """Where a key is; never what it is."""

    provider: str
    place: KeyPlace
    detail: str = ""
    """The variable's name, or the file's path."""
    ending: str = ""
    """Its last 4 characters, of a long one; empty while the file is locked."""


class Keyring(Protocol):
    """The part of the package `keyring` that is used."""

    def get_password(self, service: str, name: str, /) -> str | None: ...
    def set_password(self, service: str, name: str, value: str, /) -> None: ...
    def delete_password(self, service: str, name: str, /) -> None: ...


class KeyStore:
    """Reading asks the environment, then the keyring, then the file. Writing prefers the keyring.

    `learn` is told every value that is read or written, so that a Redactor knows it.
    `ask_passphrase` gets True when a new one is chosen; without it nobody is asked.
    """

    def __init__(self, directory: Path, *, environ: Mapping[str, str] = os.environ,
                 learn: Callable[[str], None] = lambda _: None,
                 ask_passphrase: Callable[[bool], str] = lambda _: "",
                 keyring: Keyring | None = None) -> None:
        self._environ = environ
        self._learn = learn
        self._ring = _Ring(keyring)
        self.file = KeyFile(directory / "keys.enc", lambda is_new: (
            environ.get(PASSPHRASE_VARIABLE, "") or ask_passphrase(is_new)))

    def get(self, provider: ProviderEntry) -> str | None:
        """The key, or None where there is none. Raises CredentialsRefused for a locked file."""
        key = (self._from_environment(provider)[1] or self._ring.get(provider.name)
               or self._from_file(provider.name))
        if key:
            self._learn(key)
        return key or None

    def has(self, provider: ProviderEntry) -> bool:
        """Whether there is a key; asks for no passphrase."""
        return self.info(provider, may_ask=False) is not None

    def info(self, provider: ProviderEntry, *, may_ask: bool = True) -> KeyInfo | None:
        """Where the key is that `get` takes; None where there is none."""
        variable, key = self._from_environment(provider)
        if key:
            return KeyInfo(provider=provider.name, place=KeyPlace.ENVIRONMENT, detail=variable,
                           ending=_ending(key))
        if key := self._ring.get(provider.name) or "":
            return KeyInfo(provider=provider.name, place=KeyPlace.KEYRING, ending=_ending(key))
        if provider.name not in self.file.names():
            return None
        ending = ""
        if may_ask:
            try:
                ending = _ending(self.file.get(provider.name) or "")
            except CredentialsRefused:
                ending = ""
        return KeyInfo(provider=provider.name, place=KeyPlace.FILE, detail=str(self.file.file),
                       ending=ending)

    def list(self, providers: Iterable[ProviderEntry]) -> tuple[KeyInfo, ...]:
        """Every key there is, without its value."""
        found = (self.info(provider) for provider in providers)
        return tuple(info for info in found if info is not None)

    def set(self, provider: ProviderEntry, key: str) -> KeyPlace:
        """Keep `key`, in the keyring if there is one. The old one stays until this has worked.

        Raises UsageError for what cannot be a key, CredentialsRefused where nothing can hold it.
        """
        key = checked_key(key)
        self._learn(key)
        if self._ring.set(provider.name, key):
            # The keyring wins; a copy in a file that is locked just now does no harm.
            with suppress(CredentialsRefused):
                if provider.name in self.file.names():
                    self.file.put(provider.name, None)
            return KeyPlace.KEYRING
        if not has_cryptography():
            raise CredentialsRefused("Neither a keyring nor an encrypted file can keep the key "
                                     "here.", hint=f"{install_command()}, or keep it in a variable")
        self.file.put(provider.name, key)
        return KeyPlace.FILE

    def remove(self, provider: ProviderEntry) -> tuple[KeyPlace, ...]:
        """Forget it in keyring and file; says where it was. A variable is not ours to unset."""
        removed = []
        if self._ring.remove(provider.name):
            removed.append(KeyPlace.KEYRING)
        if provider.name in self.file.names():
            self.file.put(provider.name, None)
            removed.append(KeyPlace.FILE)
        return tuple(removed)

    def best_place(self) -> KeyPlace:
        """Where `set` would put a key, as far as can be told without writing one."""
        return KeyPlace.KEYRING if self._ring.is_there() else KeyPlace.FILE

    def _from_environment(self, provider: ProviderEntry) -> tuple[str, str]:
        for variable in provider.api_key_env:
            key = self._environ.get(variable, "").strip()
            if key:
                return variable, key
        return "", ""

    def _from_file(self, name: str) -> str | None:
        return self.file.get(name) if name in self.file.names() else None


def checked_key(text: str) -> str:
    """`text` without the spaces around it. Raises UsageError, which does not repeat it."""
    key = text.strip()
    if not key:
        raise UsageError("The key is empty.")
    if len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError("That is no key: a key is one word of plain characters.",
                         hint="Copy it again from the provider's page.")
    return key


class _Ring:
    """The keyring, if the package and a backend are there; every failure of it means no."""

    def __init__(self, given: Keyring | None) -> None:
        self._given = given

    def get(self, name: str) -> str | None:
        ring = self._package()
        if ring is None:
            return None
        try:
            return ring.get_password(SERVICE, name)
        except Exception:  # backends raise what they like; the file is next
            return None

    def set(self, name: str, key: str) -> bool:
        ring = self._package()
        if ring is None:
            return False
        try:
            ring.set_password(SERVICE, name, key)
            # A backend that keeps nothing (keyring.backends.null) says nothing either.
            return ring.get_password(SERVICE, name) == key
        except Exception:
            return False

    def remove(self, name: str) -> bool:
        ring = self._package()
        if ring is None or self.get(name) is None:
            return False
        try:
            ring.delete_password(SERVICE, name)
        except Exception:
            return False
        return True

    def is_there(self) -> bool:
        """Whether a backend answers that has a priority of its own (keyring: above 0 keeps)."""
        ring = self._package()
        if ring is None:
            return False
        try:
            backend = getattr(ring, "get_keyring", lambda: None)()
            return backend is None or float(backend.priority) > 0
        except Exception:  # a backend that cannot even be asked
            return False

    def _package(self) -> Keyring | None:
        if self._given is None:
            try:
                import keyring
            except ImportError:
                return None
            self._given = keyring
        return self._given


def _ending(key: str) -> str:
    return key[-4:] if len(key) >= _SHOWN_FROM else ""
