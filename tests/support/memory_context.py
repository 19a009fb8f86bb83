"""A `JobContext` in memory: durable by the same rules as the ledger's, and open to look into."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cockpit_tui.domain.approval import Answer, Decision, Question
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.durable import OnWait, Recover
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.ids import JobId, TaskId
from cockpit_tui.domain.record import NO_FACTS, Facts, Row

T = TypeVar("T")

_GRANTED = Answer(decision=Decision.GRANTED, by="person")
_JOB = JobId("job")


@dataclass
class MemoryContext:
    """Share `done` and `begun` with a second one to resume where the first was killed."""

    done: dict[str, bytes] = field(default_factory=dict)
    begun: dict[str, JsonObject] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    answer: Answer = _GRANTED
    job_id: JobId = _JOB

    @property
    def payloads(self) -> list[Payload]:
        return [event.payload for event in self.events]

    async def step(self, key: str, effect: EffectClass, work: Callable[[], Awaitable[T]], *,
                   kind: type[T], intent: JsonObject | None = None,
                   recover: Recover[T] | None = None, before: Facts = NO_FACTS,
                   after: Callable[[T], Facts] | None = None) -> T:
        codec: Any = adapter(kind)
        if key in self.done:
            return codec.validate_json(self.done[key])
        value: T | None = None
        if key in self.begun:
            value = await recover(self.begun[key]) if recover is not None else None
        elif effect is not EffectClass.READ:
            self.begun[key] = intent or {}
            self._write(before)
        if value is None:
            value = await work()
        self.done[key] = codec.dump_json(value)
        self.begun.pop(key, None)
        self._write(after(value) if after is not None else NO_FACTS)
        return value

    async def record(self, key: str, facts: Facts) -> None:
        if key not in self.done:
            self.done[key] = b"true"
            self._write(facts)

    async def emit(self, *events: Event) -> None:
        self.events.extend(events)

    async def approval(self, key: str, question: Question, *, task_id: TaskId | None = None,
                       on_wait: OnWait | None = None) -> Answer:
        self.questions.append(question)
        return self.answer

    async def forget(self, prefix: str) -> None:
        for memory in (self.done, self.begun):
            for key in [key for key in memory if key.startswith(prefix)]:
                del memory[key]

    def times_begun(self, key: str) -> int:
        return int(key in self.begun)

    def was_begun(self, key: str) -> bool:
        return key in self.begun

    def was_finished(self, key: str) -> bool:
        return key in self.done

    def _write(self, facts: Facts) -> None:
        self.events.extend(facts.events)
        self.rows.extend(facts.rows)
