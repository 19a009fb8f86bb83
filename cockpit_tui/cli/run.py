"""`cockpit run`: one request, from review to landed commits."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from cockpit_tui.cli.jobs_terminal import run_job
from cockpit_tui.cli.session import own_settings, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.config.settings import Settings
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobRequest, LandMode, Mode, Until
from cockpit_tui.domain.policy import ApproveMode, Policy

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
    json: Annotated[bool, Parameter(help="One event a line, the result last.")] = False,
    quiet: Annotated[bool, Parameter(help="Only the result.")] = False,
) -> int:
    """Work on REQUEST in a repository; what lands is a branch `cockpit/<number>-<words>`.

    Without a terminal `--approve manual` parks the job at its first gate (exit code 3);
    `cockpit approvals grant` and `cockpit jobs resume` go on.
    """
    settings = own_settings()
    wanted = build_request(request, settings, mode=mode, model=model, agents=agents,
                           budget=budget, approve=approve, land=land, until=until)
    command = SubmitJob(repository=repo, request=wanted)
    return run_async(run_job(command, json=json, quiet=quiet))


def build_request(text: str, settings: Settings, *, mode: str | None = None,
                  model: str | None = None, agents: int | None = None,
                  budget: float | None = None, approve: str | None = None,
                  land: str | None = None, until: str = "all") -> JobRequest:
    """Flags over settings. Raises UsageError for values that make no sense."""
    if budget is not None and not 0 <= budget < 1_000_000:
        raise UsageError(f"--budget takes dollars, 0 or more, not {budget}")
    limits = settings.job_limits()
    if budget is not None:
        from dataclasses import replace

        limits = replace(limits, budget_microusd=round(budget * 1_000_000))
    job = settings.job
    return JobRequest(
        text=text, mode=Mode(mode) if mode else job.mode, model=model or job.model,
        max_agents=agents if agents is not None else job.agents,
        policy=Policy(approve=ApproveMode(approve) if approve else job.approve,
                      verdicts=dict(settings.gates)),
        limits=limits, land=LandMode(land) if land else job.land, until=Until.parse(until))
