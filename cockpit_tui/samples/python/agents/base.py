"""What every agent has in common, and the tasks they take."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    title: str
    label: str


class BaseAgent(ABC):
    """A member of the team. It takes the tasks that carry its label."""

    name: str
    label: str

    def accepts(self, task: Task) -> bool:
        return task.label == self.label

    @abstractmethod
    def prompt(self, task: Task) -> str:
        """What a model is told about `task`."""
