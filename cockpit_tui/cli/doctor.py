"""`cockpit doctor`: what works here, what is missing, what it would add, and how to get it."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.doctor_checks import Check, State, all_checks
from cockpit_tui.cli.doctor_models import model_checks
from cockpit_tui.cli.output import print_json, print_lines, wants_colour
from cockpit_tui.cli.session import run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.sanitize import sanitize_line

app = App(name="doctor", help=NOUNS["doctor"])

_MARKS = {State.WORKS: "✓", State.LIMITED: "!", State.MISSING: "✗"}
_COLOURS = {State.WORKS: "32", State.LIMITED: "33", State.MISSING: "31"}


@app.default
def doctor(*, json: Annotated[bool, Parameter(help="JSON instead of words.")] = False) -> int:
    """Look at this machine; exit code 1 only where something essential is missing."""
    checks = run_async(_all())
    if json:
        print_json([{"name": c.name, "state": c.state.value, "found": c.found, "adds": c.adds,
                     "command": c.command, "essential": c.is_essential} for c in checks])
    else:
        print_lines(_line(check) for check in checks)
    return int(any(c.is_essential and c.state is State.MISSING for c in checks))


async def _all() -> list[Check]:
    return [*await all_checks(), *await model_checks()]


def _line(check: Check) -> str:
    import sys

    mark = _MARKS[check.state]
    if wants_colour(sys.stdout):
        mark = f"\x1b[{_COLOURS[check.state]}m{mark}\x1b[0m"
    line = f"{mark} {check.name}: {sanitize_line(check.found)}"
    if check.adds:
        line += f" — {check.adds}"
    return f"{line}: {check.command}" if check.command else line
