"""What a tool is: its specification, its effect class, and what comes of a call."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.sanitize import sanitize_line

if TYPE_CHECKING:
    from cockpit_tui.tools.files import FileEdits


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutcome:
    """What came of a call. `text` is for the model, `summary` one line for people."""

    text: str
    is_error: bool = False
    summary: str = ""


class ReadTool(Protocol):
    """Looks, and leaves no mark."""

    @property
    def spec(self) -> ToolSpec: ...

    @property
    def effect(self) -> Literal[EffectClass.READ]: ...

    def summarize(self, arguments: JsonObject) -> str:
        """`read src/x.py`: one harmless line, also for arguments that will be refused."""
        ...

    async def call(self, arguments: JsonObject) -> ToolOutcome:
        """Raises ToolError, whose message is what the model reads."""
        ...


class EditTool(Protocol):
    """Changes files, in two moves: `prepare` here, `files.apply_edits` once it is recorded."""

    @property
    def spec(self) -> ToolSpec: ...

    @property
    def effect(self) -> Literal[EffectClass.FILE_EDIT]: ...

    def summarize(self, arguments: JsonObject) -> str: ...

    async def prepare(self, arguments: JsonObject, *,
                      written: Collection[str] = ()) -> FileEdits:
        """The edits with their hashes; nothing is written. Raises ToolError.

        `written` are paths that an interrupted run of this very call has changed already: they are
        left out. A tool that changes one file only is never asked so.
        """
        ...


class ShellTool(Protocol):
    """Names a command; the engine asks for leave and runs it with `shell.run_command`."""

    @property
    def spec(self) -> ToolSpec: ...

    @property
    def effect(self) -> Literal[EffectClass.SHELL]: ...

    def summarize(self, arguments: JsonObject) -> str: ...

    def parse(self, arguments: JsonObject) -> str:
        """The command line. Raises ToolError."""
        ...


Tool = ReadTool | EditTool | ShellTool


def object_schema(properties: dict[str, JsonObject], *, required: tuple[str, ...]) -> JsonObject:
    """A strict JSON Schema object: no other keys than `properties`."""
    return {"type": "object", "properties": properties, "required": list(required),
            "additionalProperties": False}


def line_for_people(verb: str, value: Any, *, limit: int = 120) -> str:
    """`verb value` as one harmless line; a value that is not text shows as `?`."""
    text = sanitize_line(value[:limit * 2]) if isinstance(value, str) else "?"
    return f"{verb} {text if len(text) <= limit else text[:limit - 1] + '…'}"
