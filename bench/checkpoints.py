"""A checkpoint after an edit of one file, beside `git stash create` and a bare `git add`."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bench.places import base_of, fresh_paths, git, make_repository
from bench.report import Figure, percentiles, show
from cockpit_tui.gitops import checkpoints
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.worktrees import WorktreePool

CASES = ((200, 0), (2_000, 0), (20_000, 0), (2_000, 1_000))
"""Files in the repository, and files that the agent made in earlier steps."""
ROUNDS = 20


async def measure(files: int, made: int) -> tuple[float, dict[str, list[float]]]:
    """The first checkpoint, and per way of keeping one the seconds of each after it."""
    with fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", files)
        hub = await Hub.open(paths.hubs, "bench", repository)
        head = await hub.refresh()
        worktree = await WorktreePool(hub, paths.worktrees / "bench").acquire(
            head.commit, name="bench")
        for root in (worktree.path, repository):
            (root / "made").mkdir()
            for number in range(made):
                (root / f"made/{number}.txt").write_text(f"made {number}\n" * 400)
        began = time.perf_counter()
        since = (await checkpoints.save_step(worktree, "refs/cockpit/bench/0")).commit
        first = time.perf_counter() - began
        took: dict[str, list[float]] = {"checkpoint": [], "whole": [], "stash": []}
        for number in range(1, ROUNDS + 1):
            _edit(worktree.path, number)
            began = time.perf_counter()
            since = (await checkpoints.save_step(
                worktree, f"refs/cockpit/bench/{number}", since=since)).commit
            took["checkpoint"].append(time.perf_counter() - began)
            began = time.perf_counter()
            await checkpoints.save(worktree, f"refs/cockpit/whole/{number}")
            took["whole"].append(time.perf_counter() - began)
        hub.close()
        for number in range(1, ROUNDS + 1):
            _edit(repository, number)
            began = time.perf_counter()
            git("add", "--all", cwd=repository)
            git("stash", "create", cwd=repository)
            took["stash"].append(time.perf_counter() - began)
    return first, took


def _edit(root: Path, number: int) -> None:
    """One file changed, one untracked made: what an agent's step does."""
    (root / f"new{number}.txt").write_text(f"new {number}\n" * 50)
    (root / "changed.txt").write_text(f"changed {number}\n" * 50)


if __name__ == "__main__":
    for size, uncommitted in CASES:
        cold, measured = asyncio.run(measure(size, uncommitted))
        what = f"{size:,} files" + (f", {uncommitted:,} uncommitted" if uncommitted else "")
        show([
            Figure(name=f"checkpoint after a step, {what}",
                   value=percentiles(measured["checkpoint"]), note=f"first {cold * 1000:.0f} ms"),
            Figure(name=f"without the kept index, {what}",
                   value=percentiles(measured["whole"])),
            Figure(name=f"bare git add + stash create, {what}",
                   value=percentiles(measured["stash"])),
        ])
