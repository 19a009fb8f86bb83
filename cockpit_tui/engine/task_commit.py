"""What an attempt commits after each round: the paths that its task owns, once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.event import Payload
from cockpit_tui.domain.record import Facts
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.engine.standing import Standing
from cockpit_tui.engine.task_prompt import left_out_words
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops.worktrees import Worktree


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What a commit step made; `sha` empty when nothing had changed."""

    sha: str
    files: int
    subject: str = ""
    left_out: tuple[str, ...] = ()
    """Changed paths that the task does not own, and `repositories/`: no commit holds them."""


async def commit_task(standing: Standing, shop: Workshop, worktree: Worktree,
                      round_number: int) -> Committed:
    """What the task owns, as a new commit; an empty `sha` when none of it changed. A restart finds
    a commit that was made by its `Step-Id` trailer."""
    task, number, begun = standing.task, standing.record.number, standing.begun
    step_id = f"{begun.execution_id}/{round_number}"
    trailers = {"Cockpit-Job": f"#{shop.job.number} {shop.job.id}",
                "Cockpit-Task": f"{number} {task.id}", "Step-Id": step_id}

    async def made_of(sha: str | None, subject: str = "") -> Committed:
        changed = await shop.hub.changed_files(begun.base, sha) if sha else ()
        return Committed(sha=sha or "", files=len(changed), subject=subject)

    async def keep_nested(path: str) -> None:
        await shop.pool.keep_nested(worktree, path, "left out of a commit")

    async def commit() -> Committed:
        is_further = round_number > 1 and await worktree.head() != begun.base
        subject = sanitize_line(task.title) + (f" (round {round_number})" if is_further else "")
        sha, left_out = await worktree.commit_owned(
            subject, trailers, owned_paths=task.owned_paths, keep_nested=keep_nested)
        return replace(await made_of(sha, subject), left_out=left_out)

    async def recover(intent: JsonObject) -> Committed | None:
        head = await worktree.head()
        sha = await shop.hub.find_trailer(head, begun.base, "Step-Id", str(intent["step_id"]))
        if not sha:
            return None
        shown = await shop.hub.git("log", "--max-count=1", "--format=%s", sha, "--")
        return await made_of(sha, sanitize_line(shown.line))

    def facts(made: Committed) -> Facts:
        payloads: list[Payload] = []
        if made.left_out:
            payloads.append(event.TaskProgress(
                number=number, status=standing.record.status.value,
                text=left_out_words(made.left_out)))
        if made.sha:
            payloads.append(event.GitCommitted(
                commit=made.sha, subject=made.subject or sanitize_line(task.title),
                files=made.files))
        elif round_number > 1:
            payloads.append(event.TaskProgress(
                number=number, status=standing.record.status.value,
                text="It was sent back, and the agent changed nothing."))
        return Facts(events=tuple(map(standing.about, payloads)))

    return await standing.ctx.step(
        f"{standing.key}/commit/{round_number}", EffectClass.COMMIT, commit, kind=Committed,
        intent={"step_id": step_id}, recover=recover, after=facts)
