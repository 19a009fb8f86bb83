"""Repositories that run a program when git is used on them, and the tour that must not spring it.

Every trap leaves its mark in one file, the canary. A test first proves that the tour leaves no
canary, then springs the trap with plain git to prove that it was live.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cockpit_tui.domain.diff import parse_diff
from cockpit_tui.gitops import checkpoints, history
from cockpit_tui.gitops.diffs import diff
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.inspect import inspect_repository
from cockpit_tui.gitops.merges import bring_onto, keep_hunks
from cockpit_tui.gitops.publish import publish, unpublish
from cockpit_tui.gitops.repository import locate
from cockpit_tui.gitops.worktrees import WorktreePool

BRANCH = "cockpit/1-work"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a trap is laid."""

    root: Path
    """The hostile repository's working tree."""
    folder: Path
    """Everything else: the cockpit's own files, the trap's program, the canary."""

    @property
    def program(self) -> Path:
        return self.folder / "evil.sh"

    @property
    def has_fired(self) -> bool:
        return (self.folder / "canary").exists()

    def git(self, *args: str, cwd: Path | None = None, check: bool = True,
            terminal: bool = False) -> str:
        """Plain git, as unhardened as a person's own, allowed to fail where the trap breaks it."""
        environment = {
            "PATH": os.environ["PATH"], "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "TERM": "vt100",
            "GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(self.folder),
            "GIT_AUTHOR_NAME": "Eve", "GIT_AUTHOR_EMAIL": "eve@example.org",
            "GIT_COMMITTER_NAME": "Eve", "GIT_COMMITTER_EMAIL": "eve@example.org"}
        controller, terminal_end = os.openpty()
        try:
            done = subprocess.run(
                ["git", *args], cwd=cwd or self.root, env=environment, check=False, timeout=30,
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                stdout=terminal_end if terminal else subprocess.PIPE)
        finally:
            os.close(controller)
            os.close(terminal_end)
        assert not check or done.returncode == 0, done.stderr
        return "" if terminal else done.stdout.decode("utf-8", "replace").strip()

    def write(self, files: dict[str, str], *, executable: bool = False) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            if executable:
                path.chmod(0o755)

    def commit(self, message: str = "Work") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def config(self, **settings: str) -> None:
        """`section__name="value"` sets `section.name`."""
        for key, value in settings.items():
            self.git("config", key.replace("__", "."), value)

    def make_stale(self) -> None:
        """Make git read the files' contents again, and so pass them through any filter."""
        for path in self.root.rglob("*.py"):
            os.utime(path, (1, 1))

    @property
    def hub_root(self) -> Path:
        return self.folder / "hubs"


def lay_ground(folder: Path) -> Ground:
    ground = Ground(root=folder / "hostile", folder=folder)
    ground.root.mkdir()
    ground.program.write_text(
        f'#!/bin/sh\necho "$0 $*" >> "{folder}/canary"\nexec cat "$@" 2>/dev/null\n')
    ground.program.chmod(0o755)
    ground.git("init", "-q", "-b", "main")
    ground.write({"README.md": "# Hostile\n", "src/app.py": "def main():\n    return 1\n"})
    ground.commit("Start")
    return ground


async def tour(ground: Ground, *, start: Path | None = None) -> None:
    """All that the cockpit does with a repository, from the first look to the last branch."""
    root = start or ground.root
    ground.make_stale()
    state = await inspect_repository(root)
    await history.blob(await locate(root), state.head, "README.md")
    hub = await Hub.open(ground.hub_root, "P1", root)
    try:
        base = (await hub.refresh()).commit
        assert base == state.head
        assert "README.md" in (await hub.snapshot(base)).contents
        pool = WorktreePool(hub, ground.folder / "worktrees")
        commits = []
        for name in ("t1", "t2"):
            tree = await pool.acquire(base, name=name)
            (tree.path / f"{name}.py").write_text("new = 1\n")
            (tree.path / "src").mkdir(exist_ok=True)
            (tree.path / "src" / "more.py").write_text("more = 1\n")
            saved = await checkpoints.save(tree, f"refs/cockpit/checkpoints/{name}")
            await checkpoints.restore(tree, saved)
            assert await tree.is_dirty()
            assert "new = 1" in await tree.diff(base)
            commits.append(await tree.commit_all("Work", {"Step-Id": name}) or "")
            await pool.release(tree)
        landed = await bring_onto(hub, base=base, commit=commits[1], head=commits[0])
        hunks = parse_diff(await diff(hub, base, landed)).hunks
        kept = await keep_hunks(hub, base=base, head=landed, dropped=[hunks[0].id],
                                message="Drop", trailers={})
        await publish(hub, root, branch=BRANCH, new=commits[0], old=None)
        await publish(hub, root, branch=BRANCH, new=kept, old=commits[0])
        assert (await inspect_repository(root)).head == base
        await unpublish(root, branch=BRANCH, expected=kept)
    finally:
        hub.close()
