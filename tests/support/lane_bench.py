"""A merge queue on a real hub: commits made in it, landed at once, killed and gone on with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from support.memory_context import MemoryContext
from support.repositories import make_repository

from cockpit_tui.config.redaction import Redactor
from cockpit_tui.domain.event import Event, Payload
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.domain.policy import Limits
from cockpit_tui.domain.project import Project
from cockpit_tui.engine.lane import Lane
from cockpit_tui.engine.merge_batch import Landed
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktrees import WorktreePool
from cockpit_tui.tools.sandbox import NoSandbox

REF = "refs/cockpit/jobs/j/phase-1"


class Killed(BaseException):
    """In the place of `kill -9`: nothing after it is done, what is remembered stays."""


def _about(payload: Payload) -> Event:
    return Event(payload=payload)


@dataclass
class LaneBench:
    hub: Hub
    shop: Workshop
    lane: Lane
    start: str
    ctx: MemoryContext
    tests: tuple[str, ...]
    commits: dict[str, str] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def opened(cls, tmp_path: Path, files: dict[str, str],
                     tests: tuple[str, ...] = ()) -> AsyncIterator[LaneBench]:
        repository = make_repository(tmp_path / "repo", files)
        hub = await Hub.open(tmp_path / "hubs", "p", repository)
        try:
            start = (await hub.refresh()).commit
            await hub.update_ref(REF, start, None)
            now = datetime.now(UTC)
            shop = cast(Any, SimpleNamespace)(
                hub=hub, pool=WorktreePool(hub, tmp_path / "worktrees"), sandbox=NoSandbox(),
                scratch=tmp_path / "scratch", redactor=Redactor(),
                project=Project(id=ProjectId("p"), name="p", path=str(repository), identity="i",
                                added_at=now, trusted_at=now),
                job=SimpleNamespace(id="j", number=1, request=SimpleNamespace(limits=Limits())))

            async def give_back(worktree: Any) -> None:
                await shop.pool.release(worktree)

            shop.give_back = give_back
            ctx = MemoryContext()
            lane = Lane(ctx=ctx, shop=shop, key="phase/1/lane", ref=REF, start=start, tests=tests)
            yield cls(hub=hub, shop=shop, lane=lane, start=start, ctx=ctx, tests=tests)
        finally:
            hub.close()

    async def made(self, name: str, files: dict[str, str], base: str = "") -> None:
        """A task's commit with `files`, made on the start."""
        worktree = await self.shop.pool.acquire(base or self.start, name=f"make-{name}")
        for path, text in files.items():
            (worktree.path / path).write_text(text)
        commit = await worktree.commit_all(f"Make {name}", {})
        assert commit
        await self.hub.update_ref(f"refs/heads/made/{name}", commit, None)
        self.commits[name] = commit
        await self.shop.pool.release(worktree)

    async def land(self, name: str, acceptance: Iterable[str] = (), rank: int = 0) -> Landed:
        return await self.lane.land(
            f"task/{name}/1", number=name, base=self.start, commit=self.commits[name],
            acceptance=tuple(acceptance), about=_about, rank=lambda: (rank,))

    async def land_all(self, acceptance: Callable[[str], Iterable[str]],
                       names: Iterable[str] = (), rank: Callable[[str], int] = lambda name: 0
                       ) -> dict[str, Landed | BaseException]:
        """All at once: the first is a batch of its own, the others wait and are the next.

        Raises Killed as soon as one of them is; the others come no further either.
        """
        running = {name: asyncio.create_task(self.land(name, acceptance(name), rank(name)))
                   for name in names or self.commits}
        left: set[asyncio.Task[Landed]] = set(running.values())
        while left:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            if any(isinstance(task.exception(), Killed) for task in done):
                for task in left:
                    task.cancel()
                await asyncio.gather(*left, return_exceptions=True)
                raise Killed
        return {name: task.exception() or task.result() for name, task in running.items()}

    def born_again(self) -> None:
        """A new engine, with what the old one had on disk."""
        self.ctx = MemoryContext(done=self.ctx.done, begun=self.ctx.begun)
        self.lane = Lane(ctx=self.ctx, shop=self.shop, key="phase/1/lane", ref=REF,
                         start=self.start, tests=self.tests)

    async def log(self) -> list[str]:
        """What landed, oldest first."""
        records = await self.hub.commits_between(self.start, await self.lane.head())
        return [record.subject.removeprefix("Make ") for record in records]

    def ran(self, command: str) -> int:
        return sum(p.type == "tests:started" and p.command == command for p in self.ctx.payloads)
