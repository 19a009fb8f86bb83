"""A model that plants files for the sandbox of its next command to believe."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cockpit_tui.tools.sandbox import Sandbox, probe_sandbox
from cockpit_tui.tools.shell import run_command


@pytest.fixture
async def bubblewrap() -> Sandbox:
    found = await probe_sandbox()
    if found.name != "bubblewrap":
        pytest.skip("no bubblewrap here")
    return found


@pytest.mark.parametrize("link", ["{data}/worktrees/project", "{data}/worktrees/x/../project"])
async def test_28_a_git_file_in_the_home_folder_opens_no_window(
        tmp_path: Path, bubblewrap: Sandbox, link: str) -> None:
    """A worktree's `.git` names the hub that the sandbox shows; one that a command made must not
    show the folder above all worktrees, where the ledger and other projects' hubs are."""
    data = tmp_path / "data"
    worktree, scratch = data / "worktrees/project/slot-1", tmp_path / "scratch"
    for folder in (worktree, scratch):
        folder.mkdir(parents=True)
    (data / "cockpit.db").write_text("canary-ledger")

    async def run(command: str) -> str:
        environment = {"PATH": os.defpath, "HOME": str(scratch), "TMPDIR": str(scratch)}
        result = await run_command(command, cwd=worktree, environment=environment,
                                   timeout_seconds=20, sandbox=bubblewrap)
        return result.output

    forged = link.format(data=data)
    await run(f"echo 'gitdir: {forged}' > $HOME/.git; echo 'gitdir: {forged}' > .git")
    assert (scratch / ".git").read_text() == f"gitdir: {forged}\n"
    assert "canary-ledger" not in await run(f"cat {data}/cockpit.db")
