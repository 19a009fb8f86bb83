"""Room on the disk: looked at before work starts, made where that loses nothing, else waited for.

What goes unasked, in this order: the cache, pieces of trash whose work is proven to be held by a
branch too (oldest first), worktrees that nobody uses. Nothing else is ever thrown away without the
person: where that is not enough, the engine says so and jobs wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic

from cockpit_tui.config.paths import Paths
from cockpit_tui.config.settings import LimitSettings, load_settings
from cockpit_tui.domain.errors import CockpitError, WaitsForRoom
from cockpit_tui.domain.event import DiskShort, DiskTidied, Event, JobWaiting
from cockpit_tui.domain.ids import JobId, ProjectId
from cockpit_tui.domain.job import WaitingOn
from cockpit_tui.domain.record import JobChange
from cockpit_tui.engine.disk import disk_use, free_bytes, kept_bytes
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.engine.retention import hub_projects
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.proof import is_kept_elsewhere
from cockpit_tui.gitops.removal import remove_tree
from cockpit_tui.gitops.trash import Trash, TrashEntry, bytes_below
from cockpit_tui.gitops.worktrees import WorktreePool
from cockpit_tui.storage import queue
from cockpit_tui.storage.database import Database, Transaction

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 120.0
"""A job that waits for room looks so often whether there is some."""
_TRY_AGAIN_SECONDS = 30.0
"""Tasks that start at once need not all look for what may go."""
_MB = 1_000_000

IsEnough = Callable[[], Awaitable[bool]]


@dataclass(slots=True, kw_only=True)
class Room:
    """The room that one engine's work takes; bounds are the person's settings as they are now."""

    paths: Paths
    database: Database
    free: Callable[[Paths], int] = free_bytes
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tried_at: float = float("-inf")
    _told: set[str] = field(default_factory=set)

    async def require(self, *, is_job: bool = False) -> None:
        """Return where work may start. `is_job`: also under the bound of all that is kept, which
        takes a look at every file. Raises WaitsForRoom, UsageError."""
        async with self._one_at_a_time:
            short = await self._shortage(is_job=is_job)
            if not short:
                self._told.discard("room")
                return
            if monotonic() - self._tried_at > _TRY_AGAIN_SECONDS:
                await self._make_room(is_job=is_job)
                short = await self._shortage(is_job=is_job)
                self._tried_at = monotonic() if short else float("-inf")
            if short:
                hint = ("It goes on by itself where the queue runs: cockpit queue start. "
                        "What takes the room: cockpit disk")
                await self._tell("room", f"{short} {hint}")
                raise WaitsForRoom(short, hint=hint, retry_after_seconds=LOOK_AGAIN_SECONDS)

    async def tidy(self) -> None:
        """Bring the trash under its bound, as far as that is proven to lose nothing."""
        bound = self._limits().trash_mb * _MB

        async def is_enough() -> bool:
            return await self._trash_bytes() <= bound

        async with self._one_at_a_time:
            if await is_enough():
                return
            await self._told_tidied(trash=await self._drop_proven(is_enough), worktrees=0)
            if not await is_enough():
                await self._tell("trash", (
                    f"The trash takes more than limits.trash_mb = {bound // _MB}, and no branch "
                    "holds what is left. Look at it: cockpit trash list. Throw it away: "
                    "cockpit trash empty --older-than DAYS"))

    def _limits(self) -> LimitSettings:
        return load_settings(self.paths.settings_file).limits

    async def _shortage(self, *, is_job: bool) -> str:
        """Which bound is passed, in words; empty: none."""
        limits, free = self._limits(), self.free(self.paths)
        if free < limits.free_disk_mb * _MB:
            return (f"The disk has {free // _MB:,} MB left where the cockpit keeps its work; "
                    f"limits.free_disk_mb wants {limits.free_disk_mb:,} MB free before more is "
                    "started.")
        if is_job and limits.disk_mb is not None:
            total = (await asyncio.to_thread(disk_use, self.paths, {})).total
            if total > limits.disk_mb * _MB:
                return (f"What the cockpit keeps takes {total // _MB:,} MB, more than "
                        f"limits.disk_mb = {limits.disk_mb:,}.")
        return ""

    async def _make_room(self, *, is_job: bool) -> None:
        async def is_enough() -> bool:
            return not await self._shortage(is_job=is_job)

        try:
            await asyncio.to_thread(remove_tree, self.paths.symbol_cache)
        except OSError as error:  # Somebody writes to it.
            log.warning("the cache was not thrown away: %s", error)
        dropped = await self._drop_proven(is_enough)
        idle = 0
        if not await is_enough():
            for project in hub_projects(self.paths):
                idle += await self._in_hub(project, partial(
                    _remove_idle, place=self.paths.worktrees / project))
        await self._told_tidied(trash=dropped, worktrees=idle)

    async def _drop_proven(self, is_enough: IsEnough) -> int:
        """Throw proven pieces away, oldest first, until it is enough; how many."""
        pieces: list[tuple[TrashEntry, ProjectId]] = []
        for project in hub_projects(self.paths):
            await self._in_hub(project, partial(_collect, project=project, into=pieces))
        gone = 0
        for entry, project in sorted(pieces, key=lambda piece: piece[0].at):
            if await is_enough():
                break
            gone += await self._in_hub(project, partial(_drop, entry=entry))
        return gone

    async def _trash_bytes(self) -> int:
        total = 0
        for folder in self.paths.hubs.glob("*.trash"):
            total += await asyncio.to_thread(bytes_below, folder)
            total += await kept_bytes(self.paths, ProjectId(folder.stem))
        return total

    async def _in_hub(self, project: ProjectId, work: Callable[[Hub], Awaitable[int]]) -> int:
        """What `work` returns; 0 where the hub is damaged: that keeps nobody from the others, and
        no job from waiting for room."""
        try:
            async with opened_hub(self.paths, project, "") as hub:
                return await work(hub)
        except (CockpitError, OSError) as error:
            log.warning("the hub of %s was left as it is: %s", project, error)
            return 0

    async def _told_tidied(self, *, trash: int, worktrees: int) -> None:
        if trash or worktrees:
            payload = DiskTidied(trash=trash, worktrees=worktrees)
            await self.database.write(lambda tx: tx.emit(Event(payload=payload)))

    async def _tell(self, about: str, text: str) -> None:
        """Once, until there is room again."""
        log.warning("%s", text)
        if about not in self._told:
            self._told.add(about)
            await self.database.write(lambda tx: tx.emit(Event(payload=DiskShort(text=text))))


async def _collect(hub: Hub, *, project: ProjectId,
                   into: list[tuple[TrashEntry, ProjectId]]) -> int:
    found = await Trash(hub).entries()
    into += [(entry, project) for entry in found]
    return len(found)


async def _remove_idle(hub: Hub, *, place: Path) -> int:
    return await WorktreePool(hub, place).remove_idle()


async def _drop(hub: Hub, *, entry: TrashEntry) -> int:
    """Throw a piece away if it is proven; how many that are."""
    if not await is_kept_elsewhere(hub, entry):
        return 0
    await Trash(hub).discard(entry)
    return 1


def wait_for_room(tx: Transaction, job_id: JobId, parked: WaitsForRoom) -> None:
    """Have the queue look again after a while, as often as it takes."""
    queue.adopt(tx, job_id)
    queue.wait_until(tx, job_id, tx.now() + timedelta(seconds=parked.retry_after_seconds))
    reason = f"{parked.message} {parked.hint}".strip()
    save_rows(tx, job_id, (JobChange(waiting_on=WaitingOn.DISK, reason=reason),))
    waiting = JobWaiting(waiting_on=WaitingOn.DISK.value, reason=reason)
    tx.emit(Event(payload=waiting, job_id=job_id))
