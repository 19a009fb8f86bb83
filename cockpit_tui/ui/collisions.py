"""What stands in the way of a running task's landing: foreseen clashes, and strays. Pure."""

from __future__ import annotations

from cockpit_tui.domain.view import JobView
from cockpit_tui.ui.lines import Ink, Line, Part, foreign

LANDED = "what has landed"


def clash_parts(view: JobView, number: str) -> tuple[Part, ...]:
    """`clash 1.2` for the task's row; nothing where none is foreseen."""
    others = [other or "landed" for other, _ in _clashes(view, number)]
    return ((f"clash {', '.join(dict.fromkeys(others))}", Ink.NOTICE),) if others else ()


def warning_lines(view: JobView, number: str) -> tuple[Line, ...]:
    """A line for each foreseen clash of the task, with its files, and for each stray write."""
    lines = [_line(f"will clash with {other or LANDED}: ", files)
             for other, files in _clashes(view, number)]
    for stray in view.strays:
        if stray.number == number:
            where = (f"where {' and '.join(stray.held_by)} works" if stray.held_by
                     else "outside of its paths")
            lines.append(_line(f"wrote {where}: ", stray.files))
    return tuple(lines)


def _clashes(view: JobView, number: str) -> list[tuple[str, tuple[str, ...]]]:
    """With whom (empty: with what has landed), and in which files."""
    return [(clash.number if clash.other == number else clash.other, clash.files)
            for clash in view.collisions if number in (clash.number, clash.other)]


def _line(words: str, files: tuple[str, ...]) -> Line:
    return Line(((words, Ink.NOTICE), (foreign(", ".join(files)), Ink.PLAIN)))
