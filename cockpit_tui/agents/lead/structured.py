"""Structured output: the lead's closing words as a validated draft, with one round to mend it."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from cockpit_tui.agents.loop import Conversation
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.errors import MalformedReply

Draft = TypeVar("Draft")

_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
"""What models that think aloud write before the answer, where the provider leaves it in."""


async def ask_for(conversation: Conversation, text: str, kind: type[Draft]) -> Draft:
    """Ask and read the answer as `kind`; what does not fit goes back once with the error, then to
    the next model of the chain.

    Raises MalformedReply when the last model's second answer does not fit either.
    """
    from pydantic import ValidationError

    schema = strict_schema(kind)
    words = await conversation.ask(text, schema=schema)
    while True:
        try:
            return _parse(words, kind)
        except ValidationError as error:
            first = _explain(error)
        words = await conversation.ask(f"Your answer does not fit the form asked for: {first}\n"
                                       "Answer again with only the JSON.", schema=schema)
        try:
            return _parse(words, kind)
        except ValidationError as error:
            second = _explain(error)
        failure = (f"{conversation.model_used} answered twice in a form that cannot be read: "
                   f"{second}")
        if not await conversation.fall_back(failure):
            raise MalformedReply(failure, hint="Choose another model for the lead: "
                                               "cockpit models use NAME")
        words = await conversation.ask("Answer with only the JSON.", schema=schema)


def strict_schema(kind: type[Any]) -> JsonObject:
    """The JSON Schema of `kind` as providers hold a reply to it: every property required, no
    others, no defaults. Source: the structured-output pages of OpenAI and Anthropic."""
    schema = adapter(kind).json_schema()
    definitions = schema.pop("$defs", {})
    strict: JsonObject = _strict(schema, definitions)
    return strict


_LEFT_OUT = {"title", "default", "description"}


def _strict(node: Any, definitions: JsonObject) -> Any:
    if isinstance(node, list):
        return [_strict(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _strict(definitions[node["$ref"].rpartition("/")[2]], definitions)
    kept = {key: _strict(value, definitions) for key, value in node.items()
            if key not in _LEFT_OUT and key != "properties"}
    if "properties" in node:
        kept["properties"] = {name: _strict(value, definitions)
                              for name, value in node["properties"].items()}
        kept["required"] = list(node["properties"])
        kept["additionalProperties"] = False
    return kept


def _parse(words: str, kind: type[Draft]) -> Draft:
    """The answer alone, else the one object that words stand around, as models without structured
    output write it. Raises pydantic's ValidationError."""
    from pydantic import ValidationError

    codec = adapter(kind)
    answer = _THOUGHT.sub("", words, count=1).strip()
    try:
        return codec.validate_json(answer)
    except ValidationError:
        first, last = answer.find("{"), answer.rfind("}")
        if first < 0 or last < first or len(answer) == last + 1 - first:
            raise
        return codec.validate_json(answer[first:last + 1])


def _explain(error: Any) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the answer"
    return f"{where}: {first['msg']}"
