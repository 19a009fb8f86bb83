"""What a tool is: its specification, its effect class, and how its arguments are checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.domain.sanitize import sanitize_line

if TYPE_CHECKING:
    from cockpit_tui.tools.files import FileEdit

MAX_ARGUMENT_CHARACTERS = 2_000_000
"""The longest text that an argument may hold; a whole file fits, a flood does not."""

_PYTHON_TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool}
_A = {"string": "a string", "integer": "an integer", "boolean": "a boolean"}


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
    """Changes one file, in two moves: `prepare` here, `files.apply_edit` once it is recorded."""

    @property
    def spec(self) -> ToolSpec: ...

    @property
    def effect(self) -> Literal[EffectClass.FILE_EDIT]: ...

    def summarize(self, arguments: JsonObject) -> str: ...

    async def prepare(self, arguments: JsonObject) -> FileEdit:
        """The edit with its hashes; nothing is written. Raises ToolError."""
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


def check_arguments(spec: ToolSpec, arguments: Any) -> None:
    """Raise ToolError unless `arguments` fit the specification exactly.

    Known are the types string, integer and boolean, `minimum` and `minLength`: all that the tools
    here use. A boolean is not an integer.
    """
    if not isinstance(arguments, dict):
        raise ToolError(f"{spec.name}: arguments must be a JSON object. {_usage(spec)}")
    properties: dict[str, JsonObject] = spec.parameters["properties"]
    if unknown := sorted(str(key) for key in arguments.keys() - properties.keys()):
        shown = ", ".join(repr(sanitize_line(name[:40])) for name in unknown[:5])
        raise ToolError(f"{spec.name}: unknown argument {shown}. {_usage(spec)}")
    for name in spec.parameters["required"]:
        if name not in arguments:
            raise ToolError(f"{spec.name}: argument {name!r} is missing. {_usage(spec)}")
    for name, value in arguments.items():
        _check_value(spec, name, value, properties[name])


def _check_value(spec: ToolSpec, name: str, value: Any, schema: JsonObject) -> None:
    expected = _PYTHON_TYPES[schema["type"]]
    if type(value) is not expected:
        raise ToolError(f"{spec.name}: argument {name!r} must be {_A[schema['type']]}, "
                        f"not {_json_type(value)}.")
    if isinstance(value, str):
        if len(value) > MAX_ARGUMENT_CHARACTERS:
            raise ToolError(f"{spec.name}: argument {name!r} has {len(value):,} characters; "
                            f"at most {MAX_ARGUMENT_CHARACTERS:,} are taken.")
        if len(value) < schema.get("minLength", 0):
            raise ToolError(f"{spec.name}: argument {name!r} must not be empty.")
        _refuse_surrogates(spec, name, value)
    elif isinstance(value, int) and value < schema.get("minimum", value):
        raise ToolError(f"{spec.name}: argument {name!r} must be at least {schema['minimum']}.")


def _refuse_surrogates(spec: ToolSpec, name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ToolError(f"{spec.name}: argument {name!r} holds half a surrogate pair at character "
                        f"{error.start}, which is not text.") from error


def _json_type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _usage(spec: ToolSpec) -> str:
    required = spec.parameters["required"]
    parts = [f"{name} ({schema['type']}{'' if name in required else ', optional'})"
             for name, schema in spec.parameters["properties"].items()]
    return f"It takes {', '.join(parts)}."


def line_for_people(verb: str, value: Any, *, limit: int = 120) -> str:
    """`verb value` as one harmless line; a value that is not text shows as `?`."""
    text = sanitize_line(value[:limit * 2]) if isinstance(value, str) else "?"
    return f"{verb} {text if len(text) <= limit else text[:limit - 1] + '…'}"
