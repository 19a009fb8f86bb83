"""A field for a model's name, which completes it from the catalogue."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.suggester import Suggester
from textual.widgets import Input

from cockpit_tui.presentation.model_words import ModelBook
from cockpit_tui.ui.actions import Scope, bindings


class _FromBook(Suggester):
    """The rest of the first name that begins with what is typed."""

    def __init__(self, field: ModelField) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._field = field

    async def get_suggestion(self, value: str) -> str | None:
        book = self._field.book
        names = book.names if book is not None and value else ()
        return next((name for name in names if name.startswith(value)), None)


class ModelField(Input):
    """→ takes the suggestion; ↓ and ↑ go through every name that has the typed words in it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.MODEL)  # type: ignore[assignment]

    def __init__(self, value: str, *, id: str, placeholder: str = "") -> None:
        super().__init__(value, id=id, compact=True, placeholder=placeholder,
                         suggester=_FromBook(self))
        self.book: ModelBook | None = None
        """None until it was read."""
        self._typed = value
        self._taken = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """The names to go through: those with the words that the person typed."""
        if self.value != self._taken:
            self._typed = self.value
        return self.book.matches(self._typed) if self.book is not None else ()

    def action_other_model(self, by: int) -> None:
        choices = self.choices
        if not choices:
            return
        at = choices.index(self.value) + by if self.value in choices else min(by, 0)
        self._taken = choices[at % len(choices)]
        self.value = self._taken
        self.cursor_position = len(self.value)
