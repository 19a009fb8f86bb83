"""What a fake model thinks, apart from the wire it speaks: one brain drives every dialect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Stop = Literal["end", "tools", "length", "refusal", "context", "pause", "stop_sequence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCall:
    """A tool call of an earlier reply, as the client gave it back."""

    id: str
    name: str
    arguments: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedResult:
    call_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMessage:
    """One message of the conversation; `thoughts` are the wire's own objects given back."""

    role: Literal["user", "assistant"]
    texts: tuple[str, ...] = ()
    calls: tuple[AskedCall, ...] = ()
    results: tuple[AskedResult, ...] = ()
    thoughts: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as any dialect parses it. `tools` are names in their order; `body` is the JSON."""

    model: str
    system: str = ""
    messages: tuple[AskedMessage, ...] = ()
    tools: tuple[str, ...] = ()
    schema: Any = None
    max_tokens: int | None = None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def turn(self) -> int:
        """How many replies the conversation holds already."""
        return sum(message.role == "assistant" for message in self.messages)

    @property
    def last_text(self) -> str:
        """The person's (or loop's) newest words."""
        texts = [text for message in self.messages if message.role == "user"
                 for text in message.texts]
        return texts[-1] if texts else ""

    @property
    def results(self) -> tuple[AskedResult, ...]:
        """The tool results of the newest message."""
        return self.messages[-1].results if self.messages else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """`opaque` is the signature, or the encrypted content; `redacted`: nothing else is shown."""

    text: str = ""
    opaque: str = "c2lnbmF0dXJl"
    redacted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`arguments` as a dict, or as the raw text that goes out where JSON is expected.

    An empty id is filled by the dialect, unique within the server.
    """

    name: str
    arguments: dict[str, Any] | str = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Usage to report instead of the counted one; `input` includes both cached parts."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrainReply:
    """What comes back. `stop` None means: `tools` if there are calls, else `end`."""

    texts: tuple[str, ...] = ()
    thoughts: tuple[Thought, ...] = ()
    calls: tuple[Call, ...] = ()
    stop: Stop | None = None
    usage: Spent | None = None
    """None: counted by the dialect (characters / 4)."""
    model: str = ""
    """The model that really answers; empty: the one asked for."""

    @property
    def stop_or_default(self) -> Stop:
        return self.stop or ("tools" if self.calls else "end")


Brain = Callable[[Asked], BrainReply | Awaitable[BrainReply]]


def says(text: str, **more: Any) -> BrainReply:
    return BrainReply(texts=(text,), **more)


def calls(*wanted: tuple[str, dict[str, Any] | str], **more: Any) -> BrainReply:
    return BrainReply(calls=tuple(Call(name=name, arguments=arguments)
                                  for name, arguments in wanted), **more)


def in_turn(*replies: BrainReply) -> Brain:
    """The n-th reply for a conversation that holds n replies; the last one again after that."""
    return lambda asked: replies[min(asked.turn, len(replies) - 1)]


def tokens(text: str) -> int:
    """Characters / 4, as everywhere here; at least 1 for anything at all."""
    return -(-len(text) // 4)
