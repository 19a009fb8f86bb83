"""The part of Home that judges: hunks dropped, comments written, the question answered."""

from __future__ import annotations

from dataclasses import dataclass

from textual import getters, on
from textual.message import Message

from cockpit_tui.domain.approval import Approval, ReviewComment
from cockpit_tui.domain.ids import ApprovalId
from cockpit_tui.ui.drafts import DiffDraft
from cockpit_tui.ui.home_state import HomeState
from cockpit_tui.ui.plan_rows import PLAN, REVIEW
from cockpit_tui.ui.screens.deciding import DecidingScreen
from cockpit_tui.ui.screens.sheets import TextSheet
from cockpit_tui.ui.subject_questions import failing_checks
from cockpit_tui.ui.widgets.diff_view import DiffView
from cockpit_tui.ui.widgets.review_pane import ReviewPane, Wish


class JudgingScreen(DecidingScreen):
    review = getters.query_one(ReviewPane)
    state: HomeState
    _drafts: dict[ApprovalId, DiffDraft]

    @dataclass
    class PlanWanted(Message):
        """Enter on the plan: open the editor."""

    @dataclass
    class ReportWanted(Message):
        """Enter on the review: open the report."""

    @property
    def approval(self) -> Approval | None:
        """The question in the review pane."""
        subject = self.review.subject if self.is_mounted else None
        return subject.approval if subject is not None else None

    def open_row(self, key: str) -> bool:
        """The plan and the review have screens of their own; True if there is one."""
        view = self.state.view(self.snapshot)
        if key == PLAN and view is not None and view.plan is not None:
            self.post_message(self.PlanWanted())
        elif key == REVIEW and view is not None and view.review is not None:
            self.post_message(self.ReportWanted())
        else:
            return False
        return True

    @on(ReviewPane.Wished)
    def _wished(self, event: ReviewPane.Wished) -> None:
        approval = self.approval
        if event.wish is Wish.OPEN:
            self.open_row(self.state.row or "")
            return
        if approval is None:
            return
        draft = self._drafts.setdefault(approval.id, DiffDraft())
        diff = self.review.diff
        match event.wish:
            case Wish.APPROVE:
                if self.review.subject is not None and self.review.subject.source is not None \
                        and diff is None:
                    self.say("The diff is still being read.")
                    return
                hunks = [hunk.id for hunk in diff.hunks] if diff is not None else []
                self.approve(approval, draft=draft, hunks=hunks,
                             failing=failing_checks(self.state.view(self.snapshot), approval))
            case Wish.APPROVE_REST:
                self.approve(approval, rest_of_job=True)
            case Wish.SEND_BACK:
                self.send_back(approval, draft=draft)
            case Wish.REJECT:
                self.reject(approval)
            case Wish.REJECT_ALL:
                self.reject_all(approval)
            case Wish.COMMENT:
                self._comment(approval, "", 0, "")

    @on(DiffView.CommentWanted)
    def _comment_on_line(self, event: DiffView.CommentWanted) -> None:
        if (approval := self.approval) is not None:
            self._comment(approval, event.path, event.line, event.quoted)

    def _comment(self, approval: Approval, path: str, line: int, quoted: str) -> None:
        draft = self._drafts.setdefault(approval.id, DiffDraft())
        old = next((c.text for c in draft.comments if (c.path, c.line) == (path, line)), "")
        where = f"{path}:{line}" if line else path or approval.question.title

        def written(text: str | None) -> None:
            self.arming.reshow()
            if text is not None:
                draft.add_comment(ReviewComment(path=path, line=line, text=text, quoted=quoted))
                self.review.redraw_diff()
                self.show_bars()
                self.say("The comment is pending; r sends it back with the diff.")

        self.app.push_screen(TextSheet(f"Comment on {where}", quoted=quoted.strip(), text=old,
                                       may_be_empty=bool(old)), written)

    @on(DiffView.HunkToggled)
    def _hunk_toggled(self) -> None:
        self.show_bars()

    @on(DiffView.PlaceChanged)
    def _place_changed(self) -> None:
        self.review.redraw_place()

    def undo(self) -> None:
        approval = self.approval
        if approval is not None and (draft := self._drafts.get(approval.id)) is not None:
            draft.undo()
            self.review.redraw_diff()
            self.show_bars()
