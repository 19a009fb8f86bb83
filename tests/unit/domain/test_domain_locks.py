"""Which globs can name one file, and who of those that wait is next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit_tui.domain.glob_overlap import may_overlap
from cockpit_tui.domain.globs import is_owned
from cockpit_tui.domain.ids import JobId, LockId, ProjectId, TaskId
from cockpit_tui.domain.lock import Claim, Lock, in_the_way, next_holders
from cockpit_tui.domain.plan import Task

AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(("one", "other", "meet"), [
    ("src/a.py", "src/a.py", True), ("src/a.py", "src/b.py", False),
    ("src", "src/deep/a.py", True), ("src/", "./src/a.py", True), ("src", "srcs/a.py", False),
    ("src/*.py", "src/a.*", True), ("src/*.py", "src/*.js", False),
    ("src/*.py", "src/sub/a.py", False), ("src/*", "src/sub/a.py", True),
    ("**/test_*.py", "tests/unit/**", True), ("*/test_*.py", "src/*.js", False),
    ("**/*.md", "README.md", True), ("a/**/z", "a/z", True), ("a/**/z", "a/b/c/z/y", True),
    ("?.txt", "ab.txt", False), ("", "x", True), (".", "any/thing", True),
    ("app/[id]/p.ts", "app/[id]/**", True), ("app/[id]/p.ts", "app/i/p.ts", False),
    ("Src/A.py", "src/a.py", True), ("x" * 500, "y", True),
    ("*a" * 99 + "c", "*b" * 99 + "d", True),
])
def test_globs_meet_where_one_path_can_be_both(one: str, other: str, meet: bool) -> None:
    assert (may_overlap(one, other), may_overlap(other, one)) == (meet, meet)


_GLOBS = st.lists(st.sampled_from(["a", "b", "/", "*", "?", "**", "**/"]), min_size=1,
                  max_size=6).map("".join)
_PATHS = st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=3).map("/".join)


@given(_GLOBS, _GLOBS, _PATHS)
@settings(max_examples=500, deadline=None)
def test_no_path_is_in_two_globs_that_do_not_meet(one: str, other: str, path: str) -> None:
    if is_owned(path, [one]) and is_owned(path, [other]):
        assert may_overlap(one, other)


def lock(number: int, claim: Claim, *, held: bool = False, priority: int = 0,
         project: str = "p") -> Lock:
    return Lock(id=LockId(f"l{number}"), number=number, project_id=ProjectId(project),
                job_id=JobId(f"j{number}"), job_number=number, task_id=TaskId(f"t{number}"),
                task_number="1.1", title="T", claim=claim, priority=priority, asked_at=AT,
                held_at=AT if held else None, pid=1, beat_at=AT)


def paths(*globs: str) -> Claim:
    return Claim(paths=globs)


def test_priority_comes_before_age_and_nobody_passes_one_who_wants_the_same() -> None:
    holder = lock(1, paths("src/a.py"), held=True)
    old, dear = lock(2, paths("src/**")), lock(3, paths("src/**"), priority=5)
    late, other = lock(4, paths("src/b.py")), lock(5, paths("docs/**"))
    elsewhere = lock(6, paths("src/**"), project="q")
    table = (old, late, holder, dear, other, elsewhere)
    assert next_holders(table) == (other, elsewhere)
    assert in_the_way(old, table) == (holder, dear)
    assert in_the_way(late, table) == (dear, old)
    assert next_holders((old, late, dear)) == (dear,)


def test_a_resource_is_one_name_whatever_its_case_and_a_task_without_paths_locks_none() -> None:
    task = Task(id=TaskId("t"), title="T", instructions="", role="Tester",
                resources=("DB:test ", "", "cache"))
    claim = Claim.of(task)
    assert claim == Claim(resources=("cache", "db:test"))
    assert claim.shared_with(Claim(paths=("**",), resources=("db:test",))) == ("db:test",)
    assert Claim.of(Task(id=TaskId("t"), title="T", instructions="", role="Tester")).is_empty
