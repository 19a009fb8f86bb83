"""One run of agents against `bench.model_process`, in a process whose memory is theirs alone.

`python -m bench.round_trip_child WHO WIRE AGENTS URL REPOSITORY`: WHO is `cockpit`, or `bare` for
the vendor's SDK in a loop of a few lines, which has no ledger, no rules and no worktrees. The last
line of the output is a JSON object: CPU seconds and peak memory of this process.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.places import fresh_paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.model import EditFormat, ModelProfile, Price, Wire
from cockpit_tui.domain.policy import ApproveMode, Limits, Policy
from cockpit_tui.engine.engine import open_engine
from cockpit_tui.engine.models import Models
from cockpit_tui.engine.routing import ModeRouter
from cockpit_tui.providers.base import Provider
from cockpit_tui.providers.pool import ModelPool
from cockpit_tui.providers.pricing import PriceBook
from cockpit_tui.providers.scripted import ScriptedProvider, says
from cockpit_tui.providers.timeouts import Timeouts

_PRICE = Price(input=3_000_000, output=15_000_000, cache_read=300_000)
PROFILES = {
    "messages": ModelProfile(provider="bench", model="m", wire=Wire.MESSAGES, price=_PRICE,
                             edit_format=EditFormat.TEXT_EDITOR, context_tokens=200_000),
    "chat": ModelProfile(provider="bench", model="m", wire=Wire.CHAT, price=_PRICE,
                         edit_format=EditFormat.SEARCH_REPLACE, context_tokens=200_000),
}


def provider_at(url: str, wire: str) -> Provider:
    if wire == "messages":
        from cockpit_tui.providers.messages.provider import MessagesProvider

        return MessagesProvider("bench", base_url=url, key="test-key", timeouts=Timeouts())
    from cockpit_tui.providers.chat.provider import ChatProvider

    return ChatProvider("bench", base_url=f"{url}/v1", key="test-key", timeouts=Timeouts())


@dataclass(slots=True)
class _LeadScripted:
    """Only tasks go over the wire; the lead's answers are known."""

    wire: Provider
    lead: ScriptedProvider
    name: str = "bench"
    is_ai: bool = True

    async def complete(self, request: ModelRequest) -> ModelReply:
        asked = self.wire if request.purpose == "task" else self.lead
        return await asked.complete(request)

    async def close(self) -> None:
        await self.wire.close()


def _plan(tasks: int) -> PlanDraft:
    return PlanDraft(summary="Bench.", phases=(PhaseDraft(title="P", tasks=tuple(
        TaskDraft(key=f"t{i}", title=f"Task {i}", instructions="work", role="Tester",
                  owned_paths=(f"out{i}.txt",), acceptance=("true",)) for i in range(tasks))),))


def models_at(url: str, wire: str, agents: int) -> Models:
    profile = PROFILES[wire]
    plan = ScriptedProvider(plan=_plan(agents), task=lambda _: says("Never asked."))
    provider = _LeadScripted(provider_at(url, wire), plan)
    return Models(
        pool=ModelPool(lambda name: (provider, name.partition(":")[2]), prices=PriceBook()),
        router=ModeRouter(resolve=lambda _: profile, known=lambda _: [profile],
                          output_price=lambda _: 1))


async def cockpit(url: str, wire: str, agents: int, repository: Path) -> None:
    with fresh_paths() as paths:
        async with open_engine(paths, is_attended=False,
                               make_models=lambda: models_at(url, wire, agents)) as engine:
            job = await engine.send(SubmitJob(repository=str(repository), request=JobRequest(
                text="Bench", model="bench:m", max_agents=agents,
                policy=Policy(approve=ApproveMode.ALL), limits=Limits(budget_microusd=None))))
            assert job is not None
            end = await engine.wait(job.id)
            assert end.error is None, end.error


async def bare(url: str, wire: str, agents: int, repository: Path) -> None:
    """What the least possible loop does: ask, look up the file, ask again."""
    ask: Any
    if wire == "messages":
        from anthropic import AsyncAnthropic

        client: Any = AsyncAnthropic(api_key="test-key", base_url=url, max_retries=0)
        ask = _bare_messages
    else:
        from openai import AsyncOpenAI

        client = AsyncOpenAI(api_key="test-key", base_url=f"{url}/v1", max_retries=0)
        ask = _bare_chat
    await asyncio.gather(*(ask(client, f"Task {i}", repository) for i in range(agents)))


_TOOLS = [{"name": name, "description": "Tool " * 40, "input_schema": {
    "type": "object", "properties": {"path": {"type": "string"}}}} for name in ("one", "two")]


def _looked_up(arguments: dict[str, Any], repository: Path) -> str:
    path = repository / str(arguments.get("path", "d0/f1.py"))
    return path.read_text() if path.exists() else "done"


async def _bare_messages(client: Any, task: str, repository: Path) -> None:
    messages: list[Any] = [{"role": "user", "content": task}]
    while True:
        async with client.messages.stream(model="m", max_tokens=1_000, system="Work.",
                                          messages=messages, tools=_TOOLS) as stream:
            reply = await stream.get_final_message()
        messages.append({"role": "assistant", "content": reply.content})
        results = [{"type": "tool_result", "tool_use_id": block.id,
                    "content": _looked_up(block.input, repository)}
                   for block in reply.content if block.type == "tool_use"]
        if not results:
            return
        messages.append({"role": "user", "content": results})


async def _bare_chat(client: Any, task: str, repository: Path) -> None:
    messages: list[Any] = [{"role": "user", "content": task}]
    tools = [{"type": "function", "function": {
        "name": t["name"], "description": t["description"], "parameters": t["input_schema"]}}
        for t in _TOOLS]
    while True:
        call: dict[str, str] = {"id": "", "name": "", "arguments": ""}
        async for chunk in await client.chat.completions.create(
                model="m", messages=messages, tools=tools, stream=True):
            for piece in chunk.choices[0].delta.tool_calls or () if chunk.choices else ():
                call["id"] = piece.id or call["id"]
                call["name"] += piece.function.name or ""
                call["arguments"] += piece.function.arguments or ""
        if not call["name"]:
            return
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": call["id"], "type": "function", "function": {
                    "name": call["name"], "arguments": call["arguments"]}}]},
            {"role": "tool", "tool_call_id": call["id"],
             "content": _looked_up(json.loads(call["arguments"]), repository)}]


def main(who: str, wire: str, agents: str, url: str, repository: str) -> None:
    asyncio.run((bare if who == "bare" else cockpit)(url, wire, int(agents), Path(repository)))
    own, below = (resource.getrusage(which) for which in
                  (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    sys.stdout.write(json.dumps({
        "cpu": own.ru_utime + own.ru_stime, "cpu_children": below.ru_utime + below.ru_stime,
        "peak_mb": own.ru_maxrss / 1024}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
