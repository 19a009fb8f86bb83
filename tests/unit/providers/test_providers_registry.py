"""A full name gets the provider of its wire, with the right key, or the words that get one."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from cockpit_tui.config.catalogue import Catalogue
from cockpit_tui.config.catalogue_data import ProviderEntry
from cockpit_tui.config.settings import parse_settings
from cockpit_tui.domain.errors import CredentialsRefused, ProviderError, UsageError
from cockpit_tui.domain.model import RULES_PROFILE
from cockpit_tui.providers.chat.provider import ChatProvider
from cockpit_tui.providers.chat.responses import ResponsesProvider
from cockpit_tui.providers.messages.provider import MessagesProvider
from cockpit_tui.providers.offline.provider import OfflineProvider
from cockpit_tui.providers.ollama import OllamaProvider
from cockpit_tui.providers.registry import resolve_model, source_for


@dataclass
class SomeKeys:
    held: dict[str, str] = field(default_factory=dict)

    def get(self, provider: ProviderEntry) -> str | None:
        return self.held.get(provider.name)


EVERY = SomeKeys(dict.fromkeys(("anthropic", "openai", "xai", "openrouter"), "a-key"))


def catalogue(text: str = "") -> Catalogue:
    settings = parse_settings(tomllib.loads(text), source="test")
    return Catalogue.load(settings, today=date(2026, 11, 21))


@pytest.mark.parametrize(("name", "kind", "model"), [
    ("anthropic:claude-opus-5-5", MessagesProvider, "claude-opus-5-5"),
    ("openai:gpt-6-luna", ResponsesProvider, "gpt-6-luna"),
    ("xai:grok-4.7", ChatProvider, "grok-4.7"),
    ("openrouter:qwen/qwen3-coder:free", ChatProvider, "qwen/qwen3-coder:free"),
    ("ollama:qwen3:8b", OllamaProvider, "qwen3:8b"),
    ("offline:rules", OfflineProvider, "rules"),
    ("lmstudio:any", ChatProvider, "any"),
    ("home:a:b", MessagesProvider, "a:b"),
])
def test_each_wire_has_its_provider(name: str, kind: type, model: str) -> None:
    home = '[providers.home]\nwire = "anthropic"\nbase_url = "http://127.0.0.1:9"'
    provider, on_the_wire = source_for(catalogue(home), EVERY)(name)
    assert (type(provider), provider.name, on_the_wire) == (kind, name.partition(":")[0], model)


def test_models_of_a_provider_share_it() -> None:
    source = source_for(catalogue(), EVERY)
    assert source("xai:grok-4.7")[0] is source("xai:grok-4.5")[0]
    assert source("xai:grok-4.7")[0] is not source("openrouter:x-ai/grok-4.7")[0]


def test_no_key_says_how_to_get_one() -> None:
    with pytest.raises(CredentialsRefused) as refused:
        source_for(catalogue(), SomeKeys())("anthropic:claude-opus-5-5")
    assert "export ANTHROPIC_API_KEY=" in refused.value.hint
    assert "cockpit keys set anthropic" in refused.value.hint
    assert "https://platform.claude.com" in refused.value.hint


def test_an_own_endpoint_needs_a_key_only_where_it_names_a_variable() -> None:
    free = '[providers.home]\nbase_url = "https://models.example/v1"\n'
    source_for(catalogue(free), SomeKeys())("home:any")
    with pytest.raises(CredentialsRefused, match="home"):
        source_for(catalogue(free + 'api_key_env = "HOME_KEY"'), SomeKeys())("home:any")


def test_a_source_is_for_full_names_of_known_providers() -> None:
    with pytest.raises(UsageError, match="no provider 'nobody'"):
        source_for(catalogue(), EVERY)("nobody:x")


def test_a_recording_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProviderError):
        resolve_model(catalogue(), f"replay:{tmp_path / 'none.jsonl'}")
    assert resolve_model(catalogue(), "offline").profile == RULES_PROFILE


def test_no_sdk_is_imported_before_a_request() -> None:
    import subprocess

    code = """
import sys
from cockpit_tui.config.catalogue import Catalogue
from cockpit_tui.config.settings import Settings
from cockpit_tui.providers.registry import source_for
class Keys:
    def get(self, provider): return 'a-key'
source = source_for(Catalogue.load(Settings()), Keys())
for name in ('anthropic:x', 'openai:x', 'xai:x', 'ollama:x'): source(name)
sys.exit(' '.join({'anthropic', 'openai', 'httpx2', 'genai_prices'} & set(sys.modules)) or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
