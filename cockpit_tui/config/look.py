"""What the first frame needs to know: the person's `[screen]` table, read without validation.

Settings as a whole are validated a moment later, when the engine opens; here whatever does not
fit is left at its default, so that nothing heavy stands before the first paint.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    theme: str = "cockpit-dark"
    glyphs: str = "auto"
    animation: str = "none"
    mouse: bool = True


def read_look(file: Path, environ: Mapping[str, str]) -> Look:
    """From the file and `COCKPIT_SCREEN__*`. Never raises: what is wrong is said later."""
    try:
        table: Any = tomllib.loads(file.read_text("utf-8")).get("screen", {})
    except (OSError, ValueError):
        table = {}
    chosen: dict[str, Any] = {}
    for name, kind in (("theme", str), ("glyphs", str), ("animation", str), ("mouse", bool)):
        value = table.get(name) if isinstance(table, dict) else None
        value = environ.get(f"COCKPIT_SCREEN__{name.upper()}", value)
        if kind is bool and isinstance(value, str):
            value = value.lower() not in {"0", "false", "no", "off"}
        if isinstance(value, kind):
            chosen[name] = value
    return Look(**chosen)
