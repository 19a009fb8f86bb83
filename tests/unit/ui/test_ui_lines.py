"""Lines: exactly as wide as asked, literal, wrapped at words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cockpit_tui.ui.lines import Ink, Line, foreign, paint, plain, wrap


@given(left=st.text(max_size=60), right=st.text(max_size=30), width=st.integers(1, 80))
def test_a_painted_line_is_exactly_as_wide_as_its_room(left: str, right: str, width: int) -> None:
    line = plain(foreign(left), right=foreign(right))
    assert cell_len(paint(line, width).plain) == width


def test_markup_and_control_characters_stay_text() -> None:
    line = plain(foreign("[/bold] \x1b[31m\nlist[int]"))
    assert paint(line, 40).plain == "[/bold] ␛[31m list[int]".ljust(40)


@pytest.mark.parametrize(("width", "expected"), [
    (20, ["  one two three four", "  five"]),
    (12, ["  one two", "  three four", "  five"]),
])
def test_wrapping_keeps_words_and_indentation(width: int, expected: list[str]) -> None:
    line = Line((("  one two ", Ink.PLAIN), ("three four five", Ink.STRONG)))
    assert [piece.text for piece in wrap(line, width)] == expected


@given(text=st.text(alphabet="ab 日", max_size=80), width=st.integers(8, 30))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: int) -> None:
    pieces = [piece.text for piece in wrap(plain(text), width)]
    assert all(cell_len(piece) <= width for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
