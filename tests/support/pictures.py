"""SVG pictures of the screen: taken, made repeatable, compared with what is stored."""

from __future__ import annotations

import os
import re
from pathlib import Path

from textual.app import App

FOLDER = Path(__file__).parents[2] / "snapshots"
REJECTED = Path(__file__).parents[1] / ".cache"


def picture_of(app: App[int], title: str) -> str:
    """The screen as SVG, without what changes from run to run and without remote fonts."""
    svg = app.export_screenshot(title=title, simplify=True)
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    # Some viewers trim spaces at the ends of a text unless they are told not to.
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def check_picture(app: App[int], name: str) -> None:
    """Compare with `snapshots/<name>.svg`; with SNAPSHOT_UPDATE=1 store it instead.

    A picture that differs is put into `tests/.cache`, which git ignores.
    """
    stored, fresh = FOLDER / f"{name}.svg", picture_of(app, "cockpit")
    rejected = REJECTED / f"{name}.svg"
    if os.environ.get("SNAPSHOT_UPDATE") == "1":
        FOLDER.mkdir(exist_ok=True)
        stored.write_text(fresh, encoding="utf-8")
        rejected.unlink(missing_ok=True)
        return
    expected = stored.read_text(encoding="utf-8") if stored.exists() else ""
    if fresh != expected:
        REJECTED.mkdir(exist_ok=True)
        rejected.write_text(fresh, encoding="utf-8")
    assert fresh == expected, (
        f"{name} looks different: compare {rejected} with {stored}; "
        "SNAPSHOT_UPDATE=1 accepts what is seen now")
    rejected.unlink(missing_ok=True)
