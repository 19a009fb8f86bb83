"""The verdict by rules on a diff."""

from __future__ import annotations

import pytest

from cockpit_tui.config.redaction import REDACTED
from cockpit_tui.domain.drafts import JudgeDraft
from cockpit_tui.domain.sanitize import clip
from cockpit_tui.providers.offline.judging import judge

PASSED = [{"command": "python -m pytest -q", "exit_code": 0}]


def added(path: str, *lines: str) -> str:
    body = "".join(f"+{line}\n" for line in lines)
    return (f"diff --git a/{path} b/{path}\nnew file mode 100644\nindex 000..111\n--- /dev/null\n"
            f"+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n{body}")


GOOD = added("agents/reviewer.py", "class Reviewer:", "    pass")


def test_a_clean_diff_with_its_proofs_passes_and_says_what_was_checked() -> None:
    assert judge(GOOD, PASSED, "Add Reviewer", ["agents/**"]) == JudgeDraft(
        verdict="pass",
        comment="By rules, not AI: 'Add Reviewer' changes 1 file, adds 2 lines; checked: 1 of 1 "
                "commands passed, within the task's paths, no merge markers, no secrets, no "
                "left-out code.")


def test_a_command_that_cannot_run_is_mentioned_and_no_failure() -> None:
    proofs = [{"command": "cargo test", "exit_code": None}, *PASSED]

    draft = judge(GOOD, proofs, "Add", [])

    assert draft.verdict == "pass"
    assert "1 of 2 commands passed" in draft.comment
    assert draft.comment.endswith("Could not run here: cargo test.")


@pytest.mark.parametrize(("diff", "proofs", "complaint"), [
    (GOOD, [{"command": "npm test", "exit_code": 1}, *PASSED],
     "`npm test` failed with exit code 1."),
    (GOOD, [{"command": "npm test", "exit_code": -9}], "`npm test` failed with exit code -9."),
    ("", PASSED, "The diff is empty: nothing was changed."),
    (added("agents/a.py", "x", "<<<<<<< HEAD", "y", "=======", ">>>>>>> topic"), PASSED,
     "agents/a.py:2 leaves a merge marker in the file."),
    (added("src/x.py", "x"), PASSED,
     "Outside the task's paths (agents/**): src/x.py. Take those changes back."),
    ("diff --git a/src/x.py b/agents/x.py\nsimilarity index 100%\nrename from src/x.py\n"
     "rename to agents/x.py\n", PASSED,
     "Outside the task's paths (agents/**): src/x.py. Take those changes back."),
    (added("agents/a.py", f"KEY = 'sk-ant-{'a' * 30}'"), PASSED,
     "agents/a.py:1 adds what looks like a secret key; take it out, also of the commit."),
    (added("agents/a.pub", "-----BEGIN OPENSSH PRIVATE KEY-----"), PASSED,
     "agents/a.pub:1 adds what looks like a secret key; take it out, also of the commit."),
    (added("agents/a.py", f'TOKEN = "{REDACTED}"'), PASSED,
     "agents/a.py:1 adds what looks like a secret key; take it out, also of the commit."),
    (added("agents/.env", "A=1"), PASSED,
     "agents/.env looks by its name like a file with secrets; it must not be committed."),
    (added("agents/a.py", "def f():", "    # ... rest of the code unchanged"), PASSED,
     "agents/a.py:2 stands in for code that was left out; write the code."),
], ids=["failed", "killed", "empty", "markers", "outside", "renamed", "key", "private", "redacted",
        "env", "omitted"])
def test_each_wrong_sends_it_back_with_its_place(
        diff: str, proofs: list[dict[str, object]], complaint: str) -> None:
    assert judge(diff, proofs, "Add", ["agents/**"]) == JudgeDraft(
        verdict="revise", comment=f"By rules, not AI:\n{complaint}")


def test_a_secret_is_never_repeated_and_all_that_is_wrong_is_said_at_once() -> None:
    secret = f"ghp_{'Z' * 36}"
    diff = added("a\x1b[2J.py", f"token = {secret}", f"other = {secret}", "<<<<<<< HEAD")

    draft = judge(diff, [{"command": "x", "exit_code": 2}], "Add", ["b.py"])

    assert draft.comment.split("\n") == [
        "By rules, not AI:", "`x` failed with exit code 2.",
        "Outside the task's paths (b.py): a␛[2J.py. Take those changes back.",
        "a␛[2J.py:1 adds what looks like a secret key; take it out, also of the commit.",
        "a␛[2J.py:3 leaves a merge marker in the file."]


@pytest.mark.parametrize(("glob", "path", "is_inside"), [
    ("agents", "agents/deep/x.py", True), ("agents/*.py", "agents/deep/x.py", False),
    ("**/x.py", "x.py", True), ("./src/", "src/a", True),
    ("app/[id]/**", "app/[id]/page.tsx", True), ("app/[id]/**", "app/i/page.tsx", False),
    ("src/a?", "src/ab", True), (".", "any/thing", True),
    ("src/agent", "src/agents/x", False),
])
def test_owned_paths_are_globs_with_plain_brackets(glob: str, path: str, is_inside: bool) -> None:
    verdict = judge(added(path, "x"), PASSED, "Add", [glob]).verdict

    assert verdict == ("pass" if is_inside else "revise")


def test_headings_removed_markers_and_other_words_are_no_offence() -> None:
    diff = ("diff --git a/docs/x.rst b/docs/x.rst\n--- a/docs/x.rst\n+++ b/docs/x.rst\n"
            "@@ -1,2 +1,4 @@\n-<<<<<<< HEAD\n+Title\n+=======\n+# ... and so on\n x\n"
            "+the rest of the code is unchanged\n")

    assert judge(diff, PASSED, "Write", []).verdict == "pass"


def test_a_diff_with_its_middle_cut_out_is_still_judged_and_it_is_said() -> None:
    long = added("agents/a.py", *(f"line_{n} = {n}" for n in range(2_000))) + added(
        "other/b.py", "<<<<<<< HEAD")

    clean = judge(clip(long.replace("<<<<<<< HEAD", "x"), 9_000), PASSED, "Add", [])
    wrong = judge(clip(long, 9_000), PASSED, "Add", ["agents"])

    assert clean.verdict == "pass"
    assert clean.comment.endswith("The diff was cut or unusual, so only a part of it was read.")
    assert wrong.comment.split("\n")[1:] == [
        "Outside the task's paths (agents): other/b.py. Take those changes back.",
        "other/b.py leaves a merge marker in the file."]
