"""Ollama: chat.completions whose context window is set right before the first request.

Ollama loads a model with a window of 4096 tokens unless told otherwise, and its OpenAI endpoint
has no field for that: longer prompts lose their beginning, system and tools first, without a word
(docs.ollama.com/context-length). So a model of the same weights with a larger `num_ctx` is made
once through `/api/create` (a small file: no weights are copied) and used from then on. `ollama
list` shows it as `NAME-cockpit-32k`; replies carry the name of the model that it was made from,
because that is what answers. A `num_ctx` that the person set in a Modelfile stays as it is.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cockpit_tui.domain.conversation import JsonObject, ModelReply, ModelRequest
from cockpit_tui.domain.errors import (
    ContextOverflow,
    ModelUnknown,
    ProviderError,
    RequestRefused,
)
from cockpit_tui.providers.chat.outgoing import chat_messages, chat_tools, reply_bound
from cockpit_tui.providers.chat.provider import ChatProvider
from cockpit_tui.providers.chat.troubles import ChatTroubles
from cockpit_tui.providers.failures import short
from cockpit_tui.providers.measuring import most_tokens
from cockpit_tui.providers.timeouts import Timeouts

if TYPE_CHECKING:
    import httpx2

DEFAULT_WINDOW = 32_768
"""Tokens: enough to work with, and its memory fits beside a model of 7 to 30 billion weights."""
_NUM_CTX = re.compile(r"^\s*num_ctx\s+(\d+)", re.MULTILINE)
_NOT_ITS_FAULT = (401, 402, 403, 408, 409, 429)
"""What whoever stands before Ollama, or a busy one, says as any other endpoint does."""
_WEIGHTS = re.compile(r"^FROM\s+(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OllamaWindow:
    """The model to ask in place of `base`, and the window that it has."""

    base: str
    asked: str
    """The name on the wire; `base` itself where its window is right."""
    tokens: int | None
    """None where the window is not Ollama's to set: a model in its cloud."""


class OllamaProvider:
    """A `ChatProvider` for Ollama. `window_tokens` bounds the window; a model's own bound and
    `profile.context_tokens` bound it too."""

    is_ai = True

    def __init__(self, name: str, *, base_url: str, key: str = "",
                 headers: Mapping[str, str] | None = None, timeouts: Timeouts,
                 extra_body: Mapping[str, Any] | None = None,
                 window_tokens: int = DEFAULT_WINDOW) -> None:
        self.name = name
        self._chat = ChatProvider(name, base_url=base_url, key=key, headers=headers,
                                  timeouts=timeouts, extra_body=extra_body)
        self._api = base_url.rstrip("/").removesuffix("/v1") + "/api"
        self._timeouts = timeouts
        self._headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
        self._troubles = ChatTroubles(provider=name, base_url=base_url, key=key,
                                      timeouts=timeouts, headers=dict(headers or {}))
        self._window_tokens = window_tokens
        self._windows: dict[tuple[str, int], OllamaWindow] = {}
        self._preparing = asyncio.Lock()

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Answer `request`. Raises ContextOverflow before anything would be cut off silently."""
        wanted = request.profile.context_tokens if request.profile else self._window_tokens
        window = await self.window_of(request.model, wanted)
        if window.tokens is None:
            return await self._chat.complete(request)
        self._check_fits(request, window.tokens)
        profile = request.profile and replace(request.profile, context_tokens=window.tokens)
        try:
            reply = await self._chat.complete(replace(request, model=window.asked,
                                                      profile=profile))
        except ProviderError as failure:
            if failure.unfinished is not None:
                failure.unfinished = replace(failure.unfinished, model=window.base)
            raise
        return replace(reply, model=window.base) if reply.model == window.asked else reply

    async def window_of(self, model: str, wanted_tokens: int) -> OllamaWindow:
        """The window that `model` works with, made now if need be. Raises ProviderError."""
        wanted = min(wanted_tokens, self._window_tokens)
        async with self._preparing:
            if (model, wanted) not in self._windows:
                self._windows[model, wanted] = await self._prepared(model, wanted)
            return self._windows[model, wanted]

    async def warm(self) -> None:
        """Import the SDK ahead of the first request, in a thread."""
        await self._chat.warm()

    async def close(self) -> None:
        await self._chat.close()

    async def _prepared(self, model: str, wanted: int) -> OllamaWindow:
        from cockpit_tui.providers.guarded_http import guarded_client

        if (trouble := self._troubles.with_settings(needs_key=False)) is not None:
            raise trouble
        try:
            async with asyncio.timeout(self._timeouts.total_seconds) as limit, \
                    guarded_client(self._timeouts, provider=self.name) as client:
                return await self._made(client, model, wanted)
        except TimeoutError:
            if limit.expired():
                raise self._troubles.too_slow() from None
            raise
        except Exception as error:
            raise self._troubles.of(error, model) from None

    async def _made(self, client: httpx2.AsyncClient, model: str, wanted: int) -> OllamaWindow:
        base = await self._ask(client, "show", {"model": model})
        if base is None:
            raise ModelUnknown(
                f"{self.name} has no model {short(model, 100)!r} on this machine.",
                hint=f"ollama pull {short(model, 100)}")
        if base.get("remote_host") or base.get("remote_model"):
            return OllamaWindow(base=model, asked=model, tokens=None)
        if (own := _own_window(base)) is not None:
            return OllamaWindow(base=model, asked=model, tokens=own)
        tokens = min(wanted, _trained_window(base) or wanted)
        name = f"{model}-cockpit-{max(1, tokens // 1024)}k"
        made = await self._ask(client, "show", {"model": name})
        if made is None or _own_window(made) != tokens or _weights(made) != _weights(base):
            await self._ask(client, "create", {"model": name, "from": model, "stream": False,
                                               "parameters": {"num_ctx": tokens}})
        return OllamaWindow(base=model, asked=name, tokens=tokens)

    async def _ask(self, client: httpx2.AsyncClient, what: str,
                   body: JsonObject) -> JsonObject | None:
        """POST to Ollama's own API; None where it does not know the model. Raises ProviderError."""
        response = await client.post(f"{self._api}/{what}", json=body, headers=self._headers)
        try:
            told = json.loads(response.text)
        except (ValueError, RecursionError):
            told = None
        if response.status_code == 404 and isinstance(told, dict) and what == "show":
            return None
        if response.status_code in _NOT_ITS_FAULT or response.status_code >= 500:
            raise self._troubles.refused(response, str(body["model"]))
        if response.status_code != 200 or not isinstance(told, dict) or "error" in told:
            said = told.get("error") if isinstance(told, dict) else response.text
            raise RequestRefused(
                f"{self.name} cannot give the model a window that is large enough: /api/{what} "
                f"answered {response.status_code}: {short(str(said), 200)}",
                hint="Update Ollama. A server that is none belongs under another name in "
                     "[providers] of your own config.toml.")
        return told

    def _check_fits(self, request: ModelRequest, window: int) -> None:
        """Ollama would cut the beginning off. Raises ContextOverflow."""
        sent = json.dumps([chat_messages(request, origin=""), chat_tools(request.tools)],
                          ensure_ascii=False)
        # Code and other scripts are denser than plans count: what is cut is cut silently.
        needed = most_tokens(len(sent.encode("utf-8", "replace"))) + min(reply_bound(request),
                                                                         window // 8)
        if needed > window:
            raise ContextOverflow(
                f"The conversation needs about {needed:,} tokens with its answer; the model has "
                f"a window of {window:,} at {self.name}, which would cut off its beginning.",
                hint="Give the task less to read, or use a model with a larger window.")


def _own_window(shown: JsonObject) -> int | None:
    """The `num_ctx` of a model's Modelfile; None where it sets none."""
    found = _NUM_CTX.search(str(shown.get("parameters") or ""))
    return int(found[1]) if found else None


def _trained_window(shown: JsonObject) -> int | None:
    """The most that the model was trained for: `ARCHITECTURE.context_length`."""
    info = shown.get("model_info")
    sizes = [value for name, value in info.items() if name.endswith(".context_length")
             and isinstance(value, int) and value > 0] if isinstance(info, dict) else []
    return min(sizes) if sizes else None


def _weights(shown: JsonObject) -> str:
    """The file of the weights, which changes when the base model is pulled anew."""
    found = _WEIGHTS.search(str(shown.get("modelfile") or ""))
    return found[1] if found else ""
