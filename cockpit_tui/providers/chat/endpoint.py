"""One OpenAI-compatible endpoint, asked through the vendor's own SDK: what both wires share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol, cast

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.errors import ProviderError
from cockpit_tui.providers.chat.troubles import ChatTroubles
from cockpit_tui.providers.messages.incoming import BrokenStream
from cockpit_tui.providers.messages.outgoing import without_lone_surrogates
from cockpit_tui.providers.sse import server_events
from cockpit_tui.providers.timeouts import Timeouts
from cockpit_tui.providers.unfinished import Answer, opened, with_unfinished

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

VENDOR_URL = "https://api.openai.com/v1"
_DRAIN_SECONDS = 0.5
"""How much silence is waited out after the reply's own end, to keep the socket."""
_DONE = "[DONE]"


class Assembly(Answer, Protocol):
    """What puts the events of a stream together."""

    @property
    def is_complete(self) -> bool: ...

    def take(self, chunk: JsonObject) -> None: ...

    def end(self) -> None: ...


class Endpoint:
    """Posts a body and feeds the events of the answer to an assembly; retries nothing."""

    def __init__(self, name: str, *, base_url: str | None, key: str,
                 headers: Mapping[str, str] | None, timeouts: Timeouts,
                 key_variable: str) -> None:
        self.name = name
        self.base_url = (base_url or VENDOR_URL).rstrip("/")
        self._key = key.strip()
        self._headers = dict(headers or {})
        self._timeouts = timeouts
        self.is_vendor = self.base_url.startswith("https://api.openai.com/")
        self._needs_key = self.is_vendor or bool(key_variable)
        self.troubles = ChatTroubles(
            provider=name, base_url=self.base_url, key=self._key, timeouts=timeouts,
            headers=self._headers, key_variable=key_variable)
        self._client: AsyncOpenAI | None = None
        self._connecting = asyncio.Lock()

    async def stream(self, path: str, body: JsonObject, assembly: Assembly) -> None:
        """POST `body` and read the whole answer. Raises ProviderError, also for half a reply."""
        if (trouble := self.troubles.with_settings(needs_key=self._needs_key)) is not None:
            raise trouble
        client = await self.ready()
        try:
            async with asyncio.timeout(self._timeouts.total_seconds) as limit:
                await self._ask(client, path, body, assembly)
        except TimeoutError:
            if limit.expired():
                raise with_unfinished(self.troubles.too_slow(), assembly) from None
            raise

    async def ready(self) -> AsyncOpenAI:
        """The SDK's client; its import takes half a second, in a thread."""
        async with self._connecting:
            if self._client is None:
                self._client = await asyncio.to_thread(self._connect)
            return self._client

    async def close(self) -> None:
        async with self._connecting:
            client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _connect(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, Omit

        from cockpit_tui.providers.guarded_http import guarded_client

        # What the environment holds for OpenAI's own account is nobody else's business.
        headers: dict[str, Any] = {} if self.is_vendor else {
            "OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
        return AsyncOpenAI(
            api_key=self._key or "none", base_url=self.base_url, max_retries=0,
            default_headers={**headers, **self._headers},
            http_client=guarded_client(self._timeouts, provider=self.name))

    async def _ask(self, client: AsyncOpenAI, path: str, body: JsonObject,
                   assembly: Assembly) -> None:
        model = str(body.get("model", ""))
        try:
            async with await self._post(client, path, body) as stream, \
                    aclosing(self._events(stream, model, assembly)) as events:
                async for event in events:
                    _give(event, assembly)
                    if event is None or assembly.is_complete:
                        await _drain(events, assembly)
                        break
        except Exception as error:
            raise with_unfinished(self.troubles.of(error, model), assembly,
                                  is_told=isinstance(error, ProviderError)) from None
        if not assembly.is_complete:
            raise with_unfinished(self.troubles.broken("it stopped before its end"), assembly)

    async def _post(self, client: AsyncOpenAI, path: str, body: JsonObject) -> AsyncStream[Any]:
        """Straight to the path: the typed method would walk through the whole conversation."""
        from openai import AsyncStream, Omit

        # Without a key nothing is sent in its place; the SDK wants to be told so each time.
        headers: dict[str, Any] = {} if self._key else {"Authorization": Omit()}

        async def send(body: JsonObject) -> AsyncStream[Any]:
            return await client.post(path, body=body, cast_to=cast(Any, object), stream=True,
                                     options={"headers": headers}, stream_cls=AsyncStream[object])

        try:
            return await send(body)
        except UnicodeEncodeError:
            return await send(without_lone_surrogates(body))

    async def _events(self, stream: AsyncStream[Any], model: str,
                      assembly: Assembly) -> AsyncGenerator[JsonObject | None, None]:
        """The events as JSON objects; None for the mark at the end. Raises ProviderError for one
        that reports an error."""
        response = stream.response
        opened(assembly)
        if response.headers.get("content-type", "").startswith("application/json"):
            # Some servers do not stream at all: their one document is the one event.
            await response.aread()
            yield self._event(response.text, model)
            yield None
            return
        async for told in server_events(response.aiter_bytes()):
            if told.data.startswith(_DONE):
                yield None
            elif told.data:
                yield self._event(told.data, model)

    def _event(self, text: str, model: str) -> JsonObject:
        try:
            event = json.loads(text)
        except (ValueError, RecursionError):
            raise BrokenStream("it is no stream of events") from None
        if not isinstance(event, dict) or "error" in event:
            if (failure := self.troubles.told(event, model)) is not None:
                raise failure
            if not isinstance(event, dict):
                raise BrokenStream("a part of it is no JSON object")
        return event


def _give(event: JsonObject | None, assembly: Assembly) -> None:
    if event is None:
        assembly.end()
    else:
        assembly.take(event)


async def _drain(events: AsyncGenerator[JsonObject | None, None], assembly: Assembly) -> None:
    """Read to the end of the body, so that the connection can be used again; a server that keeps
    it open in silence is not waited for, as the reply is whole and would be paid twice."""
    try:
        while True:
            async with asyncio.timeout(_DRAIN_SECONDS):
                event = await anext(events)
            _give(event, assembly)
    except Exception:
        return  # Only the connection is lost.
