"""Signs of life: what reads a model's answer or a command's output says so here, whoever listens.

A listener belongs to the task that set it up and to the tasks that this one starts, so that many
agents of one process do not hear each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listeners: ContextVar[tuple[Callable[[], object], ...]] = ContextVar("_listeners", default=())


def heard() -> None:
    """Something came: a piece of an answer, a line of output. Not a keep-alive."""
    for listener in _listeners.get():
        listener()


@contextmanager
def listening(listener: Callable[[], object]) -> Iterator[None]:
    """Meanwhile `listener` is called with every sign of life from this task and its children."""
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)
