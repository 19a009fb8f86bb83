"""Keys for people: how they are written, which are never used, and a person's own choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cockpit_tui.ui.actions import ACTIONS, BY_ID, Action, Scope, textual_keys

_NAMES = {
    "colon": ":", "question_mark": "?", "slash": "/", "plus": "+", "underscore": "_",
    "left_square_bracket": "[", "right_square_bracket": "]", "left_curly_bracket": "{",
    "right_curly_bracket": "}", "escape": "Esc", "enter": "Enter", "space": "Space",
    "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End", "up": "↑", "down": "↓",
    "left": "←", "right": "→", "tab": "Tab", "full_stop": ".", "comma": ",", "asterisk": "*",
    "equals_sign": "=", "exclamation_mark": "!", "less_than_sign": "<", "greater_than_sign": ">",
    "apostrophe": "'", "at": "@", "semicolon": ";",
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ALLOWED_CTRL = frozenset({"c", "d", "g", "j", "l", "o", "p", "r", "u", "z", "q"})
"""The keys that arrive everywhere; ctrl+q only stays as Textual's own way to leave."""
_REACHABLE = frozenset(_NAMES) | set(_LETTERS) | set(_LETTERS.upper()) | set("0123456789") | {
    "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "shift+tab"}

CONTEXTS: Mapping[str, tuple[Scope, ...]] = {
    "repositories": (Scope.LIST, Scope.PANE, Scope.REPOS, Scope.HOME),
    "plan": (Scope.LIST, Scope.PANE, Scope.RUN, Scope.HOME),
    "log": (Scope.LIST, Scope.LOG, Scope.PANE, Scope.HOME),
    "review": (Scope.REVIEW, Scope.DECIDE, Scope.HOME),
    "diff": (Scope.DIFF, Scope.LIST, Scope.DECIDE, Scope.HOME),
    "inbox": (Scope.LIST, Scope.PANE, Scope.DECIDE),
    "plan editor": (Scope.LIST, Scope.PANE, Scope.PLAN),
    "queue": (Scope.LIST, Scope.PANE, Scope.QUEUE),
    "locks": (Scope.LIST, Scope.PANE, Scope.LOCKS),
    "agents": (Scope.LIST, Scope.PANE, Scope.AGENTS),
    "agent cards": (Scope.CARDS, Scope.PANE, Scope.AGENTS),
    "replay": (Scope.LIST, Scope.LOG, Scope.PANE, Scope.REPLAY),
    "time slider": (Scope.SLIDER, Scope.REPLAY),
    "notifications": (Scope.LIST, Scope.PANE, Scope.NOTICES),
    "form": (Scope.MODEL, Scope.FORM),
    "confirm": (Scope.CONFIRM,),
}
"""Which scopes a key press can meet, innermost first. Global stands behind all but the sheets."""

MODAL_CONTEXTS = frozenset({"form", "confirm"})
OVERRIDING = frozenset({("decide.reject", "diff.drop"), ("decide.comment", "diff.comment")})
"""The same meaning carried out closer: in a diff, x drops the hunk and c comments the line."""


def single_keys(action: Action) -> tuple[str, ...]:
    return tuple(key.strip() for key in action.keys.split(",") if key.strip())


def key_label(key: str) -> str:
    """`question_mark` → `?`, `g h` and `then_g_h` → `gh`, `ctrl+r` → `ctrl+r`."""
    if key.startswith("then_"):
        key = key.removeprefix("then_").replace("_", " ")
    if " " in key:
        return "".join(_NAMES.get(part, part) for part in key.split(" "))
    return _NAMES.get(key, key)


def is_forbidden(key: str) -> str:
    """Why a key must not be used; empty when it may."""
    if key == "d":
        return "a bare d has cost people work in other tools"
    if key.startswith("alt+"):
        return "Alt chords arrive as other keys"
    if key.startswith("ctrl+"):
        rest = key.removeprefix("ctrl+")
        return "" if rest in _ALLOWED_CTRL else f"{key} does not arrive everywhere"
    return "" if key in _REACHABLE else f"{key} does not arrive everywhere"


@dataclass(frozen=True, slots=True)
class Clash:
    context: str
    key: str
    first: str
    second: str


def clashes(keys: Mapping[str, str] | None = None) -> tuple[Clash, ...]:
    """Every key with two meanings in one context; `keys` overrides by action id."""
    found = []
    for context, scopes in CONTEXTS.items():
        reachable = scopes if context in MODAL_CONTEXTS else (*scopes, Scope.GLOBAL)
        taken: dict[str, str] = {}
        for action in _in(reachable):
            for key in _keys_of(action, keys or {}):
                other = taken.setdefault(key, action.id)
                if other != action.id and (action.id, other) not in OVERRIDING:
                    found.append(Clash(context, key, other, action.id))
    return tuple(found)


def _in(scopes: tuple[Scope, ...]) -> Iterator[Action]:
    for scope in scopes:
        yield from (action for action in ACTIONS if action.scope is scope)


def _keys_of(action: Action, keys: Mapping[str, str]) -> tuple[str, ...]:
    chosen = keys.get(action.id, action.keys)
    return tuple(key.strip() for key in chosen.split(",") if key.strip())


def checked_keymap(chosen: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The person's keymap as Textual takes it, and one warning per thing that is wrong.

    Unknown ids are left out; clashes and keys that may not arrive are only said.
    """
    usable: dict[str, str] = {}
    warnings = []
    for action_id, keys in chosen.items():
        if action_id not in BY_ID:
            warnings.append(f"keys: there is no action {action_id!r}")
            continue
        warnings += [f"keys: {action_id}: {why}" for key in keys.split(",")
                     for part in key.split() if (why := is_forbidden(part))]
        usable[action_id] = keys
    before = set(clashes())
    warnings += [f"keys: {key_label(c.key)} means {c.first} and {c.second} in {c.context}"
                 for c in clashes(usable) if c not in before]
    return {id: textual_keys(id, keys) for id, keys in usable.items()}, tuple(warnings)
