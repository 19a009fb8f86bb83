"""`cockpit status`: what waits, who works, what today cost; for people and for status lines."""

from __future__ import annotations

import os
from datetime import datetime, time
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.glance import Glance
from cockpit_tui.domain.spending import DaySpending
from cockpit_tui.presentation.glyphs import GlyphSet, choose_glyphs
from cockpit_tui.presentation.spending import day_words

app = App(name="status", help=NOUNS["status"])


@app.default
def status(*, tmux: Annotated[bool, Parameter(help="One short line for a status line.")] = False,
           json: Annotated[bool, Parameter(help="JSON instead of words.")] = False) -> int:
    """What waits for you, how many agents work, what today cost. It only reads, beside any cockpit.

    In ~/.tmux.conf: set -g status-right '#(cockpit status --tmux)'
    """
    from cockpit_tui.cli.output import print_json, print_lines
    from cockpit_tui.storage.glance import glance

    midnight = datetime.combine(datetime.now().astimezone().date(), time()).astimezone()
    found = glance(Paths.from_environment().database, midnight)
    glyphs = choose_glyphs("auto", os.environ)
    if json:
        print_json({"questions": found.questions, "parked": found.parked, "agents": found.agents,
                    "today_usd": found.today_microusd / 1_000_000,
                    "unpriced_calls": found.unpriced_calls})
    elif tmux:
        print_lines([status_line(found, glyphs)])
    else:
        print_lines(_words(found, glyphs))
    return 0


def status_line(found: Glance, glyphs: GlyphSet) -> str:
    """`◆2 ●4 $4.38`."""
    return (f"{glyphs.needs_you}{found.waiting} {glyphs.working}{found.agents} "
            f"{_today(found)}")


def _words(found: Glance, glyphs: GlyphSet) -> list[str]:
    lines = []
    if found.questions:
        lines.append(f"{glyphs.needs_you} {_count(found.questions, 'question')} "
                     f"wait{'s' * (found.questions == 1)} for you: cockpit approvals list")
    if found.parked:
        lines.append(f"{glyphs.needs_you} {_count(found.parked, 'job')} stopped and "
                     f"need{'s' * (found.parked == 1)} you: cockpit jobs list")
    if not lines:
        lines = ["Nothing waits for you."]
    return [*lines, f"{glyphs.working} {_count(found.agents, 'agent')} at work.",
            f"{_today(found)} spent today."]


def _today(found: Glance) -> str:
    return day_words(DaySpending(known_microusd=found.today_microusd,
                                 unpriced_calls=found.unpriced_calls, by_job={}))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
