"""One life of an engine that runs the six-task job over a wire, made to be killed.

    python fault_job.py            reads one JSON line a life: {"out", "environment", "lives_on"}

The process imports everything once and forks for each life, so that a life costs what its job
costs. In the life: the job is put into the queue, or, where the ledger has one, gone on with; each
committed event is acknowledged as a JSON line in the file `out`. Exit code 0: the queue is drained.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cockpit_tui.config import crash_points
from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.model import Capability, EditFormat, ModelProfile, Price, Thinking, Wire
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.domain.queue import Placement
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.engine.models import Models
from cockpit_tui.engine.pipeline import Pipeline
from cockpit_tui.engine.routing import ModeRouter
from cockpit_tui.providers.base import Provider
from cockpit_tui.providers.chat.provider import ChatProvider
from cockpit_tui.providers.messages.provider import MessagesProvider
from cockpit_tui.providers.pool import ModelPool
from cockpit_tui.providers.pricing import PriceBook
from cockpit_tui.providers.resilience import RetryPolicy
from cockpit_tui.providers.timeouts import Timeouts

PRICE = Price(input=3_000_000, output=15_000_000, cache_read=300_000)
LEAD = ModelProfile(provider="fake", model="lead", capability=Capability.STRONG, price=PRICE,
                    supports_schema=True, wire=Wire.MESSAGES, thinking=Thinking.ADAPTIVE,
                    edit_format=EditFormat.TEXT_EDITOR)
WORKER = replace(LEAD, model="worker", capability=Capability.STANDARD)
LOADED = (Pipeline,)
"""Imported for the forks: an engine loads it with its first job."""

POLICY = RetryPolicy(failures_to_open=1_000, total_wait_seconds=1e6, max_attempts=6)


async def no_wait(seconds: float) -> None:
    """Waits are told, and take no time."""


def fault_models(url: str, wire: Wire = Wire.MESSAGES, *,
                 timeouts: Timeouts | None = None,
                 sleep: Callable[[float], Awaitable[None]] = no_wait) -> Models:
    """Lead and worker of the server at `url`, over either wire."""
    timeouts = timeouts or Timeouts(idle_seconds=20, total_seconds=30)
    changed = {"wire": wire} if wire is Wire.MESSAGES else {
        "wire": wire, "thinking": Thinking.RETURNED}
    profiles = {p.name: p for p in (replace(LEAD, **changed), replace(WORKER, **changed))}
    provider: Provider = (
        MessagesProvider("fake", base_url=url, key="test-key", timeouts=timeouts)
        if wire is Wire.MESSAGES else
        ChatProvider("fake", base_url=f"{url}/v1", key="test-key", timeouts=timeouts))
    return Models(
        pool=ModelPool(lambda name: (provider, name.partition(":")[2]), prices=PriceBook(),
                       sleep=sleep, policy=POLICY),
        router=ModeRouter(resolve=profiles.__getitem__, known=lambda _: list(profiles.values()),
                          output_price=lambda profile: profile.capability.rank))


def fault_request(approve: ApproveMode = ApproveMode.ALL) -> JobRequest:
    return JobRequest(text="Write six files", model="fake:lead", policy=Policy(approve=approve))


async def live(repository: str, url: str, wire: Wire) -> int:
    """Run the job, or go on with it, until the queue has nothing to do."""
    paths = Paths.from_environment()
    async with open_engine(paths, is_attended=False,
                           make_models=lambda: fault_models(url, wire)) as engine:
        telling = asyncio.create_task(tell(engine))
        try:
            async with engine.keeping_queue() as keeper:
                if not await engine.jobs(limit=1):
                    await engine.send(SubmitJob(repository=repository, request=fault_request(),
                                                placement=Placement()))
                await keeper.drained.wait()
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
    return 0


async def tell(engine: Engine) -> None:
    """Acknowledge every committed event on standard output, as `--json` does."""
    async with engine.subscribe() as batches:
        async for batch in batches:
            lines = [json.dumps({"seq": e.seq, "id": e.id, "type": e.type}) for e in batch]
            os.write(1, ("\n".join(lines) + "\n").encode())


def fork_lives() -> None:
    """Serve lives until standard input ends."""
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _in_child(order)
        print(json.dumps({"pid": pid}), flush=True)  # noqa: T201
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201


def _in_child(order: dict[str, dict[str, str]]) -> None:
    code = 70
    with suppress(BaseException):
        out = os.open(str(order["out"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        with Path(os.devnull).open() as nothing:
            os.dup2(nothing.fileno(), 0)
        os.environ.update(order["environment"])
        crash_points.arm()
        try:
            code = asyncio.run(live(os.environ["FAULT_REPOSITORY"], os.environ["FAULT_URL"],
                                    Wire(os.environ["FAULT_WIRE"])))
        except BaseException:
            traceback.print_exc()
    os._exit(code)


if __name__ == "__main__":
    fork_lives()
