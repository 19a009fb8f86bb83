"""A recorded session played again: no network, no bill, exact to the byte of each request.

`replay:PATH` answers a request only with the reply that was recorded for the same one, in the order
recorded where equal requests came several times. A request that was never recorded is refused with
the first place where it differs from the nearest recorded one.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import replace
from pathlib import Path
from typing import Any

from cockpit_tui.config.redaction import Redactor
from cockpit_tui.domain.conversation import JsonObject, ModelReply, ModelRequest
from cockpit_tui.domain.errors import RequestRefused
from cockpit_tui.domain.model import ModelProfile, Wire
from cockpit_tui.providers.recording import Exchange, canonical, canonical_text, read_exchanges

_SHOWN = 60
_MISSING = object()


def replayed_profile(path: Path) -> ModelProfile:
    """The profile for `replay:PATH`: that of the recorded model, so that the same tools and bounds
    make the same requests; it costs nothing. Raises ProviderError."""
    recorded = read_exchanges(path)[0].profile
    base = recorded or ModelProfile(provider="replay", model=str(path))
    return replace(base, provider="replay", model=str(path), wire=Wire.REPLAY, vendor="",
                   price=None, retires_on="")


class ReplayProvider:
    """Plays the recording at `path`. Raises ProviderError where it cannot be read."""

    name = "replay"
    is_ai = False

    def __init__(self, path: Path, *, redactor: Redactor) -> None:
        """`redactor` must know the same secrets as the one that recorded."""
        self._redactor = redactor
        self._path = path
        self._exchanges = read_exchanges(path)
        self._waiting: dict[str, deque[Exchange]] = defaultdict(deque)
        for exchange in self._exchanges:
            self._waiting[canonical_text(exchange.request)].append(exchange)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """The recorded reply, at no cost. Raises RequestRefused for a request not recorded."""
        asked = canonical(request, self._redactor)
        waiting = self._waiting.get(canonical_text(asked))
        if not waiting:
            raise self._refused(asked, was_known=waiting is not None)
        return replace(waiting.popleft().reply, cost_microusd=0)

    async def close(self) -> None:
        """Nothing is held."""

    def _refused(self, asked: JsonObject, *, was_known: bool) -> RequestRefused:
        if was_known:
            return RequestRefused(
                f"The recording {str(self._path)!r} has no further answer to this request; all "
                f"recorded ones are played.", hint="Record the session again, to its end.")
        nearest = max(self._exchanges, key=lambda exchange: _common_messages(
            asked, exchange.request))
        place, now, then = first_difference(asked, nearest.request)
        return RequestRefused(
            f"The recording {str(self._path)!r} has no answer to this request. It first differs "
            f"at {place}: now {_shown(now)}, recorded {_shown(then)}.",
            hint="Replay with the same version, request and files as were recorded, or record "
                 "again.")


def first_difference(left: Any, right: Any, place: str = "$") -> tuple[str, Any, Any]:
    """Where two JSON values first differ, as `$.messages[2].blocks[0].text`, and the two values
    there; texts from their first differing character on. Equal values differ nowhere: `("", …)`."""
    if isinstance(left, dict) and isinstance(right, dict):
        pairs = [(f"{place}.{key}", left.get(key, _MISSING), right.get(key, _MISSING))
                 for key in sorted(left.keys() | right.keys())]
    elif isinstance(left, list) and isinstance(right, list):
        longest = max(len(left), len(right))
        pairs = [(f"{place}[{i}]", left[i] if i < len(left) else _MISSING,
                  right[i] if i < len(right) else _MISSING) for i in range(longest)]
    elif isinstance(left, str) and isinstance(right, str) and left != right:
        at = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b),
                  min(len(left), len(right)))
        return f"{place} (character {at})", left[at:], right[at:]
    else:
        return ("", left, right) if _is_same(left, right) else (place, left, right)
    for inner, a, b in pairs:
        found = first_difference(a, b, inner)
        if found[0]:
            return found
    return "", left, right


def _is_same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


def _common_messages(asked: JsonObject, recorded: JsonObject) -> tuple[bool, int, bool]:
    """How near a recorded request is: its seat, then how long the conversations agree."""
    pairs = zip(asked["messages"], recorded.get("messages", ()), strict=False)
    common = 0
    for now, then in pairs:
        if now != then:
            break
        common += 1
    return (asked["purpose"] == recorded.get("purpose"), common,
            len(asked["messages"]) == len(recorded.get("messages", ())))


def _shown(value: Any) -> str:
    if value is _MISSING:
        return "nothing"
    text = repr(value) if isinstance(value, str) else canonical_text(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
