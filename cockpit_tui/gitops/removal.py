"""Removing folders of ours, whatever an agent did to their permissions."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def remove_tree(path: Path) -> None:
    """Remove a directory of ours, also where an agent took permissions away; follows no link."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    if not path.exists():
        return
    for folder, _, _ in os.walk(path, onerror=_open_up):
        Path(folder).chmod(0o700)
    shutil.rmtree(path)


def _open_up(error: OSError) -> None:
    """A folder that could not be listed: `remove_tree` starts over once it can."""
    folder = Path(error.filename)
    folder.chmod(0o700)
    remove_tree(folder)
