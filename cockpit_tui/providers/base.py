"""The seam between agents and models: one method, answered by every provider and every fake."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from cockpit_tui.domain.conversation import ModelReply, ModelRequest


class Provider(Protocol):
    """An endpoint that answers model requests.

    Obligations: a reply's tool calls carry ids unique within the conversation; `reply.model` is
    the model that really answered; cancellation of the awaiting task stops the request at once;
    failures raise `ProviderError`, never return half a reply.
    """

    @property
    def name(self) -> str:
        """`offline`, `anthropic`, ...: the part before the colon of `provider:model`."""
        ...

    @property
    def is_ai(self) -> bool:
        """False for rules and recordings, which must never pass for a model."""
        ...

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer `request`. Raises ProviderError."""
        ...

    async def close(self) -> None:
        """Give up sockets and the like; called once."""
        ...


@runtime_checkable
class WarmProvider(Protocol):
    """A provider with something to do ahead of its first request."""

    async def warm(self) -> None:
        """Import the SDK and make the client, in a thread; twice is harmless."""
        ...
