"""The screens over all jobs: queue, agents, locks, notifications."""

from __future__ import annotations

from cockpit_tui.ui.actions.action import Scope, define
from cockpit_tui.ui.actions.conditions import (
    needs_agent,
    needs_entry,
    needs_held_lock,
    needs_queued,
    needs_repository,
)

BOARDS = (
    define("queue.move_down", "J", "move down", "Start this job later.", Scope.QUEUE, "move(1)", 4,
           needs_entry),
    define("queue.move_up", "K", "move up", "Start this job earlier.", Scope.QUEUE, "move(-1)", 5,
           needs_entry),
    define("queue.pause", "p", "pause", "Do not start this job or schedule, or let it go on.",
           Scope.QUEUE, "pause", 6, needs_queued),
    define("queue.pause_all", "P", "pause queue", "Start nothing more, or go on; what runs goes "
           "on.", Scope.QUEUE, "pause_all", 10),
    define("queue.now", "exclamation_mark", "start now", "Start it as soon as there is room, "
           "whatever it waits for.", Scope.QUEUE, "start_now", 8, needs_entry),
    define("queue.priority", "e", "priority", "Change its priority; higher starts first.",
           Scope.QUEUE, "priority", 9, needs_entry),
    define("queue.overnight", "o", "for tonight", "A new request that starts in the night.",
           Scope.QUEUE, "new_overnight", 11, needs_repository),
    define("queue.delete", "D", "delete", "Take it out of the queue. Asks for y; u puts back "
           "what had not begun.",
           Scope.QUEUE, "delete", 12, needs_queued),

    define("agents.form", "z l", "list", "Agents in one line each, or as cards.", Scope.AGENTS,
           "form", 30),
    define("agents.stop", "X", "send away", "Send this agent away; another one begins its task "
           "anew. Asks for y.", Scope.AGENTS, "send_away", 8, needs_agent),
    define("cards.left", "h,left", "left", "The card before.", Scope.CARDS, "beside(-1)"),
    define("cards.right", "l,right", "right", "The next card.", Scope.CARDS, "beside(1)"),

    define("lock.release", "X", "release", "Take the lock away from its task. Asks for y.",
           Scope.LOCKS, "release", 8, needs_held_lock),

    define("notify.mute", "S", "mute kind", "Tell this kind of notice by no channel, or again.",
           Scope.NOTICES, "mute", 30),
    define("notify.test", "t", "send a test", "Tell a trial text by every channel that is set up.",
           Scope.NOTICES, "test", 32),
)
