"""A call's arguments: read leniently where the meaning is plain, refused exactly where it is not.

Models write `"3"` for 3, a name that another vendor's tool uses, null for what they leave out, or
all of it as JSON within a string. That is understood; anything else is an error that says what the
tool takes.
"""

from __future__ import annotations

import json
from typing import Any

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.domain.sanitize import sanitize_line

MAX_ARGUMENT_CHARACTERS = 2_000_000
"""The longest text that an argument may hold; a whole file fits, a flood does not."""

_TWINS = (
    ("path", "file_path", "filepath", "filename", "file"),
    ("command", "cmd"),
    ("content", "file_text", "contents"),
    ("old_string", "old_str"),
    ("new_string", "new_str"),
    ("insert_text", "new_str", "new_string", "text"),
    ("patch", "input"),
)
"""Names for one thing, as the vendors' tools have them."""

_PYTHON_TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list}
_A = {"string": "a string", "integer": "an integer", "boolean": "a boolean",
      "array": "an array of integers"}


class MalformedCall(ToolError):
    """The call itself is wrong, whatever lies in the worktree: no such tool, or wrong arguments."""


def read_arguments(spec: ToolSpec, arguments: Any) -> JsonObject:
    """`arguments` under the specification's names and types. Raises MalformedCall.

    Known are the types string, integer, boolean and array (of integers), `enum`, `minimum` and
    `minLength`: all that the tools here use.
    """
    given = _as_object(arguments)
    if given is None:
        raise MalformedCall(f"{spec.name}: arguments must be a JSON object. {_usage(spec)}")
    properties: dict[str, JsonObject] = spec.parameters["properties"]
    required = spec.parameters["required"]
    read = {name: value for name, value in _renamed(given, properties).items()
            if value is not None or name in required or name not in properties}
    if unknown := sorted(str(key) for key in read.keys() - properties.keys()):
        shown = ", ".join(repr(sanitize_line(name[:40])) for name in unknown[:5])
        raise MalformedCall(f"{spec.name}: unknown argument {shown}. {_usage(spec)}")
    for name in required:
        if name not in read:
            raise MalformedCall(f"{spec.name}: argument {name!r} is missing. {_usage(spec)}")
    for name, value in read.items():
        read[name] = _converted(value, properties[name]["type"])
        _check_value(spec, name, read[name], properties[name])
    return read


def argument(arguments: Any, name: str, default: Any = None) -> Any:
    """What the call gives for `name`, for a line about it; the call may be wrong."""
    given = _as_object(arguments) or {}
    return _renamed(given, {name: {}}).get(name, default)


def _as_object(arguments: Any) -> JsonObject | None:
    if isinstance(arguments, str) and len(arguments) <= 2 * MAX_ARGUMENT_CHARACTERS:
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return None
    return dict(arguments) if isinstance(arguments, dict) else None


def _renamed(given: JsonObject, properties: dict[str, JsonObject]) -> JsonObject:
    """Twins of a property's name read as that name, where it is not given itself."""
    renamed = dict(given)
    for name in properties:
        if renamed.get(name) is None:
            for twins in _TWINS:
                if name not in twins:
                    continue
                other = next((twin for twin in twins if twin not in properties
                              and renamed.get(twin) is not None), None)
                if other is not None:
                    renamed[name] = renamed.pop(other)
                    break
    return renamed


def _converted(value: Any, wanted: str) -> Any:
    """`value` as the wanted type where it plainly is that, else as it came."""
    if wanted == "integer":
        return _as_integer(value)
    if wanted == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), value)
    if wanted == "array":
        if isinstance(value, str) and len(value) < 200:
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return value
        return [_as_integer(item) for item in value] if isinstance(value, list) else value
    return value


def _as_integer(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) < 20:
        try:
            return int(value.strip())
        except ValueError:
            return value
    return value


def _check_value(spec: ToolSpec, name: str, value: Any, schema: JsonObject) -> None:
    wrong = type(value) is not _PYTHON_TYPES[schema["type"]]
    if wrong or (isinstance(value, list) and any(type(item) is not int for item in value)):
        got = "of something else" if not wrong else _json_type(value)
        raise MalformedCall(f"{spec.name}: argument {name!r} must be {_A[schema['type']]}, "
                            f"not {got}.")
    if "enum" in schema and value not in schema["enum"]:
        shown = sanitize_line(str(value)[:40])
        raise MalformedCall(f"{spec.name}: argument {name!r} must be one of "
                            f"{', '.join(schema['enum'])}, not {shown!r}.")
    if isinstance(value, str):
        _check_text(spec, name, value, schema)
    elif isinstance(value, int) and value < schema.get("minimum", value):
        raise MalformedCall(
            f"{spec.name}: argument {name!r} must be at least {schema['minimum']}.")


def _check_text(spec: ToolSpec, name: str, value: str, schema: JsonObject) -> None:
    if len(value) > MAX_ARGUMENT_CHARACTERS:
        raise MalformedCall(f"{spec.name}: argument {name!r} has {len(value):,} characters; "
                            f"at most {MAX_ARGUMENT_CHARACTERS:,} are taken.")
    if len(value) < schema.get("minLength", 0):
        raise MalformedCall(f"{spec.name}: argument {name!r} must not be empty.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise MalformedCall(f"{spec.name}: argument {name!r} holds half a surrogate pair at "
                            f"character {error.start}, which is not text.") from error


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
