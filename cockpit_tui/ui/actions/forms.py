"""Forms and the sheets that ask yes or no."""

from __future__ import annotations

from cockpit_tui.ui.actions.action import Scope, define

FORMS = (
    define("form.submit", "ctrl+r", "start", "Start from any field.", Scope.FORM, "submit", 0),
    define("text.leave", "escape", "leave", "Leave; what you typed is kept as a draft.", Scope.FORM,
           "leave", 10),

    define("model.next", "down", "next model", "The next model with the typed words in its name.",
           Scope.MODEL, "other_model(1)", 20),
    define("model.previous", "up", "previous model", "The model before.", Scope.MODEL,
           "other_model(-1)"),

    define("confirm.yes", "y", "yes", "Do it.", Scope.CONFIRM, "confirm", 0),
    define("confirm.no", "n,escape,enter", "no", "Do not.", Scope.CONFIRM, "refuse", 1),
)
