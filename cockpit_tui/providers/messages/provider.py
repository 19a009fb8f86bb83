"""One endpoint that speaks Anthropic Messages, asked through the vendor's own SDK."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from cockpit_tui.domain.conversation import JsonObject, ModelReply, ModelRequest
from cockpit_tui.domain.errors import ProviderError, RequestRefused
from cockpit_tui.providers.failures import short
from cockpit_tui.providers.messages.incoming import BrokenStream, ReplyAssembly
from cockpit_tui.providers.messages.outgoing import body_of, without_lone_surrogates
from cockpit_tui.providers.messages.troubles import Troubles
from cockpit_tui.providers.sse import server_events
from cockpit_tui.providers.timeouts import Timeouts
from cockpit_tui.providers.unfinished import opened, with_unfinished

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic, AsyncStream

VENDOR_URL = "https://api.anthropic.com"
_DRAIN_SECONDS = 0.5
"""How long the end of the body is waited for after the reply's own end, to keep the socket."""


class MessagesProvider:
    """Streams every reply and gives it back whole; retries nothing.

    `key` may be empty only for an endpoint other than the vendor's own that needs none, such as a
    local server. `key_variable` names the environment variable that holds it, for messages.
    `extra_body` is sent along with every request.
    """

    is_ai = True

    def __init__(self, name: str, *, base_url: str | None, key: str,
                 headers: Mapping[str, str] | None = None, timeouts: Timeouts,
                 extra_body: Mapping[str, Any] | None = None, key_variable: str = "") -> None:
        self.name = name
        self._base_url = (base_url or VENDOR_URL).rstrip("/").removesuffix("/v1")
        self._key = key.strip()
        self._headers = dict(headers or {})
        self._extra_body = dict(extra_body or {})
        self._timeouts = timeouts
        self._needs_key = self._base_url == VENDOR_URL or bool(key_variable)
        self._troubles = Troubles(
            provider=name, base_url=self._base_url, key=self._key, timeouts=timeouts,
            headers=self._headers, key_variable=key_variable)
        self._client: AsyncAnthropic | None = None
        self._connecting = asyncio.Lock()

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer `request`. Raises ProviderError; cancelling it ends the request on the wire."""
        if (trouble := self._troubles.with_settings(needs_key=self._needs_key)) is not None:
            raise trouble
        client = await self._ready()
        assembly = ReplyAssembly()
        try:
            async with asyncio.timeout(self._timeouts.total_seconds) as limit:
                return await self._ask(client, request, assembly)
        except TimeoutError:
            if limit.expired():
                raise with_unfinished(self._troubles.too_slow(), assembly) from None
            raise

    async def warm(self) -> None:
        """Import the SDK ahead of the first request; it takes about a second, in a thread."""
        await self._ready()

    async def close(self) -> None:
        async with self._connecting:
            client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _ready(self) -> AsyncAnthropic:
        async with self._connecting:
            if self._client is None:
                self._client = await asyncio.to_thread(self._connect)
            return self._client

    def _connect(self) -> AsyncAnthropic:
        from anthropic import AsyncAnthropic, Omit

        from cockpit_tui.providers.guarded_http import guarded_client

        headers: dict[str, Any] = {}
        if self._base_url != VENDOR_URL:
            # What the environment holds for the vendor or its gateway is nobody else's business.
            headers = dict.fromkeys(_names_in(os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "")),
                                    Omit())
        if not self._key:
            headers["Authorization"] = Omit()
        elif self._base_url != VENDOR_URL:
            headers["X-Api-Key"] = self._key  # What gateways and older servers look at.
        return AsyncAnthropic(
            # An explicit key, be it one that is never sent, keeps the SDK from looking for others.
            api_key=self._key or "none", base_url=self._base_url, max_retries=0,
            default_headers={**headers, **self._headers}, open_telemetry=False,
            http_client=guarded_client(self._timeouts, provider=self.name))

    async def _ask(self, client: AsyncAnthropic, request: ModelRequest,
                   assembly: ReplyAssembly) -> ModelReply:
        origin = request.profile.name if request.profile else f"{self.name}:{request.model}"
        body = _with_closed_schema(body_of(request, origin=origin)) | self._extra_body
        try:
            async with await _post(client, body) as stream, \
                    aclosing(self._events(stream, request.model, assembly)) as events:
                async for event in events:
                    assembly.take(event)
                    if assembly.is_complete:
                        await _drain(events)
        except Exception as error:
            raise with_unfinished(self._troubles.of(error, request.model), assembly,
                                  is_told=isinstance(error, ProviderError)) from None
        if not assembly.is_complete:
            raise with_unfinished(self._troubles.broken("it stopped before its end"), assembly)
        taken = (call.id for message in request.messages for call in message.tool_calls)
        return assembly.reply(
            origin=origin, asked_model=request.model, taken_ids=taken,
            max_tokens=body["max_tokens"],
            window_tokens=request.profile.context_tokens if request.profile else None)

    async def _events(self, stream: AsyncStream[Any], model: str,
                      assembly: ReplyAssembly) -> AsyncGenerator[JsonObject, None]:
        """The events as JSON objects. Raises ProviderError for one that reports an error."""
        response = stream.response
        if response.headers.get("content-type", "").startswith("application/json"):
            await response.aread()
            raise self._troubles.told_in(response.text, model) or self._troubles.no_stream()
        opened(assembly)
        async for told in server_events(response.aiter_bytes()):
            if told.name == "error":
                raise self._troubles.told_in(told.data, model) or self._troubles.broken(
                    f"the provider says {self._troubles.quoted(told.data)}")
            if told.data:
                event = _event(told.data)
                if event.get("type") == "error":
                    raise self._troubles.told_in(told.data, model) or BrokenStream("an error")
                yield event


def _names_in(lines: str) -> Iterator[str]:
    """The names of headers written one a line, as the SDK reads them."""
    for line in lines.split("\n"):
        name, colon, _ = line.partition(":")
        if colon:
            yield name.strip()


def _event(data: str) -> JsonObject:
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        raise BrokenStream("an event is no JSON") from None
    if not isinstance(event, dict):
        raise BrokenStream("an event is no JSON object")
    return event


async def _post(client: AsyncAnthropic, body: JsonObject) -> AsyncStream[Any]:
    """Straight to the path: the typed method would walk through the whole conversation first."""
    from anthropic import AsyncStream

    async def send(body: JsonObject) -> AsyncStream[Any]:
        return await client.post("/v1/messages", body=body, cast_to=cast(Any, object), stream=True,
                                 stream_cls=AsyncStream[object])

    try:
        return await send(body)
    except UnicodeEncodeError:
        return await send(without_lone_surrogates(body))


async def _drain(events: AsyncGenerator[JsonObject, None]) -> None:
    """Read to the end of the body, so that the connection can be used again."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in events:
                pass
    except Exception:
        return  # The reply is whole; only the connection is lost.


def _with_closed_schema(body: JsonObject) -> JsonObject:
    """Schemas as the vendor takes them: objects closed, other bounds told in descriptions."""
    if (wanted := body.get("output_config")) is not None:
        from anthropic import transform_schema

        try:
            wanted["format"]["schema"] = transform_schema(wanted["format"]["schema"])
        except (AttributeError, KeyError, TypeError, ValueError, AssertionError) as error:
            raise RequestRefused(
                f"The schema for the answer is no valid JSON Schema: {short(str(error), 200)}.",
                hint="This is a fault of whoever wrote the schema, not of the model.") from None
    return body
