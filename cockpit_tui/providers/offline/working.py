"""One task, carried out by the recipe that its work order names."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence

from cockpit_tui.domain.fences import find_fence, read_fences
from cockpit_tui.providers.offline.recipe import CannotWork, Recipe, ToolReply, ToolUse, WorkOrder

CANNOT = "CANNOT:"
"""How closing words begin that say why the task was not done."""


def work(instructions: str, recipes: Sequence[Recipe]) -> Generator[ToolUse, ToolReply, str]:
    """The closing words; they begin with `CANNOT:` where the rules could not do the task."""
    try:
        order = read_work_order(instructions)
        recipe = next((each for each in recipes if each.name == order.recipe), None)
        if recipe is None:
            raise CannotWork(f"No offline rule is called {order.recipe!r} in this version.")
        return (yield from recipe.work(order.data))
    except CannotWork as reason:
        return f"{CANNOT} {reason}"


def read_work_order(text: str) -> WorkOrder:
    """The order in a task's prompt, also where the instructions stand in a fence of their own.

    Raises CannotWork where there is none.
    """
    body = find_fence(text, "work-order")
    for outer in read_fences(text):
        if body is None and outer.tag in {"instructions", "task"}:
            body = find_fence(outer.text, "work-order")
    if body is None:
        raise CannotWork(
            "This task was not written by the offline rules, or its work order was edited out. "
            "The rules are not an AI: they only do what they planned themselves.")
    try:
        order = json.loads(body)
        if not isinstance(order["data"], dict):
            raise TypeError("data is not an object")
        return WorkOrder(recipe=str(order["recipe"]), data=order["data"])
    except (ValueError, KeyError, TypeError) as error:
        raise CannotWork(f"The task's work order cannot be read: {error}") from error


def follow_up(text: str) -> str:
    """The answer to whatever comes after a recipe has ended."""
    shown = " ".join(text.split())[:160]
    return (f"{CANNOT} The offline rules have done all they know for this task and cannot act on "
            f"what came back ({shown!r}). They are not an AI: change the files by hand, or drop "
            "the task.")
