"""What a recipe is: a generator that asks for tool calls and ends with a plan or a report.

The offline provider is stateless, like any model: each turn it gets the whole transcript. A recipe
is therefore written as a generator that *yields* a `ToolUse` and *receives* the tool's result; the
provider replays it over the results already in the transcript and answers with whatever the
generator yields next. A recipe must be deterministic: the same results lead to the same next call.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.drafts import PhaseDraft
from cockpit_tui.domain.review import RepositoryFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """A tool call that the recipe wants made. Names and arguments as in the tools' specs:

    `list_files(path=".")`, `read_file(path, start_line?, end_line?)`, `search(pattern, path?)`,
    `write_file(path, content)`, `edit_file(path, old_string, new_string, replace_all?)`,
    `run_command(command)`.
    """

    name: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolReply:
    text: str
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Phases together with what the person should know before approving them."""

    phases: tuple[PhaseDraft, ...]
    notes: tuple[str, ...] = ()


Planning = Generator[ToolUse, ToolReply, tuple[PhaseDraft, ...] | Planned]
"""A recipe that plans: may read, never writes, returns phases (with keys unique in the recipe)."""

Working = Generator[ToolUse, ToolReply, str]
"""A recipe that works on one task: may read, write, run; returns its closing words."""


class CannotWork(Exception):
    """The recipe met something its rules do not cover; the text is shown to the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """What the recipe's plan wrote for its own work: stands as JSON in the task's instructions."""

    recipe: str
    data: JsonObject


class Recipe(Protocol):
    @property
    def name(self) -> str:
        """Stable, e.g. `scaffold-class`; stands in work orders."""
        ...

    @property
    def offer(self) -> str:
        """One line on what it can do, shown where a request fits no recipe."""
        ...

    def matches(self, request: str, facts: RepositoryFacts) -> bool:
        """Does the request ask for what this recipe does, in this repository?"""
        ...

    def plan(self, request: str, facts: RepositoryFacts) -> Planning:
        """Turn the request into phases. Raises CannotWork with the reason."""
        ...

    def work(self, order: JsonObject) -> Working:
        """Carry out one task. Raises CannotWork with the reason."""
        ...


def instructions_with_order(words: str, order: WorkOrder) -> str:
    """A task's instructions: words for people, and the order for the rules in a fenced block."""
    body = json.dumps({"recipe": order.recipe, "data": order.data}, indent=2, sort_keys=True)
    return f"{words.strip()}\n\n```work-order\n{body}\n```\n"
