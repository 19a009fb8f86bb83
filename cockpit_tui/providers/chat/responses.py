"""One endpoint that speaks OpenAI Responses; nothing is stored at the vendor's."""

from __future__ import annotations

import json

from cockpit_tui.domain.conversation import JsonObject, ModelReply, ModelRequest
from cockpit_tui.domain.model import Thinking
from cockpit_tui.domain.usage import estimated_tokens
from cockpit_tui.providers.chat.endpoint import Endpoint
from cockpit_tui.providers.chat.endpoint_provider import EndpointProvider
from cockpit_tui.providers.chat.outgoing import origin_of, reply_bound
from cockpit_tui.providers.chat.responses_assembly import ResponseAssembly
from cockpit_tui.providers.chat.responses_items import function_tools, input_items
from cockpit_tui.providers.chat.schemas import is_schema_on_wire, named_schema, schema_in_words

_MIN_OUTPUT_TOKENS = 16
"""The vendor refuses less."""


class ResponsesProvider(EndpointProvider):
    """Responses, as a stream. See `EndpointProvider`."""

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer `request`. Raises ProviderError; cancelling it ends the request on the wire."""
        origin = origin_of(self.name, request)
        body = self._body(request, origin)
        assembly = _Checked(self._endpoint, request.model)
        await self._endpoint.stream("/responses", body, assembly)
        return assembly.reply(
            origin=origin, asked_model=request.model,
            taken_ids=(call.id for message in request.messages for call in message.tool_calls),
            asked_tokens=estimated_tokens(request.system + json.dumps(body["input"])),
            max_tokens=body["max_output_tokens"],
            window_tokens=request.profile.context_tokens if request.profile else None,
            tells_cuts=self._endpoint.is_vendor)

    def _body(self, request: ModelRequest, origin: str) -> JsonObject:
        items = input_items(request, origin=origin)
        if words := schema_in_words(request):
            items.append({"role": "user", "content": words})
        body: JsonObject = {
            "model": request.model, "input": items, "stream": True, "store": False,
            "max_output_tokens": max(_MIN_OUTPUT_TOKENS, reply_bound(request))}
        if request.system:
            body["instructions"] = request.system
        if request.profile is None or request.profile.thinking is not Thinking.NONE:
            body["include"] = ["reasoning.encrypted_content"]
        if request.tools:
            body["tools"] = function_tools(request.tools)
        if is_schema_on_wire(request) and request.output_schema is not None:
            body["text"] = {"format": {"type": "json_schema",
                                       **named_schema(request.output_schema)}}
        extras = self._extras(request)
        if (effort := extras.pop("reasoning_effort", None)) is not None:
            body["reasoning"] = {"effort": effort}
        return body | extras


class _Checked(ResponseAssembly):
    """Raises what a failed response tells of, as soon as it is told."""

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._model = model

    def take(self, event: JsonObject) -> None:
        super().take(event)
        if self.error is not None:
            raise (self._endpoint.troubles.told(self.error, self._model)
                   or self._endpoint.troubles.broken("the provider says that it failed"))
