"""The tools that change files, one module per edit format; all of them only prepare."""

from __future__ import annotations

from cockpit_tui.domain.conversation import ToolCall
from cockpit_tui.tools.edits.text_editor import is_view

EDIT_TOOL_NAMES = frozenset(
    {"write_file", "edit_file", "apply_patch", "str_replace_based_edit_tool"})
"""The tools that change files, of all edit formats; one of them also looks, see `is_edit`."""


def is_edit(call: ToolCall) -> bool:
    """Did the model mean to change a file? For counting how often its edits succeed."""
    return call.name in EDIT_TOOL_NAMES and not is_view(call.arguments)
