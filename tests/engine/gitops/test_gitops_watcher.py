"""Which written paths are worth a look at a worktree."""

from __future__ import annotations

from pathlib import Path

from cockpit_tui.gitops.watcher import worth_a_look


def test_caches_and_gits_own_files_wake_nobody_and_lock_files_do() -> None:
    root = Path("/w/slot-1")
    written = ["src/a.py", "poetry.lock", "src/__pycache__/a.cpython-311.pyc",
               "node_modules/x/y.js", ".git/index", "src/.a.py.swp", "x.pyc"]
    found = worth_a_look(root, [*(f"{root}/{path}" for path in written), str(root), "/w/slot-2/b"])
    assert found == {"src/a.py", "poetry.lock"}
