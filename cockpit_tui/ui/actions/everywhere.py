"""What can be done on every screen: going, copying, taking back, leaving."""

from __future__ import annotations

from cockpit_tui.ui.actions.action import Scope, define
from cockpit_tui.ui.actions.conditions import needs_job, needs_repository, needs_undo, needs_waiting

_G = Scope.GLOBAL

EVERYWHERE = (
    define("app.palette", "colon,ctrl+p", "commands", "Every action, job and theme, by name.", _G,
           "palette"),
    define("app.help", "question_mark,f1", "keys", "The keys of what is focused, searchable.", _G,
           "help"),
    define("attention.next", "w", "next waiting", "Go to the next thing that needs you, in any "
           "job.", _G, "next_waiting", 60, needs_waiting),
    define("attention.prev", "W", "previous waiting", "Go to the previous thing that needs you.",
           _G, "previous_waiting", 100, needs_waiting),
    define("go.inbox", "i,g i", "inbox", "Everything that needs you, in all jobs.", _G, "go_inbox",
           62),
    define("request.new", "n", "new request", "Say what should be done.", _G, "new_request", 40,
           needs_repository),
    define("go.home", "g h", "home", "The four panes.", _G, "go_home"),
    define("go.plan", "g p", "plan", "The plan of the shown job, to read or to edit.", _G,
           "go_plan"),
    define("go.report", "g r", "report", "The review of the shown job.", _G, "go_report"),
    define("go.queue", "g q", "queue", "What runs when, why it waits, and the night.", _G,
           "go_queue"),
    define("go.agents", "g a", "agents", "Who does what, and who waits for you.", _G, "go_agents"),
    define("go.locks", "g l", "locks", "What tasks keep from each other, and who waits.", _G,
           "go_locks"),
    define("go.replay", "z r", "replay", "The job again as it happened, with a time slider.", _G,
           "go_replay", 100, needs_job),
    define("go.notifications", "g n", "notifications", "What you were told, and where it went.", _G,
           "go_notices"),
    define("prefix.go", "g", "go to…", "First of two keys: go somewhere.", _G, "prefix('g')", 80),
    define("prefix.copy", "y", "copy…", "First of two keys: copy something.", _G, "prefix('y')"),
    define("prefix.view", "z", "view…", "First of two keys: change the view.", _G, "prefix('z')"),
    define("copy.item", "y y", "copy item", "Copy the shown item's title.", _G, "copy('item')"),
    define("copy.branch", "y b", "copy branch", "Copy the job's branch name.", _G,
           "copy('branch')"),
    define("copy.path", "y p", "copy path", "Copy the repository's path.", _G, "copy('path')"),
    define("edit.undo", "u", "undo", "Take back the last edit or drop that was not sent yet.", _G,
           "undo", 55, needs_undo),
    define("app.back", "escape", "back", "One step back.", _G, "back"),
    define("app.jump_back", "ctrl+o", "jump back", "Back to where you were before the last jump.",
           _G, "jump_back"),
    define("app.close", "q,ctrl+q", "leave", "Close this screen; on Home leave. Work resumes "
           "later.", _G, "close"),
    define("app.repaint", "ctrl+l", "repaint", "Draw everything again.", _G, "repaint"),
    define("app.cancel", "ctrl+c", "cancel", "Copy the selection; it never quits.", _G, "cancel"),
)
