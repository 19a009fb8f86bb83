"""The same job over each wire format, through the true SDKs, against faithful fake servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.model_server import Json, ModelServer, Request
from support.model_server_chat import ChatDialect
from support.model_server_messages import MessagesDialect
from support.model_server_responses import ResponsesDialect
from support.repositories import git, make_repository
from support.working_brain import PER_CALL, WorkingBrain

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain import event
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.errors import CredentialsRefused, VerificationFailed
from cockpit_tui.domain.job import Job, JobRequest
from cockpit_tui.domain.model import Capability, EditFormat, ModelProfile, Price, Thinking, Wire
from cockpit_tui.domain.policy import ApproveMode, Limits, Policy
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.engine.models import Models
from cockpit_tui.engine.routing import ModeRouter
from cockpit_tui.engine.runs import JobEnd
from cockpit_tui.providers.base import Provider
from cockpit_tui.providers.pool import ModelPool
from cockpit_tui.providers.pricing import PriceBook
from cockpit_tui.providers.timeouts import Timeouts

PRICE = Price(input=3_000_000, output=15_000_000, cache_read=300_000)
COST = (600 * 3_000_000 + 400 * 300_000 + 100 * 15_000_000) // 1_000_000
"""Of one call that uses `PER_CALL`."""

LEAD = ModelProfile(provider="fake", model="lead", capability=Capability.STRONG, price=PRICE,
                    supports_schema=True)
WORKER = replace(LEAD, model="worker", capability=Capability.STANDARD)


def messages_provider(url: str) -> Provider:
    from cockpit_tui.providers.messages.provider import MessagesProvider

    return MessagesProvider("fake", base_url=url, key="test-key", timeouts=Timeouts())


def chat_provider(url: str) -> Provider:
    from cockpit_tui.providers.chat.provider import ChatProvider

    return ChatProvider("fake", base_url=f"{url}/v1", key="test-key", timeouts=Timeouts())


def responses_provider(url: str) -> Provider:
    from cockpit_tui.providers.chat.responses import ResponsesProvider

    return ResponsesProvider("fake", base_url=f"{url}/v1", key="test-key", timeouts=Timeouts())


async def never_waits(seconds: float) -> None:
    raise AssertionError(f"nothing was to be waited for, not {seconds} s")


def models(url: str, make: Callable[[str], Provider], *,
           sleep: Callable[[float], Awaitable[None]] = never_waits, **changes: Any) -> Models:
    profiles = {p.name: p for p in (replace(LEAD, **changes), replace(WORKER, **changes))}
    provider = make(url)
    return Models(
        pool=ModelPool(lambda name: (provider, name.partition(":")[2]), prices=PriceBook(),
                       sleep=sleep),
        router=ModeRouter(resolve=profiles.__getitem__, known=lambda _: list(profiles.values()),
                          output_price=lambda profile: profile.capability.rank))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo", {"README.md": "# Hello\n"})


async def run_job(repository: Path, made: Models, *, rounds: int = 2
                  ) -> tuple[Engine, JobEnd, list[Any]]:
    async with open_engine(Paths.from_environment(), is_attended=False,
                           make_models=lambda: made) as engine:
        job = await engine.send(SubmitJob(repository=str(repository), request=JobRequest(
            text="Write two files", model="fake:lead", policy=Policy(approve=ApproveMode.ALL),
            limits=Limits(verify_rounds=rounds))))
        assert isinstance(job, Job)
        end = await engine.wait(job.id)
        events = [recorded.payload for recorded in await engine.events(job_id=job.id)]
        return engine, end, events


WIRES = [
    pytest.param(MessagesDialect, messages_provider, {
        "wire": Wire.MESSAGES, "edit_format": EditFormat.TEXT_EDITOR,
        "thinking": Thinking.ADAPTIVE}, id="messages"),
    pytest.param(ChatDialect, chat_provider, {
        "wire": Wire.CHAT, "edit_format": EditFormat.APPLY_PATCH,
        "thinking": Thinking.RETURNED}, id="chat"),
    pytest.param(ResponsesDialect, responses_provider, {
        "wire": Wire.RESPONSES, "edit_format": EditFormat.APPLY_PATCH,
        "thinking": Thinking.EFFORT}, id="responses"),
]


@pytest.mark.parametrize(("dialect", "make", "changes"), WIRES)
async def test_a_whole_job_runs_and_its_cost_is_the_servers_bill(
        repository: Path, dialect: Any, make: Callable[[str], Provider],
        changes: dict[str, Any]) -> None:
    brain = WorkingBrain(thinks=True)
    async with ModelServer(dialect(brain)) as server:
        _, end, events = await run_job(repository, models(server.url, make, **changes))
    assert end.error is None, end.error
    branch = end.job.branch
    assert [git("show", f"{branch}:{name}.txt", cwd=repository) for name in "ab"] == [
        "right", "right"]
    proofs = [p.exit_code for p in events if isinstance(p, event.TestsComplete)]
    assert proofs.count(1) == 2
    assert proofs.count(0) >= 2
    assert end.job.cost_microusd == len(brain.bills) * COST
    assert {"lead", "worker"} == set(brain.models)
    assert PER_CALL.input == 1_000


@pytest.mark.parametrize(("dialect", "make", "changes"), WIRES)
async def test_failed_proofs_go_to_a_stronger_model_before_the_task_fails(
        repository: Path, dialect: Any, make: Callable[[str], Provider],
        changes: dict[str, Any]) -> None:
    brain = WorkingBrain(gives_up_at_first="worker")
    async with ModelServer(dialect(brain)) as server:
        _, end, events = await run_job(repository, models(server.url, make, **changes), rounds=1)
    assert end.error is None, end.error
    taken_over = [p for p in events if isinstance(p, event.ModelFellBack)]
    assert [(p.asked, p.used) for p in taken_over] == [("fake:worker", "fake:lead")] * 2
    assert git("show", f"{end.job.branch}:a.txt", cwd=repository) == "right"


async def test_who_gives_up_on_failed_proofs_is_followed_by_a_stronger_model(
        repository: Path) -> None:
    brain = WorkingBrain(gives_up_at_first="worker", parting_words="CANNOT: it is beyond me.")
    async with ModelServer(MessagesDialect(brain)) as server:
        _, end, _ = await run_job(repository, models(
            server.url, messages_provider, wire=Wire.MESSAGES, edit_format=EditFormat.TEXT_EDITOR,
            thinking=Thinking.ADAPTIVE))
    assert end.error is None, end.error
    assert git("show", f"{end.job.branch}:a.txt", cwd=repository) == "right"


@pytest.mark.parametrize(("dialect", "make", "changes"), WIRES)
async def test_where_nobody_is_stronger_the_proof_is_the_reason(
        repository: Path, dialect: Any, make: Callable[[str], Provider],
        changes: dict[str, Any]) -> None:
    brain = WorkingBrain(gives_up_at_first="lead")
    async with ModelServer(dialect(brain)) as server:
        made = models(server.url, make, **changes, capability=Capability.STANDARD)
        _, end, _ = await run_job(repository, made, rounds=1)
    assert isinstance(end.error, VerificationFailed)
    assert "grep -q right" in end.error.message


class Flaky:
    """A dialect behind a bad line: each of `statuses` answers one request, then all is well."""

    def __init__(self, dialect: Any, *statuses: int) -> None:
        self.dialect = dialect
        self.statuses = list(statuses)

    async def __call__(self, request: Request) -> Any:
        if self.statuses:
            status = self.statuses.pop(0)
            return Json({"error": {"type": "x", "message": "not now"}}, status=status)
        return await self.dialect(request)


@pytest.mark.parametrize(("dialect", "make", "changes"), WIRES)
async def test_a_bad_line_is_waited_out_in_sight_of_the_person(
        repository: Path, dialect: Any, make: Callable[[str], Provider],
        changes: dict[str, Any]) -> None:
    brain = WorkingBrain()
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async with ModelServer(Flaky(dialect(brain), 529, 503)) as server:
        made = models(server.url, make, sleep=sleep, **changes)
        _, end, events = await run_job(repository, made)
    assert end.error is None, end.error
    retried = [(p.agent, p.model, p.attempt) for p in events if isinstance(p, event.ModelRetried)]
    assert retried == [("lead", "fake:lead", 1), ("lead", "fake:lead", 2)]
    assert len(waited) == 2
    assert end.job.cost_microusd == len(brain.bills) * COST


@pytest.mark.parametrize(("dialect", "make", "changes"), WIRES)
async def test_a_refused_key_ends_the_job_at_once_and_costs_nothing(
        repository: Path, dialect: Any, make: Callable[[str], Provider],
        changes: dict[str, Any]) -> None:
    brain = WorkingBrain()
    async with ModelServer(dialect(brain, key="another")) as server:
        _, end, events = await run_job(repository, models(server.url, make, **changes))
        assert len(server.requests) == 1
    assert isinstance(end.error, CredentialsRefused)
    assert "test-key" not in repr(events) + end.error.message
    assert (end.job.status.value, end.job.cost_microusd) == ("failed", 0)
