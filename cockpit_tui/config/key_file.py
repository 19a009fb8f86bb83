"""Keys in an encrypted file, for machines without a keyring.

The key of the file comes from a passphrase by scrypt (RFC 7914); the content is AES-256-GCM, bound
to the names of the providers, which stand in the clear so that nobody is asked for a passphrase in
vain. Needs the optional package `cryptography`.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cockpit_tui.config.private_file import write_privately
from cockpit_tui.domain.errors import CockpitError, CredentialsRefused

_VERSION = 1
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**15, 8, 1
"""32 MB and about 0.1 s a guess."""


def install_command() -> str:
    """What adds the optional packages to the very Python that runs here, however the cockpit came
    into it: by its own pip, or by uv, whose environments have none."""
    python = shlex.quote(sys.executable)
    how = f"{python} -m pip install" if find_spec("pip") else f"uv pip install --python {python}"
    return f"{how} keyring cryptography"


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1)
    names: list[str]
    n: int = Field(ge=2**14, le=2**20)
    r: int = Field(ge=1, le=32)
    p: int = Field(ge=1, le=16)
    salt: str
    nonce: str
    data: str

    def bound(self) -> bytes:
        """What the content is bound to: a changed name or cost breaks it."""
        return json.dumps([self.version, self.names, self.n, self.r, self.p, self.salt]).encode()


class KeyFile:
    """`passphrase` answers with the passphrase, or "" where nobody can be asked; it is kept after
    the first success."""

    def __init__(self, file: Path, passphrase: Callable[[bool], str]) -> None:
        self.file = file
        self._ask = passphrase
        self._passphrase = ""
        self._opened: tuple[_Envelope, Mapping[str, str]] | None = None

    def names(self) -> frozenset[str]:
        """Providers whose keys are in it; readable without the passphrase. Raises CockpitError."""
        envelope = self._read()
        return frozenset(envelope.names) if envelope else frozenset()

    def get(self, name: str) -> str | None:
        """Raises CredentialsRefused where it cannot be opened, CockpitError where it is broken."""
        return self._open().get(name) if name in self.names() else None

    def put(self, name: str, key: str | None) -> None:
        """Keep `key`, or forget the one of `name`. Raises as `get`; the file then is as it was."""
        with self._locked():
            held = dict(self._open())
            held.pop(name, None)
            if key is not None:
                held[name] = key
            if held:
                self._write(held)
            else:
                self.file.unlink(missing_ok=True)

    def is_private(self) -> bool:
        """False where others may read or write it."""
        try:
            return not self.file.stat().st_mode & 0o077
        except OSError:
            return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, so that two commands do not lose each other's key."""
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.file.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise CockpitError(f"{str(self.file.parent)!r} cannot be written: {error.strerror}."
                               ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _read(self) -> _Envelope | None:
        try:
            return _Envelope.model_validate_json(self.file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise CockpitError(f"The key file {str(self.file)!r} cannot be read.",
                               hint="Move it away and set the keys again: cockpit keys set NAME"
                               ) from error

    def _open(self) -> Mapping[str, str]:
        envelope = self._read()
        if envelope is None:
            return {}
        if self._opened is not None and self._opened[0] == envelope:
            return self._opened[1]
        if not has_cryptography():
            raise CredentialsRefused("The key file cannot be opened without the package "
                                     "cryptography.", hint=install_command())
        from cryptography.exceptions import InvalidTag

        if envelope.version > _VERSION:
            raise CockpitError(f"A newer cockpit wrote the key file {str(self.file)!r}.")
        passphrase = self._passphrase or self._ask(False)
        if not passphrase:
            raise CredentialsRefused(
                "The key file is locked, and nobody can be asked for its passphrase.",
                hint="export COCKPIT_PASSPHRASE=..., or the provider's own variable")
        try:
            cipher = _cipher(passphrase, envelope)
            opened = cipher.decrypt(base64.b64decode(envelope.nonce),
                                    base64.b64decode(envelope.data), envelope.bound())
        except InvalidTag as error:
            raise CredentialsRefused("The passphrase of the key file is wrong, or the file was "
                                     "changed.", hint="Check COCKPIT_PASSPHRASE, or try again."
                                     ) from error
        except (binascii.Error, ValueError) as error:
            raise CockpitError(f"The key file {str(self.file)!r} is damaged.") from error
        self._passphrase = passphrase
        held: dict[str, str] = json.loads(opened)
        self._opened = (envelope, held)
        return held

    def _write(self, held: Mapping[str, str]) -> None:
        passphrase = self._passphrase or self._ask(True)
        if not passphrase:
            raise CredentialsRefused(
                "There is no keyring here, and an encrypted file needs a passphrase.",
                hint="export COCKPIT_PASSPHRASE=..., or keep the key in the provider's variable")
        envelope = _Envelope(version=_VERSION, names=sorted(held), n=_SCRYPT_N, r=_SCRYPT_R,
                             p=_SCRYPT_P, salt=_text(os.urandom(16)), nonce=_text(os.urandom(12)),
                             data="")
        sealed = _cipher(passphrase, envelope).encrypt(
            base64.b64decode(envelope.nonce), json.dumps(held).encode(), envelope.bound())
        whole = envelope.model_copy(update={"data": _text(sealed)})
        write_privately(self.file, whole.model_dump_json(indent=1).encode())
        self._passphrase = passphrase


def has_cryptography() -> bool:
    from importlib.util import find_spec

    return find_spec("cryptography") is not None


def _cipher(passphrase: str, envelope: _Envelope) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    kdf = Scrypt(salt=base64.b64decode(envelope.salt), length=32, n=envelope.n, r=envelope.r,
                 p=envelope.p)
    return AESGCM(kdf.derive(passphrase.encode()))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
