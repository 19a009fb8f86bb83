"""`cockpit usage`: tokens and money, by model, agent, job, day, project or task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.output import as_json, print_json, print_lines, table
from cockpit_tui.cli.session import own_settings, reading_session, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.spending import EditScore, PriceOf, Savings, UsageBy, UsageLine, UsageReport
from cockpit_tui.domain.usage import TokenUsage, exact_microusd
from cockpit_tui.presentation.spending import is_same_model
from cockpit_tui.presentation.time import tokens

app = App(name="usage", help=NOUNS["usage"])

BASELINE = "claude-opus-4"
"""What the savings are shown against where nothing else is named."""
_NOTABLE = 100
"""A difference of less than one part in so many is none."""
_HEADER = ("", "calls", "input", "cached", "output", "cost", "")


@app.default
def usage(*, by: Annotated[UsageBy, Parameter(help="How to add up.")] = UsageBy.MODEL,
          since: Annotated[int | None, Parameter(help="Only the last so many days.")] = None,
          baseline: Annotated[str, Parameter(
              help="The model that savings are shown against.")] = BASELINE,
          json: Annotated[bool, Parameter(help="JSON instead of words.")] = False) -> int:
    """Tokens and money: totals, unknown prices, cache, edits, savings."""
    if since is not None and not 0 < since <= 100_000:
        raise UsageError(f"--since takes days, 1 or more, not {since}")

    async def work() -> int:
        async with reading_session() as engine:
            report = await engine.usage(by, days=since)
            name = dated = ""
            if _costs(report):
                name, dated, price_of = _baseline(baseline)
                report = await engine.usage(by, days=since, price_of=price_of)
        if json:
            print_json({**as_json(report), "by": by.value, "baseline_model": name or None,
                        "prices_of": dated or None})
        else:
            print_lines(usage_lines(report, by=by, baseline=name, dated=dated))
        return 0

    return run_async(work())


def _costs(report: UsageReport) -> bool:
    """Whether a model was paid: else there is nothing to compare, and no table to load."""
    return report.total.known_microusd > 0


def _baseline(wanted: str) -> tuple[str, str, PriceOf]:
    """The baseline's full name, the date of its price, its price. Raises UsageError."""
    from cockpit_tui.config.catalogue import Catalogue
    from cockpit_tui.providers.pricing import PriceBook

    catalogue = Catalogue.load(own_settings())
    profile, book = catalogue.resolve(wanted).profile, PriceBook(catalogue.prices)

    def price_of(call: TokenUsage) -> int | None:
        return book.cost_microusd(profile, call)

    return profile.name, book.dated() if book.needs_tables(profile) else "", price_of


def usage_lines(report: UsageReport, *, by: UsageBy, baseline: str, dated: str) -> list[str]:
    """The report for people."""
    if not report.total.calls:
        return ['No model was asked yet. Start: cockpit run "Add tests for the parser"']
    rows = [_row(line) for line in (*_by_model(report.lines, by), report.total)]
    lines = table(rows, header=(by.value, *_HEADER[1:]))
    notes = []
    if report.total.unpriced_calls:
        notes.append(f"? {_calls(report.total.unpriced_calls)} of an unknown price; the sums are "
                     "without them.")
    if report.total.estimated_calls:
        notes.append(f"~ {_calls(report.total.estimated_calls)} counted by our own estimate: lost "
                     "in a crash, or told without tokens.")
    if report.savings is not None and report.savings.calls:
        notes.append(_saved(report.savings, baseline, dated))
    edits = _edit_lines(report.edits)
    return [*lines, *([""] if notes else []), *notes, *([""] if edits else []), *edits]


def _by_model(lines: Sequence[UsageLine], by: UsageBy) -> list[UsageLine]:
    """One line a model: its provider may answer with the day of its release (`m-20251001`)."""
    if by is not UsageBy.MODEL:
        return list(lines)
    merged: dict[tuple[str, str], UsageLine] = {}
    for line in lines:
        asked = line.detail
        if asked and is_same_model(asked, line.name):
            line = replace(line, name=asked, detail="")
        key = (line.name, line.detail)
        merged[key] = _sum(merged[key], line) if key in merged else line
    return list(merged.values())


def _sum(one: UsageLine, other: UsageLine) -> UsageLine:
    return replace(one, calls=one.calls + other.calls, usage=one.usage + other.usage,
                   unpriced_calls=one.unpriced_calls + other.unpriced_calls,
                   estimated_calls=one.estimated_calls + other.estimated_calls,
                   known_microusd=one.known_microusd + other.known_microusd)


def _row(line: UsageLine) -> tuple[str, ...]:
    share = line.cached_share
    cost = exact_microusd(line.known_microusd)
    if line.unpriced_calls:
        cost = "?" if line.unpriced_calls == line.calls else f"{cost} + {line.unpriced_calls}?"
    asked = f"asked {line.detail}" if line.detail and ":" in line.name else line.detail
    return (line.name or "-", str(line.calls), tokens(line.usage.input),
            "-" if share is None else f"{share:.0%}", tokens(line.usage.output), cost, asked)


def _saved(savings: Savings, baseline: str, dated: str) -> str:
    difference = savings.baseline_microusd - savings.actual_microusd
    prices = f" at prices of {dated}" if dated else ""
    left_out = f", {_calls(savings.left_out)} left out" if savings.left_out else ""
    return (f"All on {baseline}{prices}, the same tokens would cost "
            f"{exact_microusd(savings.baseline_microusd)}: "
            f"{_difference(difference, savings.baseline_microusd)}{left_out}.")


def _difference(saved: int, baseline: int) -> str:
    """Too little to be seen in what the two are shown as is no difference to a person."""
    if abs(saved) * _NOTABLE <= baseline:
        return "about the same"
    if saved < 0:
        return f"{exact_microusd(-saved)} less than was paid"
    return f"{exact_microusd(saved)} saved ({saved / baseline:.0%})"


def _edit_lines(edits: Sequence[EditScore]) -> list[str]:
    if not edits:
        return []
    return table([(score.model, str(score.edits), f"{score.share:.0%}") for score in edits],
                 header=("edits by", "made", "could be applied"))


def _calls(count: int) -> str:
    return f"{count} call{'s' * (count != 1)}"
