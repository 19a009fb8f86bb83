"""What every edit is checked against in any format: walls, owned paths, stale files, gaps."""

from __future__ import annotations

from cockpit_tui.config.redaction import REDACTED
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.errors import PathRefused, ToolError
from cockpit_tui.domain.globs import is_owned
from cockpit_tui.tools.files import MAX_FILE_BYTES, FileEdit, FileEdits, make_edit
from cockpit_tui.tools.paths import ConfinedPath, Confinement, FileContent, PathMissing
from cockpit_tui.tools.placeholders import find_placeholder
from cockpit_tui.tools.seen import SeenFiles
from cockpit_tui.tools.text import TextFile

PATH: JsonObject = {"type": "string", "description": "Relative to the repository's root."}


class EditTarget:
    """What every edit is checked against: the walls, the owned paths, what the session has seen."""

    def __init__(self, confinement: Confinement, seen: SeenFiles,
                 owned_paths: tuple[str, ...]) -> None:
        self._confinement = confinement
        self._seen = seen
        self._owned_paths = owned_paths

    def name(self, path: str) -> str:
        """The path in its one plain spelling. Raises PathRefused."""
        return str(self._confinement.resolve(path))

    def open(self, path: str) -> tuple[ConfinedPath, FileContent | None]:
        """The path, if it may be written, and what is there now. Raises ToolError."""
        confined = self._confinement.resolve(path)
        self._confinement.check_writable(confined)
        if self._owned_paths and not is_owned(str(confined), self._owned_paths):
            raise PathRefused(f"{str(confined)!r} is outside of this task's paths. It may write "
                              f"only: {', '.join(self._owned_paths)}.")
        try:
            content = self._confinement.read(confined, limit=MAX_FILE_BYTES)
        except PathMissing:
            content = None
        self._seen.refuse_stale(str(confined), content.sha256 if content else None)
        return confined, content

    def open_existing(self, path: str, *, advice: str) -> tuple[ConfinedPath, FileContent]:
        """As `open`, for a file that must be there. Raises PathMissing, with `advice`."""
        confined, content = self.open(path)
        if content is None:
            raise PathMissing(f"There is no {str(confined)!r} to edit. {advice}")
        return confined, content

    def finish(self, path: ConfinedPath, before: FileContent | None, after: bytes | None, *,
               mode: int | None = None) -> FileEdit:
        """The edit, known to the session from now on. Raises ToolError for a file too large."""
        if after is not None and len(after) > MAX_FILE_BYTES:
            raise ToolError(f"{str(path)!r} would have {len(after):,} bytes; at most "
                            f"{MAX_FILE_BYTES:,} are written.")
        edit = make_edit(str(path), before, after, mode=mode)
        self._seen.note(edit.path, edit.before_sha256, edit.after_sha256)
        return edit

    def finish_one(self, path: ConfinedPath, before: FileContent | None,
                   after: bytes) -> FileEdits:
        """A set of this one edit."""
        return FileEdits(edits=(self.finish(path, before, after),))


def keep_final_newline(file: TextFile, text: str) -> str:
    """`text`, ended by a line end if the file is."""
    if text and file.text.endswith("\n") and not text.endswith("\n"):
        return text + (file.line_end or "\n")
    return text


def refuse_placeholder(text: str, known: str) -> None:
    """Raise ToolError where `text` leaves out code, or a secret, that `known` does not."""
    if (line := find_placeholder(text, known)) is not None:
        raise ToolError(f"{line!r} stands for code that was left out. Write the whole text, or "
                        "edit only the lines that change.")
    if text.count(REDACTED) > known.count(REDACTED):
        raise ToolError(f"{REDACTED} stands for a secret that was kept from you; written back it "
                        "would destroy it. Edit only lines without it.")
