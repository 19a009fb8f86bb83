"""The job's branch: in the hub first, then brought into the person's repository."""

from __future__ import annotations

from dataclasses import dataclass

from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.durable import JobContext
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import NeedsPerson, RefMoved, RepositoryError
from cockpit_tui.domain.event import Event
from cockpit_tui.domain.job import LandMode
from cockpit_tui.domain.record import Facts, JobChange
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops.publish import publish


@dataclass(slots=True, kw_only=True)
class JobBranch:
    ctx: JobContext
    shop: Workshop

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.shop.job.branch}"

    async def head(self) -> str:
        """What was approved so far; the job's base before anything was."""
        return await self.shop.hub.read_ref(self.ref) or self.shop.job.base_commit

    async def advance(self, key: str, new: str) -> None:
        """Move the branch to `new`, in the hub and then in the person's repository.

        Raises NeedsPerson where their branch was moved or cannot be written; the work is in the
        hub, and a resume tries again.
        """
        old = await self.ctx.step(f"{key}/old", EffectClass.READ, self._stored_head, kind=str)
        await self._in_hub(f"{key}/hub", old, new)
        if self.shop.job.request.land is LandMode.BRANCH:
            await self._in_repository(f"{key}/repository", old, new)

    async def _stored_head(self) -> str:
        return await self.shop.hub.read_ref(self.ref) or ""

    async def _in_hub(self, key: str, old: str, new: str) -> None:
        async def move() -> bool:
            await self.shop.hub.update_ref(self.ref, new, old or None)
            return True

        async def recover(intent: JsonObject) -> bool | None:
            return await self.shop.hub.read_ref(self.ref) == intent["new"] or None

        merged = Event(payload=event.GitMerged(ref=self.ref, commit=new), job_id=self.shop.job.id)
        await self.ctx.step(key, EffectClass.REF_UPDATE, move, kind=bool, recover=recover,
                            intent={"ref": self.ref, "old": old, "new": new},
                            after=lambda _: Facts(events=(merged,),
                                                  rows=(JobChange(head_commit=new),)))

    async def _in_repository(self, key: str, old: str, new: str) -> None:
        async def put(expected: str | None) -> None:
            await publish(self.shop.hub, self.shop.project.path, branch=self.shop.job.branch,
                          new=new, old=expected)

        async def bring() -> bool:
            try:
                try:
                    await put(old or None)
                except RefMoved:
                    # Undone, renamed or deleted there: then nothing of theirs is in the way.
                    await put(None)
            except (RefMoved, RepositoryError) as error:
                hint = f" {error.hint}" if error.hint else ""
                raise NeedsPerson(f"{error.message}{hint}") from error
            return True

        await self.ctx.step(key, EffectClass.REF_UPDATE, bring, kind=bool,
                            intent={"branch": self.shop.job.branch, "old": old, "new": new})
