"""The keymap's rules: no clash, no key that does not arrive, one registry for every binding."""

from __future__ import annotations

import pytest

from cockpit_tui.ui.actions import ACTIONS, BY_ID, Situation, textual_keys
from cockpit_tui.ui.keymap import Clash, checked_keymap, clashes, is_forbidden, key_label
from cockpit_tui.ui.widgets.diff_view import DiffView
from cockpit_tui.ui.widgets.log_pane import LogPane


def test_no_key_has_two_meanings_in_any_context() -> None:
    assert clashes() == ()
    assert Clash("plan", "k", "nav.up", "request.new") in clashes({"request.new": "k"})


def test_no_action_uses_a_key_that_does_not_arrive() -> None:
    used = {part for action in ACTIONS for key in action.keys.split(",") for part in key.split()}
    assert {key: why for key in used if (why := is_forbidden(key))} == {}


@pytest.mark.parametrize("key", ["d", "ctrl+b", "ctrl+s", "alt+1", "ctrl+enter", "f12"])
def test_forbidden_keys_are_known(key: str) -> None:
    assert is_forbidden(key)


def test_every_action_has_its_own_id_and_words() -> None:
    assert len(BY_ID) == len(ACTIONS)
    assert all(action.title and action.help.endswith(".") for action in ACTIONS)


@pytest.mark.parametrize("widget", [LogPane, DiffView])
def test_widgets_bind_what_the_registry_says(widget: type[LogPane] | type[DiffView]) -> None:
    bound: dict[str, set[str]] = {}
    for cls in (c for c in widget.__mro__ if c.__module__.startswith("cockpit_tui")):
        for binding in cls.__dict__.get("BINDINGS", []):
            bound.setdefault(binding.id, set()).update(binding.key.split(","))
    assert bound == {id: set(textual_keys(id, BY_ID[id].keys).split(",")) for id in bound}


def test_a_persons_keymap_is_taken_and_its_faults_are_said() -> None:
    keymap, warnings = checked_keymap({"request.new": "f5,g x", "no.such": "k", "go.inbox": "w"})
    assert keymap == {"request.new": "f5,then_g_x", "go.inbox": "w"}
    assert "keys: there is no action 'no.such'" in warnings
    assert any("w means" in warning for warning in warnings)


def test_keys_are_written_as_people_know_them() -> None:
    assert [key_label(key) for key in ("question_mark", "then_g_h", "ctrl+r", "pagedown")] == [
        "?", "gh", "ctrl+r", "PgDn"]


def test_what_cannot_be_done_says_why() -> None:
    nothing = Situation()
    reasons = {action.id: action.when(nothing) for action in ACTIONS if action.when(nothing)}
    assert reasons["decide.approve"] == "Nothing waits for an answer here. w goes to what does."
    assert all(reason.endswith(".") for reason in reasons.values())
