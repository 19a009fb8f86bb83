"""Which model works at what: mode × role × task class → a chain of models, with its reasons.

The lead (review, plan, judge) is always the model that the person chose. Tasks get the least
costly model that is strong enough, of the lead's provider and of those that the person named
besides; the lead stands behind every task's model, for when that one fails.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Protocol

from cockpit_tui.domain.job import JobRequest, Mode
from cockpit_tui.domain.model import RULES_PROFILE, Capability, ModelProfile, Wire

STANDARD_CLASS = "standard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Whom to ask, in order; never empty. `why` has one sentence a decision."""

    chain: tuple[ModelProfile, ...]
    stronger: tuple[ModelProfile, ...] = ()
    """Whom to ask when the chain's work failed its proofs; empty where nobody is stronger."""
    why: tuple[str, ...] = ()

    @property
    def first(self) -> ModelProfile:
        return self.chain[0]


class Router(Protocol):
    def lead(self, request: JobRequest) -> Route:
        """Raises ProviderError, UsageError for a model that cannot be asked."""
        ...

    def worker(self, request: JobRequest, *, role: str, task_class: str,
               model: str = "") -> Route:
        """`model`: what the plan names for this task. Raises ProviderError, UsageError."""
        ...


class OneModel:
    """Every seat gets the job's own model."""

    def lead(self, request: JobRequest) -> Route:
        return Route(chain=(_plain_profile(request.model),), why=("The job's model.",))

    def worker(self, request: JobRequest, *, role: str, task_class: str,
               model: str = "") -> Route:
        named = _plain_profile(model or request.model)
        return Route(chain=(named,), why=("The task's own model." if model else
                                          "The job's model.",))


def _plain_profile(name: str) -> ModelProfile:
    provider, _, model = name.partition(":")
    if provider == RULES_PROFILE.provider:
        return RULES_PROFILE
    return ModelProfile(provider=provider, model=model)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingChoices:
    """What the person configured: `[routing]` of their settings."""

    providers: tuple[str, ...] = ()
    """Whose models tasks may use besides the lead's provider."""
    fallback: tuple[str, ...] = ()
    """Models to ask when everything before them failed."""
    roles: Mapping[str, str] | None = None
    """Role → model."""
    classes: Mapping[str, str] | None = None
    """Task class → model."""
    modes: Mapping[str, str] | None = None
    """Mode → model of its tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRouter:
    """Routes by the table in `config/routing.toml`."""

    resolve: Callable[[str], ModelProfile]
    """A model's name to its profile; raises ProviderError or UsageError for one nobody knows."""
    known: Callable[[str], Sequence[ModelProfile]]
    """The models of a provider that can be asked today: not retired, with tools."""
    output_price: Callable[[ModelProfile], int | None]
    """Micro-dollars per million output tokens; None: unknown."""
    choices: RoutingChoices = RoutingChoices()

    def lead(self, request: JobRequest) -> Route:
        lead = self.resolve(request.model)
        return Route(chain=self._with_fallback((lead,)),
                     why=(f"{lead.name} is the model you chose for the lead.",))

    def worker(self, request: JobRequest, *, role: str, task_class: str,
               model: str = "") -> Route:
        lead = self.resolve(request.model)
        named = self._named(request.mode, role=role, task_class=task_class, model=model)
        if named is not None:
            chosen, why = named
        else:
            chosen, why = self._by_need(lead, request.mode, role=role, task_class=task_class)
        chain = (chosen,) if chosen.name == lead.name else (chosen, lead)
        stronger = self._stronger(chosen, lead)
        reasons = [why]
        if len(chain) > 1:
            reasons.append(f"If it fails, the lead {lead.name} is asked.")
        if stronger:
            reasons.append(f"If its work fails the proofs again and again, {stronger[0].name} "
                           "takes over.")
        return Route(chain=self._with_fallback(chain), stronger=stronger, why=tuple(reasons))

    def _named(self, mode: Mode, *, role: str, task_class: str,
               model: str) -> tuple[ModelProfile, str] | None:
        for table, key, what in (
            ({"": model} if model else {}, "", "this task in the plan"),
            (self.choices.roles or {}, role, f"the role {role}"),
            (self.choices.classes or {}, task_class, f"tasks of class {task_class}"),
            (self.choices.modes or {}, mode.value, f"tasks in mode {mode.value}"),
        ):
            if key in table:
                found = self.resolve(table[key])
                return found, f"{found.name} is what you chose for {what}."
        return None

    def _by_need(self, lead: ModelProfile, mode: Mode, *, role: str,
                 task_class: str) -> tuple[ModelProfile, str]:
        need = needed(mode, role=role, task_class=task_class)
        wanted = (f"In mode {mode.value} a {role} needs a {need.value} model for tasks of class "
                  f"{task_class}")
        candidates = self._candidates(lead)
        if mode is Mode.BUSU:
            best = max(candidates, key=lambda p: (p.capability.rank, p.name == lead.name))
            return best, f"Mode busu: {best.name} is the strongest there is."
        able = [p for p in candidates if p.capability.rank >= need.rank]
        if not able:
            best = max(candidates, key=lambda p: (p.capability.rank, p.name == lead.name))
            return best, f"{wanted}; none is that strong, {best.name} comes nearest."
        chosen = min(able, key=lambda p: self._preference(p, lead))
        return chosen, f"{wanted}; {chosen.name} is the least costly one that is."

    def _candidates(self, lead: ModelProfile) -> list[ModelProfile]:
        if lead.wire in {Wire.RULES, Wire.REPLAY}:
            return [lead]
        names = dict.fromkeys((lead.provider, *self.choices.providers))
        found = [profile for name in names for profile in self.known(name)]
        return [lead, *(p for p in found if p.name != lead.name and p.supports_tools)]

    def _preference(self, profile: ModelProfile, lead: ModelProfile) -> tuple[object, ...]:
        """The cheapest first, models that will be retired and unknown prices last; among equals
        the lead, its provider, the weaker one."""
        price = self.output_price(profile)
        return (bool(profile.retires_on), price is None, price or 0, profile.name != lead.name,
                profile.provider != lead.provider, profile.capability.rank, profile.name)

    def _stronger(self, chosen: ModelProfile, lead: ModelProfile) -> tuple[ModelProfile, ...]:
        """Of those that are stronger the least costly."""
        above = [p for p in self._candidates(lead) if p.capability.rank > chosen.capability.rank]
        if not above:
            return ()
        return self._with_fallback((min(above, key=lambda p: self._preference(p, lead)),))

    def _with_fallback(self, chain: tuple[ModelProfile, ...]) -> tuple[ModelProfile, ...]:
        models = (*chain, *(self.resolve(name) for name in self.choices.fallback))
        return tuple({model.name: model for model in models}.values())


def needed(mode: Mode, *, role: str, task_class: str) -> Capability:
    """How strong a model must be; a class that nobody knows counts as standard."""
    table = routing_table()
    classes = table["modes"][mode.value]
    by_class = Capability(classes.get(task_class, classes[STANDARD_CLASS]))
    by_role = Capability(table["roles"].get(role, Capability.SMALL.value))
    return max(by_class, by_role, key=lambda capability: capability.rank)


@cache
def routing_table() -> dict[str, dict[str, Any]]:
    text = resources.files("cockpit_tui.config").joinpath("routing.toml").read_text("utf-8")
    return tomllib.loads(text)
