"""A conversation's messages against the model's window: counted as they come, shortened in time."""

from __future__ import annotations

from cockpit_tui.context.compaction import compact
from cockpit_tui.context.handover import MAX_HANDOVER_TOKENS, fresh_start, later_instructions
from cockpit_tui.context.rounds import CHARACTERS_PER_TOKEN, message_characters
from cockpit_tui.domain.conversation import Message
from cockpit_tui.domain.errors import ContextOverflow
from cockpit_tui.domain.model import ModelProfile

_FULL, _AFTER = 0.75, 0.45
"""Of the window: how much may be used before it is shortened, and how much is left then."""

_SMALLEST_TOKENS = 2_000
_RESERVED_TOKENS = 12_000
"""For system text and tools, besides the reply: never counted on."""
_MAX_OUTPUT_TOKENS = 16_384


class Window:
    """Owns `messages`: every message is added here, and shortening happens in place."""

    def __init__(self, messages: list[Message]) -> None:
        self._messages = messages
        self._characters = message_characters(messages)
        self._target: int | None = None
        self._task: Message | None = None
        """The first message, as it was before the first fresh start."""
        self._said: tuple[str, ...] = ()
        """What the user said after it, up to the last fresh start."""

    @property
    def tokens(self) -> int:
        return -(-self._characters // CHARACTERS_PER_TOKEN)

    def add(self, message: Message) -> None:
        self._messages.append(message)
        self._characters += message_characters((message,))
        self._target = None

    def fit(self, profile: ModelProfile) -> bool:
        """Shorten once the messages fill too much of `profile`'s window; False: they still do."""
        room = _room(profile)
        if self.tokens > room * _FULL:
            self._shorten(int(room * _AFTER))
        return self.tokens <= room * _FULL

    def is_worth_a_fresh_start(self, profile: ModelProfile) -> bool:
        """Whether what must stay anyway, the user's words, and a hand-over fill less than now."""
        if not self._messages:
            return False
        words = sum(map(len, self._instructions())) + message_characters((self._first(),))
        return (-(-words // CHARACTERS_PER_TOKEN) + MAX_HANDOVER_TOKENS
                <= min(_room(profile) * _FULL, self.tokens))

    def start_afresh(self, handover: str) -> None:
        """Nothing stays but the user's words and the hand-over."""
        task, said = self._first(), self._instructions()
        self._task, self._said, self._target = task, said, None
        self._messages[:] = fresh_start(task, handover, instructions=said)
        self._characters = message_characters(self._messages)

    def _first(self) -> Message:
        return self._task or self._messages[0]

    def _instructions(self) -> tuple[str, ...]:
        return (*self._said, *later_instructions(self._messages))

    def shrink(self, profile: ModelProfile, why: str) -> None:
        """Shorten because the model said that it is too much; again without a message in between,
        to half of before.

        Raises ContextOverflow where nothing is left to shorten.
        """
        self._target = min(self._target or self.tokens, self.tokens) // 2
        before = self.tokens
        if self._target >= _SMALLEST_TOKENS:
            self._shorten(self._target)
        if self.tokens >= before:
            raise ContextOverflow(
                f"The conversation does not fit into the window of {profile.name}: {why}",
                hint="Split the task into smaller ones, or choose a model with a larger window.")

    def _shorten(self, target: int) -> None:
        self._messages[:] = compact(tuple(self._messages), keep_tokens=target)
        self._characters = message_characters(self._messages)


def output_tokens(profile: ModelProfile) -> int:
    """How long a reply is asked for: what the model allows, but no more than a quarter of its
    window, which servers count with the question."""
    return min(profile.max_output_tokens, _MAX_OUTPUT_TOKENS, profile.context_tokens // 4)


def _room(profile: ModelProfile) -> int:
    """Tokens for messages; at least a third of the window, where system text is kept short."""
    return max(profile.context_tokens - _RESERVED_TOKENS - output_tokens(profile),
               profile.context_tokens // 3)
