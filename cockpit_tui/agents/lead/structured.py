"""Structured output: the lead's closing words as a validated draft, with one round to mend it."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from cockpit_tui.agents.loop import Conversation
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.errors import MalformedReply

Draft = TypeVar("Draft")


async def ask_for(conversation: Conversation, text: str, kind: type[Draft]) -> Draft:
    """Ask and read the answer as `kind`; what does not fit goes back once with the error.

    Raises MalformedReply when the second answer does not fit either.
    """
    from pydantic import ValidationError

    words = await conversation.ask(text)
    try:
        return _parse(words, kind)
    except ValidationError as error:
        first = _explain(error)
    words = await conversation.ask(
        f"Your answer does not fit the form asked for: {first}\nAnswer again with only the JSON.")
    try:
        return _parse(words, kind)
    except ValidationError as error:
        raise MalformedReply(
            f"{conversation.model_used} answered twice in a form that cannot be read: "
            f"{_explain(error)}", hint="Choose another model for the lead.") from error


def _parse(words: str, kind: type[Draft]) -> Draft:
    fenced = re.search(r"```(?:json)?\s*\n(\{.*\})\s*\n```", words, re.DOTALL)
    return adapter(kind).validate_json(fenced.group(1) if fenced else words.strip())


def _explain(error: Any) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the answer"
    return f"{where}: {first['msg']}"
