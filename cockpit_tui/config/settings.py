"""Settings in layers: defaults < the person's file < the project's file < environment < flags.

A project's file (`.cockpit.toml` in the repository) may only tighten safety: gates towards ask and
deny, limits downwards. Anything else in it is refused, because the repository is not the person.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cockpit_tui.config.endpoints import ModelSettings, ProviderSettings, check_provider_name
from cockpit_tui.config.notify import NotifySettings
from cockpit_tui.config.toml_file import read_settings_file
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobRequest, LandMode, Mode
from cockpit_tui.domain.policy import DEFAULT_VERDICTS, ApproveMode, Gate, Limits, Verdict
from cockpit_tui.domain.queue import AwayPolicy, NightRules
from cockpit_tui.domain.usage import MICROUSD_PER_USD
from cockpit_tui.domain.windows import DailyWindow

ENVIRONMENT_PREFIX = "COCKPIT_"
PROJECT_FILE = ".cockpit.toml"
MAX_PROJECT_FILE_BYTES = 64 * 1024


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JobSettings(_Section):
    model: str = "offline:rules"
    """Which model works where nothing else is said, as `provider:model`."""
    mode: Mode = Mode.BALANCED
    """How cost is traded for strength."""
    agents: int = Field(default=4, ge=1, le=64)
    """How many agents of one job work at once."""
    approve: ApproveMode = ApproveMode.MANUAL
    """Who answers gates: you (manual), the table below (policy), or nobody is asked (all)."""
    land: LandMode = LandMode.BRANCH
    """Where approved work goes: only the hub (none), or a branch in your repository."""
    resume_on_start: bool = True
    """Whether opening the screen goes on with unfinished jobs; off, they wait for you."""


class LimitSettings(_Section):
    steps: int = Field(default=60, ge=1, le=10_000)
    """Model turns of one agent at one task."""
    minutes: float = Field(default=30.0, gt=0, le=24 * 60)
    """Minutes of one agent at one task."""
    tokens: int = Field(default=3_000_000, ge=1_000)
    """Tokens of one agent at one task, over all its turns, cached ones included."""
    verify_rounds: int = Field(default=2, ge=0, le=10)
    """How often failed acceptance commands go back to the agent."""
    command_seconds: float = Field(default=600.0, gt=0, le=24 * 3600)
    """How long one command may run."""
    silent_minutes: float = Field(default=5.0, gt=0, le=24 * 60)
    """A model that says nothing for so long is broken off and asked once more; a command that
    writes nothing is told to you."""
    budget_usd: float | None = Field(default=10.0, ge=0)
    """Dollars that one job may spend before it stops and asks."""
    daily_budget_usd: float | None = Field(default=None, ge=0)
    """Dollars that all jobs together may spend in one day of yours; unset: no bound."""
    expensive_usd: float | None = Field(default=None, ge=0)
    """One model call that may cost more dollars than this is asked about; unset: none is."""
    agents_overall: int = Field(default=16, ge=1, le=256)
    """How many agents of all jobs together work at once; jobs get places in turn."""
    calls_per_provider: int = Field(default=8, ge=1, le=256)
    """How many calls one provider gets at once; the others wait for their turn."""
    roles: dict[str, Annotated[int, Field(ge=1, le=64)]] = Field(default_factory=dict)
    """Role = how many agents of it work at once in one job, like Tester = 1; others: no bound."""
    spawned_per_job: int = Field(default=100, ge=1, le=10_000)
    """Agents that one job may have over its whole life; a job that needs more waits for you."""
    checkpoint_days: int = Field(default=14, ge=1, le=36_500)
    """How long an ended job keeps the files of every step; then only of the first and the last."""


    free_disk_mb: int = Field(default=500, ge=0, le=10_000_000)
    """Megabytes that have to be free on the disk before a job or task starts; 0: no bound."""
    trash_mb: int = Field(default=1_000, ge=0, le=10_000_000)
    """Megabytes of trash; above, what branches hold too is thrown away, oldest first."""
    disk_mb: int | None = Field(default=None, ge=100, le=100_000_000)
    """Megabytes that all the cockpit keeps may take before new jobs wait; unset: no bound."""


class RoutingSettings(_Section):
    """Which models tasks get, over the table that `cockpit models why` explains."""

    providers: tuple[str, ...] = ()
    """Providers whose models tasks may use besides the lead's own."""
    fallback: tuple[str, ...] = ()
    """Models to ask, in this order, when all before them failed."""
    roles: dict[str, str] = Field(default_factory=dict)
    """Role = model, like Tester = "openai:gpt-5.4-mini"."""
    classes: dict[str, str] = Field(default_factory=dict)
    """Task class = model: simple-crud, standard, complex-logic, auth-security."""
    modes: dict[Mode, str] = Field(default_factory=dict)
    """Mode = model of its tasks: frugal, balanced, performance, busu."""


class QueueSettings(_Section):
    """How the queue works through jobs, and the person's night."""

    concurrent_jobs: int = Field(default=2, ge=1, le=64)
    """How many jobs the queue has at work at once."""
    quiet_hours: str = ""
    """No bell in this span of the day, like "22:00-07:00"; empty: it may always ring."""
    overnight: str = "22:00-06:00"
    """When jobs of the night (--overnight) are started."""
    overnight_budget_usd: float | None = Field(default=None, ge=0)
    """Dollars that all jobs of one night may spend before no more is started; unset: no bound."""
    away: AwayPolicy = AwayPolicy.PARK
    """A question while nobody is there: park (others go on), wait (it keeps its place), deny."""

    @field_validator("quiet_hours", "overnight")
    @classmethod
    def _are_windows(cls, text: str) -> str:
        try:
            return str(DailyWindow.parse(text)) if text.strip() else ""
        except UsageError as error:
            raise ValueError(error.message) from error

    @field_validator("overnight")
    @classmethod
    def _has_a_night(cls, text: str) -> str:
        if not text:
            raise ValueError("the night needs a begin and an end")
        return text

    @property
    def quiet_window(self) -> DailyWindow | None:
        return DailyWindow.parse(self.quiet_hours) if self.quiet_hours else None

    def rules(self) -> NightRules:
        return NightRules(
            concurrent_jobs=self.concurrent_jobs, overnight=DailyWindow.parse(self.overnight),
            overnight_budget_microusd=_microusd(self.overnight_budget_usd), away=self.away)


class RetentionSettings(_Section):
    """When finished jobs are tidied up by themselves."""

    days: int | None = Field(default=None, ge=1, le=36_500)
    """Drop finished jobs' working memory and trash older than this, when an engine closes."""


class ScreenSettings(_Section):
    theme: str = "cockpit-dark"
    """Colours: cockpit-dark, cockpit-light, cockpit-high-contrast, cockpit-ansi, or Textual's."""
    glyphs: Literal["auto", "unicode", "ascii"] = "auto"
    """State symbols; auto takes ascii where the locale is not UTF-8."""
    animation: Literal["none", "basic"] = "none"
    """Motion on the screen."""
    mouse: bool = True
    """Whether clicks and the wheel work; off leaves selecting to the terminal."""


class Settings(_Section):
    """All that can be configured. Every field's docstring is its help text."""

    job: JobSettings = JobSettings()
    limits: LimitSettings = LimitSettings()
    gates: dict[Gate, Verdict] = Field(default_factory=dict)
    """Answers per gate: ask, allow or deny. A deny wins over every mode."""
    routing: RoutingSettings = RoutingSettings()
    queue: QueueSettings = QueueSettings()
    retention: RetentionSettings = RetentionSettings()
    notify: NotifySettings = NotifySettings()
    screen: ScreenSettings = ScreenSettings()
    providers: dict[str, ProviderSettings] = Field(default_factory=dict)
    """Endpoints of your own, by name; never from a repository's file."""
    models: dict[str, ModelSettings] = Field(default_factory=dict)
    """What you know better than the catalogue, by `provider:model`."""

    @field_validator("providers")
    @classmethod
    def _can_stand_before_a_colon(cls, providers: dict[str, ProviderSettings],
                                  ) -> dict[str, ProviderSettings]:
        return {check_provider_name(name): own for name, own in providers.items()}

    @field_validator("models")
    @classmethod
    def _are_full_names(cls, models: dict[str, ModelSettings]) -> dict[str, ModelSettings]:
        for name in models:
            provider, _, model = name.partition(":")
            if not provider or not model:
                raise ValueError(f"{name!r} is no provider:model")
        return models

    def job_limits(self) -> Limits:
        return Limits(
            steps_per_execution=self.limits.steps,
            minutes_per_execution=self.limits.minutes,
            tokens_per_execution=self.limits.tokens,
            verify_rounds=self.limits.verify_rounds,
            command_seconds=self.limits.command_seconds,
            silent_seconds=self.limits.silent_minutes * 60,
            budget_microusd=_microusd(self.limits.budget_usd),
            expensive_microusd=_microusd(self.limits.expensive_usd),
        )

    @property
    def day_budget_microusd(self) -> int | None:
        """What all jobs of a day may spend; None: no bound."""
        return _microusd(self.limits.daily_budget_usd)


def _microusd(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * MICROUSD_PER_USD)


def load_settings(file: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Defaults, the person's file, then `COCKPIT_<SECTION>__<NAME>` variables.

    Raises UsageError that names the file or variable and the value that does not fit.
    """
    from_file, variables = read_settings_file(file), _from_environment(environ)
    try:
        return parse_settings(_merge(from_file, variables), source=str(file))
    except UsageError:
        parse_settings(from_file, source=str(file))  # Raises where the file itself is wrong.
        return parse_settings(variables, source=_variables_in(environ))


def parse_settings(table: Mapping[str, Any], *, source: str) -> Settings:
    """Validate a table. Raises UsageError with the first field that does not fit."""
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        # What stands in an endpoint's table by mistake, or under a name nobody knows, may be a key;
        # a webhook's address is one.
        is_shown = not (where.startswith(("providers", "notify.webhook"))
                        or first["type"] == "extra_forbidden")
        found = f" (found {first['input']!r})" if is_shown else ""
        raise UsageError(f"{source}: {where}: {message}{found}",
                         hint="cockpit config check lists every field and its value.") from error


def tighten(request: JobRequest, repository: Path) -> JobRequest:
    """`request` under what the repository's own file asks for, which may only make it stricter.

    Raises UsageError for a file that holds anything but gates and limits.
    """
    file = repository / PROJECT_FILE
    _refuse_special(file)
    table = read_settings_file(file)
    unknown = set(table) - {"gates", "limits"}
    if unknown:
        raise UsageError(f"{file} may hold only [gates] and [limits], not "
                         f"{', '.join(sorted(unknown))}.",
                         hint="The rest belongs into your own file: cockpit config path")
    asked = parse_settings(table, source=str(file))
    if overall := sorted(asked.limits.model_fields_set & _OVER_ALL_PROJECTS):
        raise UsageError(f"{file} may not hold limits.{overall[0]}: it is over all projects.",
                         hint=_OVER_ALL_HINT)
    verdicts = dict(request.policy.verdicts)
    for gate, verdict in asked.gates.items():
        now = verdicts.get(gate, DEFAULT_VERDICTS[gate])
        if _STRICTNESS[verdict] > _STRICTNESS[now]:
            verdicts[gate] = verdict
    return replace(request, policy=replace(request.policy, verdicts=verdicts),
                   limits=_lower(request.limits, asked))


def _refuse_special(file: Path) -> None:
    """A repository's file is a small file in it: not a link out of it, a pipe, a device."""
    try:
        found = file.lstat()
    except OSError:
        return
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_PROJECT_FILE_BYTES:
        raise UsageError(f"{file} must be a regular file of at most "
                         f"{MAX_PROJECT_FILE_BYTES:,} bytes.",
                         hint="Look at what it is; the cockpit did not read it.")


_OVER_ALL_PROJECTS = {"daily_budget_usd", "silent_minutes", "agents_overall",
                      "calls_per_provider", "roles", "spawned_per_job",
                      "checkpoint_days", "free_disk_mb", "trash_mb", "disk_mb"}
_OVER_ALL_HINT = "A bound for its own jobs is limits.budget_usd."
_STRICTNESS = {Verdict.ALLOW: 0, Verdict.ASK: 1, Verdict.DENY: 2}


def _lower(limits: Limits, asked: Settings) -> Limits:
    """The smaller of both, for the limits that the file names."""
    named = asked.limits.model_fields_set
    theirs = {"steps_per_execution": "steps", "minutes_per_execution": "minutes",
              "tokens_per_execution": "tokens", "verify_rounds": "verify_rounds",
              "command_seconds": "command_seconds"}
    changes = {ours: min(getattr(limits, ours), getattr(asked.limits, name))
               for ours, name in theirs.items() if name in named}
    theirs_in_money = asked.job_limits()
    for ours, name in (("budget_microusd", "budget_usd"), ("expensive_microusd", "expensive_usd")):
        amount, ours_now = getattr(theirs_in_money, ours), getattr(limits, ours)
        if name in named and amount is not None:
            changes[ours] = amount if ours_now is None else min(amount, ours_now)
    return replace(limits, **changes)


def _variables_in(environ: Mapping[str, str]) -> str:
    """The names of the variables that are settings."""
    names = sorted(name for name in environ if name.startswith(ENVIRONMENT_PREFIX)
                   and "__" in name.removeprefix(ENVIRONMENT_PREFIX))
    return f"environment ({', '.join(names)})"


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name, value in environ.items():
        section, separator, field = name.removeprefix(ENVIRONMENT_PREFIX).partition("__")
        if name.startswith(ENVIRONMENT_PREFIX) and separator:
            table.setdefault(section.lower(), {})[field.lower()] = value
    return table


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        old = merged.get(name)
        both = isinstance(value, Mapping) and isinstance(old, Mapping)
        merged[name] = _merge(old, value) if both else value  # type: ignore[arg-type]
    return merged
