"""The queue as rows, one of its jobs or schedules in full, and the night on a time axis. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.cells import cell_len

from cockpit_tui.domain.boards import (
    MOST_LOOKED_AT,
    NightSlot,
    Outlook,
    QueueBoard,
    RefusedCommand,
)
from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.night_report import NightReport
from cockpit_tui.domain.queue import AwayPolicy, QueueEntry, Schedule
from cockpit_tui.domain.queue_order import is_parked, local_minute
from cockpit_tui.presentation.control_words import command_words
from cockpit_tui.presentation.fit import pad
from cockpit_tui.presentation.glyphs import GlyphSet, Role, StateSign, job_sign
from cockpit_tui.presentation.night_words import cost_words, report_lines
from cockpit_tui.presentation.time import duration, money, short_clock, when
from cockpit_tui.ui.lines import Ink, Line, Part, foreign, plain
from cockpit_tui.ui.plan_rows import about, sign_ink
from cockpit_tui.ui.subject import BLANK, heading, lines_of
from cockpit_tui.ui.widgets.row_list import Row

NIGHT = "night"
WIDE = 64
"""From this width on a row has its priority and its estimate."""
AWAY_WORDS = {
    AwayPolicy.PARK: "the job waits for you, others take its place",
    AwayPolicy.WAIT: "the job waits for you and keeps its place",
    AwayPolicy.DENY: "the answer is no, and the job goes on where it can",
}


def job_key(entry: QueueEntry) -> str:
    return f"job:{entry.job_id}"


def schedule_key(schedule: Schedule) -> str:
    return f"schedule:{schedule.number}"


def refused_key(refused: RefusedCommand) -> str:
    return f"refused:{refused.seq}"


def queue_rows(board: QueueBoard, *, now: datetime, width: int, glyphs: GlyphSet) -> list[Row]:
    """Jobs in the order in which they start, schedules, and the night before."""
    state = board.state
    rows = [Row(job_key(entry), _entry_line(board, entry, now, width, glyphs))
            for entry in state.entries]
    if state.paused_at is not None:
        rows.insert(0, Row("paused", Line((
            (f"{glyphs.paused} Paused since {local_minute(state.paused_at)}. ", Ink.NOTICE),
            ("P", Ink.KEY), (" lets it go on.", Ink.PLAIN))), is_note=True))
    if not state.entries:
        rows += [Row("e1", plain("Nothing is in the queue."), is_note=True),
                 Row("e2", plain("cockpit queue add REQUEST puts a job here, with --at, --after, "
                                 "--overnight.", Ink.MUTED), is_note=True)]
    if state.schedules:
        rows += [Row("gap:schedules", BLANK, is_note=True),
                 Row("head:schedules", heading("Schedules"), is_note=True),
                 *(Row(schedule_key(s), _schedule_line(s, now, glyphs)) for s in state.schedules)]
    if board.refused:
        rows += [Row("gap:refused", BLANK, is_note=True),
                 Row("head:refused", heading("Asked for by others, not done"), is_note=True),
                 *(Row(refused_key(one), _refused_line(one, now, glyphs))
                   for one in board.refused)]
    if board.night is not None:
        rows += [Row("gap:night", BLANK, is_note=True),
                 Row(NIGHT, _night_line(board.night, board))]
    return rows


def entry_sign(entry: QueueEntry, glyphs: GlyphSet) -> StateSign:
    if entry.is_paused:
        return StateSign(glyph=glyphs.paused, word="paused", role=Role.MUTED)
    return job_sign(entry.status, entry.waiting_on, glyphs)


def start_words(board: QueueBoard, entry: QueueEntry, now: datetime) -> str:
    """When it starts: `23:00`, `after #41`, `tonight`, `its turn`; or how it stands."""
    if entry.is_paused or entry.waiting_on is WaitingOn.PAUSED:
        return "paused"
    if is_parked(entry) or entry.waiting_on is WaitingOn.PERSON:
        return "waits for you"
    if entry.after is not None:
        return f"after #{board.state.dependencies[entry.after].number}"
    if entry.not_before is not None and entry.not_before > now:
        return when_words(entry.not_before, now)
    if entry.is_overnight and entry.begun_at is None:
        return "tonight"
    if entry.begun_at is not None or entry.status is not JobStatus.QUEUED:
        return entry.status.value
    return "its turn"


def when_words(at: datetime, now: datetime) -> str:
    """`23:00`, `Tue 23:00`, `02 Dec 23:00`: no more than it takes to know it."""
    local = at.astimezone()
    if local.date() == now.astimezone().date() or at - now < timedelta(hours=12):
        return short_clock(at)
    return f"{local:%a %H:%M}" if at - now < timedelta(days=6) else f"{local:%d %b %H:%M}"


def _entry_line(board: QueueBoard, entry: QueueEntry, now: datetime, width: int,
                glyphs: GlyphSet) -> Line:
    sign, outlook = entry_sign(entry, glyphs), board.outlooks.get(entry.job_id, Outlook())
    starts = start_words(board, entry, now)
    figures: list[Part] = []
    if outlook.clashes:
        figures.append((f"{glyphs.warning} lock ", Ink.NOTICE))
    if width >= WIDE:
        priority = f"p{entry.priority} " if entry.priority else ""
        figures.append((f"{priority:>6}", Ink.MUTED))
        figures.append((f"{about(outlook.minutes) if outlook.minutes else '?':>6} ", Ink.MUTED))
        cost = f"~{money(outlook.cost_microusd)}" if outlook.cost_microusd is not None else "?"
        figures.append((f"{cost:>8} ", Ink.MUTED))
    figures.append((f"{starts:>13}", sign_ink(sign) if sign.is_bold else Ink.PLAIN))
    return Line(((f"{sign.glyph} ", sign_ink(sign)), (f"#{entry.number} ", Ink.MUTED),
                 (foreign(entry.title), Ink.STRONG if sign.is_bold else Ink.PLAIN)),
                tuple(figures))


def _schedule_line(schedule: Schedule, now: datetime, glyphs: GlyphSet) -> Line:
    sign = glyphs.paused if schedule.is_paused else glyphs.snoozed
    starts = "paused" if schedule.is_paused else when_words(schedule.next_at, now)
    return Line(((f"{sign} s{schedule.number} ", Ink.MUTED),
                 (_first_line(schedule.request.text), Ink.PLAIN)),
                ((f"{foreign(schedule.cron)}  {starts:>11}", Ink.MUTED),))


def _refused_line(refused: RefusedCommand, now: datetime, glyphs: GlyphSet) -> Line:
    asked = foreign(command_words(refused.command))
    return Line(((f"{glyphs.failed} ", Ink.FAILED), (f"{asked} ", Ink.PLAIN),
                 (foreign(refused.why), Ink.MUTED)), ((when(refused.at, now), Ink.MUTED),))


def refused_lines(refused: RefusedCommand) -> tuple[Line, ...]:
    return (plain(f"{foreign(command_words(refused.command))} was not done", Ink.STRONG),
            *lines_of(refused.why, Ink.FAILED), BLANK, _fact("from", foreign(refused.sender)),
            _fact("at", local_minute(refused.at)),
            BLANK, plain("Its sender was told. Send it again there, or do it here.", Ink.MUTED))


def _first_line(text: str) -> str:
    return foreign(text.strip().partition("\n")[0])


def night_name(report: NightReport, board: QueueBoard) -> str:
    """`Last night` where all that ended did so in the night's window, else `Since 22:00`."""
    ended = [done.job.finished_at for done in report.done]
    ended += [failed.job.finished_at for failed in report.failed]
    is_of_night = all(at is None or board.rules.overnight.contains(at) for at in ended)
    return "Last night" if is_of_night else f"Since {short_clock(report.since)}"


def _night_line(report: NightReport, board: QueueBoard) -> Line:
    words = [f"{len(report.done)} done", f"{len(report.failed)} failed"]
    if report.parked:
        words.append(f"{len(report.parked)} for you")
    if not (report.done or report.failed or report.parked):
        words = ["nothing happened"]
    return Line(((f"{night_name(report, board)}  ", Ink.STRONG), (", ".join(words), Ink.PLAIN)),
                ((money(report.cost.known_microusd), Ink.MUTED),))


def figures_line(board: QueueBoard) -> str:
    """For the pane's title: how many, how many at once."""
    jobs = len(board.state.entries)
    return f"{jobs} job{'s' * (jobs != 1)}, {board.rules.concurrent_jobs} at once"


def rules_words(board: QueueBoard) -> str:
    """The night in one line: its window, its budget, and what becomes of questions."""
    return f"Night {_night_words(board)}  away: {board.rules.away.value}"


def _night_words(board: QueueBoard) -> str:
    rules = board.rules
    spent = money(board.night_spent_microusd, rules.overnight_budget_microusd)
    budget = spent if rules.overnight_budget_microusd is not None else f"{spent} spent, no bound"
    return f"{rules.overnight}  {budget}"


def entry_lines(board: QueueBoard, entry: QueueEntry, *, now: datetime, project: str,
                glyphs: GlyphSet) -> tuple[Line, ...]:
    """One job of the queue in full: why it waits, what it has before it, who is in its way."""
    outlook = board.outlooks.get(entry.job_id, Outlook())
    sign = entry_sign(entry, glyphs)
    lines = [Line(((f"{sign.glyph} {sign.word}  ", sign_ink(sign)),
                   (foreign(entry.title), Ink.STRONG)))]
    why = entry.reason or ("You paused it; p lets it go on." if entry.is_paused else "")
    lines += [*lines_of(why, Ink.NOTICE if sign.is_bold else Ink.PLAIN)] if why else []
    lines += [BLANK, _fact("repository", foreign(project)),
              _fact("starts", start_words(board, entry, now)),
              _fact("priority", str(entry.priority)),
              _fact("estimate", _estimate(outlook)),
              _fact("spent", money(outlook.spent_microusd, outlook.budget_microusd))]
    if entry.is_overnight:
        lines.append(_fact("night", _night_words(board)))
    lines.append(_fact("if away", f"{board.rules.away.value}: {AWAY_WORDS[board.rules.away]}"))
    if outlook.clashes:
        lines += [BLANK, heading("Waits for locks when it runs")]
        lines += [plain(f"  {clash.number} wants {foreign(', '.join(clash.names))}, which "
                        f"{clash.holder} holds", Ink.NOTICE) for clash in outlook.clashes]
    return tuple(lines)


def _fact(name: str, value: str) -> Line:
    return Line(((f"{name:<11}", Ink.MUTED), (value, Ink.PLAIN)))


def _estimate(outlook: Outlook) -> str:
    if outlook.minutes is None:
        return "? until it is planned"
    cost = f" ~{money(outlook.cost_microusd)}" if outlook.cost_microusd is not None else " $?"
    return f"{about(outlook.minutes)}{cost}, from {outlook.basis}"


def schedule_lines(schedule: Schedule, *, now: datetime) -> tuple[Line, ...]:
    left = (schedule.next_at - now).total_seconds()
    soon = f", in {duration(left)}" if left > 0 else ", due"
    at = "paused; p lets it go on" if schedule.is_paused else local_minute(schedule.next_at) + soon
    lines = [plain(f"Schedule s{schedule.number}", Ink.STRONG),
             *lines_of(schedule.request.text), BLANK,
             _fact("cron", foreign(schedule.cron)), _fact("next", at),
             _fact("repository", foreign(schedule.repository)),
             _fact("priority", str(schedule.priority))]
    if schedule.is_overnight:
        lines.append(_fact("starts", "in the night"))
    if schedule.last_at is not None:
        lines.append(_fact("last", local_minute(schedule.last_at)))
    return tuple(lines)


def night_lines(report: NightReport) -> tuple[Line, ...]:
    """The morning report, as `cockpit jobs report` prints it."""
    words = report_lines(report)
    return tuple(plain(text, Ink.PLAIN if text.startswith(" ") else Ink.STRONG)
                 for text in words)


def night_title(report: NightReport) -> str:
    return f"Since {local_minute(report.since)}, {cost_words(report.cost)}"


def axis_lines(slots: Sequence[NightSlot], board: QueueBoard, *, now: datetime, width: int,
               most: int, glyphs: GlyphSet) -> tuple[Line, ...]:
    """Hours above, a bar for each job below, at most `most`; a length that is guessed is drawn
    light."""
    label = min(26, max(12, width // 5))
    room = width - label - 1
    if room < 20:
        return ()
    end = _axis_end(slots, board, now)
    per_cell = (end - now).total_seconds() / room
    lines = [_hours(now, end, label, room), _night_marks(board, now, end, label, room, glyphs)]
    for slot in slots[:most]:
        first = min(room - 1, int((slot.begin - now).total_seconds() / per_cell))
        last = min(room, max(first + 1, round((slot.end - now).total_seconds() / per_cell)))
        name = pad(f"#{slot.entry.number} {foreign(slot.entry.title)}", label - 1,
                   glyphs.ellipsis)
        fill = glyphs.bar_empty if slot.is_guess else glyphs.bar_full
        begin = short_clock(slot.begin)
        text = begin if last + 1 + len(begin) <= room else ""
        lines.append(Line((
            (name + " ", Ink.PLAIN), (" " * first, Ink.PLAIN),
            (fill * (last - first), Ink.MUTED if slot.is_guess else Ink.RUNNING),
            (f" {text}", Ink.MUTED))))
    if len(slots) > most:
        more = str(len(slots) - most) if len(slots) < MOST_LOOKED_AT else "many"
        lines.append(plain(f"{glyphs.gap} {more} more", Ink.MUTED))
    return tuple(lines)


def _axis_end(slots: Sequence[NightSlot], board: QueueBoard, now: datetime) -> datetime:
    """Far enough for every job, and for the night that comes or goes on."""
    night = board.rules.overnight
    begin = night.begin_of(now) if night.contains(now) else night.next_begin(now)
    over = begin + timedelta(hours=1)
    while night.contains(over):
        over += timedelta(hours=1)
    last = max((slot.end for slot in slots), default=now)
    return min(max(last, over) + timedelta(minutes=30), now + timedelta(hours=30))


def _hours(now: datetime, end: datetime, label: int, room: int) -> Line:
    whole = (end - now).total_seconds()
    step = next(h for h in (1, 2, 3, 4, 6, 12) if whole / 3600 / h * 7 <= room or h == 12)
    tick = now.astimezone().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    text = "now"
    while tick < end:
        x = int((tick - now).total_seconds() / whole * room)
        if tick.hour % step == 0 and x >= cell_len(text) + 1 and x + 5 <= room:
            text = text.ljust(x) + f"{tick:%H:%M}"
        tick += timedelta(hours=1)
    return plain(" " * label + text, Ink.MUTED)


def _night_marks(board: QueueBoard, now: datetime, end: datetime, label: int, room: int,
                 glyphs: GlyphSet) -> Line:
    whole = (end - now).total_seconds()
    stroke = "─" if glyphs.name == "unicode" else "-"
    cells = "".join(
        stroke if board.rules.overnight.contains(now + timedelta(seconds=whole * x / room))
        else " " for x in range(room))
    name = pad(f"night {board.rules.overnight}", label - 1, glyphs.ellipsis)
    return Line(((f"{name} ", Ink.MUTED), (cells, Ink.MARK)))
