"""`cockpit review`: what the lead finds in a repository; changes nothing."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.job_request import build_request
from cockpit_tui.cli.jobs_terminal import run_job
from cockpit_tui.cli.run import Repo
from cockpit_tui.cli.session import own_settings, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.command import SubmitJob

app = App(name="review", help=NOUNS["review"])


@app.default
def review(
    *,
    repo: Repo = ".",
    model: Annotated[str | None, Parameter(help="provider:model of the lead.")] = None,
    json: Annotated[bool, Parameter(help="The review as one JSON object.")] = False,
) -> int:
    """Languages, layout, commands, classes and their patterns, conventions, activity, risks."""
    request = build_request("Review the repository.", own_settings(), model=model,
                            approve="manual", until="review")
    command = SubmitJob(repository=repo, request=request)
    return run_async(run_job(command, json=False, quiet=True, show="review",
                             show_as_json=json))
