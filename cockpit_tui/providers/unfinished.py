"""What is known of an answer that broke off: its tokens are billed although nobody can use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from cockpit_tui.domain.errors import ProviderError
from cockpit_tui.domain.usage import Unfinished


class Answer(Protocol):
    """An answer while it comes; every assembly of a wire is one."""

    is_open: bool
    """Whether the server has accepted the request and begun a body."""

    @property
    def unfinished(self) -> Unfinished | None:
        """What has come so far; None before the first part of a reply."""
        ...


_answers: ContextVar[list[Answer] | None] = ContextVar("_answers", default=None)


def opened(answer: Answer) -> None:
    """The server has accepted the request: whoever breaks it off from outside can ask its bill."""
    answer.is_open = True
    if (answers := _answers.get()) is not None:
        answers.append(answer)


@contextmanager
def collecting() -> Iterator[list[Answer]]:
    """The answers that are opened meanwhile, by this task."""
    answers: list[Answer] = []
    token = _answers.set(answers)
    try:
        yield answers
    finally:
        _answers.reset(token)


def with_unfinished(failure: Exception, answer: Answer, *, is_told: bool = False) -> Exception:
    """`failure` with what had come of `answer`. Before the first part of it nothing is billed where
    the server refused the request or says itself that it failed (`is_told`)."""
    if isinstance(failure, ProviderError):
        failure.unfinished = answer.unfinished
        if failure.unfinished is None and answer.is_open and not is_told:
            failure.unfinished = Unfinished()
    return failure


def size_bytes(texts: Iterable[str]) -> int:
    """In UTF-8."""
    return sum(len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
               for text in texts)
