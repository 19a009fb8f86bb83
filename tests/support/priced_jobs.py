"""Jobs of a scripted model that costs money: each call exactly as much as it may cost at most."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from support.scripted_jobs import writes_its_file

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import JudgeDraft, PlanDraft, ReviewDraft
from cockpit_tui.domain.event import Payload
from cockpit_tui.domain.job import Job, JobRequest
from cockpit_tui.domain.model import Capability, ModelProfile, Price
from cockpit_tui.domain.policy import ApproveMode, Gate, Limits, Policy, Verdict
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.engine.models import MakeModels, Models
from cockpit_tui.engine.routing import ModeRouter, RoutingChoices
from cockpit_tui.providers.pool import ModelPool
from cockpit_tui.providers.pricing import PriceBook
from cockpit_tui.providers.scripted import ScriptedProvider, says

DIME = 100_000
"""What one call of `LEAD` costs, in micro-dollars: its whole output, the input for nothing."""
LEAD = ModelProfile(provider="fake", model="lead", capability=Capability.STRONG,
                    max_output_tokens=1_000, price=Price(input=0, output=DIME * 1_000))

Agent = Callable[[ModelRequest], ModelReply | Awaitable[ModelReply]]


def billed(reply: ModelReply) -> ModelReply:
    """With a usage, and no price of its own."""
    return replace(reply, usage=TokenUsage(input=1_000, output=1_000), cost_microusd=None)


def paid(plan: PlanDraft, agent: Agent = writes_its_file) -> ScriptedProvider:
    """Everything has its price: the review, the plan, each turn of a task (two), each verdict."""
    async def work(request: ModelRequest) -> ModelReply:
        reply = agent(request)
        return billed(reply if isinstance(reply, ModelReply) else await reply)

    return ScriptedProvider(
        plan=lambda _: billed(says(plan)), task=work,
        review=lambda _: billed(says(ReviewDraft(summary="A review."))),
        judge=lambda _: billed(says(JudgeDraft(verdict="pass"))), is_ai=True)


def priced_models(provider: ScriptedProvider, *profiles: ModelProfile,
                  choices: RoutingChoices | None = None) -> MakeModels:
    """A pool of its own for every engine."""
    known = {profile.name: profile for profile in profiles or (LEAD,)}
    return lambda: Models(
        pool=ModelPool(lambda name: (provider, name.partition(":")[2]), prices=PriceBook()),
        router=ModeRouter(resolve=known.__getitem__, known=lambda _: list(known.values()),
                          output_price=lambda p: p.price.output if p.price else None,
                          choices=choices or RoutingChoices()))


@asynccontextmanager
async def priced_engine(models: MakeModels, *, attended: bool = False) -> AsyncIterator[Engine]:
    async with open_engine(Paths.from_environment(), is_attended=attended,
                           make_models=models) as engine:
        yield engine


async def submit_priced(engine: Engine, repository: Path, *, budget: int | None,
                        approve: ApproveMode = ApproveMode.ALL, expensive: int | None = None,
                        agents: int = 4, gates: dict[Gate, Verdict] | None = None) -> Job:
    job = await engine.send(SubmitJob(repository=str(repository), request=JobRequest(
        text="Write files", model="fake:lead", max_agents=agents,
        policy=Policy(approve=approve, verdicts=gates or {}),
        limits=Limits(budget_microusd=budget, expensive_microusd=expensive))))
    assert job is not None
    return job


async def facts_of(engine: Engine, job: Job, *kinds: type[Payload]) -> list[Payload]:
    return [recorded.payload for recorded in await engine.events(job_id=job.id)
            if isinstance(recorded.payload, kinds)]
