"""Routing: the person's word first, then the cheapest model that is strong enough, with why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit_tui.domain.job import JobRequest, Mode
from cockpit_tui.domain.model import RULES_PROFILE, Capability, ModelProfile
from cockpit_tui.engine.routing import ModeRouter, RoutingChoices, needed


def model(provider: str, name: str, capability: Capability) -> ModelProfile:
    return ModelProfile(provider=provider, model=name, capability=capability)


TINY = model("acme", "tiny", Capability.SMALL)
CHEAP = model("acme", "cheap", Capability.STANDARD)
DEAR = model("acme", "dear", Capability.STANDARD)
LEAD = model("acme", "lead", Capability.STRONG)
TOP = model("acme", "top", Capability.FRONTIER)
MUTE = replace(model("acme", "mute", Capability.SMALL), supports_tools=False)
OTHER = model("other", "nano", Capability.SMALL)
ALL = (TINY, CHEAP, DEAR, LEAD, TOP, MUTE, OTHER, RULES_PROFILE)
PRICES = {"cheap": 2, "dear": 9, "tiny": 1, "lead": 20, "top": 50, "nano": 1}


def router(choices: RoutingChoices | None = None,
           known: tuple[ModelProfile, ...] = ALL) -> ModeRouter:
    by_name = {profile.name: profile for profile in ALL}
    return ModeRouter(
        resolve=by_name.__getitem__,
        known=lambda provider: [p for p in known if p.provider == provider],
        output_price=lambda profile: PRICES.get(profile.model), choices=choices or RoutingChoices())


def request(mode: Mode = Mode.BALANCED, lead: str = "acme:lead") -> JobRequest:
    return JobRequest(text="do it", mode=mode, model=lead)


@pytest.mark.parametrize(("mode", "task_class", "expected"), [
    (Mode.FRUGAL, "standard", ["acme:tiny", "acme:lead"]),
    (Mode.BALANCED, "simple-crud", ["acme:tiny", "acme:lead"]),
    (Mode.BALANCED, "standard", ["acme:cheap", "acme:lead"]),
    (Mode.BALANCED, "auth-security", ["acme:lead"]),
    (Mode.PERFORMANCE, "complex-logic", ["acme:top", "acme:lead"]),
    (Mode.BUSU, "simple-crud", ["acme:top", "acme:lead"]),
    (Mode.BALANCED, "a class of its own", ["acme:cheap", "acme:lead"]),
])
def test_a_task_gets_the_least_costly_model_that_is_strong_enough(
        mode: Mode, task_class: str, expected: list[str]) -> None:
    route = router().worker(request(mode), role="BackendDeveloper", task_class=task_class)
    assert [profile.name for profile in route.chain] == expected


def test_the_lead_is_whom_the_person_chose_in_every_mode() -> None:
    for mode in Mode:
        assert router().lead(request(mode)).chain == (LEAD,)


def test_a_stronger_model_that_costs_less_and_one_that_stays_are_preferred() -> None:
    leaving = replace(TINY, model="leaving", retires_on="2027-01-01")
    bargain = replace(DEAR, model="bargain")
    prices = {"leaving": 0, "tiny": 3, "bargain": 2, "lead": 20}
    routed = ModeRouter(resolve=lambda _: LEAD, known=lambda _: (leaving, TINY, bargain, LEAD),
                        output_price=lambda profile: prices[profile.model])
    route = routed.worker(request(Mode.FRUGAL), role="Tester", task_class="simple-crud")
    assert route.first is bargain


def test_a_role_may_need_more_than_its_task_class() -> None:
    assert needed(Mode.FRUGAL, role="CodeArchitect", task_class="standard") is Capability.STANDARD
    route = router().worker(request(Mode.FRUGAL), role="CodeArchitect", task_class="standard")
    assert route.first is CHEAP


def test_what_the_person_names_goes_before_the_table_the_nearest_name_first() -> None:
    choices = RoutingChoices(roles={"Tester": "acme:dear"}, classes={"standard": "acme:cheap"},
                             modes={"balanced": "acme:tiny"})
    named = router(choices)

    def first(role: str, task_class: str, model: str = "") -> str:
        return named.worker(request(), role=role, task_class=task_class, model=model).first.name

    assert first("Tester", "standard", "acme:top") == "acme:top"
    assert first("Tester", "standard") == "acme:dear"
    assert first("BackendDeveloper", "standard") == "acme:cheap"
    assert first("BackendDeveloper", "complex-logic") == "acme:tiny"


def test_other_providers_are_asked_only_where_the_person_says_so() -> None:
    frugal = request(Mode.FRUGAL)
    without = router(known=(LEAD, OTHER)).worker(frugal, role="Tester", task_class="standard")
    assert [profile.name for profile in without.chain] == ["acme:lead"]
    choices = RoutingChoices(providers=("other",), fallback=("other:nano", "acme:top"))
    route = router(choices, known=(LEAD, OTHER)).worker(frugal, role="Tester",
                                                        task_class="standard")
    assert [profile.name for profile in route.chain] == ["other:nano", "acme:lead", "acme:top"]


def test_failed_proofs_go_to_the_next_strength_up() -> None:
    def stronger(task_class: str) -> list[str]:
        route = router().worker(request(), role="Tester", task_class=task_class)
        return [profile.name for profile in route.stronger]

    assert stronger("simple-crud") == ["acme:cheap"]
    assert stronger("standard") == ["acme:lead"]
    assert stronger("auth-security") == ["acme:top"]
    busu = router().worker(request(Mode.BUSU), role="Tester", task_class="standard")
    assert busu.stronger == ()


def test_the_offline_rules_do_everything_themselves() -> None:
    route = router().worker(request(Mode.BUSU, "offline:rules"), role="Tester",
                            task_class="auth-security")
    assert (route.chain, route.stronger) == ((RULES_PROFILE,), ())


def test_every_decision_has_its_reason() -> None:
    route = router().worker(request(), role="Tester", task_class="standard")
    assert route.why == (
        "In mode balanced a Tester needs a standard model for tasks of class standard; acme:cheap "
        "is the least costly one that is.",
        "If it fails, the lead acme:lead is asked.",
        "If its work fails the proofs again and again, acme:lead takes over.")
