"""The searching half of `search`, a process of its own: a hopeless pattern can be killed.

`python -m cockpit_tui.tools.grep` reads one JSON object a line on stdin, `{"root", "path",
"pattern", "glob", "limit"}`, and answers each with one JSON object a line: `{"path", "line",
"text"}` for up to `limit` matches, and last `{"skipped": N}` or `{"error": text}`. It ends with
its stdin, or when nothing was asked of it for a while.
"""

from __future__ import annotations

import json
import re
import select
import signal
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from cockpit_tui.domain.errors import ToolError
from cockpit_tui.domain.globs import matches_glob
from cockpit_tui.tools.paths import ConfinedPath, Confinement

MAX_SEARCHED_BYTES = 2 * 1024 * 1024
MAX_LINE_CHARACTERS = 4_000
MAX_ENTRIES_OF_A_FOLDER = 20_000
IDLE_SECONDS = 20.0
"""Without a question for so long, the process gives its memory back."""
_LONGEST_SECONDS = 60
"""The kernel ends a search then, should nobody be left to do it."""
_SHOWN_CHARACTERS = 300


def main() -> None:
    # select sees the descriptor, not a buffer; the asker sends a line only after the last answer.
    while select.select([sys.stdin], [], [], IDLE_SECONDS)[0] and (line := sys.stdin.readline()):
        request = json.loads(line)
        signal.alarm(_LONGEST_SECONDS)
        try:
            for answer in _answers(request):
                _write(answer)
        except re.error as error:
            _write({"error": f"the pattern is not a regular expression: {error}"})
        except (ToolError, RecursionError, OverflowError) as error:
            _write({"error": str(error)})
        signal.alarm(0)


def _write(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()  # What was found is worth having, should the rest take too long.


def _answers(request: dict[str, Any]) -> Iterator[dict[str, object]]:
    skipped: list[str] = []
    yield from islice(_matches(request, skipped), request["limit"])
    yield {"skipped": len(skipped)}


def _matches(request: dict[str, Any], skipped: list[str]) -> Iterator[dict[str, object]]:
    """Every match; files that cannot be searched are added to `skipped`."""
    pattern = re.compile(request["pattern"])
    confinement = Confinement(Path(request["root"]))
    for path in _files(confinement, confinement.resolve(request["path"])):
        name = str(path)
        if request["glob"] and not matches_glob(name, request["glob"]):
            continue
        try:
            data = confinement.read(path, limit=MAX_SEARCHED_BYTES).data
        except ToolError:
            skipped.append(name)
            continue
        if b"\0" in data[:8_192]:
            continue
        for number, line in enumerate(data.decode(errors="replace").split("\n"), 1):
            if (match := pattern.search(line, 0, MAX_LINE_CHARACTERS)) is not None:
                yield {"path": name, "line": number, "text": _excerpt(line, match.start())}


def _excerpt(line: str, at: int) -> str:
    line = line.removesuffix("\r")
    if len(line) <= _SHOWN_CHARACTERS:
        return line
    start = max(0, at - _SHOWN_CHARACTERS // 3)
    end = start + _SHOWN_CHARACTERS
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")


def _files(confinement: Confinement, start: ConfinedPath) -> Iterator[ConfinedPath]:
    if confinement.is_file(start):
        yield start
        return
    waiting = [start]
    while waiting:
        folder = waiting.pop()
        below = []
        for name, kind in confinement.entries(folder, limit=MAX_ENTRIES_OF_A_FOLDER).entries:
            path = ConfinedPath((*folder.parts, name))
            if kind == "file":
                yield path
            elif kind == "directory":
                below.append(path)
        waiting += reversed(below)


if __name__ == "__main__":
    main()
