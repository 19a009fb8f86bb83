"""Panes, lists and the log: focus, moving, folding, filtering."""

from __future__ import annotations

from cockpit_tui.ui.actions.action import Scope, define

_H, _L = Scope.HOME, Scope.LIST

PANES = (
    define("pane.1", "1", "repos", "Focus the repositories.", _H, "pane(1)"),
    define("pane.2", "2", "plan", "Focus the plan.", _H, "pane(2)"),
    define("pane.3", "3", "log", "Focus the log.", _H, "pane(3)"),
    define("pane.4", "4", "review", "Focus the shown thing.", _H, "pane(4)"),
    define("pane.grow", "plus", "zoom", "Give the focused pane the whole screen.", _H, "zoom(True)",
           85),
    define("pane.shrink", "underscore", "unzoom", "Show all panes again.", _H, "zoom(False)"),

    define("nav.down", "j,down", "down", "Next row.", _L, "nav_down"),
    define("nav.up", "k,up", "up", "Previous row.", _L, "nav_up"),
    define("nav.page_down", "ctrl+d,pagedown", "page down", "Half a page on.", _L, "nav_page(0.5)"),
    define("nav.page_up", "ctrl+u,pageup", "page up", "Half a page back.", _L, "nav_page(-0.5)"),
    define("nav.top", "g g,home", "top", "First row.", _L, "nav_top"),
    define("nav.bottom", "G,end", "bottom", "Last row; in the log it follows.", _L, "nav_bottom"),
    define("nav.fold", "h,left", "fold", "Fold, or go to the parent row.", _L, "fold(True)"),
    define("nav.unfold", "l,right", "unfold", "Unfold.", _L, "fold(False)"),
    define("view.fold_all", "z M", "fold all", "Fold every row.", _L, "fold_all(True)"),
    define("view.fold_none", "z R", "unfold all", "Unfold every row.", _L, "fold_all(False)"),
    define("search.start", "slash", "filter", "Show only rows with these words; !word leaves out.",
           Scope.PANE, "search", 84),
    define("item.open", "enter", "open", "Open the row.", _L, "open", 20),

    define("log.follow", "f", "follow", "Follow the newest line, or stop.", Scope.LOG, "follow",
           20),
    define("log.time", "t", "clock/age", "Clock times or ages.", Scope.LOG, "time", 45),
    define("log.errors", "E", "errors", "Only what went wrong.", Scope.LOG, "errors", 42),
)
