"""A diff for the terminal or for a pipe: shown harmless and in colour, or passed on as it is."""

from __future__ import annotations

import sys

from cockpit_tui.cli.output import wants_colour
from cockpit_tui.domain.sanitize import sanitize_line

_RESET = "\x1b[0m"
_COLOURS = (("diff --git ", "\x1b[1m"), ("index ", "\x1b[1m"), ("--- ", "\x1b[1m"),
            ("+++ ", "\x1b[1m"), ("@@ ", "\x1b[36m"), ("+", "\x1b[32m"), ("-", "\x1b[31m"))


def print_diff(text: str) -> None:
    """To a terminal: symbols for what would act, colour unless NO_COLOR. To a pipe: the patch
    byte for byte, so that `git apply` takes it."""
    if not sys.stdout.isatty():
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
        return
    is_coloured = wants_colour(sys.stdout)
    for line in text.split("\n")[:-1]:
        sys.stdout.write(_shown(line, is_coloured=is_coloured) + "\n")
    sys.stdout.flush()


def _shown(line: str, *, is_coloured: bool) -> str:
    plain = "\t".join(sanitize_line(part) for part in line.split("\t"))
    if is_coloured:
        for start, colour in _COLOURS:
            if line.startswith(start):
                return f"{colour}{plain}{_RESET}"
    return plain
