"""A conversation made shorter at a step border, so that it goes on in the model's window.

What stays, always: every word of the user (the task, its plan and rules, failed proofs, comments)
and the last round. What stays while it fits: the last rounds whole, and the newest text of the
files that were worked on last. What goes first: old tool results, which become one line that says
what was there; then long arguments of old calls; then old rounds, which become a list of what was
done. A call is never parted from its result, and thinking stays or goes with its whole round.

Pure: equal input, equal output; `compact(compact(x)) == compact(x)` for equal settings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from cockpit_tui.context.rounds import (
    CHARACTERS_PER_TOKEN,
    Part,
    Round,
    message_characters,
    message_tokens,
    put_together,
    take_apart,
)
from cockpit_tui.context.stubs import fold_rounds, short_call, short_result, trimmed_result
from cockpit_tui.context.touched import Touch, touched_files
from cockpit_tui.domain.conversation import Block, Message, ToolCall, ToolResult

_LEAST_RESULT_CHARACTERS = 1_000
"""What is left of a single huge result in the last round, when nothing else helps."""


@dataclass(frozen=True, slots=True)
class _Rung:
    """How much is kept: the last `rounds` whole, and open files up to `share` of the target."""

    rounds: int
    share: float
    folds: bool = True


_LADDER = (_Rung(6, 0.5, folds=False), _Rung(6, 0.5), _Rung(3, 0.35), _Rung(1, 0.2), _Rung(1, 0))


def compact(messages: tuple[Message, ...], *, keep_tokens: int,
            is_open: Callable[[str], bool] = lambda path: True) -> tuple[Message, ...]:
    """`messages` within `keep_tokens` where that can be had, else as short as it gets.

    Ask `message_tokens` of the result which of the two it is. `is_open` says of a path whether
    its newest text is worth keeping. Messages that fit already come back as they are.
    """
    if message_tokens(messages) <= keep_tokens:
        return messages
    shorter = messages
    for rung in _LADDER:
        shorter = _shortened(messages, rung, keep_tokens, is_open)
        if message_tokens(shorter) <= keep_tokens:
            return shorter
    return _trim_last_round(shorter, keep_tokens)


def _shortened(messages: Sequence[Message], rung: _Rung, keep_tokens: int,
               is_open: Callable[[str], bool]) -> tuple[Message, ...]:
    parts = take_apart(messages)
    places = [at for at, part in enumerate(parts) if isinstance(part, Round)]
    recent = set(places[-rung.rounds:])
    allowance = int(keep_tokens * CHARACTERS_PER_TOKEN * rung.share)
    kept_calls = _calls_that_hold_open_files(parts, recent, allowance, is_open)
    for at, part in enumerate(parts):
        if isinstance(part, Round) and at not in recent:
            parts[at] = _stubbed(part, {call for where, call in kept_calls if where == at})
    if not rung.folds:
        return put_together(parts)
    holding = {where for where, _ in kept_calls} | recent
    return put_together(_folded(parts, holding))


def _stubbed(old: Round, kept_ids: set[str]) -> Round:
    calls = {call.id: call for call in old.calls}

    def short(block: Block) -> Block:
        if isinstance(block, ToolCall) and block.id not in kept_ids:
            return short_call(block)
        if isinstance(block, ToolResult) and block.call_id not in kept_ids:
            call = calls.get(block.call_id)
            return short_result(block, call) if call is not None else block
        return block

    return Round(tuple(replace(message, blocks=tuple(map(short, message.blocks)))
                       for message in old.messages))


def _calls_that_hold_open_files(parts: Sequence[Part], recent: set[int], allowance: int,
                                is_open: Callable[[str], bool]) -> set[tuple[int, str]]:
    """(place, call id) of the older calls without which a file's newest text would be lost.

    A file's newest text is its last whole text and every edit since. Files touched last come
    first; one that does not fit into what is left of `allowance` (characters) is passed over.
    """
    history: dict[str, list[tuple[int, str, Touch]]] = {}
    for at, part in enumerate(parts):
        if not isinstance(part, Round):
            continue
        results = part.results
        for call in part.calls:
            answer = results.get(call.id)
            if answer is None or answer.is_error or call.malformed:
                continue
            for touch in touched_files(call):
                history.setdefault(touch.path, []).append((at, call.id, touch.how))
    kept: set[tuple[int, str]] = set()
    by_recency = sorted(history, key=lambda path: history[path][-1][0], reverse=True)
    for path in by_recency:
        if not is_open(path):
            continue
        wanted = {(at, call_id) for at, call_id in _newest_text(history[path])
                  if at not in recent}
        size = sum(_size_of_call(parts[at], call_id) for at, call_id in wanted - kept)
        if size <= allowance:
            allowance -= size
            kept |= wanted
    return kept


def _newest_text(touches: Sequence[tuple[int, str, Touch]]) -> list[tuple[int, str]]:
    start = max((i for i, (_, _, how) in enumerate(touches) if how is Touch.WHOLE), default=None)
    if start is None:
        start = max((i for i, (_, _, how) in enumerate(touches) if how is Touch.PART), default=0)
    return [(at, call_id) for at, call_id, _ in touches[start:]]


def _size_of_call(part: Part, call_id: str) -> int:
    if not isinstance(part, Round):
        return 0
    blocks = tuple(block for message in part.messages for block in message.blocks
                   if (isinstance(block, ToolCall) and block.id == call_id)
                   or (isinstance(block, ToolResult) and block.call_id == call_id))
    return message_characters((replace(part.messages[0], blocks=blocks),))


def _folded(parts: Sequence[Part], holding: set[int]) -> list[Part]:
    """Every run of rounds that hold nothing worth keeping, as one list of what was done."""
    def can_go(at: int) -> bool:
        part = parts[at]
        return (isinstance(part, Round) and at not in holding
                and not part.has_words_of_the_user)

    folded: list[Part] = []
    for goes, places in groupby(range(len(parts)), key=can_go):
        run = list(places)
        rounds = [part for part in (parts[at] for at in run) if isinstance(part, Round)]
        if goes:
            after = parts[run[-1] + 1:run[-1] + 2]
            folded.extend(fold_rounds(rounds, goes_on=isinstance((*after, None)[0], Round)))
        else:
            folded.extend(parts[at] for at in run)
    return folded


def _trim_last_round(messages: tuple[Message, ...], keep_tokens: int) -> tuple[Message, ...]:
    """The last resort: the results of the last round cut to head and tail, evenly."""
    parts = take_apart(messages)
    at = max((i for i, part in enumerate(parts) if isinstance(part, Round)), default=None)
    if at is None:
        return messages
    last = parts[at]
    assert isinstance(last, Round)
    results = last.results.values()
    others = message_characters(messages) - sum(len(result.text) for result in results)
    room = keep_tokens * CHARACTERS_PER_TOKEN - others
    each = max(_LEAST_RESULT_CHARACTERS, room // max(1, len(results)))

    def trim(block: Block) -> Block:
        return trimmed_result(block, each) if isinstance(block, ToolResult) else block

    parts[at] = Round(tuple(replace(message, blocks=tuple(map(trim, message.blocks)))
                            for message in last.messages))
    return put_together(parts)
