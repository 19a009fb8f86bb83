"""What Home, Inbox and the plan editor share: a decision key becomes an answer, or does not.

Never before the question has been on screen long enough, never for HIGH risk without `y`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from cockpit_tui.domain.approval import Approval
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.plan import Plan
from cockpit_tui.domain.policy import Gate, Risk
from cockpit_tui.ui import drafts
from cockpit_tui.ui.arming import Arming
from cockpit_tui.ui.drafts import DiffDraft
from cockpit_tui.ui.requests import CommandWanted
from cockpit_tui.ui.screens.base import CockpitScreen
from cockpit_tui.ui.screens.sheets import ConfirmSheet, TextSheet


class DecidingScreen(CockpitScreen):
    def ask(self, question: str, detail: str, on_yes: CommandWanted) -> None:
        """A sheet; `y` sends what is given, anything else changes nothing."""
        self.confirm(question, detail, lambda: self.post_message(on_yes))

    def confirm(self, question: str, detail: str, on_yes: Callable[[], object]) -> None:
        """A sheet; `y` does what is given, anything else changes nothing."""
        arming = Arming(self.settings.arming_seconds, self.settings.monotonic)

        def answered(yes: bool | None) -> None:
            self.arming.reshow()
            if yes:
                on_yes()
            else:
                self.say("Nothing was changed.")

        self.app.push_screen(ConfirmSheet(question, detail=detail, arming=arming), answered)

    def is_armed(self) -> bool:
        """False, and said so, while the question has only just appeared."""
        if self.arming.is_armed:
            return True
        self.say("That key came too soon after another or after a change, so it was ignored.")
        return False

    def approve(self, approval: Approval, *, draft: DiffDraft | None = None,
                hunks: Collection[str] = (), failing: str = "", plan: Plan | None = None,
                rest_of_job: bool = False) -> None:
        """`failing` names what is red: then, as for HIGH risk, `y` has to confirm.

        `rest_of_job`: an expensive call and all like it that the job will make."""
        if not self.is_armed():
            return
        try:
            command = drafts.approve(approval, draft=draft, hunks=hunks, plan=plan,
                                     rest_of_job=rest_of_job)
        except CockpitError as error:
            self.say_error(error)
            return
        question = approval.question
        said = f"Approved: {question.title}"
        if question.risk is Risk.HIGH or failing:
            reasons = "; ".join([failing] if failing else question.reasons)
            self.ask(f"Approve {question.title}?",
                     f"{question.risk.value} risk: {reasons}.", CommandWanted(command, said))
        else:
            self.post_message(CommandWanted(command, said))

    def send_back(self, approval: Approval, *, draft: DiffDraft | None = None,
                  comment: str = "", plan: Plan | None = None) -> None:
        """With comments at once; without any it asks first what should change."""
        if not self.is_armed():
            return
        has_words = bool(comment or (draft is not None and (draft.comments or draft.dropped)))

        def send(text: str | None) -> None:
            self.arming.reshow()
            if text is not None:
                self.post_message(CommandWanted(
                    drafts.send_back(approval, text, draft=draft, plan=plan),
                    f"Sent back: {approval.question.title}"))

        if has_words:
            send(comment)
        else:
            self.app.push_screen(TextSheet("What should change?"), send)

    def reject(self, approval: Approval) -> None:
        """Deny one call at once: the agent goes on without it. A plan or a diff asks for `y`."""
        if approval.question.gate in {Gate.PLAN, Gate.PHASE, Gate.LAND}:
            self.reject_all(approval)
            return
        if not self.is_armed():
            return
        self.post_message(CommandWanted(drafts.deny(approval),
                                        f"Denied: {approval.question.title}"))

    def reject_all(self, approval: Approval) -> None:
        """Refuse the whole thing, after `y`."""
        if not self.is_armed():
            return
        what = ("The job ends." if approval.question.gate is Gate.PLAN
                else "Its work does not land; what waits for it is skipped.")
        self.ask(f"Reject {approval.question.title}?", what,
                 CommandWanted(drafts.deny(approval), f"Rejected: {approval.question.title}"))
