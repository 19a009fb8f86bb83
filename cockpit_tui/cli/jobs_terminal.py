"""A job at the terminal: started or resumed, followed, and asked about where somebody is there."""

from __future__ import annotations

import json as json_format
import sys
from pathlib import Path
from typing import Any, Literal

from cockpit_tui.cli.asking import Asking
from cockpit_tui.cli.reports import plan_lines, review_lines
from cockpit_tui.cli.session import engine_session, has_terminal
from cockpit_tui.cli.telling import telling_here
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.command import ResumeJob, RetryJob, SubmitJob
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.engine.engine import Engine
from cockpit_tui.headless.faces import Face, JsonLines, Narration
from cockpit_tui.headless.runner import follow_job

Shown = Literal["result", "review", "plan"]


class _OnlyNarration(Narration):
    """A face for commands whose output is something else than the job's result."""

    def result(self, result: dict[str, Any]) -> None: ...


async def run_job(command: SubmitJob | ResumeJob | RetryJob, *, json: bool, quiet: bool,
                  show: Shown = "result", show_as_json: bool = False,
                  record: Path | None = None) -> int:
    """Carry out `command` and follow its job to the end of this run; the exit code."""
    can_ask = has_terminal() and not json and show == "result"
    async with engine_session(is_attended=can_ask, record=record) as engine:
        if show == "result":
            return await follow_command(engine, command, json=json, quiet=quiet, can_ask=can_ask)
        job = await engine.send(command)
        assert job is not None
        code = await follow_job(engine, job.id, _OnlyNarration(
            is_quiet=not sys.stderr.isatty()))
        await _show(engine, job.id, show, as_json=show_as_json)
        return code


async def follow_command(engine: Engine, command: SubmitJob | ResumeJob | RetryJob, *,
                         json: bool, quiet: bool, can_ask: bool) -> int:
    """Carry out `command` in an open engine and follow its job; the exit code."""
    after = await _last_seq(engine)
    job = await engine.send(command)
    assert job is not None
    face: Face = JsonLines() if json else Narration(is_quiet=quiet)
    async with telling_here(engine, is_unattended=not can_ask):
        return await follow_job(engine, job.id, face, after=after,
                                ask=Asking(engine).ask_all if can_ask else None)


async def _last_seq(engine: Engine) -> int:
    newest = await engine.latest_events(limit=1)
    return newest[-1].seq if newest else 0


async def _show(engine: Engine, job_id: JobId, what: Shown, *, as_json: bool) -> None:
    view = await engine.job_view(job_id)
    shown = view.review if what == "review" else view.plan
    if shown is None:
        reason = view.job.reason or f"The job is {view.job.status.value}."
        sys.stderr.write(f"cockpit: {sanitize_line(reason)}\n")
        return
    if as_json:
        value = adapter(type(shown)).dump_python(shown, mode="json")
        print(json_format.dumps({"job": view.job.number, what: value}))  # noqa: T201
        return
    lines = review_lines(view.review) if what == "review" and view.review else \
        plan_lines(view.plan) if view.plan else []
    print("\n".join(lines))  # noqa: T201
