"""Edits made to keep the cockpit busy: each of these took minutes, or would never have ended.

Nothing here looks at a clock: what is slow again is seen by this file hanging.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit_tui.context.touched import FileTouch, Touch, touched_files
from cockpit_tui.domain.conversation import ToolCall
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.tools.edits.hunks import place_hunks
from cockpit_tui.tools.edits.patch_format import parse_patch
from cockpit_tui.tools.files import make_edit
from cockpit_tui.tools.matching import find_replacements
from cockpit_tui.tools.paths import FileContent
from cockpit_tui.tools.placeholders import find_placeholder
from cockpit_tui.tools.session import ToolSession

MANY = 1_000_000


@pytest.mark.parametrize("line", [
    "#" + "." * 150 + "x", "# " + "(" * 150, "# " + "( ." * 50, "#" + "\u2026" * 150,
    "# rest " + "rest " * 30])
def test_no_comment_line_is_too_much_for_the_search_for_placeholders(line: str) -> None:
    assert find_placeholder(f"{line}\n" * 1_000, "") is None


@pytest.mark.parametrize(("patch", "said"), [
    ("\n" * MANY, "patch ?"), (f"*** Add File: a{' ' * MANY}\n", "patch a"),
    (f"{' ' * MANY}\n*** Delete File: b", "patch b")])
def test_the_line_about_a_patch_is_found_at_once(tmp_path: Path, patch: str, said: str) -> None:
    tool = ToolSession(tmp_path).tool("apply_patch")
    assert tool.summarize({"patch": patch}) == said


def test_the_files_of_a_patch_are_found_at_once() -> None:
    call = ToolCall(id="1", name="apply_patch",
                    arguments={"patch": f"*** Add File: a{' ' * MANY}\n*** Add File:{' ' * MANY}"})
    assert touched_files(call)[0] == FileTouch("a", Touch.EDIT)


def test_lines_that_are_all_alike_are_replaced_and_counted_at_once() -> None:
    text, old, new = "  a\n" * 4_000, "a\n" * 4_000, "a\nc\n" * 2_000
    [place] = find_replacements(text, old, new, path="p", replace_all=False)
    assert place.new == ("  a\n  c\n" * 2_000).removesuffix("\n")
    edit = make_edit("p", FileContent(data=b"x\n" + b"a\na\nb\n" * 650, mode=0o644),
                     b"b\na\n" * 1_000)
    assert (edit.added, edit.removed) == (2_000, 1_951)


def test_loose_matches_without_end_are_refused() -> None:
    with pytest.raises(ToolError, match="more than 500 times, but for whitespace"):
        find_replacements("a\n" * 300_000, "  a\n", "b", path="p", replace_all=True)


@pytest.mark.parametrize(("lines", "body", "says"), [
    ([f"line {i}" for i in range(100_000)],
     "".join(f"@@\n-line {i}\n" for i in range(100_000)), "100,000 hunks are too many"),
    (["}"] * 300_000, "@@ }\n@@ }\n@@ }\n-}\n", "more than 500 times"),
    (["a"] * 300_000, "@@\n" + "  a\n" * 100_000 + "-b\n", "was not found"),
])
def test_a_patch_made_to_be_slow_is_refused_at_once(lines: list[str], body: str,
                                                   says: str) -> None:
    [section] = parse_patch(f"*** Begin Patch\n*** Update File: a\n{body}*** End Patch")
    with pytest.raises(ToolError, match=says):
        place_hunks(lines, section.hunks, path="a")


def test_many_small_hunks_in_a_usual_file_fit() -> None:
    lines = [f"line {i}" for i in range(2_000)]
    body = "".join(f"@@\n-line {i}\n+new {i}\n" for i in range(2_000))
    [section] = parse_patch(f"*** Begin Patch\n*** Update File: a\n{body}*** End Patch")
    changes = place_hunks(lines, section.hunks, path="a")
    assert [change.start for change in changes] == [*range(2_000)]
