"""What the two OpenAI wires share: one endpoint, what the settings add, warming up, closing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cockpit_tui.domain.conversation import JsonObject, ModelRequest
from cockpit_tui.domain.model import Thinking
from cockpit_tui.providers.chat.endpoint import Endpoint
from cockpit_tui.providers.timeouts import Timeouts


class EndpointProvider:
    """Streams every reply and gives it back whole; retries nothing. A wire adds `complete`.

    `key` may be empty where the endpoint needs none, such as a local server. `extra_body` is sent
    along with every request (OpenRouter's `provider`, a `temperature`); `reasoning_effort` in it
    goes to models that take one only.
    """

    is_ai = True

    def __init__(self, name: str, *, base_url: str | None, key: str,
                 headers: Mapping[str, str] | None = None, timeouts: Timeouts,
                 extra_body: Mapping[str, Any] | None = None, key_variable: str = "") -> None:
        self.name = name
        self._extra_body = dict(extra_body or {})
        self._endpoint = Endpoint(name, base_url=base_url, key=key, headers=headers,
                                  timeouts=timeouts, key_variable=key_variable)

    async def warm(self) -> None:
        """Import the SDK ahead of the first request, in a thread."""
        await self._endpoint.ready()

    async def close(self) -> None:
        await self._endpoint.close()

    def _extras(self, request: ModelRequest) -> JsonObject:
        """What the settings add; `reasoning_effort` only for a model that is known to take it."""
        takes_effort = request.profile is None or request.profile.thinking is Thinking.EFFORT
        return {name: value for name, value in self._extra_body.items()
                if takes_effort or name != "reasoning_effort"}
