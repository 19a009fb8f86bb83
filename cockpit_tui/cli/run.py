"""`cockpit run`: one request, from review to landed commits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from cockpit_tui.cli.job_request import build_request
from cockpit_tui.cli.jobs_terminal import run_job
from cockpit_tui.cli.queue_adding import Add, add_to_queue
from cockpit_tui.cli.session import own_settings, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.command import SubmitJob

app = App(name="run", help=NOUNS["run"])

Repo = Annotated[str, Parameter(help="A path in the repository.")]
ApproveChoice = Literal["manual", "policy", "all"]
ModeChoice = Literal["frugal", "balanced", "performance", "busu"]


@app.default
def run(
    request: Annotated[str, Parameter(help="What should be done.")],
    /,
    *,
    repo: Repo = ".",
    mode: Annotated[ModeChoice | None, Parameter(help="Cost against strength.")] = None,
    model: Annotated[str | None, Parameter(help="provider:model of lead and agents.")] = None,
    agents: Annotated[int | None, Parameter(help="How many work at once.")] = None,
    budget: Annotated[float | None, Parameter(help="Dollars the job may spend.")] = None,
    approve: Annotated[ApproveChoice | None, Parameter(
        help="Who answers gates: you, the policy, or everything is allowed.")] = None,
    land: Annotated[Literal["none", "branch"] | None, Parameter(
        help="Keep the work in the cockpit's copy, or put a branch into the repository.")] = None,
    until: Annotated[str, Parameter(help="review, plan, phase:N or all.")] = "all",
    at: Annotated[str, Parameter(help="Not before: 23:00, +2h, 2026-11-22T07:30.")] = "",
    cron: Annotated[str, Parameter(help="A new job at each of these times: \"0 2 * * *\".")] = "",
    after: Annotated[str, Parameter(help="Once this job is completed: 41.")] = "",
    priority: Annotated[int, Parameter(help="In the queue: higher starts first.")] = 0,
    overnight: Annotated[bool, Parameter(help="In the night only (queue.overnight).")] = False,
    record: Annotated[Path | None, Parameter(
        help="Write every exchange with models here; --model replay:FILE plays it.")] = None,
    json: Annotated[bool, Parameter(help="One event a line, the result last.")] = False,
    quiet: Annotated[bool, Parameter(help="Only the result.")] = False,
) -> int:
    """Work on REQUEST in a repository; what lands is a branch `cockpit/<number>-<words>`.

    Without a terminal `--approve manual` parks the job at its first gate (exit code 3);
    `cockpit approvals grant` and `cockpit jobs resume` go on. With `--at`, `--cron`, `--after`,
    `--priority` or `--overnight` it is put into the queue instead and does not start here.
    """
    settings = own_settings()
    wanted = build_request(request, settings, mode=mode, model=model, agents=agents,
                           budget=budget, approve=approve, land=land, until=until)
    later = Add(repository=repo, at=at, cron=cron, after=after, priority=priority,
                overnight=overnight)
    if later.asks_for_queue:
        return run_async(add_to_queue(wanted, later))
    command = SubmitJob(repository=repo, request=wanted)
    return run_async(run_job(command, json=json, quiet=quiet, record=record))
