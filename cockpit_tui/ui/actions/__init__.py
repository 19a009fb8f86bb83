"""The registry of every action: id, title, keys, scope, and when it can be done.

Palette, keymap, footer and help are all made from it. A scope belongs to the class that carries
it out: its `BINDINGS` are `bindings(Scope.X)` and each `Action.call` is a method `action_<call>`.

Keys of two strokes are written `g h`. Textual knows only single keys, so such an action is bound
to a name no keyboard sends (`then_g_h`), and the app resolves the two strokes. Actions without a
key are bound the same way, so that the palette finds them where they can be done.
"""

from __future__ import annotations

from textual.binding import Binding

from cockpit_tui.ui.actions.action import Action, Scope, Situation
from cockpit_tui.ui.actions.boards import BOARDS
from cockpit_tui.ui.actions.deciding import DECIDING
from cockpit_tui.ui.actions.everywhere import EVERYWHERE
from cockpit_tui.ui.actions.forms import FORMS
from cockpit_tui.ui.actions.jobs import JOBS
from cockpit_tui.ui.actions.panes import PANES
from cockpit_tui.ui.actions.planning import PLANNING
from cockpit_tui.ui.actions.replaying import REPLAYING

__all__ = ["ACTIONS", "BY_ID", "Action", "Scope", "Situation", "bindings", "of_call", "pseudo_key",
           "textual_keys", "unavailable"]

ACTIONS: tuple[Action, ...] = (*EVERYWHERE, *PANES, *DECIDING, *JOBS, *PLANNING, *BOARDS,
                               *REPLAYING, *FORMS)
BY_ID = {action.id: action for action in ACTIONS}


def pseudo_key(strokes: str) -> str:
    """The single name that Textual knows two strokes by: `g h` → `then_g_h`."""
    return "then_" + strokes.replace(" ", "_")


def textual_keys(action_id: str, keys: str) -> str:
    """The comma list for a Binding: two strokes and no key at all become names nobody sends."""
    names = [key.strip() for key in keys.split(",") if key.strip()]
    if not names:
        return "palette_" + action_id.replace(".", "_")
    return ",".join(pseudo_key(name) if " " in name else name for name in names)


def bindings(scope: Scope) -> list[Binding]:
    """Everything of one scope, for the class that carries it out."""
    return [Binding(textual_keys(action.id, action.keys), action.call, action.title, show=False,
                    id=action.id, tooltip=action.help)
            for action in ACTIONS if action.scope is scope]


def unavailable(action_id: str | None, situation: Situation) -> str:
    """Why the action cannot be done now; empty when it can, or when the id is not ours."""
    action = BY_ID.get(action_id or "")
    return action.when(situation) if action is not None else ""


def of_call(scopes: tuple[Scope, ...], call: str, parameters: tuple[object, ...]) -> Action | None:
    """The action that a Textual action name stands for within `scopes`."""
    shown = call if not parameters else f"{call}({', '.join(map(repr, parameters))})"
    return next((action for action in ACTIONS
                 if action.scope in scopes and action.call == shown), None)
