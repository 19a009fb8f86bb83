"""What a running task's row and page say of foreseen clashes and stray writes."""

from __future__ import annotations

from dataclasses import replace

from support import scenes

from cockpit_tui.domain.event import CollisionForeseen, TaskStrayed
from cockpit_tui.presentation.glyphs import ASCII
from cockpit_tui.ui.plan_rows import plan_rows
from cockpit_tui.ui.subjects import subject_of


def test_both_tasks_say_with_whom_they_clash_and_where_they_strayed() -> None:
    view = replace(
        scenes.running().views[1],
        collisions=(CollisionForeseen(number="2.2", other="2.3", files=("src/auth/store.py",)),
                    CollisionForeseen(number="2.2", other="", files=("README.md",))),
        strays=(TaskStrayed(number="2.3", files=("a\x1b.txt",), held_by=("#41 2.2",)),))
    rows = {row.key: row.line.text for row in plan_rows(view, now=scenes.NOW, width=78,
                                                        glyphs=ASCII)}
    assert rows["task:T22"] == ("* 2.2 Token store working clash 2.3, landed 9m $0.31")
    assert "clash 2.2" in rows["task:T23"]
    pages = {key: [line.text for line in subject_of(view, f"task:{key}", now=scenes.NOW,
                                                    glyphs=ASCII).head[:2]]
             for key in ("T22", "T23")}
    assert pages == {
        "T22": ["will clash with 2.3: src/auth/store.py",
                "will clash with what has landed: README.md"],
        "T23": ["will clash with 2.2: src/auth/store.py",
                "wrote where #41 2.2 works: a␛.txt"]}
