"""While you were away: what the hours without a screen brought, cost, and left to decide."""

from __future__ import annotations

from datetime import datetime

from cockpit_tui.domain.night_report import JobCost, NightReport, why_idle
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.presentation.time import age, duration, money
from cockpit_tui.ui.lines import Ink, Line, foreign, plain
from cockpit_tui.ui.subject import BLANK

MOST_ROWS = 6
"""Of one kind; how many more there are is said."""


def is_worth_telling(report: NightReport) -> bool:
    """False where nothing happened and nothing was to happen."""
    return bool(report.done or report.failed or report.parked or report.questions or report.denied
                or report.next or report.paused_since or report.cost != JobCost())


def away_lines(report: NightReport, now: datetime, glyphs: GlyphSet) -> list[Line]:
    """The section of the start page, what it comes to first."""
    away = duration((report.until - report.since).total_seconds())
    lines = [Line((("While you were away", Ink.STRONG), (f"  {away}", Ink.MUTED)),
                  ((money(report.cost.known_microusd) + ("+?" if report.cost.unpriced_calls
                                                         else ""), Ink.MUTED),))]
    if why := why_idle(report):
        lines.append(Line(((f"  {glyphs.warning} ", Ink.NOTICE),
                           (foreign(f"Nothing was done: {why}"), Ink.NOTICE))))
    asking = {question.job_number for question in report.questions}
    lines += _some([_row(glyphs.done, Ink.OK, done.job.number, done.job.title, "",
                         _commits(done.commits), money(done.cost.known_microusd))
                    for done in report.done], "done")
    lines += _some([_row(glyphs.failed, Ink.FAILED, failed.job.number, failed.job.title,
                         failed.why or failed.job.status.value, "",
                         money(failed.cost.known_microusd))
                    for failed in report.failed], "failed")
    lines += _some([_row(glyphs.off, Ink.MUTED, denied.job_number, "denied: nobody was there",
                         denied.title, "", "") for denied in report.denied], "denied")
    lines += _some([_row(glyphs.needs_you, Ink.ATTENTION, parked.job.number, parked.job.title,
                         parked.reason.partition("\n")[0], "",
                         money(parked.cost.known_microusd))
                    for parked in report.parked if parked.job.number not in asking], "waiting")
    lines += _oldest(report, now, glyphs)
    if report.parked or report.questions:
        lines.append(Line((("  w", Ink.KEY), ("  goes through what waits for you", Ink.PLAIN))))
    return [*lines, BLANK]


def _oldest(report: NightReport, now: datetime, glyphs: GlyphSet) -> list[Line]:
    asked = [(question.asked_at, question) for question in report.questions
             if question.asked_at is not None]
    if not asked:
        return []
    at, question = min(asked, key=lambda pair: pair[0])
    more = f"{len(report.questions)} questions, the oldest: " if len(report.questions) > 1 else ""
    return [Line(((f"  {glyphs.needs_you} ", Ink.ATTENTION), (f"#{question.job_number} ",
                                                              Ink.MUTED),
                  (foreign(f"{more}{question.title}"), Ink.PLAIN)),
                 ((f"asked {age(at, now)} ago", Ink.MUTED),))]


def _row(glyph: str, ink: Ink, number: int, title: str, why: str, *figures: str) -> Line:
    said = f"  {foreign(why)}" if why else ""
    right = "  ".join(figure for figure in figures if figure)
    return Line(((f"  {glyph} ", ink), (f"#{number} ", Ink.MUTED), (foreign(title), Ink.PLAIN),
                 (said, Ink.MUTED)), ((right, Ink.MUTED),) if right else ())


def _some(rows: list[Line], word: str) -> list[Line]:
    left = len(rows) - MOST_ROWS
    return rows if left <= 0 else [*rows[:MOST_ROWS], plain(f"    and {left} more {word}",
                                                            Ink.MUTED)]


def _commits(count: int) -> str:
    return f"{count} commit{'s' * (count != 1)}"
