"""Tool calls put together from the fragments of a stream, whatever habits the server has.

By the book a call comes as pieces with one `index`; id and name are in the first piece only. In
the wild servers repeat id and name with every piece, leave the index out, give every call the
index 0, or send whole calls in one piece (Ollama, Google, older vLLM).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from cockpit_tui.domain.conversation import JsonObject, ToolCall
from cockpit_tui.providers.messages.incoming import BrokenStream
from cockpit_tui.providers.unfinished import size_bytes

CUT = ("The call was cut off, because the reply reached its length limit. Send it again, with "
       "less in one call.")
MAX_CALLS = 1_000
_LONG = 10_000


@dataclass(slots=True)
class _Pieces:
    id: str = ""
    name: str = ""
    parts: list[str] = field(default_factory=list)
    """The text of the arguments, joined once at the end: a stream may have many pieces."""
    size: int = 0
    extras: JsonObject = field(default_factory=dict)


class CallFragments:
    """The calls of one reply, in the order in which they began."""

    def __init__(self) -> None:
        self._calls: list[_Pieces] = []
        self._at: dict[int, _Pieces] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def size_bytes(self) -> int:
        """Of names and arguments so far."""
        return size_bytes(text for call in self._calls for text in (call.name, *call.parts))

    def add(self, *, index: int | None, id: str, name: str, arguments: Any,
            extras: JsonObject | None = None) -> None:
        """One piece. `arguments` is text; an object where the server sends them unpacked. Raises
        BrokenStream for more calls than anybody means."""
        if arguments is None:
            arguments = ""
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        pieces = self._pieces(index, id, name, text)
        pieces.id = pieces.id or id
        if name and name != pieces.name:
            pieces.name += name
        if text:
            pieces.parts.append(text)
            pieces.size += len(text)
        pieces.extras |= extras or {}

    def calls(self, taken: Iterable[str], *,
              is_cut: bool = False) -> tuple[tuple[ToolCall, JsonObject], ...]:
        """Every call with the extra fields that must go back with it. Ids that are missing, or
        `taken` in the conversation (some servers count from 0 in every reply), are made up."""
        ids = set(taken)
        out = []
        for number, pieces in enumerate(self._calls, 1):
            call_id, serial = pieces.id or f"call_{number}", 1
            while call_id in ids:
                serial += 1
                call_id = f"{pieces.id or f'call_{number}'}_{serial}"
            ids.add(call_id)
            call = read_call(call_id, pieces.name, "".join(pieces.parts))
            if is_cut and call.malformed and pieces is self._calls[-1]:
                call = replace(call, malformed=CUT)
            out.append((call, pieces.extras))
        return tuple(out)

    def _pieces(self, index: int | None, id: str, name: str, text: str) -> _Pieces:
        known = self._at.get(index) if index is not None else self._last_for(id, name)
        if known is not None and not _is_another(known, id, name, text):
            return known
        if len(self._calls) >= MAX_CALLS:
            raise BrokenStream(f"it makes more than {MAX_CALLS:,} calls at once")
        found = _Pieces()
        self._calls.append(found)
        if index is not None:
            self._at[index] = found
        return found

    def _last_for(self, id: str, name: str) -> _Pieces | None:
        """Without an index: the call of this id, else the newest one."""
        if id:
            return next((call for call in self._calls if call.id == id), None)
        if not self._calls or (name and self._calls[-1].parts):
            return None
        return self._calls[-1]


def _is_another(known: _Pieces, id: str, name: str, text: str) -> bool:
    """Whether a piece begins a new call although its index is taken: another id, or a name again
    after arguments that are whole already."""
    if id and known.id:
        return id != known.id
    if not name or not known.parts or not known.parts[-1].rstrip().endswith("}") \
            or text.lstrip()[:1] not in ("", "{"):
        return False
    # `}{` is JSON within a string only. Long ones are not read again with every piece.
    return known.size > _LONG or _is_whole("".join(known.parts))


def _is_whole(arguments: str) -> bool:
    try:
        json.loads(arguments)
    except (ValueError, RecursionError):
        return False
    return True


def read_call(call_id: str, name: str, arguments: str) -> ToolCall:
    """The call; what is not readable is marked `malformed`, with the words for the model."""
    if not name:
        return _malformed(call_id, "unknown",
                          "The call names no tool. Call one of the tools by its name.")
    if not arguments.strip():
        return ToolCall(id=call_id, name=name, arguments={})
    try:
        value = json.loads(arguments, strict=False, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return _malformed(call_id, name, f"The arguments are not valid JSON: {error.msg} at "
                          f"character {error.pos} of {len(arguments)}.")
    except (ValueError, RecursionError):
        return _malformed(call_id, name, "The arguments are not valid JSON: a number or the "
                          "nesting is beyond bounds.")
    if isinstance(value, str) and value.lstrip().startswith("{"):
        return read_call(call_id, name, value)  # Some servers pack the object twice.
    if value is not None and not isinstance(value, dict):
        kind = "array" if isinstance(value, list) else type(value).__name__
        return _malformed(call_id, name, f"The arguments are a JSON {kind}, not an object.")
    return ToolCall(id=call_id, name=name, arguments=value or {})


def _malformed(call_id: str, name: str, complaint: str) -> ToolCall:
    return ToolCall(id=call_id, name=name, arguments={}, malformed=complaint)


def _no_constant(name: str) -> None:
    """NaN and Infinity, which Python reads and JSON has not."""
    raise ValueError(name)
