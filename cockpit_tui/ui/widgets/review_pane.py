"""Pane 4: the shown thing, as text or as a diff, with the question it asks and its decisions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from cockpit_tui.domain.diff import Diff
from cockpit_tui.presentation.glyphs import UNICODE, GlyphSet
from cockpit_tui.ui.actions import Scope, Situation, bindings, of_call
from cockpit_tui.ui.drafts import DiffDraft
from cockpit_tui.ui.lines import Ink, Line, Part
from cockpit_tui.ui.snapshot import DiffSource
from cockpit_tui.ui.subject import Subject
from cockpit_tui.ui.widgets.bars import Bar
from cockpit_tui.ui.widgets.diff_view import DiffView
from cockpit_tui.ui.widgets.pane import Pane
from cockpit_tui.ui.widgets.text_page import TextPage


class Wish(StrEnum):
    """What a decision key asks for; the screen checks arming and risk before it does it."""

    APPROVE = "approve"
    APPROVE_REST = "approve_rest"
    SEND_BACK = "send_back"
    REJECT = "reject"
    REJECT_ALL = "reject_all"
    COMMENT = "comment"
    OPEN = "open"


class ReviewPane(Pane):
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.REVIEW), *bindings(Scope.DECIDE)]
    head = getters.query_one("#review-head", TextPage)
    page = getters.query_one("#review-page", TextPage)
    diff_view = getters.query_one(DiffView)
    foot = getters.query_one("#review-foot", Bar)

    @dataclass
    class Wished(Message):
        wish: Wish

    def __init__(self, *, number: int | None = None, name: str = "", id: str | None = None,
                 glyphs: GlyphSet = UNICODE) -> None:
        super().__init__(number=number, name=name, id=id)
        self.glyphs = glyphs
        self.situation = Situation()
        self._subject: Subject | None = None
        self._diff: Diff | None = None
        self._draft: DiffDraft | None = None

    def compose(self) -> ComposeResult:
        yield TextPage(fits=True, id="review-head")
        yield DiffView(id="review-diff", glyphs=self.glyphs)
        yield TextPage(id="review-page")
        yield Bar(id="review-foot")

    def on_mount(self) -> None:
        self.head.can_focus = False

    @property
    def subject(self) -> Subject | None:
        return self._subject

    @property
    def diff(self) -> Diff | None:
        """The diff that is shown; None while there is none or it is still being read."""
        return self._diff

    def show(self, subject: Subject, draft: DiffDraft | None) -> None:
        """Show a subject; its diff follows with `show_diff`."""
        before = self._subject
        self._subject, self._draft = subject, draft
        has_diff = subject.source is not None
        had_focus = self.has_pseudo_class("focus-within")
        moved = before is None or before.key != subject.key
        if moved:
            self._diff = None
        self.diff_view.display = has_diff
        self.page.display = not has_diff
        self.head.set_class(not (has_diff and subject.head), "-hidden")
        self.foot.set_class(not (has_diff and subject.approval is not None), "-hidden")
        self.head.set_lines(subject.head)
        self._fit_head(subject)
        if has_diff and moved:
            self.diff_view.show(Diff(files=()), comments=(), dropped=frozenset(),
                                live=_is_only_read(subject))
        if not has_diff:
            self.page.set_lines(subject.lines, from_top=moved)
        self._redraw()
        if had_focus and moved:
            self.focus_content()

    def _fit_head(self, subject: Subject) -> None:
        """Low screens cut the head, or leave it out, unless it must be read."""
        if subject.source is not None and subject.head and subject.is_head_whole:
            self.head.styles.max_height = "70%"
            self.head.styles.display = "block"
        else:
            self.head.styles.clear_rule("max_height")
            self.head.styles.clear_rule("display")

    def show_diff(self, source: DiffSource, diff: Diff) -> None:
        """Takes only the diff of the shown subject; any other came too late."""
        subject = self._subject
        if subject is None or subject.source != source:
            return
        self._diff = diff
        self.redraw_diff()

    def redraw_diff(self) -> None:
        """After the draft changed."""
        if self._diff is not None and self._subject is not None:
            draft = self._draft or DiffDraft()
            self.diff_view.show(self._diff, comments=draft.comments, dropped=draft.dropped,
                                live=_is_only_read(self._subject))
        self._redraw()

    def redraw_place(self) -> None:
        """The cursor went to another hunk or file."""
        self._redraw()

    def focus_content(self) -> None:
        (self.page if self.page.display else self.diff_view).focus()

    def _redraw(self) -> None:
        subject = self._subject
        if subject is None:
            return
        figures = subject.figures
        if self._diff is not None:
            count = len(self._diff.files)
            size: Part = (f"{count} file{'s' if count != 1 else ''} +{self._diff.added} "
                          f"-{self._diff.removed}", Ink.MUTED)
            figures = (*figures, (f" {self.glyphs.separator} ", Ink.MUTED), size) if figures else (
                size,)
        self.set_title(subject.title, figures)
        self.foot.set_line(self._foot_line())

    def _foot_line(self) -> Line:
        if self._diff is None or self._draft is None:
            return Line()
        left: list[Part] = [(f" {self.diff_view.place_text}", Ink.PLAIN)]
        if len(self._diff.hunks) <= 24:
            left.append((f"   {self.diff_view.marks_text}", Ink.PLAIN))
        left.append((f"   {self.diff_view.kept_text}", Ink.PLAIN))
        comments = len(self._draft.comments)
        right = f"{comments} comment{'s' if comments != 1 else ''} pending " if comments else ""
        if self.diff_view.is_cut:
            left.append(("   h l: sideways", Ink.KEY))
        return Line(tuple(left), ((right, Ink.MARK),) if right else ())

    @property
    def approve_label(self) -> str:
        """`approve`, or `approve 6/7` when hunks are dropped."""
        if self._diff is None or self._draft is None or not self._draft.dropped:
            return "approve"
        hunks = self._diff.hunks
        kept = sum(hunk.id not in self._draft.dropped for hunk in hunks)
        return f"approve {kept}/{len(hunks)}"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        spec = of_call((Scope.DECIDE,), action, parameters)
        if spec is None:
            return super().check_action(action, parameters)
        return None if spec.when(self.situation) else True

    def action_approve(self) -> None:
        self.post_message(self.Wished(Wish.APPROVE))

    def action_approve_rest(self) -> None:
        self.post_message(self.Wished(Wish.APPROVE_REST))

    def action_send_back(self) -> None:
        self.post_message(self.Wished(Wish.SEND_BACK))

    def action_reject(self) -> None:
        self.post_message(self.Wished(Wish.REJECT))

    def action_reject_all(self) -> None:
        self.post_message(self.Wished(Wish.REJECT_ALL))

    def action_open(self) -> None:
        self.post_message(self.Wished(Wish.OPEN))

    def action_comment(self) -> None:
        self.post_message(self.Wished(Wish.COMMENT))

    @on(DiffView.HunkToggled)
    def _toggled(self, event: DiffView.HunkToggled) -> None:
        if self._draft is not None:
            self._draft.drop(event.hunk_id, event.dropped)
            self._redraw()


def _is_only_read(subject: Subject) -> bool:
    """What is being written, and what has landed: nothing of it can be kept or dropped."""
    return subject.is_live or subject.approval is None
