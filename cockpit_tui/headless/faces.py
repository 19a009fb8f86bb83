"""Two ways to tell what a job does: JSON lines on stdout, or narration on stderr."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from cockpit_tui.domain.event import RecordedEvent, event_to_wire
from cockpit_tui.domain.policy import Risk
from cockpit_tui.domain.sanitize import sanitize, sanitize_line
from cockpit_tui.presentation.event_line import Verbosity, event_line
from cockpit_tui.presentation.names import ShortNames

_NOTE_WIDTH = 78
_SAME_AGAIN = ("NothingPlanned",)
"""Failures that asking once more leads to again: another request, or model, is needed."""


class Face(Protocol):
    def show(self, event: RecordedEvent) -> None: ...

    def result(self, result: dict[str, Any]) -> None: ...


@dataclass(slots=True)
class JsonLines:
    """One event a line, the result last; nothing else ever goes to stdout."""

    out: IO[str] = field(default_factory=lambda: sys.stdout)

    def show(self, event: RecordedEvent) -> None:
        self._write(event_to_wire(event))

    def result(self, result: dict[str, Any]) -> None:
        self._write(result)

    def _write(self, value: dict[str, Any]) -> None:
        # ensure_ascii: control and bidi characters cannot act on a terminal that shows this
        self.out.write(json.dumps(value, ensure_ascii=True) + "\n")
        self.out.flush()


@dataclass(slots=True)
class Narration:
    """Milestones as lines on stderr while it runs; the result in words on stdout."""

    is_quiet: bool = False
    jobs: ShortNames | None = None
    """Where several jobs are told of: their numbers, which then begin each line."""
    out: IO[str] = field(default_factory=lambda: sys.stdout)
    err: IO[str] = field(default_factory=lambda: sys.stderr)

    def show(self, event: RecordedEvent) -> None:
        if self.is_quiet:
            return
        if self.jobs is not None:
            self.jobs.learn(event)
        line = event_line(event)
        if line.shown_at(Verbosity.MILESTONES):
            width = shutil.get_terminal_size((120, 24)).columns
            job = self.jobs.job(event) if self.jobs is not None else ""
            self.err.write(line.plain(width, job=job) + "\n")
            self.err.flush()

    def result(self, result: dict[str, Any]) -> None:
        for line in result_lines(result):
            self.out.write(line + "\n")
        self.out.flush()


def result_lines(result: dict[str, Any]) -> list[str]:
    """The result for people: what was done, what proves it, where it is, what to do next."""
    lines = [f"Job #{result['number']} {_outcome(result)}"]
    for task in result["tasks"]:
        ran = [p for p in task["proofs"] if p["exit_code"] is not None]
        passed = sum(p["exit_code"] == 0 for p in ran)
        proof = f"{passed}/{len(ran)} checks passed" if ran else ""
        not_run = len(task["proofs"]) - len(ran)
        if not_run:
            proof += f"{', ' if proof else ''}{not_run} not runnable here"
        lines.append(f"  {task['number']:<5} {task['status']:<18} "
                     f"{sanitize_line(task['title'])}{'  ' + proof if proof else ''}")
        if task["reason"] and task["status"] != "done":
            lines.append(f"        {sanitize_line(task['reason'])}")
    if result["notes"]:
        lines.append("")
        lines += [line for note in result["notes"] for line in textwrap.wrap(
            f"- {sanitize_line(note)}", _NOTE_WIDTH, subsequent_indent="  ")]
    if result["branch"]:
        lines += ["", *_branch_lines(result)]
    for approval in result["approvals"]:
        lines += ["", f"Waits for you: {sanitize_line(approval['title'])} ({approval['risk']})",
                  *(f"  · {sanitize_line(reason)}" for reason in approval["reasons"]),
                  f"  cockpit approvals show {approval['id']}",
                  f"  cockpit approvals grant {approval['id']}"
                  + (" --yes" if approval["risk"] == Risk.HIGH else ""),
                  f"  cockpit jobs resume {result['number']}"]
    error = result.get("error")
    if error and not result["approvals"]:
        lines += ["", *(sanitize(text) for text in (error["message"], error["hint"]) if text)]
    if result["waiting_on"] in {"person", "paused"}:
        lines += [f"  cockpit jobs resume {result['number']}"]
    if result["status"] == "failed" and (error or {}).get("type") not in _SAME_AGAIN:
        again = f"cockpit jobs retry {result['number']}"
        lines += [f"Again   {again}"] if not any(again in line for line in lines) else []
    return lines


def _branch_lines(result: dict[str, Any]) -> list[str]:
    branch, base, number = result["branch"], result["base"][:10], result["number"]
    count = len(result["commits"])
    commits = f"{count} commit{'s' * (count != 1)} on {base}"
    if not result["landed"]:
        return [f"Kept    {branch} in the cockpit's own clone, not in your repository ({commits})",
                f"Look    cockpit jobs diff {number}"]
    return [f"Branch  {branch}  ({commits})",
            f"Look    git log --stat {base}..{branch}",
            f"Merge   git merge {branch}",
            f"Undo    cockpit jobs undo {number}"]


def _outcome(result: dict[str, Any]) -> str:
    cost = "cost unknown" if result["cost_usd"] is None else f"${result['cost_usd']:.2f}"
    took = f"{result['duration_seconds']:.1f}s"
    if result["approvals"]:
        return f"waits for an answer ({took}, {cost})."
    if result["waiting_on"] == "person":
        return f"waits for you ({took}, {cost})."
    if result["waiting_on"] == "paused":
        return f"is paused ({took}, {cost})."
    done = sum(task["status"] == "done" for task in result["tasks"])
    counted = f", {done} of {len(result['tasks'])} tasks done" if result["tasks"] else ""
    return f"{result['status']}{counted} ({took}, {cost})."
