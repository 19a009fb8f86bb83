"""`cockpit usage` for people: unknown is marked and counted; savings say what they stand on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cockpit_tui.cli.usage import usage_lines
from cockpit_tui.domain.spending import EditScore, Savings, UsageBy, UsageLine, UsageReport
from cockpit_tui.domain.usage import TokenUsage

SONNET = UsageLine(name="anthropic:sonnet", calls=2, known_microusd=1_240_000,
                   usage=TokenUsage(input=40_000, output=6_000, cache_read=30_000))
FELL_BACK = UsageLine(name="x:small", detail="anthropic:sonnet", calls=1, unpriced_calls=1,
                      estimated_calls=1, usage=TokenUsage(output=5))
REPORT = UsageReport(
    lines=(SONNET, FELL_BACK),
    total=UsageLine(name="total", calls=3, unpriced_calls=1, estimated_calls=1,
                    known_microusd=1_240_000,
                    usage=TokenUsage(input=40_000, output=6_005, cache_read=30_000)),
    edits=(EditScore(model="anthropic:sonnet", edits=8, failed=2),),
    savings=Savings(actual_microusd=1_240_000, baseline_microusd=3_100_000, calls=2, left_out=1))


@pytest.fixture(autouse=True)
def _wide_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def test_the_table_and_its_notes() -> None:
    assert usage_lines(REPORT, by=UsageBy.MODEL, baseline="a:opus", dated="2026-11-04") == [
        "model             calls  input  cached  output  cost",
        "anthropic:sonnet  2      40k    75%     6.0k    $1.24",
        "x:small           1      0      -       5       ?           asked anthropic:sonnet",
        "total             3      40k    75%     6.0k    $1.24 + 1?",
        "",
        "? 1 call of an unknown price; the sums are without them.",
        "~ 1 call counted by our own estimate: lost in a crash, or told without tokens.",
        "All on a:opus at prices of 2026-11-04, the same tokens would cost $3.10: $1.86 saved "
        "(60%), 1 call left out.",
        "",
        "edits by          made  could be applied",
        "anthropic:sonnet  8     75%",
    ]


@pytest.mark.parametrize(("savings", "said"), [
    (Savings(actual_microusd=2_000_000, baseline_microusd=500_000, calls=1, left_out=0),
     "All on a:opus, the same tokens would cost $0.50: $1.50 less than was paid."),
    (Savings(actual_microusd=50_100, baseline_microusd=50_000, calls=1, left_out=0),
     "All on a:opus, the same tokens would cost $0.05: about the same."),
    (Savings(actual_microusd=1_000, baseline_microusd=4_000, calls=1, left_out=0),
     "All on a:opus, the same tokens would cost $0.004: $0.003 saved (75%)."),
    (Savings(actual_microusd=0, baseline_microusd=0, calls=0, left_out=3), None), (None, None)])
def test_a_comparison_is_only_made_where_there_is_one(savings: Savings | None,
                                                      said: str | None) -> None:
    lines = usage_lines(replace(REPORT, savings=savings), by=UsageBy.MODEL, baseline="a:opus",
                        dated="")
    assert [line for line in lines if "the same tokens" in line] == ([said] if said else [])


def test_nothing_asked_yet_says_how_to_start() -> None:
    empty = UsageReport(lines=(), total=UsageLine(name="total"), edits=(), savings=None)
    assert usage_lines(empty, by=UsageBy.DAY, baseline="", dated="") == [
        'No model was asked yet. Start: cockpit run "Add tests for the parser"']


def test_a_model_that_answers_with_its_date_is_one_line_and_another_model_is_not() -> None:
    dated = replace(SONNET, name="anthropic:sonnet-20260101", detail="anthropic:sonnet")
    lines = (SONNET, dated, FELL_BACK)
    shown = usage_lines(replace(REPORT, lines=lines), by=UsageBy.MODEL, baseline="", dated="")
    assert [line.split()[:2] for line in shown[1:4]] == [
        ["anthropic:sonnet", "4"], ["x:small", "1"], ["total", "3"]]
    assert shown[1].endswith("$2.48")
