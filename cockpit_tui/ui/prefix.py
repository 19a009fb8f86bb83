"""Two-stroke keys: the first stroke waits for the second; which seconds there are."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import ActiveBinding

from cockpit_tui.ui.actions import BY_ID, pseudo_key
from cockpit_tui.ui.keymap import single_keys

POPUP_SECONDS = 0.4


def followers(prefix: str, active: Mapping[str, ActiveBinding]) -> list[tuple[str, str]]:
    """`(second stroke, title)` of everything that can be done now after `prefix`."""
    found: dict[str, str] = {}
    for binding in active.values():
        action = BY_ID.get(binding.binding.id or "")
        if action is None or not binding.enabled:
            continue
        for key in single_keys(action):
            first, _, second = key.partition(" ")
            if second and first == prefix:
                found.setdefault(second, action.title)
    return sorted(found.items())


def resolve(prefix: str, key: str, active: Mapping[str, ActiveBinding]) -> ActiveBinding | None:
    """The binding that the two strokes mean here, the innermost one first."""
    direct = active.get(pseudo_key(f"{prefix} {key}"))
    if direct is not None:
        return direct
    for binding in active.values():
        action = BY_ID.get(binding.binding.id or "")
        if action is not None and f"{prefix} {key}" in single_keys(action):
            return binding
    return None
