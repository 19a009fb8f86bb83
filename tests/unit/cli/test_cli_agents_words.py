"""`cockpit agents` for people and programs: rows, one page, JSON."""

from __future__ import annotations

import json

import pytest
from support.agent_scenes import agents_at_work
from support.scenes import NOW

from cockpit_tui.cli.agents_words import agent_page, agent_table, agent_wire

VIEWS = tuple(agents_at_work().agents)


def test_rows_say_who_needs_you_first_and_fit_a_narrow_terminal(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert agent_table(VIEWS, NOW) == [
        "job  agent  state      for  task                steps  cost   waits for",
        "#42  a1     needs you  40s  1.1 Provider sett…  4      $0.44  your answer: a3 a…",
        "#41  a2     blocked    3m   2.2 Token store     9      $0.31  anthropic:claude-…",
        "#41  a3     working    8m   2.5 Contract test…  9      ?",
        "#41  a5     working    3s   3.1 Login button    0      $0.00",
        "#41  a4     free       12m  last 1.2 Session…   12     $0.29",
        "#41  a6     free       1m   last 3.3 Docs page  12     $0.29"]


def test_one_page_says_all_of_one_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert agent_page(VIEWS[0], NOW) == [
        "a1 of job #42 Passport in the shop",
        "  role       BackendDeveloper",
        "  state      needs you, for 40s",
        "  waits for  your answer: a3 asks: npm install passport-google@1.4",
        "  task       1.1 Provider settings",
        "  attempt    1: 4 steps, 96k tokens, $0.44",
        "  model      anthropic:claude-sonnet-4-5",
        "  worktree   job42-task1.1-1",
        "  changes    +40 -6, 1 file",
        "  last       41s ago: tool run npm install",
        "  holds up   1.2, 2.1, 2.2, 2.3, 2.4, 2.5, 3.1, 3.2, 3.3",
        "  so far     0 tasks done, $0.44",
        "",
        "file                  added  removed",
        "web/login/button.tsx  +40    -6"]


def test_programs_get_every_field_and_the_state_as_it_is_shown() -> None:
    wire = json.loads(json.dumps(agent_wire(VIEWS[1])))
    assert {key: wire[key] for key in ("name", "role", "status", "state", "task_number", "steps",
                                       "cost_microusd", "holds_up", "tasks_done")} == {
        "name": "a2", "role": "BackendDeveloper", "status": "blocked", "state": "blocked",
        "task_number": "2.2", "steps": 9, "cost_microusd": 310_000, "holds_up": ["2.4", "3.2"],
        "tasks_done": 1}
    assert wire["last"]["type"] == "tool:called"
