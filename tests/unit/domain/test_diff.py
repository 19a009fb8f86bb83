from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit_tui.domain.diff import (
    Diff,
    DiffLine,
    FileChange,
    FileDiff,
    Hunk,
    LineKind,
    parse_diff,
    write_patch,
)
from cockpit_tui.domain.errors import CockpitError

TEXT = r"""diff --git a/src/app.py b/src/app.py
index 1111111..2222222 100644
--- a/src/app.py
+++ b/src/app.py
@@ -1,2 +1,3 @@ def main():
 one
+new
 two
@@ -11,2 +12 @@
-gone
 last
\ No newline at end of file
diff --git "a/caf\303\251 \"x\"" "b/caf\303\251 \"x\""
old mode 100644
new mode 100755
"""


def test_a_diff_becomes_files_hunks_and_numbered_lines() -> None:
    parsed = parse_diff(TEXT)
    first, second = parsed.files[0].hunks
    assert parsed == Diff(files=(
        FileDiff(
            path="src/app.py", old_path="src/app.py", change=FileChange.MODIFIED,
            header=tuple(TEXT.splitlines()[:4]),
            hunks=(
                Hunk(id=first.id, heading="def main():", old_start=1, old_count=2, new_start=1,
                     new_count=3, lines=(DiffLine(LineKind.CONTEXT, "one", 1, 1),
                                         DiffLine(LineKind.ADDED, "new", 0, 2),
                                         DiffLine(LineKind.CONTEXT, "two", 2, 3))),
                Hunk(id=second.id, heading="", old_start=11, old_count=2, new_start=12,
                     new_count=1, lines=(
                         DiffLine(LineKind.REMOVED, "gone", 11, 0),
                         DiffLine(LineKind.CONTEXT, "last", 12, 12),
                         DiffLine(LineKind.NOTE, "No newline at end of file", 0, 0))))),
        FileDiff(path='café "x"', old_path='café "x"', change=FileChange.MODIFIED,
                 header=tuple(TEXT.splitlines()[12:]), hunks=())))
    assert (parsed.added, parsed.removed) == (1, 1)
    assert first.id != second.id


def test_a_hunk_keeps_its_id_when_it_only_moves_and_equal_hunks_are_told_apart() -> None:
    moved = TEXT.replace("@@ -1,2 +1,3 @@", "@@ -5,2 +6,3 @@")
    assert [h.id for h in parse_diff(moved).hunks] == [h.id for h in parse_diff(TEXT).hunks]
    other_file = TEXT.replace("src/app.py", "src/other.py")
    assert not {h.id for h in parse_diff(other_file).hunks} & {h.id for h in parse_diff(TEXT).hunks}
    head, hunk = TEXT.split("@@ -1,2")[0], "@@ -{0} +{0},2 @@\n a\n+b\n"
    twice = parse_diff(head + hunk.format(1) + hunk.format(9))
    assert [h.id for h in twice.hunks] == [twice.hunks[0].id, f"{twice.hunks[0].id}-2"]


def test_a_patch_holds_the_chosen_hunks_only() -> None:
    parsed = parse_diff(TEXT)
    first, second = parsed.hunks
    assert write_patch(parsed, only=[]) == ""
    patch = write_patch(parsed, only=[second.id])
    assert patch == "\n".join([*TEXT.splitlines()[:4], "@@ -11,2 +12,1 @@",
                               *TEXT.splitlines()[9:12]]) + "\n"
    assert parse_diff(write_patch(parsed, only=[first.id, second.id])).files == parsed.files[:1]


@pytest.mark.parametrize("text", [
    "hello\n", TEXT.replace("+new\n", ""), TEXT.replace(" one", "*one"), TEXT.split(" two")[0],
    TEXT.replace("@@ -1,2 +1,3 @@", "@@ -1,2 +1,1 @@"),
    TEXT.replace("@@ -1,2", "@@ -" + "1" * 5_000),
])
def test_what_is_no_whole_diff_is_refused(text: str) -> None:
    with pytest.raises(CockpitError):
        parse_diff(text)


@given(st.lists(st.tuples(st.integers(0, 20), st.text(max_size=8)), max_size=4))
def test_damaged_text_is_read_or_refused_but_never_crashes(edits: list[tuple[int, str]]) -> None:
    lines = TEXT.split("\n")
    for at, text in edits:
        lines[at % len(lines)] = lines[at % len(lines)][:at] + text
    try:
        parsed = parse_diff("\n".join(lines))
    except CockpitError:
        return
    assert parse_diff(write_patch(parsed, only=[h.id for h in parsed.hunks])).added == parsed.added
