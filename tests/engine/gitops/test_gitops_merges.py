from __future__ import annotations

from pathlib import Path

import pytest
from gitops_repos import commit, run_git, write

from cockpit_tui.domain.diff import parse_diff
from cockpit_tui.domain.errors import GitError, MergeConflict
from cockpit_tui.gitops.diffs import diff
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.merges import bring_onto, keep_hunks

LINES = [f"line {number}\n" for number in range(1, 41)]


def changed(*numbers: int) -> str:
    return "".join(f"changed {n}\n" if n in numbers else line
                   for n, line in enumerate(LINES, start=1))


async def branches(hub: Hub, person: Path, mine: dict[str, str | bytes],
                   theirs: dict[str, str | bytes]) -> tuple[str, str, str]:
    """Base, and two commits on top of it."""
    base = commit(person, {"text": "".join(LINES)}, "Base")
    commit_id = commit(person, mine, "Mine\n\nStep-Id: S1")
    await hub.refresh()
    run_git(person, "reset", "-q", "--hard", base)
    head = commit(person, theirs, "Theirs")
    await hub.refresh()
    return base, commit_id, head


async def test_a_commit_on_the_head_itself_is_a_fast_forward(hub: Hub, person: Path) -> None:
    base, mine, _ = await branches(hub, person, {"a": "1"}, {"b": "1"})
    assert await bring_onto(hub, base=base, commit=mine, head=base) == mine
    assert await bring_onto(hub, base=base, commit=base, head=mine) == mine


async def test_a_commit_is_brought_onto_a_moved_head_as_one_signed_alike(
        hub: Hub, person: Path) -> None:
    base, mine, head = await branches(hub, person, {"text": changed(2), "a": "1"},
                                      {"text": changed(39), "b": "1"})
    landed = await bring_onto(hub, base=base, commit=mine, head=head)
    assert await bring_onto(hub, base=base, commit=mine, head=head) == landed
    assert await bring_onto(hub, base=base, commit=mine, head=landed) != landed
    signed = "--format=%an|%ae|%at|%cn|%ce|%ct|%B"
    assert run_git(hub.path, "log", "-1", signed, landed) == run_git(
        hub.path, "log", "-1", signed, mine)
    assert run_git(hub.path, "rev-parse", f"{landed}^@") == head
    assert run_git(hub.path, "show", f"{landed}:text") + "\n" == changed(2, 39)
    assert await hub.find_trailer(landed, head, "Step-Id", "S1") == landed
    assert run_git(hub.path, "for-each-ref", f"--points-at={landed}") == ""


async def test_a_conflict_names_its_paths(hub: Hub, person: Path) -> None:
    base, mine, head = await branches(
        hub, person, {"text": changed(5), "odd \xe9\n": "mine", "fine": "1"},
        {"text": changed(5, 6), "odd \xe9\n": "theirs"})
    with pytest.raises(MergeConflict) as caught:
        await bring_onto(hub, base=base, commit=mine, head=head)
    assert caught.value.paths == ("odd \xe9\n", "text")


async def test_dropped_hunks_are_taken_back_out_in_one_commit(hub: Hub, person: Path) -> None:
    base = commit(person, {"text": "".join(LINES), "gone": "g\n", "old name": changed(40)}, "Base")
    run_git(person, "mv", "old name", 'new "name"')
    run_git(person, "rm", "-q", "gone")
    write(person, {"text": changed(2, 20, 38) + "no end", "added": "a\n", "kept": "k\n",
                   'new "name"': changed(1, 40)})
    (person / "text").chmod(0o755)
    head = commit(person, {}, "Work")
    await hub.refresh()
    whole = parse_diff(await diff(hub, base, head))
    ids = {file.path: [hunk.id for hunk in file.hunks] for file in whole.files}
    assert {path: len(found) for path, found in ids.items()} == {
        "text": 3, "gone": 1, "added": 1, "kept": 1, 'new "name"': 1}

    dropped = [ids["text"][0], ids["text"][2], *ids["added"], *ids["gone"], *ids['new "name"']]
    made = await keep_hunks(hub, base=base, head=head, dropped=dropped, message="Drop",
                            trailers={"Cockpit-Job": "J1"})
    show = {path: run_git(hub.path, "show", f"{made}:{path}") + "\n" for path in
            ("text", "gone", "kept", 'new "name"')}
    assert show == {"text": changed(20), "gone": "g\n", "kept": "k\n", 'new "name"': changed(40)}
    assert run_git(hub.path, "ls-tree", "--name-only", made, "added", "old name") == ""
    assert run_git(hub.path, "ls-tree", made, "text").startswith("100755")
    assert run_git(hub.path, "log", "-1", "--format=%P|%B", made) == (
        f"{head}|Drop\n\nCockpit-Job: J1\n")
    left = {hunk.id for hunk in parse_diff(await diff(hub, base, made)).hunks}
    assert left == {ids["text"][1], *ids["kept"]}


async def test_all_hunks_dropped_gives_back_the_base(hub: Hub, person: Path) -> None:
    start = run_git(person, "rev-parse", "HEAD")
    point_submodule(person, start)
    base = commit(person, {"text": "a\r\nb\r\n", "end": "no end", "type": "t\n", "raw": b"\xff\n"})
    (person / "type").unlink()
    (person / "type").symlink_to("text")
    point_submodule(person, base)
    head = commit(person, {"text": "a\r\nB\r\n", "end": "no end\n", "sp ace/\ttab": "x",
                           "raw": b"\xfe\n"})
    await hub.refresh()
    every = [hunk.id for hunk in parse_diff(await diff(hub, base, head)).hunks]
    assert len(set(every)) == 7
    made = await keep_hunks(hub, base=base, head=head, dropped=every, message="Drop", trailers={})
    assert await hub.changed_files(base, made) == ()
    with pytest.raises(GitError, match="no hunk 0123"):
        await keep_hunks(hub, base=base, head=head, dropped=["0123"], message="Drop", trailers={})


def point_submodule(person: Path, commit_id: str) -> None:
    (person / "sub").mkdir(exist_ok=True)
    run_git(person, "update-index", "--add", "--cacheinfo", f"160000,{commit_id},sub")
