"""A small catalogue with keys for some of it: what the request form says must not depend on the
shipped one, nor on the machine the tests run on."""

from __future__ import annotations

from datetime import date

from cockpit_tui.config.catalogue import Catalogue
from cockpit_tui.config.catalogue_data import ModelEntry, ProviderEntry
from cockpit_tui.domain.model import Capability, ModelProfile, Wire
from cockpit_tui.presentation.model_words import ModelBook

_PROVIDERS = (
    ProviderEntry(name="anthropic", title="Anthropic", wire=Wire.MESSAGES, vendor="anthropic",
                  base_url="https://api.anthropic.com", api_key_env=("ANTHROPIC_API_KEY",)),
    ProviderEntry(name="openai", title="OpenAI", wire=Wire.RESPONSES, vendor="openai",
                  base_url="https://api.openai.com/v1", api_key_env=("OPENAI_API_KEY",)),
    ProviderEntry(name="ollama", title="Ollama", wire=Wire.CHAT, is_local=True,
                  base_url="http://localhost:11434/v1", start="ollama serve"),
)


def _entry(provider: str, model: str, *aliases: str, strength: Capability = Capability.STRONG,
           retires_on: str = "", successor: str = "") -> ModelEntry:
    profile = ModelProfile(provider=provider, model=model, context_tokens=200_000,
                           capability=strength, retires_on=retires_on,
                           is_local=provider == "ollama")
    return ModelEntry(profile=profile, aliases=aliases, successor=successor)


def model_book() -> ModelBook:
    """There is a key for anthropic only."""
    return ModelBook(keys={"anthropic": "key in ANTHROPIC_API_KEY"}, catalogue=Catalogue(
        providers={provider.name: provider for provider in _PROVIDERS}, own_providers={},
        own_models={}, today=date(2026, 11, 21), entries=(
            _entry("openai", "gpt-5"),
            _entry("anthropic", "claude-sonnet-4-5", "sonnet"),
            _entry("anthropic", "claude-haiku-4-5", "haiku", strength=Capability.SMALL),
            _entry("anthropic", "claude-2", retires_on="2026-01-05",
                   successor="claude-sonnet-4-5"),
            _entry("ollama", "qwen3:8b", strength=Capability.SMALL))))
