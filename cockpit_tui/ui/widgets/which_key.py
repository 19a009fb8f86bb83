"""The popup that shows what can follow a prefix key."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Static

from cockpit_tui.ui.lines import Ink, Part, assemble


class WhichKey(Static):
    DEFAULT_CSS = """
    WhichKey {
        layer: popup; dock: bottom; width: 100%; height: auto; margin: 0 2 2 2;
        border: round $primary; background: $surface; padding: 0 1;
    }
    """

    def __init__(self, prefix: str, choices: Sequence[tuple[str, str]]) -> None:
        parts: list[Part] = [(f"{prefix}  ", Ink.STRONG)]
        for key, title in choices:
            parts += [(key, Ink.KEY), (f" {title}   ", Ink.PLAIN)]
        super().__init__(assemble(tuple(parts)), markup=False)
