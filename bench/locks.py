"""Locks on the ledger, and how long a task that is ready waits until its agent starts."""

from __future__ import annotations

import asyncio
import time

from bench.places import base_of, fresh_paths, make_repository
from bench.report import Figure, percentiles, show
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.ids import TaskId
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.lock import Claim
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.engine.locks import Asker
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

ROUNDS = 200
TASKS = 16
STARTS = ("task:ready", "lock:acquired", "task:started")


def _writes(request: ModelRequest) -> ModelReply:
    number = request.messages[0].text.split("Task ", 1)[1].split()[0]
    if turns_so_far(request) == 0:
        return calls(("write_file", {"path": f"out{number}.txt", "content": "x\n"}))
    return says("Done.")


async def measure() -> dict[str, list[float]]:
    """Seconds of each kind."""
    took: dict[str, list[float]] = {name: [] for name in (
        "take", "give back", "hand over", "ready to lock", "ready to started")}
    plan = PlanDraft(summary="Bench.", phases=(PhaseDraft(title="P", tasks=tuple(
        TaskDraft(key=f"t{i}", title=f"Task {i}", instructions="work", role="Tester",
                  owned_paths=(f"out{i}.txt",), acceptance=("true",)) for i in range(TASKS))),))
    with fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", 50)
        provider = ScriptedProvider(plan=plan, task=_writes)
        async with open_engine(paths, is_attended=False,
                               provider_source=lambda _: (provider, "script")) as engine:
            job = await engine.send(SubmitJob(repository=str(repository), request=JobRequest(
                text="Bench", max_agents=4, policy=Policy(approve=ApproveMode.ALL))))
            assert job is not None
            end = await engine.wait(job.id)
            assert end.error is None, end.error
            at = {(e.task_id, e.type): e.at for e in await engine.events(limit=100_000)
                  if e.type in STARTS}
            for task_id in {TaskId(str(task)) for task, _ in at}:
                # Only the first four find an agent free: the others wait for one on purpose.
                ready, lock, started = (at[task_id, kind].timestamp() for kind in STARTS)
                took["ready to lock"].append(lock - ready)
                took["ready to started"].append(started - ready)
            desk = engine.runs.locks
            asker = Asker(project_id=job.project_id, job_id=job.id, task_id=TaskId("t"),
                          number="1.1", title="T")
            claim = Claim(paths=("src/**",), resources=("db:test",))
            for _ in range(ROUNDS):
                began = time.perf_counter()
                async with desk.held(asker, claim, on_wait=lambda: None):
                    took["take"].append(time.perf_counter() - began)
                    began = time.perf_counter()
                took["give back"].append(time.perf_counter() - began)
            for _ in range(ROUNDS):
                is_waiting, left = asyncio.Event(), 0.0

                async def wait(is_waiting: asyncio.Event = is_waiting) -> float:
                    async with desk.held(asker, claim, on_wait=is_waiting.set):
                        return time.perf_counter()

                async with desk.held(asker, claim, on_wait=lambda: None):
                    waiter = asyncio.create_task(wait())
                    await is_waiting.wait()
                    left = time.perf_counter()
                took["hand over"].append(await waiter - left)
    for kind in ("ready to lock", "ready to started"):
        took[kind] = sorted(took[kind])[:4]
    return took


if __name__ == "__main__":
    show([Figure(name=f"lock: {name}" if not name.startswith("ready") else f"task: {name}",
                 value=percentiles(values)) for name, values in asyncio.run(measure()).items()])
