"""Which names a path may consist of, judged before anything is opened.

A path from a model is relative, uses `/`, and may neither climb nor name git's own files, also not
by a twin: other case, compatibility characters (NFKC), characters that HFS+ ignores, or NTFS forms
(`git~1`, trailing dots and spaces, `::$INDEX_ALLOCATION`). Sources: git's `verify_path` and
`is_hfs_dotgit`/`is_ntfs_dotgit` (CVE-2014-9390, CVE-2019-1352), Unicode UAX 15 for NFKC.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from cockpit_tui.domain.errors import PathRefused

MAX_PATH_CHARACTERS = 1_000

_ADVICE = "Give a path relative to the repository's root, such as 'src/app.py'."
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff\u00ad\u200b\u2060]")
_GIT_SHORT_NAME = re.compile(r"git~\d+")


def parse_path(path: str) -> tuple[str, ...]:
    """The components of `path`; `()` for the root itself (`.`).

    Raises PathRefused for everything that is not plainly a path inside the tree.
    """
    shown = repr(path if len(path) <= 200 else path[:200] + "…")
    _refuse_form(path, shown)
    parts = tuple(part for part in path.split("/") if part not in {"", "."})
    for part in parts:
        _refuse_component(part, shown)
    return parts


def _refuse_form(path: str, shown: str) -> None:
    if not path:
        raise PathRefused(f"The path is empty. {_ADVICE}")
    if len(path) > MAX_PATH_CHARACTERS:
        raise PathRefused(f"The path has {len(path):,} characters; "
                          f"at most {MAX_PATH_CHARACTERS:,} are taken.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in path):
        raise PathRefused(f"The path {shown} holds a control character. {_ADVICE}")
    if "\\" in path:
        raise PathRefused(f"The path {shown} holds a backslash; use '/' between folders.")
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        raise PathRefused(f"The path {shown} is absolute. {_ADVICE}")
    if path.startswith("~"):
        raise PathRefused(f"The path {shown} starts with '~'; home folders are out of reach. "
                          f"{_ADVICE}")


def _refuse_component(part: str, shown: str) -> None:
    folded = fold_name(part)
    decoded = unquote(part)
    if folded.rstrip(" ") == ".." or (decoded != part and fold_name(decoded) in {".", ".."}):
        raise PathRefused(f"The path {shown} climbs out of a folder with '..'. {_ADVICE}")
    if any(mark in folded for mark in "/\\") or re.search("%2f|%5c|%00", part, re.IGNORECASE):
        raise PathRefused(f"The path {shown} hides a separator in a name. {_ADVICE}")
    if is_git_name(part):
        raise PathRefused(f"The path {shown} names git's own files, which no tool may touch; the "
                          "cockpit commits by itself.")
    if len(part.encode(errors="surrogatepass")) > 255:
        raise PathRefused(f"The path {shown} has a name longer than 255 bytes.")


def fold_name(name: str) -> str:
    """`name` as the most forgiving file system would compare it."""
    visible = _IGNORED_BY_HFS.sub("", name)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())


def is_git_name(name: str) -> bool:
    """Is this `.git`, under any of its disguises?"""
    folded = fold_name(name).split(":")[0].rstrip(". ")
    return folded == ".git" or _GIT_SHORT_NAME.fullmatch(folded) is not None


def is_cockpit_name(name: str) -> bool:
    """Names that start with `.cockpit` are the cockpit's own: readable, never writable."""
    return fold_name(name).startswith(".cockpit")
