"""What an agent is told: its task, what failed, what was sent back."""

from __future__ import annotations

from collections.abc import Sequence

from cockpit_tui.domain.approval import Answer
from cockpit_tui.domain.diff import Diff
from cockpit_tui.domain.fences import fence
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.sanitize import clip, sanitize_line
from cockpit_tui.domain.task import Proof


def task_prompt(task: Task, acceptance: Sequence[str]) -> str:
    parts = [f"# Task\n{task.title}", task.instructions]
    if task.owned_paths:
        parts.append("# Paths you may write\n" + "\n".join(task.owned_paths))
    if acceptance:
        parts.append("# Acceptance commands\n" + "\n".join(acceptance))
    return "\n\n".join(parts)


def failed_proofs_prompt(failed: Sequence[Proof]) -> str:
    return ("Your work was committed and these acceptance commands failed on the commit. "
            f"Mend the cause.\n{shown_proofs(failed)}")


def shown_proofs(failed: Sequence[Proof]) -> str:
    shown = [f"$ {proof.command}\n{clip(proof.output, 6_000)}\n[exit code {proof.exit_code}]"
             for proof in failed]
    return fence("output", "\n\n".join(shown))


def left_out_words(paths: Sequence[str]) -> str:
    """What to say about changes that no commit holds: a task's paths do not reach them, or they
    are in a repository (`path/`) of their own; empty where there are none."""
    strays = [path for path in paths if not path.endswith("/")]
    nested = [path for path in paths if path.endswith("/")]
    words = []
    if strays:
        words.append("Left out of the commit, because it is outside of this task's paths: "
                     f"{_named(strays)}.")
    if nested:
        words.append("Left out of the commit and put away, because it is a git repository of its "
                     f"own: {_named(nested)}. Make it again without `git init`.")
    return " ".join(words)


def _named(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return f"{', '.join(map(sanitize_line, paths[:5]))}{more}"


def take_over_prompt(task_words: str, failed: Sequence[Proof]) -> str:
    """For a stronger model in a fresh context: the task, and where another one got stuck."""
    return (f"{task_words}\n\n# Taken over\nAnother agent worked at this task and got stuck; what "
            "it wrote is in your worktree, right or wrong. Look at it first.\n"
            f"{failed_proofs_prompt(failed)}")


def revision_prompt(task_words: str, sent_back: str) -> str:
    return (f"{task_words}\n\n# Sent back\nThis task was done already; its result is in your "
            f"worktree. The person asks for changes:\n{fence('sent-back', sent_back)}\n"
            "Make these changes and no others.")


def describe_answer(answer: Answer, diff: Diff) -> str:
    """A sent-back diff in words: comments with their code lines, and the dropped hunks."""
    parts = [answer.comment] if answer.comment else []
    for comment in answer.comments:
        where = f"{comment.path}:{comment.line}" if comment.line else comment.path
        quoted = f"\n    {comment.quoted}" if comment.quoted else ""
        parts.append(f"{where}{quoted}\n  → {comment.text}")
    dropped = set(answer.dropped_hunks)
    for file in diff.files:
        for hunk in file.hunks:
            if hunk.id in dropped:
                lines = "\n".join(f"    {line.kind.value}{line.text}" for line in hunk.lines)
                parts.append(f"{file.path}: this was dropped and must not come back:\n{lines}")
    return "\n\n".join(parts)
