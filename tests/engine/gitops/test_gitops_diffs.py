from __future__ import annotations

import string
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from gitops_repos import commit, run_git
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cockpit_tui.domain.diff import FileChange, parse_diff, write_patch
from cockpit_tui.gitops.diffs import DIFF_FLAGS, diff
from cockpit_tui.gitops.hub import Hub

ODD_NAMES = ["sp ace", "tab\there", 'quo"te', "back\\slash", "new\nline", "é ünï", "-dash",
             b"raw \xff".decode("utf-8", "surrogateescape"), "a/b c/a b", "trail ", "b/a/x",
             "esc\x1b[31m"]


async def test_every_kind_of_change_is_parsed(hub: Hub, person: Path) -> None:
    long = "".join(f"line {n}\n" for n in range(30))
    base = commit(person, {"plain": "a\nb\n", "moved": long, "mode": "m\n", "pic": b"\0\1",
                           "empty gone": "", "gone": "g\n", "no end": "x", "-- sql": "-- a\n++ b\n",
                           "type": "t\n", "pure": long + "pure\n"})
    for old, new in (("moved", "moved to/ö \"q\""), ("pure", "pure moved")):
        (person / new).parent.mkdir(exist_ok=True)
        (person / old).rename(person / new)
    (person / "mode").chmod(0o755)
    for name in ("gone", "empty gone", "type"):
        (person / name).unlink()
    (person / "type").symlink_to("plain")
    head = commit(person, {"plain": "a\nB\n", "pic": b"\0\2", "empty new": "", "no end": "x\ny",
                           "moved to/ö \"q\"": long.replace("line 15", "LINE 15"),
                           "-- sql": "-- c\n++ b\n"})
    await hub.refresh()
    parsed = parse_diff(await diff(hub, base, head))
    changed, added, deleted, renamed = (FileChange.MODIFIED, FileChange.ADDED,
                                        FileChange.DELETED, FileChange.RENAMED)
    found = sorted((f.path, f.old_path, f.change, f.added, f.removed, len(f.hunks), f.is_binary)
                   for f in parsed.files)
    assert found == sorted([
        ("plain", "plain", changed, 1, 1, 1, False),
        ('moved to/ö "q"', "moved", renamed, 1, 1, 1, False),
        ("pure moved", "pure", renamed, 0, 0, 0, False),
        ("mode", "mode", changed, 0, 0, 0, False),
        ("pic", "pic", changed, 0, 0, 0, True),
        ("empty gone", "empty gone", deleted, 0, 0, 0, False),
        ("empty new", "empty new", added, 0, 0, 0, False),
        ("gone", "gone", deleted, 0, 1, 1, False),
        ("no end", "no end", changed, 2, 1, 1, False),
        ("-- sql", "-- sql", changed, 1, 1, 1, False),
        ("type", "type", deleted, 0, 1, 1, False),
        ("type", "type", added, 1, 0, 1, False),
    ])
    only = parse_diff(await diff(hub, base, head, ["plain", ":(top)mode"]))
    assert [file.path for file in only.files] == ["plain"]


@pytest.mark.parametrize("kind", ["text", "mode", "binary", "empty", "new"])
async def test_odd_names_survive_every_kind_of_header(hub: Hub, person: Path, kind: str) -> None:
    before: dict[str, str | bytes] = dict.fromkeys(
        ODD_NAMES, b"\0" if kind == "binary" else b"one\n")
    base = commit(person, {} if kind in {"empty", "new"} else before)
    if kind == "mode":
        for name in ODD_NAMES:
            (person / name).chmod(0o755)
        after: dict[str, str | bytes] = {}
    else:
        content = {"text": b"two\n", "binary": b"\0\0", "empty": b"", "new": b"new\n"}[kind]
        after = dict.fromkeys(ODD_NAMES, content)
    head = commit(person, after)
    await hub.refresh()
    parsed = parse_diff(await diff(hub, base, head))
    assert sorted(file.path for file in parsed.files) == sorted(ODD_NAMES)
    assert all(file.old_path == file.path for file in parsed.files)


async def test_the_persons_configuration_does_not_change_a_diff(hub: Hub, person: Path) -> None:
    base = commit(person, {"a": "1\n"})
    head = commit(person, {"a": "2\n"})
    await hub.refresh()
    before = await diff(hub, base, head)
    for key, value in {"diff.noprefix": "true", "diff.mnemonicPrefix": "true", "color.ui": "always",
                       "diff.context": "0", "diff.renames": "false",
                       "diff.algorithm": "patience"}.items():
        run_git(hub.path, "config", key, value)
    assert await diff(hub, base, head) == before


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        run_git(Path(folder), "init", "-q")
        yield Path(folder)


LINE = st.text(alphabet=string.ascii_lowercase[:3] + " +-\\@\r\tdé", max_size=4)
BODY = st.tuples(st.lists(LINE, max_size=25), st.booleans()).map(
    lambda parts: "\n".join(parts[0]) + ("\n" if parts[1] and parts[0] else ""))


@settings(max_examples=60, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=BODY, edits=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3), st.lists(LINE,
       max_size=3)), max_size=6), data=st.data())
def test_any_choice_of_hunks_applies_and_the_rest_can_be_taken_back(
        scratch: Path, old: str, edits: list[tuple[int, int, list[str]]],
        data: st.DataObject) -> None:
    padding = "".join(f"{n}\n" for n in range(30))
    old = padding + old + ("" if old.endswith("\n") or not old else "\n") + padding
    lines = old.split("\n")
    for at, removed, added in edits:
        lines[at:at + removed] = added
    new = "\n".join(lines)
    blobs = [run_git(scratch, "hash-object", "-w", "--stdin", data=text.encode())
             for text in (old, new)]
    trees = [run_git(scratch, "mktree", "-z", data=f"100644 blob {blob}\tfile é\0".encode())
             for blob in blobs]
    text = subprocess.run(
        ["git", "-c", "core.quotePath=false", "diff", *DIFF_FLAGS, *trees], cwd=scratch,
        capture_output=True, check=True).stdout.decode("utf-8", "surrogateescape")
    parsed = parse_diff(text)
    ids = [hunk.id for hunk in parsed.hunks]
    assert write_patch(parsed, only=ids) == text
    kept = data.draw(st.sets(st.sampled_from(ids)) if ids else st.just(set()))
    forward = applied(scratch, trees[0], write_patch(parsed, only=kept))
    dropped = set(ids) - kept
    backward = applied(scratch, trees[1], write_patch(parsed, only=dropped), "--reverse")
    assert forward == backward
    if not dropped:
        assert forward == trees[1]


def applied(scratch: Path, tree: str, patch: str, *flags: str) -> str:
    run_git(scratch, "read-tree", tree)
    if patch:
        run_git(scratch, "apply", "--cached", "--recount", "--whitespace=nowarn", *flags, "-",
                data=patch.encode("utf-8", "surrogateescape"))
    return run_git(scratch, "write-tree")
