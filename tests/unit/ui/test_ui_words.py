"""Glyphs, times, paths and the filter grammar."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from cockpit_tui.domain.job import JobStatus, WaitingOn
from cockpit_tui.domain.policy import Risk
from cockpit_tui.domain.task import AgentStatus, TaskStatus
from cockpit_tui.presentation.filter import Filter
from cockpit_tui.presentation.fit import fit_with_detail
from cockpit_tui.presentation.glyphs import (
    ASCII,
    UNICODE,
    GlyphSet,
    Role,
    StateSign,
    agent_sign,
    choose_glyphs,
    job_sign,
    risk_sign,
    task_sign,
)
from cockpit_tui.presentation.time import age, duration, money, short_path, tokens, when

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=lambda g: g.name)
def test_every_state_has_a_sign_of_one_cell_and_a_word(glyphs: GlyphSet) -> None:
    signs = [*(task_sign(status, glyphs) for status in TaskStatus),
             *(job_sign(status, waiting, glyphs) for status in JobStatus for waiting in WaitingOn),
             *(agent_sign(status, glyphs) for status in AgentStatus),
             *(risk_sign(risk, glyphs) for risk in Risk)]
    assert [sign for sign in signs if cell_len(sign.glyph) != 1 or not sign.word] == []
    if glyphs is ASCII:
        assert "".join(sign.glyph + sign.word for sign in signs).isascii()
        assert all("".join(getattr(glyphs, f.name)).isascii() for f in fields(glyphs))


def test_a_job_that_waits_shows_it_but_a_finished_one_shows_its_end() -> None:
    needs_you = StateSign(glyph="◆", word="NEEDS YOU", role=Role.ATTENTION, is_bold=True)
    done = StateSign(glyph="✓", word="done", role=Role.OK)
    assert job_sign(JobStatus.BUILDING, WaitingOn.APPROVAL, UNICODE) == needs_you
    assert job_sign(JobStatus.COMPLETED, WaitingOn.APPROVAL, UNICODE) == done


@pytest.mark.parametrize(("setting", "environ", "expected"), [
    ("auto", {"LANG": "en_GB.UTF-8"}, UNICODE),
    ("auto", {"LC_ALL": "de_DE.utf8", "LANG": "C"}, UNICODE),
    ("auto", {}, UNICODE),
    ("auto", {"LANG": "C"}, ASCII),
    ("auto", {"LANG": "C", "LC_CTYPE": "C.UTF-8"}, ASCII),
    ("auto", {"LC_ALL": "C.UTF-8", "LANG": "C"}, UNICODE),
    ("auto", {"LANG": "en_US.ISO-8859-1"}, ASCII),
    ("auto", {"LANG": "en_GB.UTF-8", "TERM": "linux"}, ASCII),
    ("ascii", {"LANG": "en_GB.UTF-8"}, ASCII),
    ("unicode", {"LANG": "C"}, UNICODE),
])
def test_the_alphabet_follows_the_setting_then_the_locale(
        setting: str, environ: dict[str, str], expected: GlyphSet) -> None:
    assert choose_glyphs(setting, environ) is expected


def test_bars_fill_their_width_exactly() -> None:
    assert [UNICODE.bar(part, 8) for part in (-1, 0, 0.34, 1, 7)] == [
        "░░░░░░░░", "░░░░░░░░", "▓▓▓░░░░░", "▓▓▓▓▓▓▓▓", "▓▓▓▓▓▓▓▓"]
    assert ASCII.bar(0.5, 8) == "[###---]"


def test_times_take_two_units_and_ages_one() -> None:
    seconds = (-3, 0, 0.04, 0.4, 0.96, 38.2, 59.7, 252, 3599.6, 7500, 273_600)
    assert [duration(s) for s in seconds] == [
        "0s", "0s", "0s", "0.4s", "1s", "38s", "1m00s", "4m12s", "1h00m", "2h05m", "3d4h"]
    passed = (0, 59, 60, 3599, 3600, 86_400)
    assert [age(NOON, NOON + timedelta(seconds=s)) for s in passed] == [
        "0s", "59s", "1m", "59m", "1h", "1d"]
    assert [when(NOON - timedelta(minutes=m), NOON, UTC) for m in (2, 90, 60 * 20, 60 * 9000)] == [
        "2m ago", "10:30", "20 Nov 16:00", "2025-11-11"]


def test_money_and_tokens_are_short_and_unknown_is_not_zero() -> None:
    assert (money(3_420_000, 10_000_000), money(None), money(0)) == ("$3.42/10.00", "?", "$0.00")
    assert [tokens(n) for n in (0, 999, 1_000, 9_949, 9_960, 184_300, 999_600, 1_400_000)] == [
        "0", "999", "1.0k", "9.9k", "10k", "184k", "1.0M", "1.4M"]


@pytest.mark.parametrize(("width", "expected"), [
    (40, "src/auth/oauth/callback.py"), (25, "src/…/oauth/callback.py"),
    (20, "src/…/callback.py"), (13, "…/callback.py"), (11, "callback.py"), (8, "…back.py"),
    (1, "y"), (0, ""),
])
def test_paths_lose_their_middle_first(width: int, expected: str) -> None:
    assert short_path("src/auth/oauth/callback.py", width) == expected


def test_a_path_cannot_act_on_the_terminal() -> None:
    assert short_path("a\x1b[2J\n/b\u202e.py", 60) == "a␛[2J␊/b<U+202E>.py"


def test_texts_are_fitted_by_cells_not_characters() -> None:
    assert fit_with_detail("漢字漢字漢字漢字漢字", "1 failed", 24) == (
        "漢字漢字漢字漢… ", "1 failed")
    assert fit_with_detail("pytest -q", "1 failed", 15) == ("pytest -q      ", "")


@pytest.mark.parametrize(("text", "passes"), [
    ("", True), ("PYTEST", True), ("pytest a2", True), ("pytest a9", False), ("!npm", True),
    ("!pytest", False), ("agent:a2", True), ("agent:pytest", False), ("!agent:a2", False),
    ("cost>1", True), ("cost>1.5", False), ("cost<2", True), ("who>1", False), ("nowhere:x", False),
    ("a->b", False), ("agent:", True), ("!", True),
])
def test_the_filter_grammar(text: str, passes: bool) -> None:
    fields: dict[str, str | float] = {"agent": "a2", "who": "a2", "text": "pytest -q", "cost": 1.5}
    assert Filter.parse(text).matches(fields) is passes


def test_presentation_runs_without_textual() -> None:
    """The plain command line prints events with it, and must start fast."""
    code = ("import importlib, pkgutil, sys\n"
            "import cockpit_tui.presentation as room\n"
            "for module in pkgutil.iter_modules(room.__path__):\n"
            "    importlib.import_module(f'{room.__name__}.{module.name}')\n"
            "sys.exit('textual' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
