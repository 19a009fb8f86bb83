"""The offline provider: reviews, plans, works and judges by rules, behind a model's interface.

Deterministic, free, without network and without a key. It says plainly that it is not an AI.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from cockpit_tui.domain.conversation import (
    Block,
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
)
from cockpit_tui.domain.drafts import JudgeDraft, PlanDraft, ReviewDraft
from cockpit_tui.domain.errors import ProviderError
from cockpit_tui.domain.fences import find_fence, read_fences
from cockpit_tui.domain.review import RepositoryFacts
from cockpit_tui.providers.offline.judging import judge
from cockpit_tui.providers.offline.planning import plan
from cockpit_tui.providers.offline.recipe import Recipe, ToolReply, ToolUse
from cockpit_tui.providers.offline.recipes.catalogue import SMALL_RECIPES
from cockpit_tui.providers.offline.recipes.scaffold.recipe import ScaffoldClass
from cockpit_tui.providers.offline.replaying import Ended, Wants, replay_generator
from cockpit_tui.providers.offline.reviewing import review_draft
from cockpit_tui.providers.offline.working import follow_up, work

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MODEL = "rules"
"""The one model: `offline:rules` with the provider's name."""

RECIPES: tuple[Recipe, ...] = (ScaffoldClass(), *SMALL_RECIPES)
"""In the order in which they plan."""


class OfflineProvider:
    """Rules behind the provider interface; stateless, the transcript is all it knows."""

    name = "offline"
    is_ai = False

    def __init__(self, recipes: Sequence[Recipe] = RECIPES) -> None:
        self._recipes = tuple(recipes)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer by purpose. Raises ProviderError for a purpose or a prompt it does not know."""
        prompt = _first_words(request)
        match request.purpose:
            case "review":
                draft = review_draft(_facts(prompt), _part(prompt, "request"))
                return _says(_json(ReviewDraft, draft))
            case "plan":
                return self._plan(prompt, request.messages)
            case "task":
                return self._work(prompt, request.messages)
            case "judge":
                return _says(_json(JudgeDraft, _judged(prompt)))
            case purpose:
                raise ProviderError(f"The offline rules have no answer for the seat {purpose!r}.")

    async def close(self) -> None:
        """Nothing is held open."""

    def _plan(self, prompt: str, messages: Sequence[Message]) -> ModelReply:
        comments = [each.text for each in read_fences(prompt) if each.tag == "comment"]
        planning = plan(_part(prompt, "request"), _facts(prompt), self._recipes, comments)
        match replay_generator(planning, messages):
            case Wants() as wants:
                return _calls(wants)
            case Ended(value=draft):
                return _says(_json(PlanDraft, draft))

    def _work(self, prompt: str, messages: Sequence[Message]) -> ModelReply:
        later = find_fence(prompt, "sent-back") or _words_after_the_end(messages)
        if later is not None:
            return _says(follow_up(later))
        return _reply_of(work(prompt, self._recipes), messages)


def _reply_of(generator: Generator[ToolUse, ToolReply, str],
              messages: Sequence[Message]) -> ModelReply:
    match replay_generator(generator, messages):
        case Wants() as wants:
            return _calls(wants)
        case Ended(value=words):
            return _says(words)


def _first_words(request: ModelRequest) -> str:
    first = next((m for m in request.messages if m.speaker is Speaker.USER), None)
    if first is None:
        raise ProviderError("The offline rules were asked nothing.")
    return first.text


def _words_after_the_end(messages: Sequence[Message]) -> str | None:
    """What the person or a failed check said after the recipe's closing words."""
    for before, after in zip(reversed(messages[:-1]), reversed(messages[1:]), strict=True):
        is_end = before.speaker is Speaker.ASSISTANT and not before.tool_calls
        if is_end and after.speaker is Speaker.USER:
            return after.text
    return None


def _part(prompt: str, tag: str) -> str:
    text = find_fence(prompt, tag)
    if text is None:
        raise ProviderError(f"The offline rules need a block {tag!r} in the prompt; there is none.")
    return text


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _json(kind: Any, draft: object) -> str:
    return _adapter(kind).dump_json(draft).decode()


def _facts(prompt: str) -> RepositoryFacts:
    from pydantic import ValidationError

    try:
        facts: RepositoryFacts = _adapter(RepositoryFacts).validate_json(_part(prompt, "facts"))
    except ValidationError as error:
        raise ProviderError(f"The facts in the prompt cannot be read: {error}") from error
    return facts


def _judged(prompt: str) -> JudgeDraft:
    try:
        task, proofs = json.loads(_part(prompt, "task")), json.loads(_part(prompt, "proofs"))
    except ValueError as error:
        raise ProviderError(f"The prompt for the judge cannot be read: {error}") from error
    try:
        title, owned_paths = str(task["title"]), [str(path) for path in task["owned_paths"]]
    except (KeyError, TypeError) as error:
        raise ProviderError(f"The prompt for the judge has no whole task: {error!r}") from error
    return judge(_part(prompt, "diff"), proofs, title, owned_paths)


def _says(text: str) -> ModelReply:
    return _reply((TextBlock(text=text),), StopReason.END_TURN)


def _calls(wants: Wants) -> ModelReply:
    return _reply((wants.call,), StopReason.TOOL_CALLS)


def _reply(blocks: tuple[Block, ...], stop_reason: StopReason) -> ModelReply:
    return ModelReply(message=Message(speaker=Speaker.ASSISTANT, blocks=blocks),
                      stop_reason=stop_reason, model=MODEL, cost_microusd=0)
