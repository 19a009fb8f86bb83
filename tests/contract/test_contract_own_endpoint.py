"""`[providers.NAME]` of the person's settings, down to what stands on the wire."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from support.brains import in_turn, says
from support.model_server import ModelServer
from support.model_server_chat import ChatDialect
from support.model_server_messages import MessagesDialect
from support.model_server_ollama import OllamaDialect, Served
from support.model_server_responses import ResponsesDialect

from cockpit_tui.config.catalogue import Catalogue
from cockpit_tui.config.catalogue_data import ProviderEntry
from cockpit_tui.config.redaction import Redactor
from cockpit_tui.config.settings import parse_settings
from cockpit_tui.domain.conversation import ModelRequest, user
from cockpit_tui.domain.errors import CredentialsRefused, UsageError
from cockpit_tui.providers.registry import source_for


class NoKeys:
    def get(self, provider: ProviderEntry) -> str | None:
        return None


def catalogue(text: str) -> Catalogue:
    return Catalogue.load(parse_settings(tomllib.loads(text), source="test"))


def home(url: str, wire: str = "openai", name: str = "home") -> Catalogue:
    return catalogue(f'[providers.{name}]\nwire = "{wire}"\nbase_url = "{url}"\n'
                     'headers = {X-Team = "Bearer $5-a-day", X-Pass = "$TEAM_PASS"}\n'
                     "extra_body = {temperature = 0.5}")


@pytest.mark.parametrize(("wire", "path", "name", "dialect"), [
    ("openai", "/v1", "home", lambda brain: ChatDialect(brain, key="")),
    ("responses", "/v1", "home", lambda brain: ResponsesDialect(brain, key="")),
    ("anthropic", "", "home", lambda brain: MessagesDialect(brain, key="")),
    ("openai", "/v1", "ollama", lambda brain: OllamaDialect(brain, tiny=Served("w"))),
])
async def test_own_headers_and_fields_go_along_on_every_wire(
        wire: str, path: str, name: str, dialect: Callable[..., Any]) -> None:
    redactor = Redactor()
    async with ModelServer(dialect(in_turn(says("Yes.")))) as server:
        source = source_for(home(server.url + path, wire, name), NoKeys(), redactor=redactor,
                            environ={"TEAM_PASS": "open-sesame"})
        provider, model = source(f"{name}:tiny")
        await provider.complete(ModelRequest(model=model, purpose="test", system="Rules.",
                                             messages=(user("Hi"),)))
        await provider.close()
    assert {(asked.headers["x-team"], asked.headers["x-pass"]) for asked in server.requests} == {
        ("Bearer $5-a-day", "open-sesame")}
    assert server.bodies[-1]["temperature"] == 0.5
    assert redactor.redact("open-sesame, $5-a-day") == "[redacted], [redacted]"


def test_a_header_of_a_variable_that_is_not_set_is_told() -> None:
    with pytest.raises(CredentialsRefused, match="'TEAM_PASS', which is not set") as refused:
        source_for(home("http://127.0.0.1:9"), NoKeys(), environ={})("home:tiny")
    assert refused.value.hint == "export TEAM_PASS=..."


@pytest.mark.parametrize("line", [
    'headers = {Host = "elsewhere"}', 'headers = {"a b" = "x"}', 'headers = {A = "x\\ny"}',
    "extra_body = {messages = []}", "extra_body = {stream = false}",
])
def test_what_the_cockpit_sets_itself_cannot_be_set(line: str) -> None:
    with pytest.raises(UsageError):
        catalogue(f'[providers.home]\nbase_url = "http://127.0.0.1:9"\n{line}')


def test_the_headers_are_shown_nowhere() -> None:
    entry = home("http://127.0.0.1:9").providers["home"]
    assert "sesame" not in repr(entry)
    assert "$5-a-day" not in repr(entry)
