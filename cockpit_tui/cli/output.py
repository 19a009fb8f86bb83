"""What commands print: plain lines, JSON, aligned tables; colour only where it is wanted."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from rich.cells import cell_len

from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.presentation.fit import clip_end, pad

PIPE_WIDTH = 10_000
"""A pipe cuts nothing."""
_GAP = 2
_LEAST_CELLS = 8


def print_lines(lines: Iterable[str]) -> None:
    """Lines that are harmless already, to stdout."""
    for line in lines:
        sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


def print_json(value: object) -> None:
    """One JSON value on one line; control characters cannot act on a terminal that shows it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """Narration, to stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def output_width() -> int:
    """Cells that stdout has; COLUMNS wins, a pipe is as wide as it takes."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS", "").isdigit():
        return PIPE_WIDTH
    return max(40, shutil.get_terminal_size((80, 24)).columns)


def wants_colour(stream: IO[str], environ: Mapping[str, str] = os.environ) -> bool:
    """Colour for people at a terminal that can, who did not say NO_COLOR (no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def table(rows: Sequence[Sequence[str]], *, header: Sequence[str],
          width: int | None = None) -> list[str]:
    """Columns aligned at the left, together at most `width` cells: the widest one gives way.

    Every cell is made one harmless line. Raises ValueError for rows that differ from the header.
    """
    cells = [[sanitize_line(cell) for cell in row] for row in (header, *rows)]
    widths = [max(cell_len(row[i]) for row in cells) for i in range(len(header))]
    room = (output_width() if width is None else width) - _GAP * (len(header) - 1)
    while sum(widths) > room and max(widths) > _LEAST_CELLS:
        widest = widths.index(max(widths))
        spare = sum(widths) - room
        second = max([w for i, w in enumerate(widths) if i != widest], default=0)
        widths[widest] = max(widths[widest] - spare, min(second, widths[widest] - 1),
                             _LEAST_CELLS)
    return [(" " * _GAP).join(
        [pad(cell, w) for cell, w in zip(row[:-1], widths[:-1], strict=True)]
        + [clip_end(row[-1], widths[-1])]).rstrip() for row in cells]


def fields(pairs: Iterable[tuple[str, str]], *, indent: str = "") -> list[str]:
    """`name   value` lines, the values aligned; pairs without a value are left out. A value's
    further lines stand below its first."""
    kept = [(name, value) for name, value in pairs if value]
    longest = max((len(name) for name, _ in kept), default=0)
    below = " " * (len(indent) + longest + 2)
    lines = []
    for name, value in kept:
        first, *further = value.split("\n")
        lines += [f"{indent}{name:<{longest}}  {first}", *(f"{below}{line}" for line in further)]
    return lines


def as_json(value: Any) -> Any:
    """A domain object in JSON's own types, fields under their names."""
    from cockpit_tui.domain.codec import adapter

    return adapter(type(value)).dump_python(value, mode="json")
