"""Answering what waits, and reading its diff."""

from __future__ import annotations

from cockpit_tui.ui.actions.action import Scope, define
from cockpit_tui.ui.actions.conditions import needs_approval, needs_dear_call, needs_returnable

_D = Scope.DECIDE

DECIDING = (
    define("decide.approve", "a", "approve", "Approve what is shown. HIGH risk asks for y.", _D,
           "approve", 0, needs_approval),
    define("decide.approve_rest", "A", "allow all", "Allow an expensive call and all like it of "
           "the job.", _D, "approve_rest", 100, needs_dear_call),
    define("decide.return", "r", "send back", "Send it back with your comments.", _D, "send_back",
           2, needs_returnable),
    define("decide.reject_task", "X", "reject", "Refuse the whole thing. Asks for y.", _D,
           "reject_all", 10, needs_approval),
    define("decide.reject", "x", "deny", "Deny the call; in a diff it drops the hunk.", _D,
           "reject", 4, needs_approval),
    define("decide.comment", "c", "comment", "Write a comment that goes along with r.", _D,
           "comment", 6, needs_returnable),

    define("review.open", "enter", "open", "Open the plan or the report in full.", Scope.REVIEW,
           "open", 20),

    define("diff.toggle_hunk", "space", "keep/drop", "Keep or drop this hunk.", Scope.DIFF,
           "toggle_hunk"),
    define("diff.drop", "x", "drop hunk", "Drop this hunk, or keep it after all.", Scope.DIFF,
           "toggle_hunk", 4),
    define("diff.comment", "c", "comment", "Comment on this line; r sends it.", Scope.DIFF,
           "comment", 6),
    define("diff.comment_file", "C", "comment file", "Comment on the whole file.", Scope.DIFF,
           "comment_file"),
    define("nav.part_prev", "left_square_bracket", "previous hunk", "Previous hunk.", Scope.DIFF,
           "part(-1)"),
    define("nav.part_next", "right_square_bracket", "hunk", "Next hunk.", Scope.DIFF, "part(1)",
           21),
    define("nav.item_prev", "left_curly_bracket", "previous file", "Previous file.", Scope.DIFF,
           "item(-1)"),
    define("nav.item_next", "right_curly_bracket", "file", "Next file.", Scope.DIFF, "item(1)", 22),
    define("view.split", "z s", "side by side", "Old and new side by side, from 132 columns.",
           Scope.DIFF, "toggle_split"),
)
