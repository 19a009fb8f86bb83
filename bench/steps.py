"""Own time per model round trip: end of a reply until the next request, ledger included."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench.places import base_of, fresh_paths, make_repository
from bench.report import Figure, percentiles, show
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

TURNS = 50
AGENTS = 8


def plan(tasks: int) -> PlanDraft:
    return PlanDraft(summary="Bench.", phases=(PhaseDraft(title="P", tasks=tuple(
        TaskDraft(key=f"t{i}", title=f"Task {i}", instructions="work", role="Tester",
                  owned_paths=(f"out{i}.txt",), acceptance=("true",)) for i in range(tasks))),))


async def measure(agents: int) -> list[float]:
    """Seconds between a reply and the next request of the same agent, read tools only."""
    answered: dict[str, float] = {}
    own: list[float] = []

    def answer(request: ModelRequest) -> ModelReply:
        now = time.perf_counter()
        who = request.messages[0].text.split("\n")[1]
        if who in answered:
            own.append(now - answered[who])
        turn = turns_so_far(request)
        if turn < TURNS:
            reply = calls(("read_file", {"path": "d0/f1.py"}), turn=turn)
        elif turn == TURNS:
            number = who.split()[-1]
            reply = calls(("write_file", {"path": f"out{number}.txt", "content": "x\n"}), turn=turn)
        else:
            reply = says("Done.")
        answered[who] = time.perf_counter()
        return reply

    with fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", 50)
        provider = ScriptedProvider(plan=plan(agents), task=answer)
        async with open_engine(paths, is_attended=False,
                               provider_source=lambda _: (provider, "script")) as engine:
            job = await engine.send(_submit(repository, agents))
            assert job is not None
            end = await engine.wait(job.id)
            assert end.error is None, end.error
    return own


def _submit(repository: Path, agents: int) -> SubmitJob:
    return SubmitJob(repository=str(repository), request=JobRequest(
        text="Bench", max_agents=agents, policy=Policy(approve=ApproveMode.ALL)))


if __name__ == "__main__":
    for count in (1, AGENTS):
        figures = asyncio.run(measure(count))
        show([Figure(name=f"own time per round trip, {count} agent(s), {TURNS} steps each",
                     value=percentiles(figures), target="≤ 8 ms p50" if count == 1 else "")])
