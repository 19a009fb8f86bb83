"""An address as a channel: one POST, no redirect followed, tried again a few times.

The address itself is a secret (whoever knows it can write there), so no message names it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.engine.telling.outgoing import TITLE, NotTold, Outgoing

if TYPE_CHECKING:
    import httpx2

LONGEST_SECONDS = 10.0
"""One attempt."""
WAITS_SECONDS = (1.0, 5.0)
"""Before the second attempt, and before the third."""
MAX_ANSWER_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str = field(repr=False)
    body: Literal["json", "text"] = "json"
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def post(self, told: Outgoing) -> str:
        """Raises NotTold. Every attempt carries the same `Idempotency-Key`."""
        attempts = len(WAITS_SECONDS) + 1
        client = await asyncio.to_thread(_client)
        async with client:
            for attempt in range(attempts):
                if attempt:
                    await self.sleep(WAITS_SECONDS[attempt - 1])
                try:
                    return await self._once(client, told)
                except _MayWorkLater as error:
                    if attempt + 1 == attempts:
                        raise NotTold(f"{error}, {attempts} times") from error
        raise AssertionError("every attempt returns or raises")

    async def _once(self, client: httpx2.AsyncClient, told: Outgoing) -> str:
        import httpx2

        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                async with client.stream("POST", self.url, content=self._content(told),
                                         headers=self._headers(told)) as answer:
                    status = answer.status_code  # What it says besides is nobody's business.
        except TimeoutError:
            raise _MayWorkLater(f"no answer within {LONGEST_SECONDS:g} s") from None
        except CockpitError as error:  # the client's own guard
            raise NotTold("it redirects elsewhere; that is not followed") from error
        except httpx2.TransportError as error:
            raise _MayWorkLater(f"not reached ({type(error).__name__})") from error
        except (httpx2.InvalidURL, httpx2.HTTPError, ValueError) as error:
            raise NotTold(f"the request could not be made ({type(error).__name__})") from error
        if status >= 500 or status in (408, 429):
            raise _MayWorkLater(f"it answered with {status}")
        if not 200 <= status < 300:
            raise NotTold(f"it answered with {status}")
        return f"answered {status}"

    def _content(self, told: Outgoing) -> bytes:
        if self.body == "text":
            return told.text.encode()
        return json.dumps({
            "text": f"{TITLE}: {told.text}", "kind": told.kind.value, "job": told.job,
            "task": told.task, "number": told.number,
            "at": told.at.isoformat().replace("+00:00", "Z")}).encode()

    def _headers(self, told: Outgoing) -> dict[str, str]:
        kind = "text/plain; charset=utf-8" if self.body == "text" else "application/json"
        headers = {"content-type": kind,
                   "idempotency-key": f"cockpit-{told.number}-{told.at.timestamp():.0f}"}
        return {**headers, "title": TITLE} if self.body == "text" else headers


class _MayWorkLater(Exception):
    """What says nothing against trying again."""


def _client() -> httpx2.AsyncClient:
    """Made in a thread: the import takes a while."""
    from cockpit_tui.providers.guarded_http import guarded_client
    from cockpit_tui.providers.timeouts import Timeouts

    return guarded_client(
        Timeouts(connect_seconds=LONGEST_SECONDS, idle_seconds=LONGEST_SECONDS,
                 total_seconds=LONGEST_SECONDS, max_reply_bytes=MAX_ANSWER_BYTES),
        provider="the webhook", takes_pages=True)
