"""The registry of every action: id, title, keys, scope, and when it can be done.

Palette, keymap, footer and help are all made from it. A scope belongs to the class that carries
it out: its `BINDINGS` are `bindings(Scope.X)` and each `Action.call` is a method `action_<call>`.

Keys of two strokes are written `g h`. Textual knows only single keys, so such an action is bound
to a name no keyboard sends (`then_g_h`), and the app resolves the two strokes. Actions without a
key are bound the same way, so that the palette finds them where they can be done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding

from cockpit_tui.domain.agent import AgentView
from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.job import Job, JobStatus
from cockpit_tui.domain.lock import Lock
from cockpit_tui.domain.policy import Gate
from cockpit_tui.domain.queue import QueueEntry, Schedule
from cockpit_tui.ui.snapshot import is_parked


class Scope(StrEnum):
    """Who carries an action out."""

    GLOBAL = "everywhere"
    HOME = "home"
    LIST = "lists"
    PANE = "panes"
    DECIDE = "decisions"
    REVIEW = "review pane"
    RUN = "jobs"
    REPOS = "repositories"
    PLAN = "plan editor"
    DIFF = "diff"
    LOG = "log"
    QUEUE = "queue"
    LOCKS = "locks"
    REPLAY = "replay"
    SLIDER = "time slider"
    FORM = "form"
    MODEL = "model field"
    NOTICES = "notifications"
    AGENTS = "agents"
    CARDS = "cards"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the person looks at: decides which actions can be done, and why the others cannot."""

    approval: Approval | None = None
    job: Job | None = None
    is_read_only: bool = False
    waiting: int = 0
    entry: QueueEntry | None = None
    """The job of the queue under the cursor."""
    schedule: Schedule | None = None
    lock: Lock | None = None
    agent: AgentView | None = None
    """The one under the cursor."""
    can_undo: bool = False
    has_repository: bool = True


def _always(_: Situation) -> str:
    return ""


def _needs_approval(s: Situation) -> str:
    if s.approval is None:
        return "Nothing waits for an answer here. w goes to what does."
    return ""


def _needs_returnable(s: Situation) -> str:
    if s.approval is not None and s.approval.question.gate not in {Gate.PLAN, Gate.PHASE,
                                                                   Gate.LAND}:
        return "Only plans and diffs can be sent back. x denies this."
    return _needs_approval(s)


def _needs_dear_call(s: Situation) -> str:
    if s.approval is not None and s.approval.question.gate is not Gate.EXPENSIVE:
        return "Only an expensive call can be allowed for the rest of a job."
    return _needs_approval(s)


def _needs_waiting(s: Situation) -> str:
    return "" if s.waiting else "Nothing waits for you."


def _needs_job(s: Situation) -> str:
    return "" if s.job is not None else "No job is selected."


def _needs_entry(s: Situation) -> str:
    return "" if s.entry is not None else "Select a job of the queue first."


def _needs_queued(s: Situation) -> str:
    if s.entry is None and s.schedule is None:
        return "Select a job or a schedule first."
    return ""


def _needs_agent(s: Situation) -> str:
    return "" if s.agent is not None else "No agent is selected."


def _needs_held_lock(s: Situation) -> str:
    if s.lock is None:
        return "No lock is selected."
    if s.lock.held_at is None:
        return "This is only waited for; there is nothing to release. Enter goes to who holds it."
    return ""


def _needs_running_job(s: Situation) -> str:
    if s.job is None:
        return "No job is selected."
    return "This job has ended already." if s.job.status.is_final else ""


def _needs_writing(s: Situation) -> str:
    return "Another cockpit works with this ledger; pause there." if s.is_read_only else ""


def _needs_stopped_job(s: Situation) -> str:
    if s.job is None:
        return "No job is selected."
    if s.job.status in {JobStatus.FAILED, JobStatus.CANCELLED}:
        return ""
    return "Only a job that failed or was stopped can be tried again."


def _needs_parked_job(s: Situation) -> str:
    if s.job is None:
        return "No job is selected."
    return "" if is_parked(s.job) else "This job did not stop for money or for your help."


def _needs_landed_job(s: Situation) -> str:
    if s.job is None:
        return "No job is selected."
    if s.job.head_commit in {"", s.job.base_commit}:
        return "Nothing of this job has landed."
    return "" if s.job.status.is_final else "The job still runs. X stops it."


def _needs_undo(s: Situation) -> str:
    return "" if s.can_undo else "There is nothing to take back here."


def _needs_repository(s: Situation) -> str:
    return "" if s.has_repository else "No repository is known yet. o in the Repos pane adds one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    id: str
    title: str
    """What the footer says: one or two words."""
    help: str
    """One sentence for help and palette."""
    keys: str
    """Textual key names, comma list; two strokes with a space between; empty: palette only."""
    scope: Scope
    call: str
    """The method without `action_`, with literal arguments if any."""
    priority: int = 50
    """Place in the footer; 0 stands first, 100 and more is never in it."""
    when: Callable[[Situation], str] = _always
    """Empty, or why it cannot be done now."""


def _a(id: str, keys: str, title: str, help: str, scope: Scope, call: str, priority: int = 100,
       when: Callable[[Situation], str] = _always) -> Action:
    return Action(id=id, title=title, help=help, keys=keys, scope=scope, call=call,
                  priority=priority, when=when)


_G, _H, _L, _D, _R = Scope.GLOBAL, Scope.HOME, Scope.LIST, Scope.DECIDE, Scope.RUN

ACTIONS: tuple[Action, ...] = (
    _a("app.palette", "colon,ctrl+p", "commands", "Every action, job and theme, by name.", _G,
       "palette"),
    _a("app.help", "question_mark,f1", "keys", "The keys of what is focused, searchable.", _G,
       "help"),
    _a("attention.next", "w", "next waiting", "Go to the next thing that needs you, in any job.",
       _G, "next_waiting", 60, _needs_waiting),
    _a("attention.prev", "W", "previous waiting", "Go to the previous thing that needs you.", _G,
       "previous_waiting", 100, _needs_waiting),
    _a("go.inbox", "i,g i", "inbox", "Everything that needs you, in all jobs.", _G, "go_inbox", 62),
    _a("request.new", "n", "new request", "Say what should be done.", _G, "new_request", 40,
       _needs_repository),
    _a("go.home", "g h", "home", "The four panes.", _G, "go_home"),
    _a("go.plan", "g p", "plan", "The plan of the shown job, to read or to edit.", _G, "go_plan"),
    _a("go.report", "g r", "report", "The review of the shown job.", _G, "go_report"),
    _a("go.queue", "g q", "queue", "What runs when, why it waits, and the night.", _G, "go_queue"),
    _a("go.agents", "g a", "agents", "Who does what, and who waits for you.", _G, "go_agents"),
    _a("go.locks", "g l", "locks", "What tasks keep from each other, and who waits.", _G,
       "go_locks"),
    _a("go.replay", "z r", "replay", "The job again as it happened, with a time slider.", _G,
       "go_replay", 100, _needs_job),
    _a("go.notifications", "g n", "notifications", "What you were told, and where it went.", _G,
       "go_notices"),
    _a("prefix.go", "g", "go to…", "First of two keys: go somewhere.", _G, "prefix('g')", 80),
    _a("prefix.copy", "y", "copy…", "First of two keys: copy something.", _G, "prefix('y')"),
    _a("prefix.view", "z", "view…", "First of two keys: change the view.", _G, "prefix('z')"),
    _a("copy.item", "y y", "copy item", "Copy the shown item's title.", _G, "copy('item')"),
    _a("copy.branch", "y b", "copy branch", "Copy the job's branch name.", _G, "copy('branch')"),
    _a("copy.path", "y p", "copy path", "Copy the repository's path.", _G, "copy('path')"),
    _a("edit.undo", "u", "undo", "Take back the last edit or drop that was not sent yet.", _G,
       "undo", 55, _needs_undo),
    _a("app.back", "escape", "back", "One step back.", _G, "back"),
    _a("app.jump_back", "ctrl+o", "jump back", "Back to where you were before the last jump.", _G,
       "jump_back"),
    _a("app.close", "q,ctrl+q", "leave", "Close this screen; on Home leave. Work resumes later.",
       _G, "close"),
    _a("app.repaint", "ctrl+l", "repaint", "Draw everything again.", _G, "repaint"),
    _a("app.cancel", "ctrl+c", "cancel", "Copy the selection; it never quits.", _G, "cancel"),

    _a("pane.1", "1", "repos", "Focus the repositories.", _H, "pane(1)"),
    _a("pane.2", "2", "plan", "Focus the plan.", _H, "pane(2)"),
    _a("pane.3", "3", "log", "Focus the log.", _H, "pane(3)"),
    _a("pane.4", "4", "review", "Focus the shown thing.", _H, "pane(4)"),
    _a("pane.grow", "plus", "zoom", "Give the focused pane the whole screen.", _H, "zoom(True)",
       85),
    _a("pane.shrink", "underscore", "unzoom", "Show all panes again.", _H, "zoom(False)"),

    _a("nav.down", "j,down", "down", "Next row.", _L, "nav_down"),
    _a("nav.up", "k,up", "up", "Previous row.", _L, "nav_up"),
    _a("nav.page_down", "ctrl+d,pagedown", "page down", "Half a page on.", _L, "nav_page(0.5)"),
    _a("nav.page_up", "ctrl+u,pageup", "page up", "Half a page back.", _L, "nav_page(-0.5)"),
    _a("nav.top", "g g,home", "top", "First row.", _L, "nav_top"),
    _a("nav.bottom", "G,end", "bottom", "Last row; in the log it follows.", _L, "nav_bottom"),
    _a("nav.fold", "h,left", "fold", "Fold, or go to the parent row.", _L, "fold(True)"),
    _a("nav.unfold", "l,right", "unfold", "Unfold.", _L, "fold(False)"),
    _a("view.fold_all", "z M", "fold all", "Fold every row.", _L, "fold_all(True)"),
    _a("view.fold_none", "z R", "unfold all", "Unfold every row.", _L, "fold_all(False)"),
    _a("search.start", "slash", "filter", "Show only rows with these words; !word leaves out.",
       Scope.PANE, "search", 84),
    _a("item.open", "enter", "open", "Open the row.", _L, "open", 20),

    _a("decide.approve", "a", "approve", "Approve what is shown. HIGH risk asks for y.", _D,
       "approve", 0, _needs_approval),
    _a("decide.approve_rest", "A", "allow all", "Allow an expensive call and all like it of the "
       "job.", _D, "approve_rest", 100, _needs_dear_call),
    _a("decide.return", "r", "send back", "Send it back with your comments.", _D, "send_back", 2,
       _needs_returnable),
    _a("decide.reject_task", "X", "reject", "Refuse the whole thing. Asks for y.", _D,
       "reject_all", 10, _needs_approval),
    _a("decide.reject", "x", "deny", "Deny the call; in a diff it drops the hunk.", _D,
       "reject", 4, _needs_approval),
    _a("decide.comment", "c", "comment", "Write a comment that goes along with r.", _D,
       "comment", 6, _needs_returnable),

    _a("review.open", "enter", "open", "Open the plan or the report in full.", Scope.REVIEW,
       "open", 20),

    _a("diff.toggle_hunk", "space", "keep/drop", "Keep or drop this hunk.", Scope.DIFF,
       "toggle_hunk"),
    _a("diff.drop", "x", "drop hunk", "Drop this hunk, or keep it after all.", Scope.DIFF,
       "toggle_hunk", 4),
    _a("diff.comment", "c", "comment", "Comment on this line; r sends it.", Scope.DIFF, "comment",
       6),
    _a("diff.comment_file", "C", "comment file", "Comment on the whole file.", Scope.DIFF,
       "comment_file"),
    _a("nav.part_prev", "left_square_bracket", "previous hunk", "Previous hunk.", Scope.DIFF,
       "part(-1)"),
    _a("nav.part_next", "right_square_bracket", "hunk", "Next hunk.", Scope.DIFF, "part(1)", 21),
    _a("nav.item_prev", "left_curly_bracket", "previous file", "Previous file.", Scope.DIFF,
       "item(-1)"),
    _a("nav.item_next", "right_curly_bracket", "file", "Next file.", Scope.DIFF, "item(1)", 22),
    _a("view.split", "z s", "side by side", "Old and new side by side, from 132 columns.",
       Scope.DIFF, "toggle_split"),

    _a("log.follow", "f", "follow", "Follow the newest line, or stop.", Scope.LOG, "follow", 20),
    _a("log.time", "t", "clock/age", "Clock times or ages.", Scope.LOG, "time", 45),
    _a("log.errors", "E", "errors", "Only what went wrong.", Scope.LOG, "errors", 42),

    _a("run.retry", "R", "retry", "Try the failed tasks of the job again.", _H, "retry_job", 30,
       _needs_stopped_job),
    _a("run.budget", "b", "go on…", "Go on with a job that stopped, with more money if it needs.",
       _H, "resume_with_budget", 3, _needs_parked_job),
    _a("job.undo", "", "undo job", "Take the job's branch out of your repository again.", _H,
       "undo_job", 100, _needs_landed_job),
    _a("run.pause", "p", "pause", "Pause this task, or the job, after its step; again: go on.", _R,
       "pause", 100, _needs_running_job),
    _a("run.pause_all", "P", "pause all", "Pause every job and the queue; again: all go on.", _H,
       "pause_all", 100, _needs_writing),
    _a("run.stop", "X", "stop job", "Stop the job. Asks for y; what landed stays.", _R,
       "stop_job", 64, _needs_running_job),

    _a("repos.add", "o", "add a folder", "Add a repository by its path.", Scope.REPOS,
       "add_repository", 30),
    _a("repos.remove", "D", "forget", "Forget this repository; nothing on disk changes.",
       Scope.REPOS, "remove_repository", 100, _needs_repository),
    _a("repos.trust", "", "trust", "Allow commands of this repository to be run.", Scope.REPOS,
       "trust_repository", 100, _needs_repository),

    _a("plan.approve", "a", "approve", "Approve the plan as you edited it; work starts.",
       Scope.PLAN, "approve", 0, _needs_approval),
    _a("plan.return", "r", "ask planner", "Send it back; the planner reads your comment.",
       Scope.PLAN, "send_back", 2, _needs_approval),
    _a("plan.reject", "X", "reject", "Refuse the plan; the job ends. Asks for y.", Scope.PLAN,
       "reject_all", 40, _needs_approval),
    _a("plan.comment", "c", "comment", "A comment for the planner.", Scope.PLAN, "comment", 6,
       _needs_approval),
    _a("plan.edit", "e", "edit task", "Change its title, role, model and budget.", Scope.PLAN,
       "edit", 4, _needs_approval),
    _a("plan.move_down", "J", "move down", "Start this task later in its phase.", Scope.PLAN,
       "reorder(1)", 8, _needs_approval),
    _a("plan.move_up", "K", "move up", "Start this task earlier in its phase.", Scope.PLAN,
       "reorder(-1)", 9, _needs_approval),
    _a("item.delete", "D", "delete", "Take the task out of the plan; u brings it back.",
       Scope.PLAN, "delete", 12, _needs_approval),

    _a("queue.move_down", "J", "move down", "Start this job later.", Scope.QUEUE, "move(1)", 4,
       _needs_entry),
    _a("queue.move_up", "K", "move up", "Start this job earlier.", Scope.QUEUE, "move(-1)", 5,
       _needs_entry),
    _a("queue.pause", "p", "pause", "Do not start this job or schedule, or let it go on.",
       Scope.QUEUE, "pause", 6, _needs_queued),
    _a("queue.pause_all", "P", "pause queue", "Start nothing more, or go on; what runs goes on.",
       Scope.QUEUE, "pause_all", 10),
    _a("queue.now", "exclamation_mark", "start now", "Start it as soon as there is room, whatever "
       "it waits for.", Scope.QUEUE, "start_now", 8, _needs_entry),
    _a("queue.priority", "e", "priority", "Change its priority; higher starts first.", Scope.QUEUE,
       "priority", 9, _needs_entry),
    _a("queue.delete", "D", "delete", "Take it out of the queue. Asks for y; u puts it back.",
       Scope.QUEUE, "delete", 12, _needs_queued),

    _a("agents.form", "z l", "list", "Agents in one line each, or as cards.", Scope.AGENTS, "form",
       30),
    _a("agents.stop", "X", "send away", "Send this agent away; another one begins its task anew. "
       "Asks for y.", Scope.AGENTS, "send_away", 8, _needs_agent),
    _a("cards.left", "h,left", "left", "The card before.", Scope.CARDS, "beside(-1)"),
    _a("cards.right", "l,right", "right", "The next card.", Scope.CARDS, "beside(1)"),

    _a("lock.release", "X", "release", "Take the lock away from its task. Asks for y.",
       Scope.LOCKS, "release", 8, _needs_held_lock),

    _a("replay.play", "space", "play", "Play, or pause.", Scope.REPLAY, "play", 0),
    _a("replay.faster", "greater_than_sign", "faster", "Play faster, up to x600.", Scope.REPLAY,
       "speed(1)", 8),
    _a("replay.slower", "less_than_sign", "slower", "Play slower, down to x1.", Scope.REPLAY,
       "speed(-1)", 9),
    _a("replay.mark_next", "right_square_bracket", "next mark", "The next question or failure.",
       Scope.REPLAY, "mark(1)", 4),
    _a("replay.mark_prev", "left_square_bracket", "mark before", "The question or failure before.",
       Scope.REPLAY, "mark(-1)", 5),
    _a("replay.time", "T", "go to time", "Type a time, a step (+5m) or a share (50%).",
       Scope.REPLAY, "type_time", 6),
    _a("slider.next", "l,right", "step", "The next event.", Scope.SLIDER, "step(1)", 1),
    _a("slider.prev", "h,left", "step back", "The event before.", Scope.SLIDER, "step(-1)", 2),
    _a("slider.page_next", "ctrl+d,pagedown", "on", "A hundred events on.", Scope.SLIDER,
       "step(100)"),
    _a("slider.page_prev", "ctrl+u,pageup", "back", "A hundred events back.", Scope.SLIDER,
       "step(-100)"),
    _a("slider.begin", "g g,home", "begin", "Before anything happened.", Scope.SLIDER,
       "pull(0.0)"),
    _a("slider.end", "G,end", "end", "Everything that has happened.", Scope.SLIDER, "pull(1.0)"),

    _a("notify.mute", "S", "mute kind", "Tell this kind of notice by no channel, or again.",
       Scope.NOTICES, "mute", 30),
    _a("notify.test", "t", "send a test", "Tell a trial text by every channel that is set up.",
       Scope.NOTICES, "test", 32),

    _a("form.submit", "ctrl+r", "start", "Start from any field.", Scope.FORM, "submit", 0),
    _a("text.leave", "escape", "leave", "Leave; what you typed is kept as a draft.", Scope.FORM,
       "leave", 10),

    _a("model.next", "down", "next model", "The next model with the typed words in its name.",
       Scope.MODEL, "other_model(1)", 20),
    _a("model.previous", "up", "previous model", "The model before.", Scope.MODEL,
       "other_model(-1)"),

    _a("confirm.yes", "y", "yes", "Do it.", Scope.CONFIRM, "confirm", 0),
    _a("confirm.no", "n,escape,enter", "no", "Do not.", Scope.CONFIRM, "refuse", 1),
)

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
