"""Flags over settings: how a command line, or the screen's form, becomes a job request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cockpit_tui.config.settings import Settings
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobRequest, LandMode, Mode, Until
from cockpit_tui.domain.model import RULES_PROFILE, Wire
from cockpit_tui.domain.policy import ApproveMode, Policy


def build_request(text: str, settings: Settings, *, mode: str | None = None,
                  model: str | None = None, agents: int | None = None,
                  budget: float | None = None, approve: str | None = None,
                  land: str | None = None, until: str = "all") -> JobRequest:
    """Flags over settings. Raises UsageError for values that make no sense."""
    if budget is not None and not 0 <= budget < 1_000_000:
        raise UsageError(f"--budget takes dollars, 0 or more, not {budget}")
    limits = settings.job_limits()
    if budget is not None:
        limits = replace(limits, budget_microusd=round(budget * 1_000_000))
    job = settings.job
    return JobRequest(
        text=text, mode=Mode(mode) if mode else job.mode,
        model=full_model_name(model or job.model, settings),
        max_agents=agents if agents is not None else job.agents,
        policy=Policy(approve=ApproveMode(approve) if approve else job.approve,
                      verdicts=dict(settings.gates)),
        limits=limits, land=LandMode(land) if land else job.land, until=Until.parse(until))


def full_model_name(name: str, settings: Settings) -> str:
    """`provider:model` for a name, an alias or a retired model; what the person should know of it
    is told on stderr. Raises UsageError, ProviderError for a name that means nothing."""
    if name == RULES_PROFILE.name:
        return name
    from cockpit_tui.cli.output import tell
    from cockpit_tui.config.catalogue import Catalogue

    found = Catalogue.load(settings).resolve(name)
    if found.warning:
        tell(found.warning)
    if found.profile.wire is Wire.REPLAY:  # A job may go on from another folder.
        return f"replay:{Path(found.profile.model).expanduser().resolve()}"
    return found.profile.name
