"""The styles a diff is drawn with, as component classes over the theme's variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.style import Style

from cockpit_tui.presentation.diff_syntax import Ink

COMPONENTS = {f"diff-view--{name}" for name in (
    "text", "file", "hunk", "notice", "gutter", "cursor", "sign", "absent", "added", "removed",
    "added-word", "removed-word", "kept", "dropped", "faded", "comment", "comment-text",
    *(f"ink-{ink.value}" for ink in Ink))}

CSS = """
DiffView {
    overflow-x: hidden;
    overflow-y: auto;
    scrollbar-size-vertical: 1;
    & > .diff-view--text { color: $foreground; }
    & > .diff-view--file { color: $foreground; background: $panel; text-style: bold; }
    & > .diff-view--hunk { color: $text-secondary; background: $surface; }
    & > .diff-view--notice { color: $st-muted; }
    & > .diff-view--gutter { color: $st-muted; }
    & > .diff-view--cursor { color: $primary; text-style: bold reverse; }
    & > .diff-view--sign { text-style: bold; }
    & > .diff-view--absent { background: $surface; }
    & > .diff-view--added { color: $foreground; background: $diff-add-bg; }
    & > .diff-view--removed { color: $foreground; background: $diff-del-bg; }
    & > .diff-view--added-word { background: $diff-add-word; text-style: bold; }
    & > .diff-view--removed-word { background: $diff-del-word; text-style: bold; }
    & > .diff-view--kept { color: $st-ok; }
    & > .diff-view--dropped { color: $st-failed; text-style: bold; }
    & > .diff-view--faded { text-style: dim; }
    & > .diff-view--comment { color: $text-accent; }
    & > .diff-view--comment-text { color: $foreground; }
    & > .diff-view--ink-comment { color: $diff-comment; text-style: italic; }
    & > .diff-view--ink-keyword { color: $text-accent; }
    & > .diff-view--ink-string { color: $text-secondary; }
    & > .diff-view--ink-number { color: $text-secondary; }
    & > .diff-view--ink-name { text-style: bold; }
    &:nocolor > .diff-view--added { text-style: bold; }
    &:nocolor > .diff-view--removed { text-style: dim; }
    &:nocolor > .diff-view--dropped { color: $foreground; }
    &:ansi > .diff-view--file { text-style: bold underline; }
    &:ansi > .diff-view--added { text-style: bold; }
    &:ansi > .diff-view--removed { text-style: dim; }
    &:ansi > .diff-view--added-word { text-style: bold underline; }
    &:ansi > .diff-view--removed-word { text-style: underline; }
}
"""


@dataclass(frozen=True, slots=True)
class Styles:
    """Component styles by short name: `full` with background, `partial` to lay over another."""

    full: Callable[[str], Style]
    partial: Callable[[str], Style]
