"""Work put on top of what it conflicts with: there the files are those that landed."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitops_repos import commit, run_git

from cockpit_tui.gitops.carrying import carry_onto
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.merges import try_merge


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@pytest.mark.parametrize(("mine", "landed", "conflicts"), [
    ({"shared": "mine"}, {"shared": "landed", "other": "1"}, ("shared",)),
    ({"a/x": "mine"}, {"a": "landed"}, ("a",)),
    ({"a": "mine"}, {"a/x": "landed", "a/y": "landed"}, ("a",)),
])
async def test_in_conflict_the_files_are_those_that_landed_and_the_rest_is_carried(
        tmp_path: Path, object_format: str, mine: dict[str, str | bytes],
        landed: dict[str, str | bytes], conflicts: tuple[str, ...]) -> None:
    person = tmp_path / "repo"
    person.mkdir()
    run_git(person, "init", "-q", "-b", "main", f"--object-format={object_format}")
    base = commit(person, {"shared": "start"}, "Base")
    hub = await Hub.open(tmp_path / "hubs", "P1", person)
    work = commit(person, {**mine, "goes along": "mine"}, "Mine")
    await hub.refresh()
    run_git(person, "reset", "-q", "--hard", base)
    head = commit(person, landed, "Theirs")
    await hub.refresh()

    assert (await try_merge(hub, head=head, commit=work)).conflicts == conflicts
    carried = await carry_onto(hub, head=head, commit=work)
    assert run_git(hub.path, "diff-tree", "-r", "--name-status", head, carried) == "A\tgoes along"
    assert run_git(hub.path, "rev-parse", f"{carried}^@") == head
    hub.close()
