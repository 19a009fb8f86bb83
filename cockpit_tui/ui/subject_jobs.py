"""What the review pane shows for a job's review and its result. Pure."""

from __future__ import annotations

from cockpit_tui.domain.job import JobStatus
from cockpit_tui.domain.task import TaskStatus
from cockpit_tui.domain.view import JobView
from cockpit_tui.presentation.counting import count
from cockpit_tui.presentation.glyphs import GlyphSet, job_sign
from cockpit_tui.presentation.time import money
from cockpit_tui.ui.lines import Ink, Line, foreign, plain
from cockpit_tui.ui.plan_rows import sign_ink
from cockpit_tui.ui.snapshot import DiffSource
from cockpit_tui.ui.subject import BLANK, Subject, heading, lines_of
from cockpit_tui.ui.subject_plans import failure_lines


def review_subject(view: JobView, glyphs: GlyphSet) -> Subject:
    review = view.review
    if review is None:
        running = view.job.status in {JobStatus.QUEUED, JobStatus.REVIEWING}
        text = ("The repository is being read. The log shows how far it is." if running
                else "There is no review.")
        return Subject(key="review", title=(("Review", Ink.STRONG),), lines=(plain(text),))
    lines = [*lines_of(review.summary), BLANK]
    lines += [Line(((f"{finding.severity.value:<7} ", Ink.NOTICE if finding.severity.value in
                     {"high", "medium"} else Ink.MUTED), (foreign(finding.title), Ink.PLAIN)),
                   ((f"{foreign(finding.path)}:{finding.line}" if finding.path else "",
                     Ink.MUTED),)) for finding in review.findings]
    return Subject(key="review", lines=tuple(lines),
                   title=(("Review", Ink.STRONG),
                          (f" {glyphs.separator} by {foreign(review.author)}", Ink.MUTED)),
                   figures=((count(len(review.findings), "finding"), Ink.MUTED),),
                   hint=plain(" Enter opens the whole report."))


def result_subject(view: JobView, glyphs: GlyphSet) -> Subject:
    """How the job ended, where its work is, and what to do with it."""
    job = view.job
    sign = job_sign(job.status, job.waiting_on, glyphs)
    done = sum(record.status is TaskStatus.DONE for record in view.tasks)
    landed = job.head_commit not in {"", job.base_commit}
    facts = [Line(((f"{sign.glyph} {sign.word}", sign_ink(sign)),
                   (f"  {done} of {count(len(view.tasks), 'task')} done", Ink.PLAIN)),
                  ((money(job.cost_microusd), Ink.PLAIN),))]
    if job.reason:
        facts += list(lines_of(job.reason, Ink.FAILED if job.status is JobStatus.FAILED
                               else Ink.MUTED))
    stopped = job.status in {JobStatus.FAILED, JobStatus.CANCELLED}
    title = ((f"#{job.number} ", Ink.MUTED), ("Result", Ink.STRONG))
    if landed:
        facts += _landed_lines(view)
        again = " R tries the failed tasks again.  " if stopped else " "
        return Subject(key="result", title=title, head=tuple(facts), is_head_whole=True,
                       source=DiffSource.of_job(job.id),
                       hint=plain(f"{again}git merge {foreign(job.branch)}  takes it over.  "
                                  ": undo job takes the branch away."))
    failed = [line for record in view.tasks if record.status is TaskStatus.FAILED
              for line in (BLANK, heading(f"{record.number} {foreign(record.title)}"),
                           *failure_lines(record, glyphs))]
    if stopped:
        facts.append(plain("Nothing landed: there is no branch, your repository is as it was.",
                           Ink.MUTED))
    hint = " R tries the failed tasks again.  n starts another request." if stopped else ""
    return Subject(key="result", title=title, lines=(*facts, *failed), hint=plain(hint))


def _landed_lines(view: JobView) -> tuple[Line, ...]:
    """Branch, how to take it over, how to be rid of it; and which tasks are not in it."""
    job = view.job
    commits = len({record.commit for record in view.tasks if record.commit})
    lines = [Line((("branch   ", Ink.MUTED), (foreign(job.branch), Ink.PLAIN)),
                  ((f"{count(commits, 'commit')}, {job.head_commit[:8]}", Ink.MUTED),))]
    if job.status.is_final:
        lines += [Line((("take it  ", Ink.MUTED), (f"git merge {foreign(job.branch)}",
                                                   Ink.STRONG))),
                  Line((("undo     ", Ink.MUTED), (": undo job", Ink.PLAIN)))]
    lines += [Line((("failed   ", Ink.FAILED), (f"{record.number} {foreign(record.title)}: "
                                                f"{foreign(record.reason)}", Ink.PLAIN)))
              for record in view.tasks if record.status is TaskStatus.FAILED]
    return tuple(lines)
