"""A review and a plan in words, for the terminal and for pipes."""

from __future__ import annotations

import textwrap

from cockpit_tui.domain.plan import Plan
from cockpit_tui.domain.review import CommandFact, Finding, Review
from cockpit_tui.domain.sanitize import sanitize, sanitize_line
from cockpit_tui.domain.usage import estimate_words

WIDTH = 78


def review_lines(review: Review) -> list[str]:
    facts = review.facts
    lines = textwrap.wrap(sanitize_line(review.summary), WIDTH)
    lines += ["", f"Reviewed by {sanitize_line(review.author)} at {facts.commit[:10]}"]
    languages = ", ".join(f"{share.name} {share.lines:,} lines in {share.files:,} files"
                          for share in facts.languages[:6])
    lines += _section("Languages", textwrap.wrap(languages, WIDTH - 2))
    lines += _section("Layout", [
        f"{sanitize_line(entry.path):<28} {entry.files:>5} file{'s' if entry.files != 1 else ' '}"
        f"  {entry.role}".rstrip() for entry in facts.layout[:20]])
    lines += _section("Entry points", [sanitize_line(e) for e in facts.entry_points[:10]])
    lines += _section("Commands", [line for fact in facts.commands[:12]
                                   for line in _command(fact)])
    patterns = tuple(pattern for pattern in review.patterns if pattern not in facts.conventions)
    lines += _section("Patterns", _wrapped(patterns[:12]))
    lines += _section("Conventions", _wrapped(facts.conventions[:10]))
    recent = facts.commits_last_90_days
    activity = [f"{recent:,} commit{'s' * (recent != 1)} in the last 90 days"]
    activity += [f"{c.sha[:8]}  {c.at[:10]}  {sanitize_line(c.subject)[:60]}"
                 for c in facts.recent_commits[:5]]
    lines += _section("Activity", activity)
    lines += _section("Findings", [line for f in review.findings[:20] for line in _finding(f)])
    if review.architecture:
        lines += _section("Architecture", sanitize(review.architecture).splitlines())
    return lines


def plan_lines(plan: Plan) -> list[str]:
    """Phases and tasks with role, estimate, dependencies, paths and acceptance commands."""
    estimate = plan.estimate()
    lines = textwrap.wrap(sanitize_line(plan.summary), WIDTH)
    lines += ["", f"Planned by {sanitize_line(plan.author)}, revision {plan.revision}: "
                  f"{estimate_words(estimate.minutes, estimate.tokens, estimate.cost_microusd)}"]
    for index, phase in enumerate(plan.phases, 1):
        lines += ["", f"P{index} {sanitize_line(phase.title)}"]
        for task in phase.tasks:
            after = ", ".join(plan.number(needed) for needed in task.depends_on)
            lines.append(f"  {plan.number(task.id):<4} {sanitize_line(task.title)}")
            guess = task.estimate
            lines.append(f"       {task.role}, "
                         + estimate_words(guess.minutes, guess.tokens, guess.cost_microusd)
                         + (f", after {after}" if after else ""))
            if task.owned_paths:
                lines.append(f"       may write  {sanitize_line(', '.join(task.owned_paths))}")
            if task.resources:
                lines.append(f"       has alone  {sanitize_line(', '.join(task.resources))}")
            lines += [f"       proven by  {sanitize_line(c)}" for c in task.acceptance]
    lines += _section("Notes", _wrapped(plan.notes))
    return lines


def _finding(finding: Finding) -> list[str]:
    """The title with its place, and what is known about it below."""
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    title = f"{finding.severity.value:<7} {sanitize_line(finding.title)}"
    shown = f"{title}  ({sanitize_line(place)})" if place else title
    return [shown, *_hanging(finding.detail)]


def _command(fact: CommandFact) -> list[str]:
    shown = f"{fact.kind.value:<7} {sanitize_line(fact.command)}  ({sanitize_line(fact.source)})"
    return [shown] if fact.runnable else [shown, *_hanging(f"Not runnable here. {fact.reason}")]


def _hanging(text: str) -> list[str]:
    """`text` below a line whose first column is seven wide."""
    return textwrap.wrap(sanitize_line(text), WIDTH - 2, initial_indent=" " * 8,
                         subsequent_indent=" " * 8)


def _wrapped(texts: tuple[str, ...]) -> list[str]:
    return [line for text in texts
            for line in textwrap.wrap("- " + sanitize_line(text), WIDTH - 2,
                                      subsequent_indent="  ")]


def _section(title: str, body: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in body)] if body else []
