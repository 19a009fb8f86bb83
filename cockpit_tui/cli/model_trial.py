"""One tiny call to a model: does it work, how fast, what it costs, can it use tools."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from cockpit_tui.config.redaction import Redactor
from cockpit_tui.domain.conversation import (
    ModelReply,
    ModelRequest,
    StopReason,
    ToolSpec,
    user,
)
from cockpit_tui.domain.errors import (
    CockpitError,
    MalformedReply,
    ModelRefused,
    ProviderError,
    ProviderUnavailable,
)
from cockpit_tui.domain.model import ModelProfile, Price, Wire
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.providers.pool import ModelPool, RetryNotice
from cockpit_tui.providers.pricing import PriceBook
from cockpit_tui.providers.registry import ProviderSource
from cockpit_tui.providers.resilience import RetryPolicy

WORD = "harbour"
_PING = ToolSpec(name="ping", description="Answers with the word that it is given.", parameters={
    "type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"],
    "additionalProperties": False})
_MOST_TOKENS = 2_048
"""Room for a model that thinks first; a plain one answers in twenty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one call showed. Nothing in it holds a key."""

    model: str
    works: bool
    seconds: float
    """From asking to the whole answer."""
    answered_by: str = ""
    """The model that the endpoint says it was."""
    tools: str = ""
    """`work`, `not used`, or `not asked`."""
    cost_microusd: int | None = None
    price: Price | None = None
    price_from: str = ""
    """`your settings`, `genai-prices of DATE`, `local`, or empty where nobody knows."""
    tokens: int = 0
    problem: str = ""
    hint: str = ""
    warning: str = ""


async def try_model(profile: ModelProfile, source: ProviderSource, *, prices: PriceBook,
                    redactor: Redactor, seconds: float, warning: str = "") -> Trial:
    """Ask `profile` once, for at most `seconds`. A failure is told in the trial, not raised."""
    began = time.monotonic()
    pool = ModelPool(source, prices=prices, policy=RetryPolicy(max_attempts=1))
    problem: CockpitError | None = None
    reply: ModelReply | None = None
    try:
        async with asyncio.timeout(seconds) as limit:
            if profile.wire not in (Wire.RULES, Wire.REPLAY):
                reply = await pool.complete(profile, _request(profile), on_retry=_no_retry,
                                            fail_fast=True)
                problem = _unusable(reply, profile)
            else:
                pool.provider_of(profile)
    except TimeoutError:
        if not limit.expired():
            raise
        problem = ProviderUnavailable(
            f"{profile.name} gave no whole answer within {seconds:g} seconds.",
            hint="Look at the connection, or give it longer: --seconds 60"
            + (" (a local model may still be loading)" if profile.is_local else ""))
    except CockpitError as error:
        problem = error
    finally:
        await pool.close()
    took = time.monotonic() - began
    await asyncio.to_thread(prices.load)
    clean = redactor.redact
    return Trial(
        model=profile.name, works=problem is None, seconds=took, warning=warning,
        answered_by=clean(reply.model) if reply else "", tools=_tools(profile, reply),
        cost_microusd=reply.cost_microusd if reply else 0 if problem is None else None,
        price=prices.price(profile), price_from=price_origin(profile, prices),
        tokens=reply.usage.total if reply else 0,
        problem=clean(problem.message) if problem else "",
        hint=clean(problem.hint) if problem else "")


def price_origin(profile: ModelProfile, prices: PriceBook) -> str:
    """Where the price of `profile` is from; empty where nobody knows one."""
    if profile.is_local or profile.wire in (Wire.RULES, Wire.REPLAY):
        return "local"
    if not prices.needs_tables(profile):
        return "your settings" if prices.price(profile) is not None else ""
    if prices.price(profile) is None:
        return ""
    return f"genai-prices of {prices.dated()}"


def _request(profile: ModelProfile) -> ModelRequest:
    return ModelRequest(
        model=profile.model, purpose="test", profile=profile,
        system="You test a connection. Do as you are told, in as few words as possible.",
        messages=(user(f"Call the tool ping with the word {WORD!r}." if profile.supports_tools
                       else f"Say the word {WORD!r}, nothing else."),),
        tools=(_PING,) if profile.supports_tools else (),
        max_output_tokens=min(_MOST_TOKENS, profile.max_output_tokens))


def _unusable(reply: ModelReply, profile: ModelProfile) -> ProviderError | None:
    """What is wrong with an answer that came; None where work can be done with such ones."""
    if reply.stop_reason is StopReason.REFUSAL:
        words = sanitize_line(reply.message.text[:200]) or "without a word"
        return ModelRefused(f"{profile.name} answers, but refuses so small a thing: {words}",
                            hint="Choose another model, or look at the provider's own filters.")
    if not reply.message.text.strip() and not reply.message.tool_calls:
        return MalformedReply(f"{profile.name} answered with nothing.",
                              hint="Check base_url, wire and, at a local server, the chat "
                                   "template; or choose another model.")
    return None


def _tools(profile: ModelProfile, reply: ModelReply | None) -> str:
    if reply is None or not profile.supports_tools:
        return "not asked"
    for call in reply.message.tool_calls:
        if call.name == _PING.name and not call.malformed:
            return "work"
    return "not used"


async def _no_retry(notice: RetryNotice) -> None:
    """Never called: there is one attempt."""
