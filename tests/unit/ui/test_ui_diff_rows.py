"""How a diff becomes rows: order, comments, folds, side by side, and places that outlive it."""

from __future__ import annotations

from cockpit_tui.domain.approval import ReviewComment
from cockpit_tui.domain.diff import Diff, parse_diff
from cockpit_tui.presentation.diff_pairs import PairedLines, changed_words
from cockpit_tui.presentation.diff_place import Place, find_place, place_of
from cockpit_tui.presentation.diff_rows import DiffRow, DiffRows, Folds, RowKind, comment_target
from cockpit_tui.presentation.diff_syntax import (
    CHUNK_LINES,
    Ink,
    SyntaxColours,
    display_text,
)

TEXT = """\
diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -1,4 +1,5 @@
 import os
-x = old(1)
-y = 2
+x = new(1)
+y = 2  # two
+z = 3
 end = 1
@@ -20,2 +21,1 @@ def gone():
 last = 1
-removed = 2
diff --git a/b.bin b/b.bin
index 1..2 100644
Binary files a/b.bin and b/b.bin differ
"""
DIFF = parse_diff(TEXT)
FIRST, SECOND = DIFF.files[0].hunks


def kinds(rows: DiffRows) -> str:
    """One letter a row: File, Hunk, Line, Comment, Gap, Note, Empty."""
    return "".join(rows.row(at).kind.name[0] for at in range(len(rows)))


def remark(line: int, quoted: str = "", path: str = "a.py", text: str = "why") -> ReviewComment:
    return ReviewComment(path=path, line=line, text=text, quoted=quoted)


def test_rows_stand_in_the_diffs_order() -> None:
    rows = DiffRows.lay_out(DIFF)
    assert kinds(rows) == "FHLLLLLLLGHLLFN"
    assert rows.row(4) == DiffRow(RowKind.LINE, file=0, hunk=0, line=2)
    assert rows.row(12) == DiffRow(RowKind.LINE, file=0, hunk=1, line=1)
    assert [rows.row_of_file(0), rows.row_of_hunk(0, 1), rows.row_of_line(0, 1, 1),
            rows.row_of_file(1)] == [0, 10, 12, 13]


def test_folds_hide_what_is_below_and_lead_to_the_header_above() -> None:
    rows = DiffRows.lay_out(DIFF, folds=Folds(hunks=frozenset({FIRST.id}),
                                              files=frozenset({"b.bin"})))
    assert kinds(rows) == "FHHLLF"
    assert rows.row_of_line(0, 0, 3) == 1
    folded = DiffRows.lay_out(DIFF, folds=Folds(files=frozenset({"a.py"})))
    assert kinds(folded) == "FFN"
    assert folded.row_of_line(0, 1, 1) == 0


def test_comments_stand_under_their_line_and_stale_ones_under_the_file() -> None:
    rows = DiffRows.lay_out(DIFF, comments=[
        remark(3, "y = 2  # two"), remark(2, "x = old(1)"), remark(0), remark(99),
        remark(1, path="elsewhere.py")])
    assert kinds(rows) == "FCCCCCCCCCHLLCCCLLLCCCLLGHLLFN"
    under = [(rows.row(at - 1).line, rows.row(at).comment) for at in range(1, len(rows))
             if rows.row(at).kind is RowKind.COMMENT and rows.row(at).part == 0]
    assert under == [(-1, 2), (-1, 3), (-1, 4), (1, 1), (4, 0)]
    assert [box.is_stale for box in rows.boxes] == [False, False, False, True, True]


def test_a_comment_made_on_a_row_is_drawn_under_that_row() -> None:
    rows = DiffRows.lay_out(DIFF)
    for at in range(len(rows)):
        row = rows.row(at)
        if row.kind is RowKind.LINE:
            line, quoted = comment_target(DIFF, row, ())
            drawn = DiffRows.lay_out(DIFF, comments=[remark(line, quoted)])
            box = next(i for i in range(len(drawn)) if drawn.row(i).kind is RowKind.COMMENT)
            assert drawn.row(box - 1) == row


def test_side_by_side_pairs_runs_and_leaves_holes() -> None:
    pairs = PairedLines()
    assert pairs.rows(FIRST) == ((0, 0), (1, 3), (2, 4), (-1, 5), (6, 6))
    assert [pairs.partner(FIRST, i) for i in range(7)] == [-1, 3, 4, 1, 2, -1, -1]
    rows = DiffRows.lay_out(DIFF, pairs=pairs, comments=[remark(3, "y = 2  # two")])
    assert kinds(rows) == "FHLLLCCCLLGHLLFN"
    assert rows.row(8) == DiffRow(RowKind.LINE, file=0, hunk=0, line=-1, other=5)
    assert rows.row_of_line(0, 0, 5) == 8


def test_changed_words_are_found_unless_everything_changed() -> None:
    assert changed_words("x = old(1)", "x = new(1)") == (((4, 7),), ((4, 7),))
    assert changed_words("y = 2", "y = 2  # two") == ((), ((5, 12),))
    assert changed_words("return a", "while (True) {") == ((), ())
    long = "a " * 5_000
    assert changed_words(long + "x" + long, long + "yy" + long) == (
        ((10_000, 10_001),), ((10_000, 10_002),))


def test_a_place_is_found_again_in_a_later_diff() -> None:
    rows = DiffRows.lay_out(DIFF)
    place = place_of(DIFF, rows.row(12))
    assert place == Place(path="a.py", hunk_id=SECOND.id, line=1, number=21)
    grown = parse_diff(TEXT.replace("@@ -1,4 +1,5 @@\n", "@@ -1,4 +1,6 @@\n+new\n")
                       .replace("+21,1 @@", "+22,1 @@"))
    assert find_place(DiffRows.lay_out(grown), place) == 13
    other = parse_diff(TEXT.replace("removed = 2", "removed = 3"))
    at = DiffRows.lay_out(other).row(find_place(DiffRows.lay_out(other), place))
    assert (at.hunk, at.line) == (1, 0)
    assert find_place(DiffRows.lay_out(Diff(files=DIFF.files[1:])), place) == 0
    assert find_place(DiffRows.lay_out(Diff(files=())), place) == 0


def test_code_is_shown_but_never_obeyed() -> None:
    assert display_text("\tx\x1b[2J\u202e\r") == "    x␛[2J<U+202E>␍"
    assert display_text("a" * 5_000).endswith("a… 3,000 more")


def big_diff(lines: int) -> Diff:
    body = "".join(f'+    value_{i} = "text"\n' for i in range(lines))
    return parse_diff("diff --git a/n.py b/n.py\nnew file mode 100644\n--- /dev/null\n"
                      f"+++ b/n.py\n@@ -0,0 +1,{lines} @@\n{body}")


def test_only_what_is_looked_at_is_lexed() -> None:
    diff = big_diff(5 * CHUNK_LINES)
    colours = SyntaxColours()
    hunk = diff.files[0].hunks[0]
    assert colours.spans("n.py", hunk, 2 * CHUNK_LINES) == (
        (16, 17, Ink.STRING), (17, 21, Ink.STRING), (21, 22, Ink.STRING))
    assert len(colours._chunks) == 1
    assert colours.spans("n.unknown", hunk, 0) == ()


def test_layout_costs_by_hunk_not_by_line() -> None:
    rows = DiffRows.lay_out(big_diff(50_000))
    assert (len(rows), len(rows._blocks)) == (50_002, 3)
    assert rows.row(50_001).line == 49_999
