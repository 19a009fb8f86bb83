"""What the rules understand of a person's remark on a plan: dropping and keeping by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft

_DROP = re.compile(r"\b(?:drop|without|remove|skip|leave out|omit|delete|no|not)\s+", re.IGNORECASE)
_KEEP = re.compile(r"\b(?:only|just|keep)\s+", re.IGNORECASE)
_FILLERS = frozenset({"the", "a", "an", "phase", "phases", "task", "tasks", "please", "do", "class",
                      "for", "one", "ones", "any"})


def apply_comment(comment: str, phases: Sequence[PhaseDraft]) -> tuple[
        tuple[PhaseDraft, ...], str]:
    """The phases as the comment wants them, and a note on what was, or could not be, understood.
    """
    for pattern, is_drop in ((_KEEP, False), (_DROP, True)):
        found = pattern.search(comment)
        if found is None:
            continue
        names = _names(comment[found.end():])
        about = _matcher(names)
        hit = [phase.title for phase in phases if about(phase.title)] or [
            task.title for phase in phases for task in phase.tasks if about(task.title)]
        if not names or not hit:
            continue
        kept = _select(phases, about, is_drop=is_drop)
        verb = "Dropped" if is_drop else "Kept only"
        return kept, f"{verb}, as you asked: {', '.join(hit)}."
    return tuple(phases), (
        f"Your remark was not followed: {comment.strip()[:200]!r}. The offline rules understand "
        '"drop X", "without X" and "only X" with names from the plan; edit the plan by hand, or '
        "send another request.")


def _names(text: str) -> tuple[str, ...]:
    sentence = re.split(r"[.;\n]", text)[0]
    parts = re.split(r",|\band\b|\bor\b|&", sentence)
    names = (" ".join(w for w in part.split() if w.lower() not in _FILLERS) for part in parts)
    return tuple(name.strip("`\"'") for name in names if name)


def _matcher(names: Sequence[str]) -> Callable[[str], bool]:
    patterns = [re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE) for name in names]

    def about(title: str) -> bool:
        words = re.findall(r"\w+", title.lower())
        return any(pattern.search(title) for pattern in patterns) or any(
            _same_stem(name.lower(), word) for name in names for word in words)

    return about


def _same_stem(one: str, other: str) -> bool:
    """`registry` is about `Register ...`, `tests` about a `test`; `test` is not about `Tester`."""
    if one.removesuffix("s") == other.removesuffix("s"):
        return True
    shorter = min(len(one), len(other))
    return shorter >= 6 and one[:shorter - 2] == other[:shorter - 2]


def _select(phases: Sequence[PhaseDraft], about: Callable[[str], bool], *,
            is_drop: bool) -> tuple[PhaseDraft, ...]:
    def stays(phase: PhaseDraft, task: TaskDraft) -> bool:
        return (about(phase.title) or about(task.title)) is not is_drop

    gone = {task.key: task for phase in phases for task in phase.tasks if not stays(phase, task)}
    kept = []
    for phase in phases:
        tasks = tuple(replace(task, depends_on=_rewired(task.depends_on, gone))
                      for task in phase.tasks if task.key not in gone)
        if tasks:
            kept.append(replace(phase, tasks=tasks))
    return tuple(kept)


def _rewired(depends_on: Sequence[str], gone: dict[str, TaskDraft]) -> tuple[str, ...]:
    """What is gone is replaced by what it waited for."""
    wired: list[str] = []
    for key in depends_on:
        wired += _rewired(gone[key].depends_on, gone) if key in gone else [key]
    return tuple(dict.fromkeys(wired))
