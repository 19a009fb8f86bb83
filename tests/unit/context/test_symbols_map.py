"""The map as text: its form, its budget, its cache."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.trees import tree

from cockpit_tui.context.symbols import reading, symbol_map
from cockpit_tui.context.symbols.cache import TagCache, content_key
from cockpit_tui.context.symbols.extract import extract
from cockpit_tui.context.symbols.tags import FileTags

PARCELS = {
    "parcels/box.py": (
        "LIMIT = 3\n\n\nclass Box(Thing):\n    def open(self) -> None: ...\n\n"
        "    def weigh(self, scale: Scale) -> float: ...\n\n\n"
        "def wrap_box(box: Box) -> Box: ...\n"),
    "parcels/mail.py": "def send(box): ...\n",
    "notes.md": "The box is heavy.\n",
}
_NAMES = st.text(st.sampled_from("abcxyz/._-\x1b\u202e\ud800ü"), min_size=1, max_size=30)
_SOURCES = st.sampled_from([
    b"", b"\xff\0", b"class Box:\n  def weigh(self): ...\n", b"def \xc3\x28(): pass",
    b"def box(" + b"a, " * 200 + b"): ...\n", "class Bo\u202ex: pass".encode(), b"# box\n" * 50])


def test_the_best_files_come_with_outlines_and_then_paths() -> None:
    assert symbol_map(tree(PARCELS), "weigh the box", budget_tokens=150) == (
        "parcels/box.py\n"
        "  1: LIMIT = 3\n"
        "  4: class Box(Thing)\n"
        "    5: def open(self) -> None\n"
        "    7: def weigh(self, scale: Scale) -> float\n"
        "  10: def wrap_box(box: Box) -> Box\n"
        "parcels/mail.py\n"
        "  1: def send(box)\n"
        "notes.md")


def test_what_a_file_says_besides_is_elided() -> None:
    many = {"box.py": "\n".join(f"def box_{number}(): ..." for number in range(99))
                      + "\nclass Heavy:\n    def weigh(self): ...\n"}

    lines = symbol_map(tree(many), "weigh", budget_tokens=500).split("\n")

    assert lines[0] == "box.py"
    assert lines[-3:] == ["  ...", "  100: class Heavy", "    101: def weigh(self)"]
    assert len(lines) < 20


@given(files=st.dictionaries(_NAMES, _SOURCES, max_size=12), budget=st.integers(-5, 300))
def test_never_above_the_budget_never_harmful_always_the_same(
        files: dict[str, bytes], budget: int) -> None:
    snapshot = tree(files)

    text = symbol_map(snapshot, "weigh the box abc/x.y", budget_tokens=budget)

    assert len(text) <= max(0, budget) * 4
    assert not set(text) & set("\x1b\u202e\ud800")
    assert text == symbol_map(snapshot, "weigh the box abc/x.y", budget_tokens=budget)


def test_a_second_look_parses_nothing_and_says_the_same(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = symbol_map(tree(PARCELS), "box", budget_tokens=200, cache_dir=tmp_path / "new")
    monkeypatch.setattr(reading, "extract", lambda *_: pytest.fail("it was parsed again"))

    again = symbol_map(tree(PARCELS), "box", budget_tokens=200, cache_dir=tmp_path / "new")

    assert first == again == symbol_map_without(monkeypatch)


def symbol_map_without(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(reading, "extract", extract)
    return symbol_map(tree(PARCELS), "box", budget_tokens=200)


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 100, None])
def test_a_damaged_cache_is_thrown_away(tmp_path: Path, damage: bytes | None) -> None:
    cache, key = TagCache(tmp_path), content_key(b"x", "python")
    tags = extract(b"def take(): ...", "python")
    cache.write({key: tags})
    assert cache.read([key]) == {key: tags}
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:5_000] + b"\xff" * 5_000 if damage is None else damage)

    found = cache.read([key])
    cache.write({key: tags})

    assert found in ({}, {key: tags})
    assert cache.read([key]) == {key: tags}


def test_damaged_rows_count_as_missing(tmp_path: Path) -> None:
    cache, key = TagCache(tmp_path), content_key(b"x", "python")
    for data in (b"", b"\xff", b"x\x9c\x03\x00\x00\x00\x00\x01"):
        cache.write({key: FileTags(names={}, words={})})
        with closing(sqlite3.connect(tmp_path / "symbols.sqlite3")) as db, db:
            db.execute("UPDATE tags SET data = ?", (data,))

        assert cache.read([key]) == {}


def test_a_cache_that_cannot_be_opened_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    found = symbol_map(tree(PARCELS), "box", budget_tokens=200, cache_dir=tmp_path / "file")

    assert found == symbol_map(tree(PARCELS), "box", budget_tokens=200)


def test_the_oldest_rows_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit_tui.context.symbols.cache.MAX_ROWS", 3)
    cache = TagCache(tmp_path)
    keys = [content_key(bytes([number]), "") for number in range(5)]
    for number, key in enumerate(keys):
        cache.write({key: FileTags(names={str(number): 1}, words={})}, used=keys[:1])

    assert sorted(cache.read(keys)) == sorted([keys[0], *keys[3:]])


def test_a_key_tells_content_and_grammar_apart() -> None:
    assert len({content_key(b"a", "c"), content_key(b"a", "cpp"), content_key(b"b", "c")}) == 3
