"""`cockpit plan`: review and plan only; nothing is executed."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.job_request import build_request
from cockpit_tui.cli.jobs_terminal import run_job
from cockpit_tui.cli.run import Repo
from cockpit_tui.cli.session import own_settings, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.command import SubmitJob

app = App(name="plan", help=NOUNS["plan"])


@app.default
def plan(
    request: Annotated[str, Parameter(help="What should be done.")],
    /,
    *,
    repo: Repo = ".",
    model: Annotated[str | None, Parameter(help="provider:model of the lead.")] = None,
    json: Annotated[bool, Parameter(help="The plan as one JSON object.")] = False,
) -> int:
    """Phases, tasks, dependencies, paths, acceptance commands and estimates for REQUEST."""
    wanted = build_request(request, own_settings(), model=model, approve="manual",
                           until="plan")
    command = SubmitJob(repository=repo, request=wanted)
    return run_async(run_job(command, json=False, quiet=True, show="plan", show_as_json=json))
