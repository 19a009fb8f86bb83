"""What Ollama needs beyond chat.completions: a window that holds what is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from contract.wire_contract import QUICK
from support.brains import Brain, in_turn, says
from support.model_server import Json, ModelServer
from support.model_server_ollama import OllamaDialect, Served

from cockpit_tui.domain.conversation import ModelReply, ModelRequest, user
from cockpit_tui.domain.errors import (
    ContextOverflow,
    CredentialsRefused,
    ModelUnknown,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.providers.chat.provider import ChatProvider
from cockpit_tui.providers.ollama import OllamaProvider, OllamaWindow

PROFILE = ModelProfile(provider="ollama", model="coder", is_local=True)
LONG = "word " * 5_000
BRAIN: Brain = in_turn(says("Yes."))


def request(text: str = LONG, model: str = "coder") -> ModelRequest:
    return ModelRequest(model=model, purpose="task", system="Rules.", messages=(user(text),),
                        max_output_tokens=1_000, profile=replace(PROFILE, model=model))


def provider(server: ModelServer, **settings: int) -> OllamaProvider:
    return OllamaProvider("ollama", base_url=f"{server.url}/v1", timeouts=QUICK, **settings)


async def ask(dialect: OllamaDialect, asked: ModelRequest, **settings: int) -> ModelReply:
    async with ModelServer(dialect) as server:
        ollama = provider(server, **settings)
        try:
            return await ollama.complete(asked)
        finally:
            await ollama.close()


async def test_a_long_prompt_arrives_whole_where_plain_ollama_would_cut_it() -> None:
    dialect = OllamaDialect(BRAIN, coder=Served("sha256-1"))
    async with ModelServer(dialect) as server:
        plain = ChatProvider("ollama", base_url=f"{server.url}/v1", key="", timeouts=QUICK)
        await plain.complete(request())
        await plain.close()
    reply = await ask(dialect, request())
    assert [(asked.model, asked.system) for asked in dialect.asked] == [
        ("coder", ""), ("coder-cockpit-32k", "Rules.")]
    assert dialect.created == [{"model": "coder-cockpit-32k", "from": "coder", "stream": False,
                                "parameters": {"num_ctx": 32_768}}]
    assert (reply.model, reply.message.text) == ("coder", "Yes.")


async def test_the_larger_model_is_made_once_and_anew_for_new_weights() -> None:
    dialect = OllamaDialect(BRAIN, coder=Served("sha256-1"))
    await ask(dialect, request())
    await ask(dialect, request())
    assert len(dialect.created) == 1
    dialect.models["coder"] = Served("sha256-2")
    await ask(dialect, request())
    assert len(dialect.created) == 2


@pytest.mark.parametrize(("served", "window"), [
    (Served("w", trained=8_192),
     OllamaWindow(base="coder", asked="coder-cockpit-8k", tokens=8_192)),
    (Served("w", num_ctx=16_000), OllamaWindow(base="coder", asked="coder", tokens=16_000)),
    (Served("w", remote_host="https://ollama.com"),
     OllamaWindow(base="coder", asked="coder", tokens=None)),
    (Served("w"), OllamaWindow(base="coder", asked="coder-cockpit-64k", tokens=65_536)),
], ids=["trained-for-less", "set-by-the-person", "cloud", "more-wanted"])
async def test_the_window_is_the_least_of_all_bounds(served: Served, window: OllamaWindow) -> None:
    dialect = OllamaDialect(BRAIN, coder=served)
    async with ModelServer(dialect) as server:
        ollama = provider(server, window_tokens=65_536)
        assert await ollama.window_of("coder", 128_000) == window
        await ollama.close()


async def test_what_does_not_fit_is_told_and_not_sent() -> None:
    dialect = OllamaDialect(BRAIN, coder=Served("w", trained=8_192))
    with pytest.raises(ContextOverflow, match=r"window of 8,192"):
        await ask(dialect, request("word " * 7_000))
    assert dialect.asked == []


async def test_a_model_that_is_not_there_is_told_with_the_command_that_gets_it() -> None:
    with pytest.raises(ModelUnknown) as caught:
        await ask(OllamaDialect(BRAIN), request(model="qwen9"))
    assert caught.value.hint == "ollama pull qwen9"


async def test_a_server_that_is_no_ollama_is_told() -> None:
    async with ModelServer(lambda _: Json([], status=405)) as server:
        ollama = provider(server)
        with pytest.raises(RequestRefused, match="/api/show answered 405"):
            await ollama.complete(request())
        await ollama.close()


@pytest.mark.parametrize(("status", "meant"), [
    (503, ProviderUnavailable), (429, RateLimited), (401, CredentialsRefused)])
async def test_what_passes_or_wants_a_key_is_not_taken_for_a_server_that_is_none(
        status: int, meant: type[Exception]) -> None:
    async with ModelServer(lambda _: Json({"error": "not now"}, status=status)) as server:
        ollama = provider(server)
        with pytest.raises(ProviderError, match="not now") as caught:
            await ollama.complete(request())
        await ollama.close()
    assert type(caught.value) is meant


async def test_dense_text_is_counted_as_dense_and_not_cut() -> None:
    dialect = OllamaDialect(BRAIN, coder=Served("w", trained=8_192))
    with pytest.raises(ContextOverflow):
        await ask(dialect, request("\u7801" * 8_000))
    await ask(dialect, request("\u7801" * 7_000))
    assert len(dialect.asked) == 1
