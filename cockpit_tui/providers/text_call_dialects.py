"""How model families write a tool call as text: one reader a dialect.

Sources: the chat templates that the vendors publish with their models: Hermes 2 Pro and Qwen 2.5/3
(`<tool_call>`), Qwen 3 Coder (`<function=`), Llama 3.1 (`<|python_tag|>`, bare JSON), Mistral
(`[TOOL_CALLS]`), DeepSeek V3/R1 and Kimi K2 (special tokens).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Specs = dict[str, dict[str, object]]
"""Tool names to the JSON Schemas of their parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A call as it stands in the text, at `start` up to `end`."""

    start: int
    end: int
    name: str
    arguments: dict[str, Any]
    malformed: str = ""


_LENIENT = json.JSONDecoder(strict=False)  # models write raw line breaks inside of strings
_NAME = re.compile(r'"(?:name|tool|function)"\s*:\s*"([\w.-]+)"')
# `*+` takes all blanks at once: a megabyte of them must not be tried in every division.
_HERMES = re.compile(r"<tool_call>\s*+(\{.*?)(?:</tool_call>|\Z)", re.DOTALL)
_FUNCTION = re.compile(r"(?:<tool_call>\s*+)?<function=([\w.-]+)>(.*?)"
                       r"(?:</function>(?:\s*+</tool_call>)?|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([\w.-]+)>(.*?)"
                        r"(?:</parameter>|(?=<parameter=)|\Z)", re.DOTALL)
_PYTHON_TAG = re.compile(r"<\|python_tag\|>\s*+(\{.*?)(?:<\|eo[mt]_id\|>|\Z)", re.DOTALL)
_MISTRAL = re.compile(r"\[TOOL_CALLS\]\s*+(?=[\[{])")
_MISTRAL_NAMED = re.compile(r"\[TOOL_CALLS\]\s*+([\w.-]+)(?:\[CALL_ID\][\w-]+)?(?:\[ARGS\])?\s*+"
                            r"(\{.*?)(?=\[TOOL_CALLS\]|</s>|\Z)", re.DOTALL)
_DEEPSEEK = re.compile(
    r"(?:<｜tool▁calls▁begin｜>\s*+)?<｜tool▁call▁begin｜>\s*+(?:function\s*+<｜tool▁sep｜>)?"
    r"([\w.-]++)\s*+(?:<｜tool▁sep｜>)?\s*+(?:```(?:json)?)?\s*+(\{.*?)"
    r"(?:<｜tool▁call▁end｜>(?:\s*+<｜tool▁calls▁end｜>)?|\Z)", re.DOTALL)
_KIMI = re.compile(
    r"(?:<\|tool_calls_section_begin\|>\s*+)?<\|tool_call_begin\|>\s*+(?:functions\.)?"
    r"([\w.-]+?)(?::\d+)?\s*+<\|tool_call_argument_begin\|>\s*+(\{.*?)"
    r"(?:<\|tool_call_end\|>(?:\s*+<\|tool_calls_section_end\|>)?|\Z)", re.DOTALL)
_FENCE = re.compile(r"```(?P<info>\w*)[ ]*\n(?P<body>\s*\{.*\}\s*)```\s*\Z", re.DOTALL)


def whole_answer(text: str, specs: Specs) -> Written | None:
    """An answer that is nothing but one object with exactly a name and arguments, bare or fenced;
    or a fence named `tool_call` that ends the answer. After other words a `json` fence is taken
    for an example."""
    body, start = text.strip(), len(text) - len(text.lstrip())
    if not body.startswith("{"):
        start = text.rfind("```", 0, max(text.rfind("```"), 0))
        match = _FENCE.match(text, start) if start >= 0 else None
        if match is None:
            return None
        start, body = match.start(), match["body"].strip()
        is_named = match["info"] in ("tool_call", "tool_calls", "tool_code")
        if not is_named and text[:start].strip():
            return None
    try:
        value, end = _decoded(body)
    except ValueError:
        return None
    if end < len(body) or not isinstance(value, dict) or set(value) - {"type"} not in (
            {"name", "arguments"}, {"name", "parameters"}):
        return None
    return _from_object(value, specs, start, len(text))


def _hermes(text: str, specs: Specs) -> Iterator[Written]:
    for match in _HERMES.finditer(text):
        yield from _objects(match[1], specs, match.start(), match.end())


def _qwen_coder(text: str, specs: Specs) -> Iterator[Written]:
    for match in _FUNCTION.finditer(text):
        name, body = match[1], match[2].strip()
        if name not in specs:
            continue
        if body.startswith("{"):
            yield _named(name, body, match.start(), match.end())
            continue
        arguments = {found[1]: _typed(found[2], _type_of(specs[name], found[1]))
                     for found in _PARAMETER.finditer(body)}
        rest = _PARAMETER.sub("", body).strip()
        yield Written(start=match.start(), end=match.end(), name=name, arguments=arguments,
                      malformed="" if not rest else
                      f"Between the parameters of {name} stands text that belongs to none: "
                      f"{rest[:60]!r}. Write each as <parameter=NAME>value</parameter>.")


def _llama(text: str, specs: Specs) -> Iterator[Written]:
    for match in _PYTHON_TAG.finditer(text):
        yield from _objects(match[1], specs, match.start(), match.end())


def _mistral(text: str, specs: Specs) -> Iterator[Written]:
    for match in _MISTRAL_NAMED.finditer(text):
        if match[1] in specs:
            yield _named(match[1], match[2], match.start(), match.end())
    for match in _MISTRAL.finditer(text):
        try:
            _, end = _decoded(text, match.end())
        except ValueError:
            yield from _objects(text[match.end():], specs, match.start(), len(text))
            return
        yield from _objects(text[match.end():end], specs, match.start(), end)


def _deepseek(text: str, specs: Specs) -> Iterator[Written]:
    yield from _by_tokens(_DEEPSEEK, text, specs)


def _kimi(text: str, specs: Specs) -> Iterator[Written]:
    yield from _by_tokens(_KIMI, text, specs)


Reader = Callable[[str, Specs], Iterator[Written]]
TAGS: tuple[Reader, ...] = (_qwen_coder, _hermes)
"""Ordinary text, which a sentence may mention: a call starts a line."""
TOKENS: tuple[Reader, ...] = (_llama, _mistral, _deepseek, _kimi)
"""Special tokens, which templates write right behind a sentence."""


def _by_tokens(pattern: re.Pattern[str], text: str, specs: Specs) -> Iterator[Written]:
    for match in pattern.finditer(text):
        if match[1] in specs:
            body = match[2].rstrip().removesuffix("```")
            yield _named(match[1], body, match.start(), match.end())


def _objects(body: str, specs: Specs, start: int, end: int) -> Iterator[Written]:
    """The calls of one or several objects, `{..}; {..}` or `[{..}, {..}]`; the first one takes the
    place in the text of all."""
    at, place = 0, (start, end)
    while (at := _next_object(body, at)) < len(body):
        try:
            value, at = _decoded(body, at)
        except ValueError as error:
            named = _NAME.search(body, at)
            if named and named[1] in specs:
                yield Written(start=place[0], end=place[1], name=named[1], arguments={},
                              malformed=_no_json(named[1], error))
            return
        if call := _from_object(value, specs, *place):
            yield call
            place = (end, end)


def _next_object(body: str, at: int) -> int:
    while at < len(body) and body[at] in " \t\r\n[,;":
        at += 1
    return at if body[at:at + 1] == "{" else len(body)


def _from_object(value: dict[str, Any], specs: Specs, start: int, end: int) -> Written | None:
    if isinstance(value.get("function"), dict):
        value = value["function"]
    name = value.get("name")
    if not isinstance(name, str) or name not in specs:
        return None
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        return _named(name, arguments, start, end)
    if not isinstance(arguments, dict):
        return Written(start=start, end=end, name=name, arguments={},
                       malformed=f"The arguments of {name} must be one JSON object.")
    return Written(start=start, end=end, name=name, arguments=arguments)


def _named(name: str, body: str, start: int, end: int) -> Written:
    """A call whose name stands apart from its arguments."""
    try:
        value, stop = _decoded(body.strip())
    except ValueError as error:
        return Written(start=start, end=end, name=name, arguments={},
                       malformed=_no_json(name, error))
    if not isinstance(value, dict) or body.strip()[stop:].strip():
        return Written(start=start, end=end, name=name, arguments={},
                       malformed=f"The arguments of {name} must be one JSON object.")
    return Written(start=start, end=end, name=name, arguments=value)


def _decoded(text: str, at: int = 0) -> tuple[Any, int]:
    """The JSON value that starts at `at`, and where it ends. Raises ValueError."""
    try:
        return _LENIENT.raw_decode(text, at)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_json(name: str, error: ValueError) -> str:
    where = (f" {error.msg}, line {error.lineno} column {error.colno}"
             if isinstance(error, json.JSONDecodeError) else f" {error}")
    return f"The arguments of {name} are no JSON:{where}."


def _type_of(schema: dict[str, object], parameter: str) -> object:
    properties = schema.get("properties")
    entry = properties.get(parameter) if isinstance(properties, dict) else None
    return entry.get("type") if isinstance(entry, dict) else None


def _typed(text: str, kind: object) -> Any:
    """The value of a parameter written as plain text, by the type of its schema."""
    plain = text.removeprefix("\n").removesuffix("\n")
    if kind in ("integer", "number", "boolean", "array", "object"):
        try:
            return json.loads(plain.strip().lower() if kind == "boolean" else plain)
        except ValueError:
            return plain
    return plain
