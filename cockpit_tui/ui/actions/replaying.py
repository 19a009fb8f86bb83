"""The replay and its time slider."""

from __future__ import annotations

from cockpit_tui.ui.actions.action import Scope, define

REPLAYING = (
    define("replay.play", "space", "play", "Play, or pause.", Scope.REPLAY, "play", 0),
    define("replay.faster", "greater_than_sign", "faster", "Play faster, up to x600.", Scope.REPLAY,
           "speed(1)", 8),
    define("replay.slower", "less_than_sign", "slower", "Play slower, down to x1.", Scope.REPLAY,
           "speed(-1)", 9),
    define("replay.mark_next", "right_square_bracket", "next mark", "The next question or failure.",
           Scope.REPLAY, "mark(1)", 4),
    define("replay.mark_prev", "left_square_bracket", "mark before",
           "The question or failure before.", Scope.REPLAY, "mark(-1)", 5),
    define("replay.time", "T", "go to time", "Type a time, a step (+5m) or a share (50%).",
           Scope.REPLAY, "type_time", 6),
    define("slider.next", "l,right", "step", "The next event.", Scope.SLIDER, "step(1)", 1),
    define("slider.prev", "h,left", "step back", "The event before.", Scope.SLIDER, "step(-1)", 2),
    define("slider.page_next", "ctrl+d,pagedown", "on", "A hundred events on.", Scope.SLIDER,
           "step(100)"),
    define("slider.page_prev", "ctrl+u,pageup", "back", "A hundred events back.", Scope.SLIDER,
           "step(-100)"),
    define("slider.begin", "g g,home", "begin", "Before anything happened.", Scope.SLIDER,
           "pull(0.0)"),
    define("slider.end", "G,end", "end", "Everything that has happened.", Scope.SLIDER,
           "pull(1.0)"),
)
