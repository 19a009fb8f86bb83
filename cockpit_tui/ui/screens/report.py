"""The review report: what was found in the repository before anything is planned."""

from __future__ import annotations

from collections.abc import Iterable

from textual import getters
from textual.widget import Widget

from cockpit_tui.domain.review import CommandFact, Finding, RepositoryFacts, Review, Severity
from cockpit_tui.ui.lines import Ink, Line, foreign, plain
from cockpit_tui.ui.screens.base import CockpitScreen
from cockpit_tui.ui.snapshot import Snapshot
from cockpit_tui.ui.subject import BLANK, heading, lines_of
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.text_page import TextPage

_ORDER = (Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


class ReportScreen(CockpitScreen):
    PLACE = "REVIEW"
    CSS_PATH = "report.tcss"

    frame = getters.query_one("#report-frame", Pane)
    page = getters.query_one("#report-page", TextPage)

    def body(self) -> Iterable[Widget]:
        with Pane(name="Review", id="report-frame"):
            yield TextPage(id="report-page")

    def on_mount(self) -> None:
        super().on_mount()
        self.page.focus()
        self.say("Esc goes back; g p opens the plan that follows from this.")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        review = snapshot.view.review if snapshot.view is not None else None
        if review is not None:
            self.frame.set_title(right=f"by {foreign(review.author)}, {review.facts.commit[:8]}")
            self.page.set_lines(report_lines(review))


def report_lines(review: Review) -> tuple[Line, ...]:
    """The whole report, most important first."""
    lines = [*lines_of(review.summary), BLANK, heading("Findings")]
    ordered = sorted(review.findings, key=lambda f: _ORDER.index(f.severity))
    for finding in ordered:
        lines += _finding(finding)
    if not ordered:
        lines.append(plain("  none", Ink.MUTED))
    if review.architecture:
        lines += [BLANK, heading("Architecture"), *lines_of(review.architecture, indent="  ")]
    if review.patterns:
        lines += [BLANK, heading("Patterns"),
                  *(line for pattern in review.patterns
                    for line in lines_of(pattern, indent="  "))]
    return (*lines, BLANK, *_facts(review.facts))


def _finding(finding: Finding) -> list[Line]:
    ink = Ink.NOTICE if finding.severity in {Severity.HIGH, Severity.MEDIUM} else Ink.MUTED
    where = f"{finding.path}:{finding.line}" if finding.line else finding.path
    lines = [Line(((f"  {finding.severity.value:<7} ", ink), (foreign(finding.title), Ink.PLAIN)),
                  ((foreign(where), Ink.MUTED),) if where else ())]
    if finding.detail:
        lines += lines_of(finding.detail, Ink.MUTED, indent=" " * 10)
    return lines


def _facts(facts: RepositoryFacts) -> list[Line]:
    lines = [heading("Facts"), plain(f"  {facts.file_count} files, {facts.total_bytes:,} bytes, "
                                     f"{facts.commits_last_90_days} commits in 90 days")]
    lines += [Line(((f"  {foreign(share.name)}", Ink.PLAIN),),
                   ((f"{share.files} files, {share.lines:,} lines", Ink.MUTED),))
              for share in facts.languages]
    lines += [Line(((f"  {foreign(entry.path)}", Ink.PLAIN),),
                   ((f"{entry.role or 'other'}, {entry.files} files", Ink.MUTED),))
              for entry in facts.layout]
    if facts.commands:
        lines += [BLANK, heading("Commands"), *(_command(fact) for fact in facts.commands)]
    named = (("Frameworks", facts.frameworks), ("Conventions", facts.conventions),
             ("Entry points", facts.entry_points), ("Instructions", facts.instructions))
    for name, values in named:
        if values:
            lines += [BLANK, heading(name), *(plain(f"  {foreign(value)}") for value in values)]
    if facts.truncated:
        lines += [BLANK, plain(f"! {foreign(facts.truncated)}", Ink.NOTICE)]
    return lines


def _command(fact: CommandFact) -> Line:
    missing = "" if fact.runnable else f"not runnable: {foreign(fact.reason)}"
    return Line(((f"  {fact.kind.value:<7} ", Ink.MUTED), (foreign(fact.command), Ink.PLAIN)),
                ((missing or foreign(fact.source), Ink.NOTICE if missing else Ink.MUTED),))
