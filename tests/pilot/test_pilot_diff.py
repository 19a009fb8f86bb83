"""The diff view under keys: hunks dropped, lines commented, places kept, always readable."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.message import Message

from cockpit_tui.domain.approval import ReviewComment
from cockpit_tui.domain.diff import Diff, parse_diff
from cockpit_tui.presentation.glyphs import ASCII
from cockpit_tui.ui.themes import load_themes, theme_variable_defaults
from cockpit_tui.ui.widgets.diff_view import DiffView

TEXT = """\
diff --git a/src/a.py b/src/a.py
index 1..2 100644
--- a/src/a.py
+++ b/src/a.py
@@ -1,3 +1,4 @@ import
 import os
-x = old(1)
+x = new(1)
+\ty = "\x1b[2J"
 end = 1
@@ -20,2 +21,1 @@ def gone():
 last = 1
-removed = 2
diff --git a/b.ts b/b.ts
new file mode 100644
--- /dev/null
+++ b/b.ts
@@ -0,0 +1,1 @@
+const n = 1;
\\ No newline at end of file
"""
DIFF = parse_diff(TEXT)
IDS = tuple(hunk.id for hunk in DIFF.hunks)


class DiffApp(App[None]):
    def __init__(self, theme: str = "cockpit-dark") -> None:
        super().__init__()
        self.view = DiffView(glyphs=ASCII)
        self.said: list[Message] = []
        self._theme_name = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variable_defaults(self.current_theme)

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        for theme in load_themes().themes:
            self.register_theme(theme)
        self.theme = self._theme_name

    def on_diff_view_hunk_toggled(self, message: Message) -> None:
        self.said.append(message)

    def on_diff_view_comment_wanted(self, message: Message) -> None:
        self.said.append(message)

    def text(self) -> list[str]:
        lines = [self.view.render_line(y).text.rstrip() for y in range(self.view.page_rows)]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def cursor_text(self) -> str:
        return next(line for line in self.text() if line.startswith(">"))


async def test_a_diff_can_be_read_without_colour() -> None:
    app = DiffApp()
    async with app.run_test(size=(72, 30)) as pilot:
        app.view.show(DIFF, dropped=[IDS[1]], viewed=["b.ts"], comments=[
            ReviewComment(path="src/a.py", line=2, text="Why\nnew?", quoted="x = new(1)")])
        await pilot.pause()
        assert app.text() == [
            "> v src/a.py                                                      +2 -2",
            "  v hunk 1/2  import                                     + keep   +2 -1",
            "    1   1   import os",
            "    2     - x = old(1)",
            "        2 + x = new(1)",
            "    + you - line 2 --------------------------------------- pending +",
            "    | Why                                                          |",
            "    | new?                                                         |",
            "    +--------------------------------------------------------------+",
            '        3 +     y = "␛[2J"',
            "    3   4   end = 1",
            "   ... 16 unchanged lines",
            "  v hunk 2/2  def gone():                                x drop   +0 -1",
            "   20  21   last = 1",
            "   21     - removed = 2",
            "  > + new b.ts                                                    +1 -0",
        ]
        assert (app.view.place_text, app.view.kept_text, app.view.marks_text) == (
            "file 1/2 - 3 hunks", "2 kept, 1 dropped", "+ x +")


async def test_keys_drop_a_hunk_and_take_it_back() -> None:
    app = DiffApp()
    async with app.run_test(size=(72, 30)) as pilot:
        app.view.show(DIFF)
        await pilot.press("right_square_bracket", "space", "right_square_bracket", "x", "x")
        assert app.said == [
            DiffView.HunkToggled(app.view, IDS[0], True),
            DiffView.HunkToggled(app.view, IDS[1], True),
            DiffView.HunkToggled(app.view, IDS[1], False)]
        assert app.view.dropped_hunks == (IDS[0],)
        assert app.view.place_text == "file 1/2 - hunk 2/3"


async def test_a_live_diff_is_only_read() -> None:
    app = DiffApp()
    async with app.run_test(size=(72, 30)) as pilot:
        app.view.show(DIFF, live=True)
        await pilot.press("right_square_bracket", "x", "c", "C")
        assert app.said == []
        assert not any("keep" in line for line in app.text())
        app.view.show(Diff(files=()), live=True)
        assert app.text() == ["   No changes yet."]


async def test_comments_name_the_line_in_the_new_file_and_quote_it() -> None:
    app = DiffApp()
    async with app.run_test(size=(72, 30)) as pilot:
        app.view.show(DIFF)
        await pilot.press("c", "right_square_bracket", "j", "j", "c", "j", "j", "c", "C", "G", "k",
                          "c")
        said = [(m.path, m.line, m.quoted) for m in app.said
                if isinstance(m, DiffView.CommentWanted)]
        assert said == [("src/a.py", 0, ""), ("src/a.py", 2, "x = old(1)"),
                        ("src/a.py", 3, '\ty = "\x1b[2J"'), ("src/a.py", 0, ""),
                        ("b.ts", 1, "const n = 1;")]


async def test_the_place_is_kept_when_the_diff_changes_around_it() -> None:
    app = DiffApp()
    async with app.run_test(size=(72, 6)) as pilot:
        app.view.show(DIFF)
        await pilot.press("right_square_bracket", "right_square_bracket", "j", "j")
        await pilot.pause()
        assert app.cursor_text().endswith("- removed = 2")
        before = app.text().index(app.cursor_text())
        grown = TEXT.replace("@@ -1,3 +1,4 @@", "@@ -1,3 +1,6 @@").replace(
            " import os\n", " import os\n+import re\n+import sys\n").replace("+21,1", "+23,1")
        app.view.show(parse_diff(grown))
        await pilot.pause()
        assert app.cursor_text().endswith("- removed = 2")
        assert app.text().index(app.cursor_text()) == before
        app.view.show(parse_diff(TEXT[TEXT.index("diff --git a/b.ts"):]))
        await pilot.pause()
        assert app.cursor_text() == app.text()[0]


async def test_folding_goes_hunk_then_file_and_enter_unfolds() -> None:
    app = DiffApp()
    async with app.run_test(size=(72, 30)) as pilot:
        app.view.show(DIFF)
        await pilot.press("right_square_bracket", "j", "h")
        assert app.cursor_text().startswith("> > hunk 1/2")
        await pilot.press("h")
        assert app.cursor_text().startswith("> > src/a.py")
        await pilot.press("enter", "j", "l", "right_curly_bracket")
        assert app.cursor_text().startswith("> v new b.ts")
        assert len(app.text()) == 15
        await pilot.press("left_curly_bracket")
        assert app.cursor_text().startswith("> v src/a.py")


async def test_side_by_side_needs_room_and_keeps_the_place() -> None:
    app = DiffApp()
    async with app.run_test(size=(131, 30)) as pilot:
        app.view.show(DIFF)
        await pilot.press("right_square_bracket", "j", "j", "then_z_s")
        assert not app.view.is_split
        await pilot.resize_terminal(132, 30)
        await pilot.press("then_z_s")
        assert app.view.is_split
        half = app.cursor_text()
        assert half == f"{'>   2 - x = old(1)':<66}|   2 + x = new(1)"
        await pilot.resize_terminal(80, 30)
        await pilot.pause()
        assert not app.view.is_split
        assert app.cursor_text() == ">   2     - x = old(1)"


async def test_long_lines_scroll_sideways_as_far_as_they_reach() -> None:
    app = DiffApp()
    async with app.run_test(size=(72, 30)) as pilot:
        app.view.show(parse_diff(TEXT.replace("const n = 1;", "a" * 70 + "漢字end")))
        await pilot.press("G", *["l"] * 9)
        assert any(line.endswith("漢字end") for line in app.text())
        await pilot.press("h", "h")
        assert any("+ aaaa" in line for line in app.text())


@pytest.mark.parametrize("theme", ["cockpit-light", "cockpit-ansi", "cockpit-high-contrast",
                                   "textual-dark", "ansi-light"])
async def test_every_theme_tells_the_two_sides_apart(theme: str) -> None:
    app = DiffApp(theme)
    async with app.run_test(size=(72, 30)) as pilot:
        app.view.show(DIFF)
        await pilot.pause()
        added, removed = ({segment.style for segment in app.view.render_line(y)
                           if "x =" in segment.text or segment.text.strip() == "x"}
                          for y in (4, 3))
        assert added
        assert removed
        assert added.isdisjoint(removed)
