"""How values stand in columns: times, JSON of domain objects, text that SQLite can hold.

Text decoded with `surrogateescape` (file names that are not UTF-8) holds lone surrogates, which
UTF-8 and so SQLite cannot. In JSON columns they stay, as `\\udcXX` escapes, because a path must
come back as it was; in plain text columns they become a visible `<U+DCXX>`.
"""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from cockpit_tui.domain.errors import LedgerCorrupt

T = TypeVar("T")

_SURROGATE = re.compile("[\ud800-\udfff]")


def plain_text(text: str) -> str:
    """`text` with lone surrogates made visible, as `domain.sanitize` shows them."""
    if text.isascii():
        return text
    return _SURROGATE.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)


def time_text(at: datetime) -> str:
    """`2026-11-21T10:00:00.000000Z`: fixed width, so that text order is time order."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def optional_time_text(at: datetime | None) -> str | None:
    return None if at is None else time_text(at)


def parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def parse_optional_time(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)


def to_json(adapter: TypeAdapter[T], value: T) -> str:
    try:
        return adapter.dump_json(value).decode()
    except PydanticSerializationError:
        return json.dumps(adapter.dump_python(value, mode="json"), separators=(",", ":"))


def from_json(adapter: TypeAdapter[T], text: str, what: str) -> T:
    """The domain object in a JSON column. `what` names the row in the error (LedgerCorrupt)."""
    try:
        if "\\ud" in text:
            return adapter.validate_python(json.loads(text))
        return adapter.validate_json(text)
    except (ValidationError, ValueError) as error:
        raise LedgerCorrupt(
            f"{what} in the ledger cannot be understood: {str(error).splitlines()[0]}",
            hint="A newer cockpit may have written it; update this one, or restore a copy.",
        ) from error


def optional_row(cursor: sqlite3.Cursor) -> sqlite3.Row | None:
    """The only row of the result, or None."""
    row: sqlite3.Row | None = cursor.fetchone()
    return row
