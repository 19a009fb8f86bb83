"""The one interface a durable function is written against.

A job is ordinary `async` code that does everything with an effect through a `JobContext`. A step's
result is memoised under its key; after a crash the same function runs again, skips what is done
and goes on. The function must be deterministic between steps: same results, same next key.

The local form keeps its memory in SQLite (`engine.local`); nothing here knows that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from cockpit_tui.domain.approval import Answer, Question
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.record import NO_FACTS, Facts

T = TypeVar("T")

Recover = Callable[[JsonObject], Awaitable[T | None]]
"""Given a step's intent, find out whether its effect happened: its result, or None to redo."""

OnWait = Callable[[], Awaitable[None]]


class JobContext(Protocol):
    @property
    def job_id(self) -> JobId: ...

    async def step(
        self,
        key: str,
        effect: EffectClass,
        work: Callable[[], Awaitable[T]],
        *,
        kind: type[T],
        intent: JsonObject | None = None,
        recover: Recover[T] | None = None,
        before: Facts = NO_FACTS,
        after: Callable[[T], Facts] | None = None,
    ) -> T:
        """Run `work` once and remember its result under `key`.

        `intent` and `before` are on disk before the effect, the result and `after` with it after.
        A step found begun but not done is handed to `recover`; without one it runs again.
        `kind` is the result's type: a domain dataclass, `str`, `int`, `bool` or `dict`.
        """
        ...

    async def record(self, key: str, facts: Facts) -> None:
        """Write `facts` once; a restart that comes by again writes nothing."""
        ...

    async def approval(self, key: str, question: Question, *, task_id: TaskId | None = None,
                       on_wait: OnWait | None = None) -> Answer:
        """The answer to `question`, from policy or a person, asked once under `key`; `on_wait` is
        called where it is not there yet.

        Raises JobParked where nobody is there to answer.
        """
        ...

    async def forget(self, prefix: str) -> None:
        """Drop the memory of every step whose key begins with `prefix`: its effects are gone."""
        ...

    async def emit(self, *events: Event) -> None:
        """Record events at once, without memory: a step that runs again says them again."""
        ...

    def was_begun(self, key: str) -> bool:
        """True where an earlier run wrote the intent of `key` but never its result."""
        ...

    def times_begun(self, key: str) -> int:
        """In how many earlier runs the model call `key` may have been made, its reply lost."""
        ...

    def was_finished(self, key: str) -> bool:
        """True where the result of `key` is known: its step will do nothing."""
        ...
