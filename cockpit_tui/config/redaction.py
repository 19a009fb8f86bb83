"""Secrets taken out of text before it reaches ledger, log, screen or prompt."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

_PATTERNS = re.compile(
    r"sk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,}|glpat-[A-Za-z0-9_-]{20,}"
    r"|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{35}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----"
)
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL)S?$", re.IGNORECASE)
REDACTED = "[redacted]"


class Redactor:
    """Replaces known secret values, and what looks like a key, by `[redacted]`."""

    def __init__(self, values: frozenset[str] = frozenset()) -> None:
        long_enough = sorted((v for v in values if len(v) >= 8), key=len, reverse=True)
        self._values = (re.compile("|".join(map(re.escape, long_enough)))
                        if long_enough else None)

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
