from __future__ import annotations

import pytest

from agents import AGENTS, Task, assign


def test_the_team_is_complete() -> None:
    assert list(AGENTS) == ["code-architect"]


def test_every_agent_takes_what_it_is_registered_for() -> None:
    for label, agent_class in AGENTS.items():
        assert type(assign(Task(title="Anything", label=label))) is agent_class


def test_nobody_takes_an_unknown_task() -> None:
    with pytest.raises(LookupError):
        assign(Task(title="Water the plants", label="gardener"))
