"""The plan editor."""

from __future__ import annotations

from cockpit_tui.ui.actions.action import Scope, define
from cockpit_tui.ui.actions.conditions import needs_approval

PLANNING = (
    define("plan.approve", "a", "approve", "Approve the plan as you edited it; work starts.",
           Scope.PLAN, "approve", 0, needs_approval),
    define("plan.return", "r", "ask planner", "Send it back; the planner reads your comment.",
           Scope.PLAN, "send_back", 2, needs_approval),
    define("plan.reject", "X", "reject", "Refuse the plan; the job ends. Asks for y.", Scope.PLAN,
           "reject_all", 40, needs_approval),
    define("plan.comment", "c", "comment", "A comment for the planner.", Scope.PLAN, "comment", 6,
           needs_approval),
    define("plan.edit", "e", "edit task", "Change its title, role, model and budget.", Scope.PLAN,
           "edit", 4, needs_approval),
    define("plan.move_down", "J", "move down", "Start this task later in its phase.", Scope.PLAN,
           "reorder(1)", 8, needs_approval),
    define("plan.move_up", "K", "move up", "Start this task earlier in its phase.", Scope.PLAN,
           "reorder(-1)", 9, needs_approval),
    define("item.delete", "D", "delete", "Take the task out of the plan; u brings it back.",
           Scope.PLAN, "delete", 12, needs_approval),
)
