"""Jobs in words: rows of a listing, one job in detail, and a report in Markdown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from cockpit_tui.cli.output import as_json, fields
from cockpit_tui.cli.reports import plan_lines
from cockpit_tui.domain.diff import parse_diff
from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import Job, WaitingOn
from cockpit_tui.domain.projection import projected
from cockpit_tui.domain.sanitize import sanitize, sanitize_line
from cockpit_tui.domain.task import Proof, TaskRecord
from cockpit_tui.domain.usage import exact_microusd, format_microusd, minutes_words
from cockpit_tui.domain.view import JobView
from cockpit_tui.engine.estimates import Variance
from cockpit_tui.gitops.history import CommitRecord
from cockpit_tui.presentation.spending import variance as share_off
from cockpit_tui.presentation.time import duration, tokens, when

_MOST_REASON_LINES = 12


def job_rows(jobs: Sequence[Job], project_names: Mapping[ProjectId, str], *, now: datetime,
             paused: Collection[JobId] = ()) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows for `output.table`; of `paused` it is said."""
    header = ("job", "status", "started", "cost", "project", "request")
    return header, [(f"#{job.number}", state(job, is_paused=job.id in paused),
                     when(job.created_at, now), format_microusd(job.cost_microusd),
                     project_names.get(job.project_id, "(removed)"), job.title) for job in jobs]


def state(job: Job, *, is_paused: bool = False) -> str:
    """`building`, or `building ◆ approval` while something is waited for; a pause that holds the
    job besides, or will once its steps are over, is said too."""
    waits = [] if job.waiting_on is WaitingOn.NOTHING else [job.waiting_on.value]
    if is_paused and job.waiting_on is not WaitingOn.PAUSED:
        waits.append(WaitingOn.PAUSED.value)
    if job.status.is_final or not waits:
        return job.status.value
    return f"{job.status.value} ◆ {', '.join(waits)}"


def job_wire(job: Job, project_name: str) -> dict[str, Any]:
    wire: dict[str, Any] = as_json(job)
    return {**wire, "title": job.title, "project": project_name}


def _cost(view: JobView) -> str:
    """What is spent; while more is to come and every estimate is known, what it will be too."""
    spent, projection = format_microusd(view.job.cost_microusd), projected(view)
    if not projection.left_microusd or projection.total_microusd is None:
        return spent
    return f"{spent}, about {exact_microusd(projection.total_microusd)} in the end"


def job_lines(view: JobView, variances: Sequence[Variance], *, now: datetime) -> list[str]:
    """Status, plan and tasks, what waits and what to type next."""
    job = view.job
    has_landed = job.head_commit != job.base_commit
    lines = [f"Job #{job.number}  {sanitize_line(job.title)}", ""]
    lines += fields((
        ("id", job.id), ("status", state(job, is_paused=view.is_paused)),
        ("reason", "\n".join(_reason_lines(job.reason))), ("goes on", _goes_on(view)),
        ("project", f"{sanitize_line(view.project.name)}  {sanitize_line(view.project.path)}"),
        ("model", sanitize_line(job.request.model)),
        ("approve", job.request.policy.approve.value),
        ("branch", job.branch if has_landed else ""),
        ("base", f"{sanitize_line(job.base_branch)} {job.base_commit[:10]}".strip()),
        ("asked", when(job.created_at, now)), ("took", _took(job)),
        ("cost", _cost(view))), indent="  ")
    if view.plan is not None:
        lines += ["", *plan_lines(view.plan)]
    if view.tasks:
        lines += ["", "Tasks"]
    took = {variance.task_id: variance_words(variance) for variance in variances}
    for record in view.tasks:
        lines.append(f"  {record.number:<4} {record.status.value:<18} "
                     f"{sanitize_line(record.title)}")
        if record.reason:
            lines += [f"       {line}".rstrip() for line in _reason_lines(record.reason)]
        if record.id in took:
            lines.append(f"       {took[record.id]}")
        lines += [f"       {proof_words(proof)}" for proof in record.proofs]
    if view.collisions:
        lines += ["", "Foreseen collisions"]
    for clash in view.collisions:
        lines.append(f"  {clash.number} with {clash.other or 'what has landed'}: "
                     f"{sanitize_line(', '.join(clash.files))}")
    if view.strays:
        lines += ["", "Written outside of a task's paths, or where another works"]
    for stray in view.strays:
        held = f" ({' and '.join(stray.held_by)} works there)" if stray.held_by else ""
        lines.append(f"  {stray.number} {sanitize_line(', '.join(stray.files))}{held}")
    for approval in view.pending if not job.status.is_final else ():
        lines += ["", f"◆ {sanitize_line(approval.question.title)} "
                      f"({approval.question.risk.value})",
                  f"  cockpit approvals show {approval.id}"]
    return lines


def _reason_lines(reason: str) -> list[str]:
    """A reason may hold what a command printed: its own lines, without the empty ones."""
    lines = [line for line in sanitize(reason).expandtabs().splitlines() if line.strip()]
    more = len(lines) - _MOST_REASON_LINES
    return lines if more <= 0 else [*lines[:_MOST_REASON_LINES], f"and {more} more lines"]


def _goes_on(view: JobView) -> str:
    """The command after a pause that the reason does not tell of."""
    job = view.job
    if not view.is_paused or job.status.is_final or job.waiting_on is WaitingOn.PAUSED:
        return ""
    first = f"cockpit jobs approve {job.number} && " * (job.waiting_on is WaitingOn.APPROVAL)
    return f"{first}cockpit jobs resume {job.number}"


def _took(job: Job) -> str:
    if job.started_at is None or job.finished_at is None:
        return ""
    return duration((job.finished_at - job.started_at).total_seconds())


def variance_words(variance: Variance) -> str:
    """`4m12s of ~5 min (-16%), 12k of ~10k tokens (+20%), $0.31 of ~$0.50 (-38%)`."""
    return ", ".join(part for part in variance_parts(variance) if part)


def variance_parts(variance: Variance) -> tuple[str, str, str]:
    """Time, tokens and cost, each with its estimate where there is one; no tokens are nothing."""
    planned, actual = variance.estimate, variance.actual
    time = duration(actual.minutes * 60)
    if planned.minutes:
        time += f" of {minutes_words(planned.minutes)}{_off(actual.minutes, planned.minutes)}"
    used = ""
    if actual.tokens:
        of = f" of ~{tokens(planned.tokens)}" if planned.tokens else ""
        used = f"{tokens(actual.tokens)}{of} tokens{_off(actual.tokens, planned.tokens)}"
    cost = exact_microusd(actual.cost_microusd)
    if planned.cost_microusd:
        cost += (f" of ~{exact_microusd(planned.cost_microusd)}"
                 f"{_off(actual.cost_microusd or 0, planned.cost_microusd)}")
    return time, used, cost


def _off(actual: float, planned: float) -> str:
    off = share_off(actual, planned)
    return f" ({off})" if off else ""


def proof_words(proof: Proof) -> str:
    """`✓ pytest -q  (exit 0, 1.2 s)`; what did not run is never shown as passed."""
    if proof.exit_code is None:
        return f"- {sanitize_line(proof.command)}  (not run here: {sanitize_line(proof.output)})"
    mark = "✓" if proof.passed else "✗"
    return (f"{mark} {sanitize_line(proof.command)}  (exit {proof.exit_code}, "
            f"{proof.seconds:.1f} s, on {proof.commit[:10]})")


def report_markdown(view: JobView, commits: Sequence[CommitRecord], patch: str,
                    variances: Sequence[Variance]) -> list[str]:
    """The job for a pull request or an archive; sections without content are left out."""
    job = view.job
    lines = [f"# Job {job.number}: {_escaped(job.title)}", "", "## Request", "",
             *(f"> {line}" for line in sanitize(job.request.text).splitlines()), "",
             f"- Status: {state(job, is_paused=view.is_paused)}"
             + (f" ({_escaped(job.reason)})" if job.reason else ""),
             f"- Project: {_code(view.project.path)}",
             f"- Model: {_code(job.request.model)}",
             f"- Base: {_code(job.base_commit)}",
             f"- Branch: {_code(job.branch)} at {_code(job.head_commit)}" if commits else
             "- Branch: none; nothing landed",
             f"- Cost: {format_microusd(job.cost_microusd)}"
             + (f", took {_took(job)}" if _took(job) else "")]
    if view.review is not None:
        lines += ["", "## Review", "", _escaped(view.review.summary)]
        lines += [f"- {f.severity.value}: {_escaped(f.title)}" for f in view.review.findings[:20]]
    if view.plan is not None:
        lines += ["", "## Plan", "", _escaped(view.plan.summary)]
        for index, phase in enumerate(view.plan.phases, 1):
            lines += [f"{index}. {_escaped(phase.title)}",
                      *(f"   - {_escaped(task.title)} ({task.role})" for task in phase.tasks)]
    if view.tasks:
        lines += ["", "## Tasks and proofs"]
        for record in view.tasks:
            lines += ["", *_task_section(record)]
    if variances:
        lines += ["", "## Estimated and actual", "", "| task | time | tokens | cost |",
                  "|---|---|---|---|"]
        lines += [f"| {v.number} {_escaped(v.title)} | {' | '.join(variance_parts(v))} |"
                  for v in variances]
    lines += _changes(patch)
    if commits:
        lines += ["", "## Commits", "",
                  *(f"- {_code(c.sha[:10])} {_escaped(c.subject)}" for c in commits)]
    return lines


def _task_section(record: TaskRecord) -> list[str]:
    lines = [f"### {record.number} {_escaped(record.title)}", "",
             f"{record.role}, {record.status.value}, {record.attempts} "
             f"attempt{'s' * (record.attempts != 1)}"
             + (f": {_escaped(record.reason)}" if record.reason else "")]
    if record.proofs:
        lines += ["", "| command | exit code | seconds |", "|---|---|---|"]
        lines += [f"| {_code(p.command)} | {'not run here' if p.exit_code is None else p.exit_code}"
                  f" | {p.seconds:.1f} |" for p in record.proofs]
    return lines


def _changes(patch: str) -> list[str]:
    if not patch:
        return []
    diff = parse_diff(patch)
    rows = [f"| {_code(file.path)} | {file.change.value} | +{file.added} | -{file.removed} |"
            for file in diff.files]
    return ["", "## Changes", "", "| file | change | added | removed |", "|---|---|---|---|",
            *rows, "", f"{len(diff.files)} files, +{diff.added} -{diff.removed}"]


def _escaped(text: str) -> str:
    """One harmless line whose characters mean nothing to Markdown."""
    line = sanitize_line(text)
    for character in "\\`*_[]<>|#":
        line = line.replace(character, "\\" + character)
    return line


def _code(text: str) -> str:
    """A code span that no content can end, also inside of a table."""
    line = sanitize_line(text).replace("|", "\\|")
    ticks = "`"
    while ticks in line:
        ticks += "`"
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{space}{line}{space}{ticks}"
