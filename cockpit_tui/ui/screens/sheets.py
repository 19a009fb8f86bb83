"""Sheets: small questions over a screen, answered or left with Esc."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static, TextArea

from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.presentation.model_words import ModelBook
from cockpit_tui.ui.actions import Scope, bindings
from cockpit_tui.ui.arming import Arming
from cockpit_tui.ui.keymap import key_label
from cockpit_tui.ui.lines import Ink, Line, assemble, foreign, plain, wrap
from cockpit_tui.ui.subject import lines_of
from cockpit_tui.ui.widgets.model_field import ModelField
from cockpit_tui.ui.wrong_field import WrongField

WIDTH = 64


class Sheet(Vertical):
    """The box of a sheet."""


def _text(lines: Sequence[Line]) -> Static:
    pieces = [piece for line in lines for piece in wrap(line, WIDTH)]
    content = assemble(tuple(
        part for i, line in enumerate(pieces)
        for part in ((("\n", Ink.PLAIN),) if i else ()) + (*line.left, *line.right)))
    return Static(content, markup=False)


class ConfirmSheet(ModalScreen[bool]):
    """A question that `y` says yes to. Enter takes the safe answer; a key already on its way
    counts as nothing."""

    CSS_PATH = "sheets.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CONFIRM)  # type: ignore[assignment]

    def __init__(self, question: str, *, detail: str = "", arming: Arming) -> None:
        super().__init__()
        self._question = question
        self._detail = detail
        self.arming = arming

    def compose(self) -> ComposeResult:
        lines = [plain(self._question, Ink.STRONG)]
        if self._detail:
            lines += [Line(), plain(self._detail)]
        with Sheet(classes="sheet"):
            yield _text(lines)
            yield Static(assemble((("y", Ink.KEY), (" yes    ", Ink.PLAIN), ("n", Ink.KEY),
                                   (" no, also Enter and Esc", Ink.PLAIN))), classes="sheet--keys")

    def on_mount(self) -> None:
        self.arming.show(f"confirm:{id(self)}")

    def action_confirm(self) -> None:
        if self.arming.is_armed:
            self.dismiss(True)

    def action_refuse(self) -> None:
        self.dismiss(False)


class TextSheet(ModalScreen[str | None]):
    """A text to write: comment, reason. Enter sends, ctrl+j is a new line, Esc leaves it."""

    CSS_PATH = "sheets.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FORM)  # type: ignore[assignment]

    class _Text(TextArea):
        @dataclass
        class Done(Message):
            """Enter."""

        BINDINGS: ClassVar[list[BindingType]] = [
            Binding("ctrl+j", "newline", "new line", id="text.newline", show=False)]

        def action_newline(self) -> None:
            self.insert("\n")

        async def _on_key(self, event: events.Key) -> None:
            if event.key == "enter":
                event.prevent_default()
                event.stop()
                self.post_message(self.Done())
                return
            await super()._on_key(event)

    def __init__(self, title: str, *, quoted: str = "", text: str = "",
                 may_be_empty: bool = False) -> None:
        super().__init__()
        self._title = title
        self._quoted = quoted
        self._start = text
        self._may_be_empty = may_be_empty

    def compose(self) -> ComposeResult:
        lines = [plain(self._title, Ink.STRONG)]
        if self._quoted:
            lines.append(plain(self._quoted, Ink.MUTED))
        with Sheet(classes="sheet"):
            yield _text(lines)
            yield TextSheet._Text(self._start, id="text", show_line_numbers=False, compact=True)
            yield Static(assemble((("Enter", Ink.KEY), (" save   ", Ink.PLAIN),
                                   ("ctrl+j", Ink.KEY), (" new line   ", Ink.PLAIN),
                                   ("Esc", Ink.KEY), (" leave", Ink.PLAIN))),
                         classes="sheet--keys")

    def on_mount(self) -> None:
        field = self.query_one(TextArea)
        field.focus()
        field.move_cursor(field.document.end)

    @on(_Text.Done)
    def _done(self) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        text = self.query_one(TextArea).text.strip()
        if text or self._may_be_empty:
            self.dismiss(text)

    def action_leave(self) -> None:
        self.dismiss(None)


class FieldsSheet(ModalScreen[dict[str, str] | None]):
    """A few short fields, e.g. a task's title and role. Enter goes on, in the last it saves; what
    `check` refuses keeps it open, with the cursor in the wrong field."""

    CSS_PATH = "sheets.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FORM)  # type: ignore[assignment]

    def __init__(self, title: str, fields: dict[str, str], *, hint: str = "", intro: str = "",
                 labels: Mapping[str, str] | None = None, enter: str = "save",
                 book: ModelBook | None = None,
                 check: Callable[[dict[str, str]], object] | None = None) -> None:
        """`labels` says what stands over a field, else its name; `enter` what the last Enter does;
        `book` completes the field `model`; `check` raises for values that cannot be taken."""
        super().__init__()
        self._title = title
        self._fields = fields
        self._hint = hint
        self._intro = intro
        self._labels = labels or {}
        self._enter = enter
        self._book = book
        self._check = check

    def compose(self) -> ComposeResult:
        with Sheet(classes="sheet"):
            yield _text([plain(self._title, Ink.STRONG),
                         *(lines_of(self._intro) if self._intro else ())])
            for name, value in self._fields.items():
                yield Label(self._labels.get(name, name), markup=False)
                if name == "model":
                    field = ModelField(value, id=f"field-{name}")
                    field.book = self._book
                    yield field
                else:
                    yield Input(value, id=f"field-{name}", compact=True)
            if self._hint:
                with Vertical(id="fields-hint"):
                    yield _text([plain(self._hint, Ink.MUTED)])
            yield Static(id="refused", markup=False)
            yield Static(id="fields-keys", classes="sheet--keys")

    def on_mount(self) -> None:
        self.query_one("#refused").display = False

    def on_descendant_focus(self) -> None:
        """What Enter does depends on the field."""
        is_last = self.focused is self.query(Input).last()
        parts = [("Enter", Ink.KEY), (f" {self._enter if is_last else 'next field'}   ", Ink.PLAIN)]
        if len(self._fields) > 1:
            parts += [(key_label(self._save_key), Ink.KEY), (f" {self._enter}   ", Ink.PLAIN)]
        parts += [("Esc", Ink.KEY), (" leave", Ink.PLAIN)]
        self.query_one("#fields-keys", Static).update(assemble(tuple(parts)))

    @property
    def _save_key(self) -> str:
        """The key that saves from any field, as the person has it."""
        return next((key for key, active in self.active_bindings.items()
                     if active.binding.id == "form.submit"), "ctrl+r")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        fields = list(self.query(Input))
        if event.input is fields[-1]:
            self.action_submit()
        else:
            fields[fields.index(event.input) + 1].focus()

    def action_submit(self) -> None:
        fields = {name: self.query_one(f"#field-{name}", Input).value.strip()
                  for name in self._fields}
        if self._check is not None:
            try:
                self._check(fields)
            except CockpitError as error:
                self._say_refused(error)
                return
        self.dismiss(fields)

    def _say_refused(self, error: CockpitError) -> None:
        text = foreign(f"{error.message} {error.hint}".strip())
        refused = self.query_one("#refused", Static)
        refused.update(assemble(((text, Ink.FAILED),)))
        refused.display = True
        self.query("#fields-hint").set(display=False)  # Both have no room on a small screen.
        if isinstance(error, WrongField):
            self.query_one(f"#field-{error.field}", Input).focus()

    def action_leave(self) -> None:
        self.dismiss(None)
