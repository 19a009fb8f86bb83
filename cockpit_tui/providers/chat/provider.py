"""One endpoint that speaks OpenAI's chat.completions, which most others speak too."""

from __future__ import annotations

import json

from cockpit_tui.domain.conversation import JsonObject, ModelReply, ModelRequest
from cockpit_tui.domain.usage import estimated_tokens
from cockpit_tui.providers.chat.assembly import ChunkAssembly
from cockpit_tui.providers.chat.endpoint_provider import EndpointProvider
from cockpit_tui.providers.chat.outgoing import (
    chat_messages,
    chat_tools,
    origin_of,
    reply_bound,
)
from cockpit_tui.providers.chat.schemas import is_schema_on_wire, named_schema, schema_in_words


class ChatProvider(EndpointProvider):
    """chat.completions, as a stream. See `EndpointProvider`."""

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer `request`. Raises ProviderError; cancelling it ends the request on the wire."""
        origin = origin_of(self.name, request)
        body = self._body(request, origin)
        assembly = ChunkAssembly()
        await self._endpoint.stream("/chat/completions", body, assembly)
        return assembly.reply(
            origin=origin, asked_model=request.model,
            taken_ids=(call.id for message in request.messages for call in message.tool_calls),
            asked_tokens=estimated_tokens(json.dumps(body["messages"])),
            max_tokens=reply_bound(request),
            window_tokens=request.profile.context_tokens if request.profile else None)

    def _body(self, request: ModelRequest, origin: str) -> JsonObject:
        messages = chat_messages(request, origin=origin)
        if words := schema_in_words(request):
            if messages and messages[-1]["role"] == "user":
                messages[-1]["content"] += "\n\n" + words
            else:
                messages.append({"role": "user", "content": words})
        vendor = request.profile.vendor if request.profile else ""
        # OpenAI's own models refuse the older name; most other servers know only that one.
        is_openai = vendor == "openai" or self._endpoint.is_vendor
        body: JsonObject = {
            "model": request.model, "messages": messages, "stream": True,
            "stream_options": {"include_usage": True},
            "max_completion_tokens" if is_openai else "max_tokens": reply_bound(request)}
        if request.tools:
            body["tools"] = chat_tools(request.tools)
        if is_schema_on_wire(request) and request.output_schema is not None:
            body["response_format"] = {"type": "json_schema",
                                       "json_schema": named_schema(request.output_schema)}
        return body | self._extras(request)
