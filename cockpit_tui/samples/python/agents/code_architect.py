"""The code architect of the team."""

from __future__ import annotations

from agents.base import BaseAgent, Task


class CodeArchitect(BaseAgent):
    """Takes the tasks that are labelled `code-architect`."""

    name = "CodeArchitect"
    label = "code-architect"

    def prompt(self, task: Task) -> str:
        return f"You are a code architect. Your task: {task.title}"
