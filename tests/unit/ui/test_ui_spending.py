"""Money and models in words: gauges, variances, days, and who answered for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support import scenes

from cockpit_tui.domain import event as ev
from cockpit_tui.domain.job import WaitingOn
from cockpit_tui.domain.spending import DaySpending
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.engine.budget_account import Account, refusal
from cockpit_tui.presentation.event_words import words_of
from cockpit_tui.presentation.glyphs import ASCII, UNICODE
from cockpit_tui.presentation.spending import (
    Fill,
    day_words,
    fill_of,
    is_same_model,
    more_money,
    swap_words,
    token_words,
    variance,
)
from cockpit_tui.presentation.time import money
from cockpit_tui.ui.lines import Ink
from cockpit_tui.ui.parked import gauge, is_days_budget
from cockpit_tui.ui.plan_rows import natural_row, plan_rows
from cockpit_tui.ui.subject_questions import allow_words, deny_words


@pytest.mark.parametrize(("spent", "budget", "fill"), [
    (None, 10, Fill.UNKNOWN), (5, None, Fill.UNKNOWN), (79, 100, Fill.FINE), (80, 100, Fill.NEAR),
    (100, 100, Fill.OVER), (0, 0, Fill.FINE), (1, 0, Fill.OVER)])
def test_how_full_a_budget_is(spent: int | None, budget: int | None, fill: Fill) -> None:
    assert fill_of(spent, budget) is fill


def test_a_gauge_says_near_and_over_in_signs_too() -> None:
    assert [gauge(spent, 10_000_000, glyphs, cells=8) for spent, glyphs in (
        (3_420_000, UNICODE), (8_000_000, UNICODE), (10_400_000, ASCII), (None, UNICODE))] == [
        ("$3.42/10.00 ▓▓▓░░░░░ 34%", Ink.PLAIN), ("! $8.00/10.00 ▓▓▓▓▓▓░░ 80%", Ink.NOTICE),
        ("! OVER $10.40/10.00 [######] 104%", Ink.FAILED), ("?/10.00", Ink.PLAIN)]
    assert gauge(3_420_000, None, UNICODE, cells=8) == ("$3.42", Ink.PLAIN)


def test_less_than_a_cent_is_not_nothing() -> None:
    assert [money(amount) for amount in (None, 0, 1, 4_999, 5_100, 12_000)] == [
        "?", "$0.00", "<$0.01", "<$0.01", "$0.01", "$0.01"]


def test_what_is_unknown_of_a_day_shows() -> None:
    def day(known: int, unpriced: int) -> str:
        return day_words(DaySpending(known_microusd=known, unpriced_calls=unpriced, by_job={}))

    assert [day(4_380_000, 0), day(4_380_000, 2), day(0, 2), day(0, 0)] == [
        "$4.38", "$4.38+?", "?", "$0.00"]


@pytest.mark.parametrize(("asked", "used", "same"), [
    ("anthropic:m-4-5", "anthropic:m-4-5-20251001", True),
    ("openai:gpt-5", "openai:gpt-5-2025-08-07", True),
    ("openai:gpt-5", "openai:gpt-5-mini", False),
    ("anthropic:claude-opus-4", "anthropic:claude-opus-4-1", False), ("a:m", "b:m", False)])
def test_the_day_of_a_release_makes_no_other_model(asked: str, used: str, same: bool) -> None:
    assert is_same_model(asked, used) is same


def test_tokens_variance_and_swaps_in_words() -> None:
    assert token_words(TokenUsage(input=52_000, output=3_100)) == "52k in, 3.1k out"
    assert token_words(TokenUsage(input=182_000, output=9_400, cache_read=141_000,
                                  reasoning=2_100)) == (
        "182k in (141k cached, 77%), 9.4k out (2.1k thinking)")
    assert [variance(12, 10), variance(5, 10), variance(10, 10), variance(1, 0)] == [
        "+20%", "-50%", "", ""]
    assert swap_words("a:m", "a:n") == "n"
    assert swap_words("a:m", "b:n") == "b:n"


def test_more_money_is_enough_to_go_on_with() -> None:
    assert more_money(9_710_000, 10_000_000) == 20_000_000
    assert more_money(None, None) == 1_000_000
    assert more_money(3_333_333, 0) == 6_670_000


@pytest.mark.parametrize(("scope", "is_of_the_day"), [("job", False), ("task", False),
                                                      ("day", True)])
def test_the_engines_own_words_tell_the_days_budget(scope, is_of_the_day: bool) -> None:
    message, _ = refusal(Account(scope, 10, 9), 5, 41)
    job = replace(scenes.new_job(41), waiting_on=WaitingOn.BUDGET, reason=message)
    assert is_days_budget(job) is is_of_the_day


def test_a_question_about_money_says_what_a_no_does() -> None:
    questions = (scenes.budget_approval(), scenes.budget_approval("T22"),
                 scenes.expensive_approval(), scenes.command_approval())
    assert [(allow_words(asked.question), deny_words(asked.question)) for asked in questions] == [
        ("a allow the money", "x deny: the job stops and waits; b lets it go on later"),
        ("a allow the money", "x deny: the task fails, the job goes on without it"),
        ("a allow this one call", "x deny: a cheaper model is asked; without one it fails"),
        ("a allow once", "x deny, the agent is told and goes on without")]


def test_retries_fallbacks_and_budgets_are_calm_lines() -> None:
    words = [words_of(payload, UNICODE) for payload in (
        ev.ModelRetried(agent="a", model="x:m", attempt=1, reason="busy (529)", wait_seconds=4.0),
        ev.ModelFellBack(agent="a", asked="x:m", used="x:n", reason="busy"),
        ev.BudgetExceeded(spent_microusd=9_710_000, budget_microusd=10_000_000, scope="day"),
        ev.UsageRecorded(model="x:n", model_asked="x:m", input_tokens=2_000, output_tokens=10,
                         cached_tokens=1_500, cost_microusd=None))]
    assert [(w.word, w.text, w.detail) for w in words] == [
        ("retry", "x:m: busy (529)", "again in 4s"), ("model", "x:m → n: busy", ""),
        ("budget", "today's budget: no money for the next call", "$9.71/10.00"),
        ("usage", "x:m → n", "2.0k in (1.5k cached) 10 out ?")]
    assert not any(w.is_error for w in words)


def test_a_job_that_stopped_has_nothing_at_work() -> None:
    view = scenes.waiting_money().views[1]
    rows = plan_rows(view, now=scenes.NOW, width=40, glyphs=UNICODE)
    assert rows[0].line.text == "◆ Waits for money $9.71/10.00"
    assert [row.key for row in rows if row.line.text.startswith("‖ ")] == [
        "phase:F2", "task:T22", "task:T23", "task:T26"]
    assert natural_row(view) == rows[0].key
