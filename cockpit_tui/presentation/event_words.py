"""What each event says: the kind word, the sentence, the figure at the right, the colour role."""

from __future__ import annotations

from typing import assert_never

from cockpit_tui.domain import event as ev
from cockpit_tui.presentation.control_words import control_words
from cockpit_tui.presentation.counting import count
from cockpit_tui.presentation.fit import clip_end
from cockpit_tui.presentation.glyphs import GlyphSet, Role
from cockpit_tui.presentation.lock_words import lock_words
from cockpit_tui.presentation.spending import is_same_model, swap_words
from cockpit_tui.presentation.telling_words import telling_words
from cockpit_tui.presentation.time import duration, money, tokens
from cockpit_tui.presentation.words import Noise, Words

__all__ = ["Noise", "Words", "words_of"]


def words_of(payload: ev.Payload, glyphs: GlyphSet) -> Words:
    """Every payload there is; a new one does not pass the type check before it stands here."""
    match payload:
        case ev.ProjectAdded():
            return Words("project", payload.name, payload.path)
        case (ev.JobQueued() | ev.JobStarted() | ev.JobWaiting() | ev.JobCompleted()
              | ev.JobFailed() | ev.JobCancelled() | ev.JobCompacted()):
            return _job_words(payload, glyphs)
        case (ev.ReviewStarted() | ev.ReviewProgress() | ev.ReviewComplete()
              | ev.PlanGenerated() | ev.PlanEdited() | ev.PlanApproved()
              | ev.PhaseStarted() | ev.PhaseComplete()):
            return _plan_words(payload)
        case (ev.TaskReady() | ev.TaskStarted() | ev.TaskProgress() | ev.TaskCompleted()
              | ev.TaskFailed() | ev.TaskRewound()):
            return _task_words(payload)
        case (ev.AgentStarted() | ev.AgentStatusChanged() | ev.AgentMessage() | ev.AgentFinished()
              | ev.AgentTerminated() | ev.StepStarted() | ev.StepCompleted()):
            return _agent_words(payload)
        case (ev.ToolCalled() | ev.ToolFinished() | ev.CodeGenerated() | ev.TestsStarted()
              | ev.TestsComplete()):
            return _tool_words(payload)
        case (ev.JudgePassed() | ev.JudgeRevised() | ev.ApprovalRequired() | ev.ApprovalGranted()
              | ev.ApprovalDenied() | ev.ApprovalWithdrawn()):
            return _decision_words(payload, glyphs)
        case (ev.GitCheckpointed() | ev.GitCommitted() | ev.GitMerged() | ev.GitConflicted()
              | ev.GitUndone()):
            return _git_words(payload, glyphs)
        case (ev.UsageRecorded() | ev.BudgetWarned() | ev.BudgetExceeded() | ev.ModelRetried()
              | ev.ModelFellBack()):
            return _money_words(payload, glyphs)
        case (ev.LockAcquired() | ev.LockWaiting() | ev.LockReleased() | ev.CollisionForeseen()
              | ev.CollisionCleared() | ev.TaskStrayed() | ev.BatchFailed()):
            return lock_words(payload)
        case ev.AgentStalled() | ev.NoticeTold():
            return telling_words(payload)
        case _:
            return _house_words(payload)


def _job_words(payload: ev.JobQueued | ev.JobStarted | ev.JobWaiting | ev.JobCompleted
               | ev.JobFailed | ev.JobCancelled | ev.JobCompacted, glyphs: GlyphSet) -> Words:
    match payload:
        case ev.JobQueued():
            return Words("queued", payload.request, payload.branch)
        case ev.JobStarted():
            return Words("stage", payload.status, _commit(payload.base), Role.RUNNING)
        case ev.JobWaiting(waiting_on="paused"):
            return Words("paused", payload.reason)
        case ev.JobWaiting():
            return Words("waits", payload.reason, f"for {payload.waiting_on}", Role.ATTENTION)
        case ev.JobCompleted():
            commits = count(payload.commits, "commit")
            return Words("done", payload.summary or "completed",
                         f"{commits} {glyphs.arrow} {payload.branch}", Role.OK)
        case ev.JobFailed():
            return Words("failed", payload.reason, payload.error, Role.FAILED, is_error=True)
        case ev.JobCancelled():
            return Words("stopped", payload.reason, "", Role.MUTED)
        case ev.JobCompacted():
            return Words("ledger", "working memory dropped; it cannot be retried any more",
                         count(payload.steps, "step"), Role.MUTED)
        case _:
            assert_never(payload)


def _plan_words(payload: ev.ReviewStarted | ev.ReviewProgress | ev.ReviewComplete
                | ev.PlanGenerated | ev.PlanEdited | ev.PlanApproved | ev.PhaseStarted
                | ev.PhaseComplete) -> Words:
    match payload:
        case ev.ReviewStarted():
            return Words("review", "reads the repository", _commit(payload.commit), Role.RUNNING)
        case ev.ReviewProgress():
            return Words("review", payload.text, noise=Noise.TOOL)
        case ev.ReviewComplete():
            found = f"{count(payload.files, 'file')}, {count(payload.findings, 'finding')}"
            return Words("review", payload.summary, found, Role.OK)
        case ev.PlanGenerated():
            size = f"{count(payload.phases, 'phase')}, {count(payload.tasks, 'task')}"
            return Words("plan", payload.summary or f"draft {payload.revision}", size, Role.OK)
        case ev.PlanEdited():
            return Words("plan", f"draft {payload.revision} edited", f"by {payload.by}")
        case ev.PlanApproved():
            return Words("plan", f"draft {payload.revision} approved", f"by {payload.by}", Role.OK)
        case ev.PhaseStarted():
            return Words("phase", f"P{payload.number} {payload.title}",
                         count(payload.tasks, "task"), Role.RUNNING)
        case ev.PhaseComplete():
            return Words("phase", f"P{payload.number} {payload.title}",
                         f"landed {_commit(payload.head)}" if payload.landed else "not landed",
                         Role.OK if payload.landed else Role.MUTED)
        case _:
            assert_never(payload)


def _task_words(payload: ev.TaskReady | ev.TaskStarted | ev.TaskProgress | ev.TaskCompleted
                | ev.TaskFailed | ev.TaskRewound) -> Words:
    match payload:
        case ev.TaskRewound():
            back = "rewind taken back from" if payload.undone else "back to"
            return Words("rewind", f"{payload.number} {payload.title}",
                         f"{back} step {payload.step}", Role.ATTENTION)
        case ev.TaskReady():
            return Words("ready", f"{payload.number} {payload.title}", noise=Noise.TOOL)
        case ev.TaskStarted():
            again = f"{payload.role}, attempt {payload.attempt}"
            return Words("start", f"{payload.number} {payload.title}",
                         again if payload.attempt > 1 else payload.role, Role.RUNNING)
        case ev.TaskProgress():
            return Words(payload.status, f"{payload.number} {payload.text}".rstrip(),
                         role=Role.RUNNING, noise=Noise.TOOL)
        case ev.TaskCompleted():
            return Words("done", f"{payload.number} {payload.title}",
                         f"{count(len(payload.files), 'file')} {_commit(payload.commit)}".rstrip(),
                         Role.OK)
        case ev.TaskFailed():
            is_error = payload.status == "failed"
            return Words(payload.status, f"{payload.number} {payload.title}: {payload.reason}", "",
                         Role.FAILED if is_error else Role.MUTED, is_error=is_error)
        case _:
            assert_never(payload)


def _agent_words(payload: ev.AgentStarted | ev.AgentStatusChanged | ev.AgentMessage
                 | ev.AgentFinished | ev.AgentTerminated | ev.StepStarted
                 | ev.StepCompleted) -> Words:
    match payload:
        case ev.AgentStarted():
            return Words("agent", payload.role, payload.model, Role.RUNNING)
        case ev.AgentStatusChanged():
            is_blocked = payload.status == "blocked"
            return Words("agent", " ".join((payload.status, payload.detail)).rstrip(), "",
                         Role.ATTENTION if is_blocked else Role.PLAIN,
                         Noise.MILESTONE if is_blocked else Noise.CHATTER)
        case ev.AgentMessage():
            return Words("note", payload.text, noise=Noise.TOOL)
        case ev.AgentFinished():
            is_error = payload.outcome == "failed"
            return Words("agent", f"finished: {payload.outcome}", count(payload.steps, "step"),
                         Role.FAILED if is_error else Role.PLAIN, Noise.TOOL, is_error)
        case ev.AgentTerminated():
            task = f", {payload.number} is ready for another agent" if payload.number else ""
            return Words("agent", f"{payload.role} was sent away{task}", "", Role.ATTENTION)
        case ev.StepStarted():
            return Words("step", f"{payload.number} asks {payload.model}", "",
                         Role.MUTED, Noise.CHATTER)
        case ev.StepCompleted():
            calls = count(payload.tool_calls, "call")
            return Words("step", f"{payload.number} {payload.stop_reason}",
                         f"{calls}, asked again" if payload.reissued else calls,
                         Role.MUTED, Noise.CHATTER)
        case _:
            assert_never(payload)


def _tool_words(payload: ev.ToolCalled | ev.ToolFinished | ev.CodeGenerated | ev.TestsStarted
                | ev.TestsComplete) -> Words:
    match payload:
        case ev.ToolCalled():
            return Words("tool", payload.summary or payload.tool, noise=Noise.TOOL)
        case ev.ToolFinished() if payload.is_error:
            return Words("tool", payload.summary or payload.tool,
                         f"failed {duration(payload.seconds)}", Role.FAILED, Noise.TOOL, True)
        case ev.ToolFinished():
            return Words("tool", payload.summary or payload.tool,
                         f"ok {duration(payload.seconds)}", Role.MUTED, Noise.CHATTER)
        case ev.CodeGenerated():
            return Words("edit", payload.path, f"+{payload.added} -{payload.removed}",
                         noise=Noise.TOOL)
        case ev.TestsStarted():
            return Words("test", payload.command, _commit(payload.commit), Role.RUNNING,
                         Noise.TOOL)
        case ev.TestsComplete():
            took = duration(payload.seconds)
            if payload.exit_code is None:
                return Words("test", f"{payload.command}: {payload.summary}", "not runnable",
                             Role.ATTENTION)
            passed = payload.exit_code == 0
            said = payload.summary or ("passed" if passed else f"exit {payload.exit_code}")
            return Words("test", payload.command, f"{clip_end(said, 40)} {took}",
                         Role.OK if passed else Role.FAILED, is_error=not passed)
        case _:
            assert_never(payload)


def _decision_words(payload: ev.JudgePassed | ev.JudgeRevised | ev.ApprovalRequired
                    | ev.ApprovalGranted | ev.ApprovalDenied | ev.ApprovalWithdrawn,
                    glyphs: GlyphSet) -> Words:
    match payload:
        case ev.JudgePassed():
            return Words("judge", payload.comment or "passed", "passed", Role.OK)
        case ev.JudgeRevised():
            return Words("judge", payload.comment, f"back, round {payload.round}", Role.ATTENTION)
        case ev.ApprovalRequired():
            return Words(f"{glyphs.needs_you} asks", payload.title,
                         f"{payload.gate} {payload.risk}", Role.ATTENTION)
        case ev.ApprovalGranted():
            return Words("allowed", payload.gate, f"by {payload.by}", Role.OK)
        case ev.ApprovalWithdrawn():
            return Words("withdrew", f"{payload.what} about {payload.gate}", payload.reason,
                         Role.ATTENTION)
        case ev.ApprovalDenied():
            return Words("back" if payload.returned else "denied",
                         ": ".join(filter(None, (payload.gate, payload.comment))),
                         f"by {payload.by}",
                         Role.ATTENTION if payload.returned else Role.FAILED)
        case _:
            assert_never(payload)


def _git_words(payload: ev.GitCheckpointed | ev.GitCommitted | ev.GitMerged | ev.GitConflicted
               | ev.GitUndone, glyphs: GlyphSet) -> Words:
    match payload:
        case ev.GitCheckpointed():
            return Words("saved", f"step {payload.step}",
                         f"{count(payload.files, 'file')} {_commit(payload.commit)}",
                         Role.MUTED, Noise.CHATTER)
        case ev.GitCommitted():
            return Words("commit", payload.subject,
                         f"{count(payload.files, 'file')} {_commit(payload.commit)}",
                         noise=Noise.TOOL)
        case ev.GitMerged():
            return Words("merge", f"{glyphs.arrow} {payload.ref}", _commit(payload.commit), Role.OK)
        case ev.GitUndone():
            return Words("undone", f"{payload.ref} taken out of your repository",
                         _commit(payload.commit), Role.ATTENTION)
        case ev.GitConflicted():
            return Words("clash", ", ".join(payload.paths), count(len(payload.paths), "file"),
                         Role.FAILED, is_error=True)
        case _:
            assert_never(payload)


def _money_words(payload: ev.UsageRecorded | ev.BudgetWarned | ev.BudgetExceeded
                 | ev.ModelRetried | ev.ModelFellBack, glyphs: GlyphSet) -> Words:
    match payload:
        case ev.UsageRecorded():
            cached = f" ({tokens(payload.cached_tokens)} cached)" if payload.cached_tokens else ""
            return Words("usage", _who_answered(payload, glyphs),
                         f"{tokens(payload.input_tokens)} in{cached} "
                         f"{tokens(payload.output_tokens)} out {money(payload.cost_microusd)}",
                         Role.MUTED, Noise.CHATTER)
        case ev.BudgetWarned():
            taken = money(payload.spent_microusd + payload.held_microusd, payload.budget_microusd)
            return Words("budget", f"{_whose(payload.scope)} budget is nearly spent and set aside",
                         taken, Role.ATTENTION)
        case ev.BudgetExceeded():
            return Words("budget", f"{_whose(payload.scope)} budget: no money for the next call",
                         _spent_of(payload), Role.ATTENTION)
        case ev.ModelRetried():
            billed = f", about {money(payload.cost_microusd)} lost" if payload.is_billed else ""
            return Words("retry", f"{payload.model}: {payload.reason}",
                         f"again in {duration(payload.wait_seconds)}{billed}",
                         Role.ATTENTION, Noise.TOOL)
        case ev.ModelFellBack():
            return Words("model", f"{_swap(payload.asked, payload.used, glyphs)}: "
                         f"{payload.reason}", "", Role.ATTENTION)
        case _:
            assert_never(payload)


def _who_answered(usage: ev.UsageRecorded, glyphs: GlyphSet) -> str:
    if not usage.model_asked or is_same_model(usage.model_asked, usage.model):
        return usage.model
    return _swap(usage.model_asked, usage.model, glyphs)


def _swap(asked: str, used: str, glyphs: GlyphSet) -> str:
    return f"{asked} {glyphs.arrow} {swap_words(asked, used)}"


def _whose(scope: str) -> str:
    return "today's" if scope == "day" else f"the {scope}'s"


def _spent_of(payload: ev.BudgetWarned | ev.BudgetExceeded) -> str:
    return money(payload.spent_microusd, payload.budget_microusd)


def _house_words(payload: ev.QueueChanged | ev.ScheduleChanged | ev.EngineStarted
                 | ev.EngineRecovered | ev.EngineStopped | ev.DiskTidied | ev.DiskShort
                 | ev.ControlPayload) -> Words:
    match payload:
        case ev.DiskTidied() | ev.DiskShort():
            return _disk_words(payload)
        case ev.QueueChanged() | ev.ScheduleChanged():
            return _queue_words(payload)
        case ev.EngineStarted() | ev.EngineRecovered() | ev.EngineStopped():
            return _engine_words(payload)
        case _:
            return control_words(payload)


def _queue_words(payload: ev.QueueChanged | ev.ScheduleChanged) -> Words:
    match payload:
        case ev.QueueChanged():
            return Words("queue", f"{payload.change}: {payload.text}", "", Role.MUTED)
        case ev.ScheduleChanged():
            is_error = payload.change == "failed"
            return Words("schedule", f"s{payload.number} {payload.change}: {payload.text}", "",
                         Role.FAILED if is_error else Role.MUTED, is_error=is_error)
        case _:
            assert_never(payload)


def _disk_words(payload: ev.DiskTidied | ev.DiskShort) -> Words:
    match payload:
        case ev.DiskTidied():
            gone = [f"{count(payload.trash, 'piece')} of trash that branches hold too"
                    if payload.trash else "",
                    count(payload.worktrees, "idle worktree") if payload.worktrees else ""]
            return Words("disk", f"made room: {', '.join(filter(None, gone))}", "", Role.MUTED)
        case ev.DiskShort():
            return Words("disk", payload.text, "", Role.ATTENTION)
        case _:
            assert_never(payload)


def _engine_words(payload: ev.EngineStarted | ev.EngineRecovered | ev.EngineStopped) -> Words:
    match payload:
        case ev.EngineStarted():
            return Words("engine", f"cockpit {payload.version}", f"pid {payload.pid}", Role.MUTED)
        case ev.EngineRecovered():
            again = f", {count(payload.reissued, 'call')} made again" if payload.reissued else ""
            done = [f"resumed {count(payload.jobs, 'job')}{again}" if payload.jobs else "",
                    f"killed {count(payload.processes, 'command')} left running"
                    if payload.processes else "",
                    f"gave back {count(payload.worktrees, 'worktree')}"
                    if payload.worktrees else ""]
            return Words("engine", "; ".join(filter(None, done)) or "nothing was left behind",
                         "", Role.ATTENTION)
        case ev.EngineStopped():
            return Words("engine", f"stopped: {payload.reason}", "", Role.MUTED)
        case _:
            assert_never(payload)


def _commit(commit: str) -> str:
    return commit[:7]
