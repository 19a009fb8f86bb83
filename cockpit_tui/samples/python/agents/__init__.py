"""A small team of agents: one class each, all of them registered here."""

from __future__ import annotations

from agents.base import BaseAgent, Task
from agents.code_architect import CodeArchitect

AGENTS: dict[str, type[BaseAgent]] = {
    "code-architect": CodeArchitect,
}
"""Every agent's class, by the label of the tasks that it takes."""

__all__ = ["AGENTS", "BaseAgent", "CodeArchitect", "Task", "assign"]


def assign(task: Task) -> BaseAgent:
    """The agent that takes `task`. Raises LookupError if there is none."""
    for agent_class in AGENTS.values():
        agent = agent_class()
        if agent.accepts(task):
            return agent
    raise LookupError(f"No agent takes tasks labelled {task.label!r}.")
