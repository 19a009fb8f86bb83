"""What a person has marked on a diff but not sent: dropped hunks and comments, with undo."""

from __future__ import annotations

from collections.abc import Collection

from cockpit_tui.domain.approval import Answer, Approval, Decision, ReviewComment
from cockpit_tui.domain.command import AnswerApproval
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.plan import Plan, validate_plan


class DiffDraft:
    """One per approval; kept while the screen lives, gone once it is answered."""

    def __init__(self) -> None:
        self.dropped: frozenset[str] = frozenset()
        self.comments: tuple[ReviewComment, ...] = ()
        self._before: list[tuple[frozenset[str], tuple[ReviewComment, ...]]] = []

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    def drop(self, hunk_id: str, dropped: bool) -> None:
        """Drop the hunk, or keep it again."""
        changed = self.dropped | {hunk_id} if dropped else self.dropped - {hunk_id}
        if changed != self.dropped:
            self._remember()
            self.dropped = changed

    def add_comment(self, comment: ReviewComment) -> None:
        """A second comment on the same line replaces the first; an empty one removes it."""
        self._remember()
        others = tuple(c for c in self.comments
                       if (c.path, c.line) != (comment.path, comment.line))
        self.comments = (*others, comment) if comment.text.strip() else others

    def undo(self) -> None:
        if self._before:
            self.dropped, self.comments = self._before.pop()

    def _remember(self) -> None:
        self._before.append((self.dropped, self.comments))


class PlanDraft:
    """The plan as the person edits it; every edit can be taken back."""

    def __init__(self, plan: Plan) -> None:
        self.original = plan
        self.plan = plan
        self.comment = ""
        self._before: list[Plan] = []

    @property
    def edits(self) -> int:
        return len(self._before)

    def apply(self, changed: Plan) -> None:
        """Take an edited plan. Raises UsageError, and keeps the old one, if it could not run."""
        validate_plan(changed)
        if changed != self.plan:
            self._before.append(self.plan)
            self.plan = changed

    def undo(self) -> None:
        if self._before:
            self.plan = self._before.pop()


def approve(approval: Approval, *, draft: DiffDraft | None = None, hunks: Collection[str] = (),
            plan: Plan | None = None, rest_of_job: bool = False) -> AnswerApproval:
    """Yes, to what was kept. Raises UsageError when every hunk was dropped.

    `plan` is the edited plan, None if it was not edited.
    """
    dropped = tuple(h for h in hunks if draft is not None and h in draft.dropped)
    if hunks and len(dropped) == len(hunks):
        raise UsageError("Every hunk is dropped, so there is nothing to approve.",
                         hint="u takes a drop back, r sends it back, X refuses it.")
    return _answer(approval, Answer(
        decision=Decision.GRANTED, by="person", dropped_hunks=dropped, plan=plan,
        rest_of_job=rest_of_job,
        comments=draft.comments if draft is not None else ()))


def send_back(approval: Approval, comment: str, *, draft: DiffDraft | None = None,
              plan: Plan | None = None) -> AnswerApproval:
    """Neither yes nor no: the comments and dropped hunks go along as the next instruction."""
    return _answer(approval, Answer(
        decision=Decision.RETURNED, by="person", comment=comment, plan=plan,
        dropped_hunks=tuple(sorted(draft.dropped)) if draft is not None else (),
        comments=draft.comments if draft is not None else ()))


def deny(approval: Approval, comment: str = "") -> AnswerApproval:
    return _answer(approval, Answer(decision=Decision.DENIED, by="person", comment=comment))


def _answer(approval: Approval, answer: Answer) -> AnswerApproval:
    return AnswerApproval(approval_id=approval.id, answer=answer,
                          action_hash=approval.question.action_hash)
