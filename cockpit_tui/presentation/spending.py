"""Money, tokens and models in words: how full a budget is, actual against planned, who answered."""

from __future__ import annotations

import re
from enum import StrEnum

from cockpit_tui.domain.model import RULES_PROFILE
from cockpit_tui.domain.spending import DaySpending
from cockpit_tui.domain.usage import MICROUSD_PER_USD, TokenUsage, format_microusd
from cockpit_tui.presentation.time import tokens

WARN_FROM = 0.8
"""The part of a budget from which on it is shown as nearly used up; the engine warns there too."""
RULES_NOT_AI = "rules, not AI"
_A_DATE = re.compile(r"[-@:.]?\d[\d.-]*\Z")


class Fill(StrEnum):
    """How full a budget is."""

    UNKNOWN = "unknown"
    """There is none, or a call's price is not known."""
    FINE = "fine"
    NEAR = "near"
    OVER = "over"


def fill_of(spent_microusd: int | None, budget_microusd: int | None) -> Fill:
    if spent_microusd is None or budget_microusd is None:
        return Fill.UNKNOWN
    if spent_microusd >= budget_microusd:
        return Fill.OVER if spent_microusd else Fill.FINE
    return Fill.NEAR if spent_microusd >= WARN_FROM * budget_microusd else Fill.FINE


def is_rules(model: str) -> bool:
    """Whether the offline rules do the work, which nobody should take for a model."""
    return model in {RULES_PROFILE.name, RULES_PROFILE.provider}


def is_same_model(asked: str, used: str) -> bool:
    """True too where the provider only named the day of its release: `m` and `m-20251001`."""
    if asked == used:
        return True
    rest = used.removeprefix(asked)
    return rest != used and _A_DATE.match(rest) is not None and sum(map(str.isdigit, rest)) >= 4


def short_model(name: str) -> str:
    """`anthropic:claude-haiku-4-5` → `claude-haiku-4-5`; a path of owners goes too."""
    return name.partition(":")[2].rpartition("/")[2] or name


def swap_words(asked: str, used: str) -> str:
    """`used` as it is said behind `asked`: without the provider where that is the same."""
    same = asked.partition(":")[0] == used.partition(":")[0]
    return used.partition(":")[2] or used if same else used


def token_words(usage: TokenUsage) -> str:
    """`52k in (40k cached, 77%), 3.1k out (1.2k thinking)`."""
    if not usage.total:
        return ""
    cached = (f" ({tokens(usage.cache_read)} cached, {usage.cache_read / usage.input:.0%})"
              if usage.cache_read and usage.input else "")
    thought = f" ({tokens(usage.reasoning)} thinking)" if usage.reasoning else ""
    return f"{tokens(usage.input)} in{cached}, {tokens(usage.output)} out{thought}"


def variance(actual: float, planned: float) -> str:
    """`+24%` over the estimate, `-38%` under it; empty where they agree or one is not known.
    """
    if planned <= 0 or actual <= 0:
        return ""
    off = f"{actual / planned - 1:+.0%}"
    return "" if off in {"+0%", "-0%"} else off


def day_words(day: DaySpending) -> str:
    """`$4.38`, and `$4.38+?` where calls of today have no known price."""
    known = format_microusd(day.known_microusd)
    if not day.unpriced_calls:
        return known
    return f"{known}+?" if day.known_microusd else "?"


def dollars(amount_microusd: int | None) -> str:
    """The amount as a form's field has it: `20.00`; empty for none."""
    return "" if amount_microusd is None else f"{amount_microusd / MICROUSD_PER_USD:.2f}"


def more_money(spent_microusd: int | None, budget_microusd: int | None) -> int:
    """A budget to go on with: twice of what is gone, at least a dollar, in whole cents."""
    twice = 2 * max(spent_microusd or 0, budget_microusd or 0)
    return max(MICROUSD_PER_USD, -(-twice // 10_000) * 10_000)
