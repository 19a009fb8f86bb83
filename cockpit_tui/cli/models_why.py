"""The words of `cockpit models why`: who is asked for what, and for which reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cockpit_tui.agents.roles import role_named
from cockpit_tui.cli.models_session import OwnModels
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.job import JobRequest, Mode
from cockpit_tui.engine.models import models_of_settings
from cockpit_tui.engine.routing import Route, Router, routing_table


def task_classes() -> tuple[str, ...]:
    """As the table has them, from the easiest."""
    return tuple(routing_table()["modes"][Mode.BALANCED.value])


def routes(own: OwnModels, *, mode: str | None, role: str, task_class: str,
           model: str | None) -> dict[str, Route]:
    """The lead's route, then those of tasks: of one class, or of every one.

    Raises UsageError, ProviderError.
    """
    role_named(role, Paths.from_environment())
    if task_class and task_class not in task_classes():
        raise UsageError(f"There is no task class {task_class!r}.",
                         hint=f"Classes: {', '.join(task_classes())}")
    job = own.settings.job
    lead = own.catalogue.resolve(model or job.model).profile.name
    request = replace(JobRequest(text="why", model=lead), mode=Mode(mode) if mode else job.mode)
    router: Router = models_of_settings(Paths.from_environment(), own.redactor, None, None).router
    found = {"lead": router.lead(request)}
    for each in (task_class,) if task_class else task_classes():
        found[each] = router.worker(request, role=role, task_class=each)
    return found


def keyless(own: OwnModels, found: dict[str, Route]) -> list[str]:
    """Sentences about the providers that `found` could have asked, had they a key."""
    asked = [profile.provider for route in found.values()
             for profile in (*route.chain, *route.stronger)]
    sentences = []
    for name in dict.fromkeys([*asked, *own.settings.routing.providers]):
        entry = own.catalogue.providers.get(name)
        if entry is not None and entry.needs_key and not own.keys.has(entry):
            left_out = "Its models cannot be asked" if name in asked else "Its models are left out"
            sentences.append(f"There is no key for {entry.title}. {left_out}: cockpit keys set "
                             f"{name}, or set {entry.api_key_env[0]}.")
    return sentences


def why_lines(found: dict[str, Route]) -> Iterable[str]:
    for seat, route in found.items():
        yield f"{seat}: {' → '.join(profile.name for profile in route.chain)}"
        yield from (f"  {sentence}" for sentence in route.why)


def why_wire(found: dict[str, Route]) -> dict[str, Any]:
    return {seat: {"chain": [profile.name for profile in route.chain],
                   "stronger": [profile.name for profile in route.stronger],
                   "why": list(route.why)} for seat, route in found.items()}
