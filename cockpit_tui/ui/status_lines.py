"""What the header and the attention line say, from the snapshot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.job import Job, JobStatus
from cockpit_tui.domain.policy import Gate
from cockpit_tui.domain.project import Project, RepositoryState
from cockpit_tui.presentation.glyphs import GlyphSet, risk_sign
from cockpit_tui.presentation.spending import RULES_NOT_AI, day_words, is_rules
from cockpit_tui.presentation.time import age, short_clock
from cockpit_tui.ui.lines import Ink, Line, Part, foreign
from cockpit_tui.ui.parked import gauge, parked_item
from cockpit_tui.ui.plan_rows import sign_ink
from cockpit_tui.ui.snapshot import Snapshot, is_at_work, needs_help


def header_forms(snapshot: Snapshot, project: Project | None, job: Job | None, *, now: datetime,
                 glyphs: GlyphSet, place: str = "") -> tuple[Line, ...]:
    """The header from the longest form to the shortest; path and needs-you count stay in all.

    `place` is the screen's name (`PLAN`, `INBOX`); empty on Home.
    """
    forms = []
    for size in (4, 3, 2, 1, 0):
        left: list[Part] = []
        if size >= 2:
            left += [(f" {place or 'COCKPIT'} ", Ink.STRONG), (" ", Ink.PLAIN)]
        elif place:
            left += [(f" {place}", Ink.STRONG), (" ", Ink.PLAIN)]
        left += [(" " if size < 2 and not place else "", Ink.PLAIN), *_path(snapshot, project, job,
                                                                            glyphs, size)]
        forms.append(Line(tuple(left), _state(snapshot, job, now, glyphs, size)))
    return tuple(forms)


def _path(snapshot: Snapshot, project: Project | None, job: Job | None, glyphs: GlyphSet,
          size: int) -> list[Part]:
    if project is None:
        return [("no repository" if snapshot.is_loaded else "opening the ledger", Ink.MUTED)]
    parts: list[Part] = [(foreign(project.name), Ink.STRONG)]
    if job is not None:
        arrow = "›" if glyphs.name == "unicode" else ">"
        parts += [(f" {arrow} ", Ink.MUTED), (f"#{job.number} {foreign(job.title)}", Ink.PLAIN)]
    elif (state := snapshot.repositories.get(project.id)) is not None:
        parts.append(("  " + branch_text(state, glyphs), Ink.MUTED))
    return parts


def branch_text(state: RepositoryState, glyphs: GlyphSet) -> str:
    """`main ✓`, `main ±3`, `detached`."""
    name = foreign(state.branch) or ("detached" if state.head else "no commit")
    plus_minus = "±" if glyphs.name == "unicode" else "+-"
    dirty = ("" if state.dirty_files < 0 else f" {glyphs.done}" if state.dirty_files == 0
             else f" {plus_minus}{state.dirty_files}")
    return name + dirty


def _state(snapshot: Snapshot, job: Job | None, now: datetime, glyphs: GlyphSet,
           size: int) -> tuple[Part, ...]:
    parts: list[Part] = []
    if snapshot.is_read_only:
        parts.append(("read only: another cockpit holds the engine  " if size >= 3
                      else "read only  ", Ink.REVERSE))
    elif snapshot.is_following:
        parts.append(("follows another cockpit  " if size >= 3 else "follows  ", Ink.NOTICE))
    if job is not None and is_rules(job.request.model) and size >= 1:
        parts.append((f"{RULES_NOT_AI}   " if size >= 2 else "not AI  ", Ink.NOTICE))
    elif job is not None and size >= 3:
        parts.append((f"{job.request.mode.value}   ", Ink.MUTED))
    running = snapshot.pulse.at_work
    if snapshot.pulse.paused_at is not None:
        parts.append((f"{glyphs.paused} {_paused_words(snapshot) if size >= 2 else 'paused'}  ",
                      Ink.NOTICE))
    if not running and job is not None and job.status is JobStatus.TESTING:
        parts.append((f"{glyphs.working} testing  ", Ink.RUNNING))
    elif running or size >= 2:
        parts.append((f"{glyphs.working} {running}{' run' if size >= 2 else ''}  ",
                      Ink.RUNNING if running else Ink.MUTED))
    waiting = snapshot.waiting
    need = " NEEDS YOU" if waiting == 1 else " NEED YOU"
    word = need if waiting and size >= 2 else "!" if waiting else ""
    parts.append((f"{glyphs.needs_you} {waiting}{word}", Ink.ATTENTION if waiting else Ink.MUTED))
    parts += _money(snapshot, job, glyphs, size)
    parts.append((f"  {short_clock(now)} ", Ink.MUTED))
    return tuple(parts)


def _paused_words(snapshot: Snapshot) -> str:
    """`all paused`, or that only the queue is: what had begun goes on."""
    goes_on = any(is_at_work(job) for job in snapshot.jobs)
    return "queue paused" if goes_on else "all paused"


def _money(snapshot: Snapshot, job: Job | None, glyphs: GlyphSet, size: int) -> list[Part]:
    """The job's gauge; what the day cost where there is room, or where no job is looked at."""
    parts: list[Part] = []
    if job is not None:
        spent, limit = job.cost_microusd, job.request.limits.budget_microusd
        if size == 0 and spent is not None and limit:
            _, ink = gauge(spent, limit, glyphs, cells=0)
            parts.append((f"  {spent / limit:.0%}", ink))
        else:
            text, ink = gauge(spent, limit if size >= 1 else None, glyphs,
                              cells=8 if size >= 2 else 0)
            parts.append((f"  {text}", ink))
    if snapshot.today is not None and (size >= 4 or (job is None and size >= 1)):
        parts.append((f"  today {day_words(snapshot.today)}", Ink.MUTED))
    return parts


def attention_line(pending: Sequence[Approval], jobs: Sequence[Job], *, now: datetime,
                   glyphs: GlyphSet, width: int) -> Line:
    """The first two things that need the person, in words; empty when nothing does.

    Questions stand before jobs that stopped without one.
    """
    numbers = {job.id: job.number for job in jobs}
    items = [_item(approval, numbers.get(approval.job_id, 0), now, glyphs, is_long=width >= 100)
             for approval in pending]
    items += [[(f"#{job.number} ", Ink.MUTED), (parked_item(job), Ink.PLAIN)]
              for job in jobs if needs_help(job)]
    count = len(items)
    if not items:
        return Line()
    parts: list[Part] = [(f" {glyphs.needs_you} {count} NEED{'S' if count == 1 else ''} YOU ",
                          Ink.REVERSE), (f"  {glyphs.cursor} ", Ink.KEY)]
    for place, item in enumerate(items[:2]):
        if place:
            parts.append((f"  {glyphs.separator}  ", Ink.MUTED))
        parts += item
    right = ((" w next  i inbox ", Ink.MUTED),) if width >= 90 else ()
    return Line(tuple(parts), right)


def _item(approval: Approval, number: int, now: datetime, glyphs: GlyphSet, *,
          is_long: bool) -> list[Part]:
    question = approval.question
    risk = risk_sign(question.risk, glyphs)
    what = {Gate.PHASE: "diff ", Gate.PLAN: "", Gate.EXPENSIVE: ""}.get(
        question.gate, f"{question.gate.value} ")
    held = ""
    if approval.holds_up and is_long:
        held = f", holds up {approval.holds_up}"
    return [(f"#{number} ", Ink.MUTED), (f"{what}{foreign(question.title)} ", Ink.PLAIN),
            (risk.word, sign_ink(risk)), (f" {age(approval.asked_at, now)}{held}", Ink.MUTED)]
