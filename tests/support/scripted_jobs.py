"""Jobs of a scripted model for the engine's tests: a plan, an agent, questions answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.approval import Answer, Approval, Decision
from cockpit_tui.domain.command import AnswerApproval, SubmitJob
from cockpit_tui.domain.conversation import ModelReply, ModelRequest
from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.job import Job, JobRequest
from cockpit_tui.domain.policy import ApproveMode, Policy
from cockpit_tui.engine.engine import Engine, open_engine
from cockpit_tui.providers.scripted import ScriptedProvider, calls, says, turns_so_far

GRANT = Answer(decision=Decision.GRANTED, by="person")


def planned_task(key: str, path: str, *, after: tuple[str, ...] = (),
                 acceptance: tuple[str, ...] = (), owned: tuple[str, ...] = (),
                 resources: tuple[str, ...] = ()) -> TaskDraft:
    return TaskDraft(key=key, title=f"Write {path}", instructions=f"write {path}",
                     role="BackendDeveloper", depends_on=after, owned_paths=owned or (path,),
                     acceptance=acceptance or (f"test -s {path}",), resources=resources)


def one_phase(*tasks: TaskDraft) -> PlanDraft:
    return PlanDraft(summary="s", phases=(PhaseDraft(title="P", tasks=tasks),))


def path_of(request: ModelRequest) -> str:
    """The file that the task's title names."""
    return request.messages[0].text.split("Write ", 1)[1].split()[0]


def writes_its_file(request: ModelRequest) -> ModelReply:
    path = path_of(request)
    if turns_so_far(request) == 0:
        return calls(("write_file", {"path": path, "content": f"{path} line 1\nline 2\n"}))
    return says("Written.")


@asynccontextmanager
async def scripted_engine(provider: ScriptedProvider, *, attended: bool = False
                          ) -> AsyncIterator[Engine]:
    async with open_engine(Paths.from_environment(), is_attended=attended,
                           provider_source=lambda _: (provider, "script")) as engine:
        yield engine


async def submit(engine: Engine, repository: Path,
                 approve: ApproveMode = ApproveMode.ALL) -> Job:
    job = await engine.send(SubmitJob(repository=str(repository), request=JobRequest(
        text="Write files", policy=Policy(approve=approve))))
    assert job is not None
    return job


async def next_question(engine: Engine) -> Approval:
    async with engine.subscribe() as batches:
        while not (waiting := await engine.pending_approvals()):
            await anext(batches)
    return waiting[0]


async def give(engine: Engine, question: Approval, answer: Answer) -> None:
    await engine.send(AnswerApproval(approval_id=question.id, answer=answer,
                                     action_hash=question.question.action_hash))
