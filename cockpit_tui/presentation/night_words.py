"""The morning report in words: what is done, what it cost, what waits, and what to type."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit_tui.domain.night_report import JobCost, NightReport, why_idle
from cockpit_tui.domain.queue_order import local_minute
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.usage import exact_microusd


def report_lines(report: NightReport) -> list[str]:
    """Only the parts that have something in them."""
    lines = [f"From {local_minute(report.since)} to {local_minute(report.until)}: "
             f"{len(report.done)} done, {len(report.failed)} failed or cancelled, "
             f"{len(report.parked)} waiting for you. Cost: {cost_words(report.cost)}."]
    if why := why_idle(report):
        lines.append(f"Nothing was done: {sanitize_line(why)}")
    lines += _part("Done", [
        line for done in report.done for line in (
            f"#{done.job.number} {sanitize_line(done.job.title)}  {cost_words(done.cost)}",
            f"   {done.job.branch} at {done.job.head_commit[:10]}, {done.commits} "
            f"commit{'s' * (done.commits != 1)}" if done.commits else "   no commits")])
    lines += _part("Failed", [
        line for failed in report.failed for line in (
            f"#{failed.job.number} {sanitize_line(failed.job.title)}  {cost_words(failed.cost)}",
            f"   {failed.job.status.value}: {sanitize_line(failed.why)}",
            f"   {failed.command}")])
    lines += _part("Waiting for you", [
        line for parked in report.parked for line in (
            f"#{parked.job.number} {sanitize_line(parked.job.title)}  {cost_words(parked.cost)}",
            f"   {parked.job.waiting_on.value}: {sanitize_line(parked.reason)}",
            f"   {parked.command}")])
    lines += _part("Questions", [
        line for question in report.questions for line in (
            f"#{question.job_number} {sanitize_line(question.title)} ({question.risk})",
            f"   {question.command}")])
    lines += _part("Denied, because nobody was there", [
        f"#{denied.job_number} {sanitize_line(denied.title)}" for denied in report.denied])
    lines += _part("Next", [
        f"{coming.name} {sanitize_line(coming.title)}  "
        + ("; ".join(part for part in (local_minute(coming.at) if coming.at else "",
                                       sanitize_line(coming.reason)) if part) or "its turn")
        for coming in report.next])
    if report.paused_since is not None:
        lines += ["", f"The queue is paused since {local_minute(report.paused_since)}. "
                      "Go on: cockpit queue resume"]
    return lines


def cost_words(cost: JobCost) -> str:
    """`$1.20`, what of it is a guess, and what is not in it."""
    words = exact_microusd(cost.known_microusd)
    if cost.estimated_calls:
        words += (f" (of it {exact_microusd(cost.estimated_microusd)} estimated for "
                  f"{_calls(cost.estimated_calls)} whose bill was not seen)")
    if cost.unpriced_calls:
        words += f" and {_calls(cost.unpriced_calls)} of unknown price"
    return words


def _calls(count: int) -> str:
    return f"{count} call{'s' * (count != 1)}"


def _part(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []
