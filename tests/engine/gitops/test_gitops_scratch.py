"""Where proofs run: nothing that an earlier one left is there when the next one begins."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gitops_repos import as_nobody, give_to_nobody

from cockpit_tui.engine.bench import WorktreeBench


@pytest.mark.parametrize("mode", [0o555, 0o000])
async def test_no_permissions_carry_what_a_proof_left_into_the_next_one(
        open_folder: Path, mode: int) -> None:
    anything: Any = SimpleNamespace(scratch=open_folder, name="slot", path=open_folder)
    work = WorktreeBench(shop=anything, worktree=anything, checkpoint_ref="refs/cockpit/x")
    home = open_folder / "slot.proof"
    planted = home / ".config/deep/pip.conf"
    planted.parent.mkdir(parents=True)
    planted.write_text("[global]")
    give_to_nobody(open_folder)
    planted.parent.chmod(mode)
    planted.parent.parent.chmod(mode)
    with as_nobody():
        await work.for_proof()
    assert not home.exists()
