"""The fake provider of a simulated night: does every job's tasks, keeps bills, has bad moments."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from support.brains import Asked, BrainReply, Call
from support.fault_brain import COST, PER_CALL, bill_of_part, cost_of
from support.model_server import Answer, Raw, Request, Sse, sse_bytes
from support.model_server_messages import MessagesDialect, error

PRICE = "{ input = 3.0, output = 15.0, cache_read = 0.3 }"
THINKS_SECONDS = 0.05


def plan_of(job: str, tasks: int) -> dict[str, Any]:
    """The first two tasks declare no path and write one file, so that who lands second conflicts;
    the third locks what the third of every other job locks; the fourth comes after it; the others
    are a phase of their own."""
    first = [_task(job, 1, []), _task(job, 2, []),
             _task(job, 3, [f"{job}3.txt", "common/**"]),
             _task(job, 4, [f"{job}4.txt"], after=f"{job}3")]
    then = [_task(job, number, [f"{job}{number}.txt"]) for number in range(5, tasks + 1)]
    phases = [{"title": "First", "tasks": first}]
    if then:
        phases.append({"title": "Second", "tasks": then})
    return {"summary": "Files.", "notes": [], "answer": "", "phases": phases}


def _task(job: str, number: int, owned: list[str], after: str = "") -> dict[str, Any]:
    path = f"{job}{number}.txt"
    shares = number <= 2
    return {"key": f"{job}{number}", "title": f"Write {path}", "instructions": f"Write {path}.",
            "role": "BackendDeveloper", "depends_on": [after] if after else [],
            "owned_paths": owned, "minutes": 1.0, "tokens": 1_000, "task_class": "standard",
            "acceptance": [f"grep -qx {job}{number} {path}",
                           *([f"grep -qx {job}{number} shared-{job}.txt"] if shares else [])],
            "commands": [_share(job, number)] if shares else []}


def _share(job: str, number: int) -> str:
    return f"sh -c 'echo {job}{number} >> shared-{job}.txt'"


@dataclass
class NightBrain:
    """One answer for each question; `reached(n)` waits until n of them were billed."""

    tasks_per_job: int
    billed: int = 0
    cost: int = 0
    """The provider's bill in micro-dollars."""
    made: Counter[str] = field(default_factory=Counter)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self, asked: Asked) -> BrainReply:
        await asyncio.sleep(THINKS_SECONDS)
        kind, texts, calls = self._answer(asked)
        async with self._news:
            self.made[kind] += 1
            self.billed += 1
            self.cost += COST
            self._news.notify_all()
        return BrainReply(texts=texts, calls=calls, usage=PER_CALL)

    async def reached(self, count: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: self.billed >= count)

    def _answer(self, asked: Asked) -> tuple[str, tuple[str, ...], tuple[Call, ...]]:
        words = "\n".join(text for message in asked.messages for text in message.texts)
        if '"verdict"' in asked.system:
            return "judge", _json({"verdict": "pass", "comment": ""}), ()
        if '"phases"' in asked.system:
            job = _found(r"Night job ([a-z])\b", words)[1]
            return "plan", _json(plan_of(job, self.tasks_per_job)), ()
        if '"findings"' in asked.system:
            return "review", _json({"summary": "Small.", "patterns": [], "findings": [],
                                    "architecture": "README"}), ()
        found = _found(r"Write ([a-z])(\d)\.txt", words)
        job, number = found[1], int(found[2])
        turns = [Call(name="str_replace_based_edit_tool", arguments={
            "command": "create", "path": f"{job}{number}.txt", "file_text": f"{job}{number}\n"})]
        if number <= 2:
            turns.append(Call(name="run_command", arguments={"command": _share(job, number)}))
        done = sum(not result.is_error for message in asked.messages for result in message.results)
        if done >= len(turns):
            return "work", ("Written.",), ()
        return "work", (), (turns[done],)


class BusyLine:
    """Refuses requests with 429 and 529, or breaks off the answer, which is billed as far as it
    came, in bursts of at most three, which no call outlives; with a while of good service in
    between."""

    def __init__(self, brain: NightBrain, seed: int) -> None:
        self.refused: Counter[int] = Counter()
        self.cut = 0
        self._brain = brain
        self._dialect = MessagesDialect(brain)
        self._chance = random.Random(seed)
        self._good, self._bad = 8, 0

    async def __call__(self, request: Request) -> Answer:
        if self._good > 0:
            self._good -= 1
            return await self._dialect(request)
        if self._bad == 0:
            self._bad = self._chance.randint(1, 3)
        self._bad -= 1
        if self._bad == 0:
            self._good = self._chance.randint(12, 40)
        if self._chance.random() < 0.4:
            return await self._cut(request)
        status = self._chance.choice((429, 529))
        self.refused[status] += 1
        return error(status, "not now", headers={"retry-after": "1"} if status == 429 else {})


    async def _cut(self, request: Request) -> Answer:
        answer = await self._dialect(request)
        assert isinstance(answer, Sse), answer
        body = sse_bytes(answer.items)  # type: ignore[arg-type]
        part = body[:self._chance.randrange(len(body))]
        self.cut += 1
        self._brain.cost -= COST - cost_of(bill_of_part(part))
        return Raw([part], cut=True, headers={"content-type": "text/event-stream"})


def _found(pattern: str, words: str) -> re.Match[str]:
    found = re.search(pattern, words)
    assert found is not None, words
    return found


def _json(value: Any) -> tuple[str, ...]:
    return (json.dumps(value),)
