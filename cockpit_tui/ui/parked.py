"""A job that stopped without a question: why, how far its money is gone, how it goes on. Pure."""

from __future__ import annotations

from cockpit_tui.domain.job import Job, WaitingOn
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.presentation.spending import Fill, fill_of
from cockpit_tui.presentation.time import money
from cockpit_tui.ui.lines import Ink, Line, Part, foreign, plain
from cockpit_tui.ui.subject import BLANK, Subject, heading, lines_of

_OF_THE_DAY = "Today's"
"""What the engine's words begin with where the day's budget is the one that is used up."""
_FILL_INKS = {Fill.UNKNOWN: Ink.PLAIN, Fill.FINE: Ink.PLAIN, Fill.NEAR: Ink.NOTICE,
              Fill.OVER: Ink.FAILED}


def gauge(spent: int | None, budget: int | None, glyphs: GlyphSet, *, cells: int) -> Part:
    """`$3.42/10.00 ▓▓▓░░░░░ 34%`; from 80 % on with a sign, past the budget with a word."""
    text, fill = money(spent, budget), fill_of(spent, budget)
    if spent is None or not budget:
        return text, _FILL_INKS[fill]
    mark = {Fill.NEAR: f"{glyphs.warning} ", Fill.OVER: f"{glyphs.warning} OVER "}.get(fill, "")
    bar = f"{glyphs.bar(spent / budget, cells)} " if cells else ""
    return f"{mark}{text} {bar}{spent / budget:.0%}", _FILL_INKS[fill]


def spent_line(job: Job, glyphs: GlyphSet) -> Line:
    budget = job.request.limits.budget_microusd
    return Line((("spent  ", Ink.MUTED), gauge(job.cost_microusd, budget, glyphs, cells=20)))


def parked_title(job: Job) -> str:
    match job.waiting_on:
        case WaitingOn.BUDGET:
            return "Waits for money"
        case WaitingOn.PAUSED:
            return "Paused"
        case _:
            return "Waits for you"


def is_days_budget(job: Job) -> bool:
    """Whether the limit over all jobs stopped it, which more for this job would not change."""
    return job.waiting_on is WaitingOn.BUDGET and job.reason.startswith(_OF_THE_DAY)


def parked_subject(job: Job, glyphs: GlyphSet) -> Subject:
    """Why it waits and what the person can do about it, with the keys."""
    lines = [heading(f"{parked_title(job)}: nothing is lost, it goes on where it stopped."), BLANK,
             *lines_of(job.reason or "It stopped without a word."), BLANK,
             spent_line(job, glyphs), BLANK, heading("What you can do")]
    if is_days_budget(job):
        lines += [plain("  cockpit config set limits.daily_budget_usd N   allows more for a day"),
                  _key("b", "then goes on with the job; or wait for tomorrow")]
    elif job.waiting_on is WaitingOn.BUDGET:
        lines.append(_key("b", "gives it more money and goes on"))
    elif job.waiting_on is WaitingOn.PAUSED:
        lines.append(_key("b", "goes on"))
    else:
        lines.append(_key("b", "goes on, once what it says is put right"))
    lines.append(_key("X", "stops it for good; what landed stays"))
    again = "goes on" if job.waiting_on is not WaitingOn.BUDGET or is_days_budget(job) else \
        "gives it more money and goes on"
    return Subject(key=f"parked:{job.id}:{job.reason}", lines=tuple(lines),
                   title=(_sign(job, glyphs), (f"#{job.number} ", Ink.MUTED),
                          (parked_title(job), Ink.STRONG)),
                   hint=plain(f" b {again}.  X (in the plan) stops the job."))


def parked_item(job: Job) -> str:
    """For lists of what waits: `waits for money: Google login`."""
    return f"{parked_title(job).lower()}: {foreign(job.title)}"


def _sign(job: Job, glyphs: GlyphSet) -> Part:
    if job.waiting_on is WaitingOn.PAUSED:
        return f"{glyphs.paused} ", Ink.MUTED
    return f"{glyphs.needs_you} ", Ink.ATTENTION


def _key(key: str, does: str) -> Line:
    return Line(((f"  {key}  ", Ink.KEY), (does, Ink.PLAIN)))
