"""One agent's tools over one worktree: which there are, and what they have seen."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.tools.base import Tool, check_arguments, line_for_people, object_schema
from cockpit_tui.tools.edits import EditFile, EditTarget, WriteFile
from cockpit_tui.tools.paths import Confinement
from cockpit_tui.tools.reading import ListFiles, ReadFile
from cockpit_tui.tools.search import Search
from cockpit_tui.tools.seen import SeenFiles

MAX_COMMAND_CHARACTERS = 10_000


class RunCommand:
    """Names a command line; whether it may run, and where, is decided by the engine."""

    effect: Literal[EffectClass.SHELL] = EffectClass.SHELL
    spec = ToolSpec(
        name="run_command",
        description="Run a command line with /bin/sh in the repository's root. Output and errors "
                    "come back together with the exit code. No input, no network; what it leaves "
                    "running is stopped.",
        parameters=object_schema({"command": {"type": "string", "minLength": 1}},
                                 required=("command",)),
    )

    def summarize(self, arguments: JsonObject) -> str:
        return line_for_people("run", arguments.get("command"))

    def parse(self, arguments: JsonObject) -> str:
        check_arguments(self.spec, arguments)
        command: str = arguments["command"].strip()
        if not command:
            raise ToolError("run_command: argument 'command' must not be empty.")
        if "\0" in command:
            raise ToolError("run_command: the command holds a NUL character.")
        if len(command) > MAX_COMMAND_CHARACTERS:
            raise ToolError(f"run_command: the command has {len(command):,} characters; at most "
                            f"{MAX_COMMAND_CHARACTERS:,} are taken. Write a script file instead.")
        return command


class ToolSession:
    """The tools of one execution. A read-only session has no tool that writes or runs anything.

    Raises PathRefused if `root` is not a real directory.
    """

    def __init__(self, root: Path, *, owned_paths: Iterable[str] = (),
                 read_only: bool = False) -> None:
        confinement = Confinement(root)
        self.root = root
        self.seen = SeenFiles()
        tools: list[Tool] = [ListFiles(confinement), ReadFile(confinement, self.seen),
                             Search(confinement)]
        if not read_only:
            target = EditTarget(confinement, self.seen, tuple(owned_paths))
            tools += [WriteFile(target), EditFile(target), RunCommand()]
        self._tools = {tool.spec.name: tool for tool in tools}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """In a fixed order, so that a provider's prompt cache holds."""
        return tuple(tool.spec for tool in self._tools.values())

    def tool(self, name: str) -> Tool:
        """Raises ToolError for a name that is not there, naming those that are."""
        try:
            return self._tools[name]
        except KeyError:
            shown = sanitize_line(name[:60])
            raise ToolError(f"There is no tool {shown!r}. There are: "
                            f"{', '.join(self._tools)}.") from None
