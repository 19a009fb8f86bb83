"""The workbench of one execution: commands in its worktree, and the way back before each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cockpit_tui.domain.checkpoint import MOST_KEPT, Checkpoint
from cockpit_tui.domain.ids import JobId
from cockpit_tui.engine.passing import refuse_full_disk
from cockpit_tui.engine.workshop import Workshop
from cockpit_tui.gitops import checkpoints
from cockpit_tui.gitops.removal import remove_tree
from cockpit_tui.gitops.worktrees import Worktree
from cockpit_tui.tools.environment import build_environment
from cockpit_tui.tools.processes import kill_recorded_group
from cockpit_tui.tools.runnable import probe_command
from cockpit_tui.tools.shell import CommandResult, run_command

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorktreeBench:
    """Runs commands contained in `worktree`; see `agents.seat.Workbench`."""

    shop: Workshop
    worktree: Worktree
    checkpoint_ref: str
    """`refs/cockpit/jobs/<job>/checkpoints/<execution>`: what they stand below."""
    purpose: str = "work"
    """Names the scratch directory: a proof never runs in one that an agent could write to."""
    on_checkpoint: Callable[[str], Awaitable[None]] | None = None
    """Told of every checkpoint's commit."""

    @property
    def root(self) -> Path:
        return self.worktree.path

    @property
    def _scratch(self) -> Path:
        return self.shop.scratch / f"{self.worktree.name}.{self.purpose}"

    @property
    def _process_file(self) -> Path:
        return self.shop.scratch / f"{self.worktree.name}.{self.purpose}.pgid"

    async def environment(self) -> dict[str, str]:
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A `.venv` in the checkout is the repository's own code: not before it is trusted.
        checkout = Path(self.shop.project.path) if self.shop.project.is_trusted else None
        return await build_environment(worktree=self.root, checkout=checkout,
                                       scratch=self._scratch)

    async def run(self, command: str) -> CommandResult:
        """Raises DiskFull where it failed and there is no room: that is no fault of its."""
        result = await run_command(
            command, cwd=self.root, environment=await self.environment(),
            timeout_seconds=self.shop.job.request.limits.command_seconds,
            sandbox=self.shop.sandbox, process_file=self._process_file)
        if result.exit_code != 0:
            refuse_full_disk(self.root, "a command")
        return result

    async def can_run(self, command: str) -> tuple[bool, str]:
        """Whether this machine has what `command` needs; if not, why."""
        return await probe_command(command, await self.environment(), self.root)

    async def checkpoint(self, name: str, since: str = "") -> Checkpoint:
        made = await checkpoints.save_step(self.worktree, f"{self.checkpoint_ref}/{name}",
                                           since=since)
        if name.isdigit() and int(name) > MOST_KEPT:
            await checkpoints.thin(self.worktree.hub, self.checkpoint_ref)
        if self.on_checkpoint is not None and made.commit != since:
            await self.on_checkpoint(made.commit)
        return made

    async def restore(self, checkpoint: str) -> None:
        await kill_recorded_group(self._process_file)
        await checkpoints.restore(self.worktree, checkpoint)

    async def reset(self, commit: str) -> None:
        """Kill what an interrupted command left running and make the worktree exactly `commit`."""
        await kill_recorded_group(self._process_file)
        await self.worktree.reset(commit)

    async def for_proof(self) -> WorktreeBench:
        """The same worktree with a scratch directory of its own, empty when the proof begins.

        Raises OSError where it cannot be emptied: what an earlier proof left in its home could
        decide what this one says.
        """
        bench = replace(self, purpose="proof")
        await asyncio.to_thread(_empty, bench._scratch)
        return bench

    async def discard_scratch(self) -> None:
        try:
            await asyncio.to_thread(_empty, self._scratch)
        except OSError as error:
            log.warning("%s was not removed: %s", self._scratch, error)


def _empty(folder: Path) -> None:
    """Remove it, whatever those who wrote there did to its permissions, while others may too."""
    while True:
        with suppress(FileNotFoundError):
            remove_tree(folder)
            return


def checkpoint_ref(job_id: JobId, execution: str) -> str:
    return f"refs/cockpit/jobs/{job_id}/checkpoints/{execution}"
