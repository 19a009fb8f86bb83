"""`load_skill`: a skill's text on demand, so that the prompt holds only a line of each."""

from __future__ import annotations

from typing import Literal

from cockpit_tui.context.skills import SkillShelf
from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.tools.arguments import argument, read_arguments
from cockpit_tui.tools.base import ToolOutcome, line_for_people, object_schema

LOAD_SKILL = "load_skill"


class LoadSkill:
    """Reads from a shelf that was filled before the conversation began."""

    effect: Literal[EffectClass.READ] = EffectClass.READ
    spec = ToolSpec(
        name=LOAD_SKILL,
        description="Load a skill's instructions by its name, or one of its further files.",
        parameters=object_schema({"name": {"type": "string", "minLength": 1},
                                  "file": {"type": "string"}}, required=("name",)),
    )

    def __init__(self, shelf: SkillShelf) -> None:
        self._shelf = shelf

    def summarize(self, arguments: JsonObject) -> str:
        return line_for_people("skill", argument(arguments, "name"))

    async def call(self, arguments: JsonObject) -> ToolOutcome:
        arguments = read_arguments(self.spec, arguments)
        return ToolOutcome(text=self._shelf.read(arguments["name"], arguments.get("file") or None))
