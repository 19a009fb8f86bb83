"""The tools that name a command line: `run_command`, and `bash` as Anthropic's models know it.

Whether a command may run, and where, is decided by the engine.
"""

from __future__ import annotations

from typing import Literal

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.tools.arguments import MalformedCall, argument, read_arguments
from cockpit_tui.tools.base import ToolOutcome, line_for_people, object_schema

MAX_COMMAND_CHARACTERS = 10_000


class RunCommand:
    """One command line a call; nothing of it is left for the next."""

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
        return line_for_people("run", argument(arguments, "command"))

    def parse(self, arguments: JsonObject) -> str:
        name = self.spec.name
        read = read_arguments(self.spec, arguments)
        command: str = read.get("command", "").strip()
        if not command:
            raise MalformedCall(f"{name}: argument 'command' must not be empty.")
        if "\0" in command:
            raise MalformedCall(f"{name}: the command holds a NUL character.")
        if len(command) > MAX_COMMAND_CHARACTERS:
            raise MalformedCall(
                f"{name}: the command has {len(command):,} characters; at most "
                f"{MAX_COMMAND_CHARACTERS:,} are taken. Write a script file instead.")
        return command


class Bash(RunCommand):
    """Anthropic's `bash_20250124`: `command`, or `restart`, which is `BashRestart`'s.

    Source: platform.claude.com/docs/en/agents-and-tools/tool-use/bash-tool.
    """

    spec = ToolSpec(
        name="bash",
        description="Run a command line in the repository's root. Every call is a new shell: no "
                    "directory or variable is kept. No input, no network; what it leaves running "
                    "is stopped.",
        parameters=object_schema({"command": {"type": "string"}, "restart": {"type": "boolean"}},
                                 required=()),
    )


class BashRestart:
    """A `bash` call that asks for a restart: there is no shell to restart, which is the answer."""

    effect: Literal[EffectClass.READ] = EffectClass.READ
    spec = Bash.spec

    def summarize(self, arguments: JsonObject) -> str:
        return "restart the shell"

    async def call(self, arguments: JsonObject) -> ToolOutcome:
        read_arguments(self.spec, arguments)
        return ToolOutcome(text="Done: every command gets a new shell.",
                           summary="restart the shell")


def is_restart(arguments: JsonObject) -> bool:
    """Does a `bash` call ask for nothing but a restart?"""
    return (argument(arguments, "restart") in (True, "true", "True")
            and not argument(arguments, "command"))
