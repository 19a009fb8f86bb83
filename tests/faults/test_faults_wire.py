"""The provider misbehaves in the middle of a job: the job comes to its end, or says why not."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.brains import Asked, BrainReply, Call
from support.fault_bench import DIALECTS, LETTERS, FaultBench, count, out_of_time
from support.fault_brain import FaultBrain, bill_of_part
from support.model_server import Answer, Json, Raw, Request, Silence, Sse, Verbatim, sse_bytes

from cockpit_tui.domain.job import JobStatus
from cockpit_tui.domain.model import Wire
from cockpit_tui.providers.timeouts import Timeouts

WIRES = (Wire.MESSAGES, Wire.CHAT)
Fault = Callable[["BadLine", Request], Awaitable[Answer]]


class BadLine:
    """A dialect behind a line on which each request fails by a chance, in bursts."""

    def __init__(self, bench: FaultBench, seed: int, fault: Fault, *, chance: float = 0.2,
                 longest: int = 3) -> None:
        self.bench = bench
        self.chance = random.Random(seed)
        self.faults = 0
        self.dialect = DIALECTS[bench.wire](bench.brain)
        self._fault, self._often, self._longest = fault, chance, longest
        self._left = 0
        bench.server.handler = self

    async def __call__(self, request: Request) -> Answer:
        if self._left == 0 and self.chance.random() < self._often:
            self._left = self.chance.randint(1, self._longest)
        if self._left == 0:
            return await self.dialect(request)
        self._left -= 1
        self.faults += 1
        self.bench.injected[self._fault.__name__] += 1
        return await self._fault(self, request)

    async def stream(self, request: Request) -> bytes:
        """The body of a good reply, which is billed."""
        answer = await self.dialect(request)
        assert isinstance(answer, Sse), answer
        self.bench.cut += 1
        return sse_bytes(answer.items)  # type: ignore[arg-type]


def statuses(*known: int) -> Fault:
    async def fault(line: BadLine, request: Request) -> Answer:
        status = line.chance.choice(known)
        headers = {"retry-after": "1"} if line.chance.random() < 0.5 else {}
        return Json({"type": "error", "error": {"type": "x", "message": "not now"}},
                    status=status, headers=headers)
    return fault


async def silence(line: BadLine, request: Request) -> Answer:
    return Silence()


async def cut(line: BadLine, request: Request) -> Answer:
    body = await line.stream(request)
    part = body[:line.chance.randrange(len(body))]
    line.bench.brain.bills[-1] = bill_of_part(part)
    return Raw([part], cut=True, headers={"content-type": "text/event-stream"})


async def corrupted(line: BadLine, request: Request) -> Answer:
    """A few bytes replaced, removed, or said twice."""
    body = bytearray(await line.stream(request))
    for _ in range(line.chance.randint(1, 6)):
        at = line.chance.randrange(len(body))
        match line.chance.randrange(3):
            case 0:
                body[at] = line.chance.randrange(256)
            case 1:
                del body[at:at + line.chance.randint(1, 40)]
            case _:
                body[at:at] = body[at:at + line.chance.randint(1, 40)]
    return Raw([bytes(body)], headers={"content-type": "text/event-stream"})


async def nonsense(line: BadLine, request: Request) -> Answer:
    line.bench.cut += 1  # Some of it looks like the begin of an answer, and nobody bills it.
    return Verbatim(line.chance.choice((
        b"", b"\0\1\2\3", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/9.9 999 What\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"a\":\n\n")))


async def mixed(line: BadLine, request: Request) -> Answer:
    fault: Fault = line.chance.choice((statuses(429, 529, 500, 503), silence, cut, nonsense))
    return await fault(line, request)


QUICK = Timeouts(connect_seconds=5, idle_seconds=0.4, total_seconds=20)
ROWS: list[Any] = [pytest.param(corrupted, False, id="corrupted"), *(
    [pytest.param(mixed, True, id="mixed")] if LETTERS == "ad" else
    [pytest.param(statuses(429), True, id="429"),
     pytest.param(statuses(529, 500, 502, 503, 504), True, id="5xx"),
     pytest.param(silence, True, id="silence"),
     pytest.param(cut, True, id="cut"),
     pytest.param(nonsense, True, id="nonsense")])]


@pytest.mark.parametrize("seed", range(count("WIRE", 1, 30)))
@pytest.mark.parametrize(("fault", "keeps_bills"), ROWS)
async def test_a_bad_line(fault: Fault, keeps_bills: bool, seed: int, tmp_path: Path,
                          own_home: Path) -> None:
    if out_of_time():
        pytest.skip("the time of this run is over")
    async with FaultBench.opened(tmp_path, own_home, WIRES[seed % 2],
                                 letters=LETTERS) as bench:
        line = BadLine(bench, seed + 11, fault)
        job = await bench.run_here(timeouts=QUICK)
        assert line.faults
        assert "Internal error" not in job.reason
        bench.check_ends(is_completed=False)
        bench.server.handler = line.dialect
        if job.status is not JobStatus.COMPLETED:
            job = await bench.go_on()
        assert job.status is JobStatus.COMPLETED, job.reason
        bench.check_order()
        bench.check_told()
        if keeps_bills:  # A damaged reply may carry other words, and another usage.
            bench.check_effects()
            bench.check_bills()


class Clumsy(FaultBrain):
    """Spoils some of its tool calls, in the ways that are known of small models."""

    def __init__(self, letters: str, seed: int) -> None:
        super().__init__(letters)
        self.chance = random.Random(seed)
        self.spoiled = 0

    def __call__(self, asked: Asked) -> BrainReply:
        good = super().__call__(asked)
        if not good.calls or self.chance.random() > 0.3:
            return good
        self.spoiled += 1
        return replace(good, calls=(self._spoiled(good.calls[0]),))

    def _spoiled(self, call: Call) -> Call:
        whole = json.dumps(call.arguments)
        return self.chance.choice((
            Call(name=call.name, arguments=whole[:self.chance.randrange(1, len(whole))]),
            Call(name=call.name, arguments="[" * 2_000),
            Call(name=call.name, arguments='{"path": "a.txt", "path": 7}'),
            Call(name=call.name, arguments={"command": ["rm"], "path": {"a": 1}}),
            Call(name=call.name, arguments={}),
            Call(name="WriteFile", arguments=call.arguments),
            Call(name="functions.bash \u202e;", arguments=call.arguments),
            Call(name="read_file", arguments={"path": "../../../etc/passwd"})))


@pytest.mark.parametrize("seed", range(count("CALLS", 1, 100)))
async def test_malformed_tool_calls(seed: int, tmp_path: Path, own_home: Path) -> None:
    if out_of_time():
        pytest.skip("the time of this run is over")
    async with FaultBench.opened(tmp_path, own_home, letters=LETTERS) as bench:
        bench.brain = brain = Clumsy(LETTERS, seed)
        bench.server.handler = DIALECTS[Wire.MESSAGES](brain)
        job = await bench.run_here()
        assert brain.spoiled
        bench.injected["malformed call"] = brain.spoiled
        assert "Internal error" not in job.reason
        bench.check_ends(is_completed=False)
        bench.check_order()
        bench.check_bills()
        if job.status is JobStatus.COMPLETED:
            bench.check_effects()
        else:
            assert "tool calls in a row" in job.reason
