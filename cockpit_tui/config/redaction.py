"""Secrets taken out of text before it reaches ledger, log, screen or prompt."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

_PATTERNS = re.compile(
    r"(?<![A-Za-z0-9])(?:sk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}"
    r"|(?:xai|csk)-[A-Za-z0-9_-]{20,}|gsk_[A-Za-z0-9_-]{20,})"
    # JSON Web Tokens (RFC 7519): two encoded JSON objects and a signature.
    r"|(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{10,}"
    # `user:password` before the host of a URL, unless it is a variable or a word that teaches.
    r"|(?<=://)[^\s/@:'\"]{0,200}:(?![${<%*])"
    r"(?!(?:password|passwd|pass|pw|secret|changeme|example|x+)@)[^\s/@'\"]{1,200}(?=@)"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,}|glpat-[A-Za-z0-9_-]{20,}"
    r"|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{35}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----"
)
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL)S?$",
                          re.IGNORECASE)
REDACTED = "[redacted]"


class Redactor:
    """Replaces known secret values, and what looks like a key, by `[redacted]`."""

    def __init__(self, values: frozenset[str] = frozenset()) -> None:
        self._known: frozenset[str] = frozenset()
        self._values: re.Pattern[str] | None = None
        self.learn(*values)

    def learn(self, *values: str) -> None:
        """Know these too from now on: a key is learned when it is first read. Values shorter than
        8 characters would take ordinary text with them, and are left."""
        known = self._known | {value for value in values if len(value) >= 8}
        if known != self._known:
            longest_first = sorted(known, key=len, reverse=True)
            self._values = re.compile("|".join(map(re.escape, longest_first)))
            self._known = known

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Redactor:
        """Knows the value of every variable whose name says that it is a secret."""
        return cls(frozenset(v for name, v in environ.items() if _SECRET_NAME.search(name)))

    def redact(self, text: str) -> str:
        if self._values is not None:
            text = self._values.sub(REDACTED, text)
        return _PATTERNS.sub(REDACTED, text)

    def redact_all(self, value: Any) -> Any:
        """Every text in a JSON value, however deep; the keys of objects stay as they are."""
        match value:
            case str():
                return self.redact(value)
            case list():
                return [self.redact_all(item) for item in value]
            case dict():
                return {key: self.redact_all(item) for key, item in value.items()}
            case _:
                return value
