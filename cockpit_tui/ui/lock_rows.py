"""Locks as rows: who holds what, who waits below, and one of them in full. Pure."""

from __future__ import annotations

from datetime import datetime

from cockpit_tui.domain.boards import LockBoard
from cockpit_tui.domain.lock import Lock
from cockpit_tui.presentation.glyphs import GlyphSet
from cockpit_tui.presentation.time import age, duration, short_clock
from cockpit_tui.ui.lines import Ink, Line, Part, foreign, plain
from cockpit_tui.ui.plan_rows import short_role
from cockpit_tui.ui.subject import BLANK, heading
from cockpit_tui.ui.widgets.row_list import Row

WIDE = 70


def lock_rows(board: LockBoard, *, now: datetime, width: int, glyphs: GlyphSet) -> list[Row]:
    """Every lock that is held, with those who wait for it below."""
    if not board.locks:
        return [Row("e1", plain("Nothing is locked."), is_note=True),
                Row("e2", plain("Tasks at work lock the paths they may write, and the resources "
                                "that the plan names.", Ink.MUTED), is_note=True)]
    rows: list[Row] = []
    below: dict[str, list[Lock]] = {}
    for lock in board.locks:
        if lock.held_at is None:
            first = board.holder_of(lock)
            below.setdefault(_root(board, first), []).append(lock)
    for lock in board.locks:
        if lock.held_at is not None:
            waiting = below.pop(lock.id, [])
            rows.append(Row(lock.id, _held_line(board, lock, now, width, glyphs),
                            folds=bool(waiting)))
            rows += [Row(one.id, _waiting_line(one, now, width, glyphs), depth=1)
                     for one in waiting]
    rows += [Row(one.id, _waiting_line(one, now, width, glyphs))
             for left in below.values() for one in left]
    return rows


def _root(board: LockBoard, lock: Lock | None) -> str:
    """The lock at the head of the line that leads to `lock`."""
    while lock is not None and lock.held_at is None:
        lock = board.holder_of(lock)
    return lock.id if lock is not None else ""


def who(board: LockBoard, lock: Lock) -> str:
    """`#41 2.2 a2`."""
    agent = board.agents.get(lock.task_id)
    return f"{lock.task_name}{f' {agent.name}' if agent is not None else ''}"


def _held_line(board: LockBoard, lock: Lock, now: datetime, width: int, glyphs: GlyphSet) -> Line:
    assert lock.held_at is not None
    figures: list[Part] = []
    if width >= WIDE and (free := free_words(board, lock, now)):
        figures.append((f"free {free}  ", Ink.MUTED))
    waiting = len(board.waiting_for(lock))
    if waiting:
        figures.append((f"{waiting} wait{'s' * (waiting == 1)}  ", Ink.NOTICE))
    figures.append((f"{age(lock.held_at, now):>4}", Ink.MUTED))
    stray = f"{glyphs.warning} seen writing " if lock.claim.is_observed else ""
    return Line(((f"{glyphs.working} ", Ink.RUNNING), (f"{who(board, lock)} ", Ink.MUTED),
                 (stray, Ink.NOTICE), (foreign(", ".join(lock.claim.names)), Ink.STRONG),
                 (f"  {foreign(lock.title)}", Ink.PLAIN)), tuple(figures))


def _waiting_line(lock: Lock, now: datetime, width: int, glyphs: GlyphSet) -> Line:
    priority = f"p{lock.priority}  " if lock.priority else ""
    return Line(((f"{glyphs.blocked} ", Ink.MUTED), (f"{lock.task_name} ", Ink.MUTED),
                 (foreign(lock.title), Ink.PLAIN),
                 (f"  wants {foreign(', '.join(lock.claim.names))}" if width >= WIDE else "",
                  Ink.MUTED)),
                ((f"{priority}waits {age(lock.asked_at, now)}", Ink.MUTED),))


def free_words(board: LockBoard, lock: Lock, now: datetime) -> str:
    """`~12:50`, or `over its estimate`; empty where nobody knows."""
    at = board.free_at(lock)
    if at is None:
        return ""
    return f"~{short_clock(at)}" if at > now else "soon, over its estimate"


def lock_lines(board: LockBoard, lock: Lock, *, now: datetime, project: str, glyphs: GlyphSet
               ) -> tuple[Line, ...]:
    """Resource, holder, since when, who waits for it with which priority, when it will be free."""
    agent = board.agents.get(lock.task_id)
    lines = [plain(f"Lock {lock.number}", Ink.STRONG),
             *(plain(f"  {foreign(name)}") for name in lock.claim.names)]
    if lock.claim.is_observed:
        lines.append(plain("Not declared: the task was seen to write there.", Ink.NOTICE))
    lines.append(BLANK)
    verb = "held by" if lock.held_at is not None else "wanted by"
    lines.append(_fact(verb, f"{lock.task_name} {foreign(lock.title)}"))
    if agent is not None:
        lines.append(_fact("agent", f"{foreign(agent.name)} {short_role(agent.role)}, "
                                    f"{agent.status.value}"))
    lines += [_fact("repository", foreign(project)), _fact("priority", str(lock.priority))]
    if lock.held_at is not None:
        lines.append(_fact("since", f"{short_clock(lock.held_at)}, {age(lock.held_at, now)}"))
        lines.append(_fact("free", free_words(board, lock, now) or "? (no estimate)"))
    else:
        lines.append(_fact("since", f"{short_clock(lock.asked_at)}, {age(lock.asked_at, now)}"))
        holder = board.holder_of(lock)
        if holder is not None:
            shared = ", ".join(lock.claim.shared_with(holder.claim))
            lines.append(_fact("waits for", f"{holder.task_name}: {foreign(shared)}"))
    beat = duration(max(0.0, (now - lock.beat_at).total_seconds()))
    lines.append(_fact("engine", f"process {lock.pid}, alive {beat} ago"))
    waiting = board.waiting_for(lock) if lock.held_at is not None else ()
    if waiting:
        lines += [BLANK, heading("Waits for it, in this order")]
        lines += [Line(((f"  {glyphs.blocked} {one.task_name} ", Ink.MUTED),
                        (foreign(one.title), Ink.PLAIN)),
                       ((f"p{one.priority} {age(one.asked_at, now)}", Ink.MUTED),))
                  for one in waiting]
    lines += [BLANK, plain("It is given back when the task ends, when its engine is known to be "
                           "dead, or when you release it (X).", Ink.MUTED)]
    return tuple(lines)


def release_words(board: LockBoard, lock: Lock) -> str:
    """What follows a release by force."""
    names = foreign(", ".join(lock.claim.names))
    waiting = board.waiting_for(lock)
    then = (f"{waiting[0].task_name} gets it at once. " if waiting else "")
    return (f"{lock.task_name} runs on without its lock on {names}. {then}Two tasks may then "
            "write the same files or use the same resource: their merge may fail, and their tests "
            "may disturb each other.")


def _fact(name: str, value: str) -> Line:
    return Line(((f"{name:<11}", Ink.MUTED), (value, Ink.PLAIN)))
