from __future__ import annotations

from agents.base import Task
from agents.code_architect import CodeArchitect


def test_code_architect_takes_only_its_own_tasks() -> None:
    architect = CodeArchitect()

    assert architect.accepts(Task(title="Draw the borders", label="code-architect"))
    assert not architect.accepts(Task(title="Water the plants", label="gardener"))


def test_code_architect_is_told_who_it_is_and_what_to_do() -> None:
    prompt = CodeArchitect().prompt(Task(title="Draw the borders", label="code-architect"))

    assert prompt == "You are a code architect. Your task: Draw the borders"
