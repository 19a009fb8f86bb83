"""What a session has seen of each file, so that a write over somebody else's change is refused."""

from __future__ import annotations

from cockpit_tui.domain.errors import ToolError


class SeenFiles:
    """Path → the hashes its content may have (None: no file) for a write to go ahead.

    A path never looked at has no entry and is not refused: after a restart the session begins
    empty, while the conversation goes on.
    """

    def __init__(self) -> None:
        self._known: dict[str, frozenset[str | None]] = {}

    def note(self, path: str, *sha256: str | None) -> None:
        """The session knows the file as this; for a prepared edit, as before or after it."""
        self._known[path] = frozenset(sha256)

    def refuse_stale(self, path: str, sha256: str | None) -> None:
        """Raise ToolError if the file is not as the session last saw it."""
        known = self._known.get(path)
        if known is not None and sha256 not in known:
            what = "was deleted" if sha256 is None else "changed"
            raise ToolError(f"{path!r} {what} since you last read or wrote it. Read it again with "
                            "read_file, then repeat the edit.")
