"""Tags kept by content: one small SQLite file that may vanish, be damaged or be shared.

A cache is never worth an error: what cannot be opened is thrown away and made anew, what cannot be
read counts as missing, what cannot be written is left out.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from cockpit_tui.context.symbols.tags import Definition, FileTags

FORMAT = 1
"""Part of every key: raise it with every change of grammars, queries or `FileTags`."""
MAX_ROWS = 50_000
"""Of about 3 kB each."""
_BATCH = 500
_BUSY_SECONDS = 2.0
_FILE = "symbols.sqlite3"
Result = TypeVar("Result")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tags
  (key BLOB PRIMARY KEY, used INTEGER NOT NULL, data BLOB NOT NULL) WITHOUT ROWID
"""


def content_key(data: bytes, grammar: str) -> bytes:
    """Equal for equal bytes read by the same grammar, in this version of the tags."""
    return blake2b(data, digest_size=16, person=b"symbols", salt=f"{FORMAT}{grammar}".encode()
                   ).digest()


class TagCache:
    """Reads and writes many tags at once; safe for several processes. Raises nothing."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / _FILE

    def read(self, keys: Iterable[bytes]) -> dict[bytes, FileTags]:
        """Those of `keys` that are there and sound."""
        wanted = sorted(set(keys))
        rows = self._tried(lambda db: _select(db, wanted)) or []
        found = {}
        for key, data in rows:
            with suppress(ValueError, TypeError, KeyError, zlib.error):
                found[key] = _unpack(data)
        return found

    def write(self, fresh: Mapping[bytes, FileTags], used: Iterable[bytes] = ()) -> None:
        """Add `fresh`; `used` stay longest when the oldest make room."""
        rows = [(key, _pack(tags)) for key, tags in fresh.items()]
        if rows:
            self._tried(lambda db: _store(db, rows, tuple(used)))

    def _tried(self, work: Callable[[sqlite3.Connection], Result]) -> Result | None:
        """What `work` returns, on a new file where the old one is damaged; None where both fail."""
        for _ in range(2):
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with closing(sqlite3.connect(self._file, timeout=_BUSY_SECONDS)) as db, db:
                    db.execute(_SCHEMA)
                    return work(db)
            except sqlite3.OperationalError:  # Busy, full, read-only: the file may be sound.
                return None
            except sqlite3.DatabaseError:
                for suffix in ("", "-journal"):
                    with suppress(OSError):
                        Path(f"{self._file}{suffix}").unlink()
            except OSError:
                return None
        return None


def _select(db: sqlite3.Connection, keys: list[bytes]) -> list[tuple[bytes, bytes]]:
    rows: list[tuple[bytes, bytes]] = []
    for at in range(0, len(keys), _BATCH):
        part = keys[at: at + _BATCH]
        marks = ",".join("?" * len(part))
        rows += db.execute(f"SELECT key, data FROM tags WHERE key IN ({marks})", part)
    return rows


def _store(db: sqlite3.Connection, rows: list[tuple[bytes, bytes]],
           used: tuple[bytes, ...]) -> None:
    """`used` counts writes, so the rows that no recent write touched are the oldest."""
    turn = db.execute("SELECT coalesce(max(used), 0) + 1 FROM tags").fetchone()[0]
    db.executemany("UPDATE tags SET used = ? WHERE key = ?", [(turn, key) for key in used])
    db.executemany("INSERT OR REPLACE INTO tags VALUES (?, ?, ?)",
                   [(key, turn, data) for key, data in rows])
    db.execute("DELETE FROM tags WHERE key IN (SELECT key FROM tags ORDER BY used DESC, key "
               "LIMIT -1 OFFSET ?)", (MAX_ROWS,))


def _pack(tags: FileTags) -> bytes:
    rows = [(d.name, d.kind, d.line, d.depth, d.signature) for d in tags.definitions]
    plain = [rows, tags.names, tags.words, tags.imports]
    return zlib.compress(json.dumps(plain, separators=(",", ":")).encode(), 1)


def _unpack(data: bytes) -> FileTags:
    """zlib's checksum tells damage; ValueError and the like where the shape is another."""
    rows, names, words, imports = json.loads(zlib.decompress(data))
    return FileTags(
        definitions=tuple(Definition(name=name, kind=kind, line=line, depth=depth,
                                     signature=signature)
                          for name, kind, line, depth, signature in rows),
        names=dict(names), words=dict(words), imports=tuple(imports))
