"""A name of a model means one model, the one of today, or an error that lists the choices."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from genai_prices.data_snapshot import get_snapshot

from cockpit_tui.config.catalogue import Catalogue, Resolved
from cockpit_tui.config.catalogue_data import shipped_models, shipped_providers
from cockpit_tui.config.settings import Settings, load_settings, parse_settings, tighten
from cockpit_tui.domain.errors import ProviderError, UsageError
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.model import (
    RULES_PROFILE,
    Capability,
    EditFormat,
    ModelProfile,
    Price,
    Thinking,
    Wire,
)

TODAY = date(2026, 11, 21)
HOME = """
[providers.home]
base_url = "http://192.168.1.9:8000/v1"
context_tokens = 32768
price = {input = 0.5, output = 1.25}
[providers.openai]
base_url = "https://proxy.example/v1"
api_key_env = "PROXY_KEY"
[models."home:big"]
max_output_tokens = 4096
edit_format = "apply_patch"
"""


def catalogue(text: str = "", *, today: date = TODAY) -> Catalogue:
    import tomllib

    return Catalogue.load(parse_settings(tomllib.loads(text), source="test"), today=today)


@pytest.mark.parametrize(("name", "means", "warning"), [
    ("claude-sonnet-4.5", "anthropic:claude-sonnet-4-5",
     "claude-sonnet-4.5 (anthropic:claude-sonnet-4-5) will be retired on 2026-11-30"),
    ("claude-opus-4", "anthropic:claude-opus-5-5", "was retired on 2026-06-15"),
    ("deepseek-r1", "deepseek:deepseek-flash",
     "deepseek-r1 (deepseek:deepseek-reasoner) was retired"),
    ("deepseek-v3", "deepseek:deepseek-flash", "deepseek-v3 (deepseek:deepseek-chat) was retired"),
    ("kimi-k1.5", "moonshot:kimi-k2.6", "was retired"),
    ("gpt-4-turbo", "openai:gpt-6.1-sol", "was retired on 2026-10-23"),
    ("o1-pro", "openai:gpt-6.1-sol", "was retired on 2026-10-23"),
    ("grok", "xai:grok-4.7", ""),
    ("Claude-Opus-5.5", "anthropic:claude-opus-5-5", ""),
    ("llama-3.3-70b", "openrouter:meta-llama/llama-3.3-70b-instruct", ""),
    ("llama-3.1-8b", "openrouter:meta-llama/llama-3.1-8b-instruct", ""),
    ("cerebras:llama-3.3-70b", "cerebras:gpt-oss-120b", "takes its place"),
    ("cerebras:qwen-3-coder-480b", "cerebras:gpt-oss-120b", "was retired on 2025-11-05"),
    ("grok-4", "xai:grok-4.3", "was retired on 2026-05-15"),
    ("qwen-2.5-coder-32b", "openrouter:qwen/qwen-2.5-coder-32b-instruct", ""),
    ("openai:gpt-5-mini", "openai:gpt-5-mini", "then openai:gpt-6.1-terra"),
])
def test_a_name_is_the_model_of_today(name: str, means: str, warning: str) -> None:
    found = catalogue().resolve(name)
    assert found.profile.name == means
    assert (warning in found.warning) if warning else found.warning == ""


def test_a_model_is_itself_until_its_end_of_life() -> None:
    name = "anthropic:claude-sonnet-4-5"
    assert catalogue(today=date(2026, 11, 29)).resolve(name).profile.name == name
    assert catalogue(today=date(2026, 11, 30)).resolve(name).profile.name == (
        "anthropic:claude-sonnet-5-5")
    assert catalogue(today=date(2026, 9, 1)).resolve(name).warning == ""


def test_several_meanings_are_listed() -> None:
    with pytest.raises(UsageError) as refused:
        catalogue().resolve("gpt-oss-120b")
    assert "cerebras:gpt-oss-120b, groq:openai/gpt-oss-120b" in refused.value.message


@pytest.mark.parametrize(("name", "words"), [
    ("anthropc:claude-opus-5-5", "Did you mean 'anthropic'?"),
    ("sonet", "sonnet"), ("", "no model ''"), ("offline:gpt", "offline rules have no model"),
    ("replay:", "names no recording"), ("anthropic:", "names no model"),
])
def test_a_name_without_meaning_says_what_is_near(name: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        catalogue().resolve(name)
    assert words in refused.value.message


def test_rules_recordings_and_unknown_models_of_known_providers() -> None:
    found = catalogue()
    assert found.resolve("offline") == found.resolve("offline:rules") == Resolved(
        profile=RULES_PROFILE)
    replay = found.resolve("replay:/tmp/a:b.jsonl").profile
    assert (replay.wire, replay.model) == (Wire.REPLAY, "/tmp/a:b.jsonl")
    assert found.resolve("ollama:qwen3:8b") == Resolved(profile=ModelProfile(
        provider="ollama", model="qwen3:8b", is_local=True, context_tokens=32_768))
    assert found.resolve("anthropic:claude-next").profile == ModelProfile(
        provider="anthropic", model="claude-next", wire=Wire.MESSAGES, vendor="anthropic")


def test_own_endpoints_take_any_model_and_their_own_bounds() -> None:
    found = catalogue(HOME)
    plain = ModelProfile(provider="home", model="any/thing:7b", context_tokens=32_768,
                         price=Price(input=500_000, output=1_250_000))
    assert found.resolve("home:any/thing:7b").profile == plain
    assert found.resolve("home:big").profile == replace(
        plain, model="big", max_output_tokens=4_096, edit_format=EditFormat.APPLY_PATCH)


@pytest.mark.parametrize(("text", "is_free"), [
    ('base_url = "http://127.0.0.1:9/v1"', True),
    ('base_url = "http://127.0.0.1:9/v1"\napi_key_env = "PROXY_KEY"', False),
    ('base_url = "http://127.0.0.1:9/v1"\nprice = {input = 1, output = 1}', False),
    ('base_url = "http://192.168.1.9/v1"', False), ('base_url = "https://h.example"', False)])
def test_only_a_server_of_this_machine_has_no_bill(text: str, is_free: bool) -> None:
    found = catalogue(f"[providers.home]\n{text}").resolve("home:x").profile
    assert found.is_local is is_free


def test_a_server_of_the_house_stays_free_and_one_elsewhere_does_not() -> None:
    near = catalogue('[providers.ollama]\nbase_url = "http://192.168.1.9:11434/v1"')
    far = catalogue('[providers.ollama]\nbase_url = "https://ollama.example/v1"')
    assert near.resolve("ollama:x").profile.is_local
    assert not far.resolve("ollama:x").profile.is_local


def test_an_endpoint_moved_elsewhere_speaks_chat_and_has_no_known_price() -> None:
    found = catalogue(HOME)
    assert found.providers["openai"].api_key_env == ("PROXY_KEY",)
    profile = found.resolve("openai:gpt-6.1-sol").profile
    assert (profile.wire, profile.vendor, profile.thinking) == (Wire.CHAT, "", Thinking.EFFORT)
    assert catalogue().resolve("openai:gpt-6.1-sol").profile.wire is Wire.RESPONSES


def test_a_model_without_a_successor_that_lives_is_gone() -> None:
    found = catalogue()
    entry = replace(found.entries[0], successor="", profile=replace(
        found.entries[0].profile, retires_on="2026-01-01"))
    with pytest.raises(ProviderError, match="nothing took its place"):
        replace(found, entries=(entry,)).resolve(entry.profile.name)


@pytest.mark.parametrize(("text", "words"), [
    ('[providers.x]\nwire = "openai"', "needs a base_url"),
    ('[providers.x]\nbase_url = "http://8.8.8.8/v1"', "in the clear"),
    ('[providers.x]\nbase_url = "http://api.example/v1"', "in the clear"),
    ('[providers.x]\nbase_url = "http://0.0.0.0/v1"', "in the clear"),
    ('[providers.x]\nbase_url = "https://u:p@h/v1"', "no password"),
    ('[providers.x]\nbase_url = "file:///etc"', "starts with https"),
    ('[providers.offline]\nbase_url = "https://h"', "cannot name a provider"),
    ('[providers."a:b"]\nbase_url = "https://h"', "cannot name a provider"),
    ('[providers.x]\nbase_url = "https://h"\nkey = "sk-1"', "providers.x.key"),
    ('[models.gpt]\ncontext_tokens = 5000', "no provider:model"),
])
def test_settings_of_an_endpoint_that_cannot_be(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        catalogue(text)
    assert "sk-1" not in refused.value.message
    assert "u:p@" not in refused.value.message


@pytest.mark.parametrize("url", [
    "http://localhost:1234/v1", "http://127.0.0.1:1/v1", "http://[::1]:8080/v1",
    "http://10.0.0.5/v1", "https://models.example/v1"])
def test_where_plain_http_may_go(url: str) -> None:
    assert catalogue(f'[providers.x]\nbase_url = "{url}"').providers["x"].base_url == url
    insecure = '[providers.x]\nbase_url = "http://8.8.8.8/v1"\nallow_insecure = true'
    assert catalogue(insecure).providers["x"].base_url == "http://8.8.8.8/v1"


@pytest.mark.parametrize("section", ['providers.anthropic]\nbase_url = "https://evil.example"',
                                     'models."anthropic:x"]\ncontext_tokens = 5000'])
def test_a_repository_names_no_endpoint(tmp_path: Path, section: str) -> None:
    (tmp_path / ".cockpit.toml").write_text(f"[{section}\n")
    with pytest.raises(UsageError, match="may hold only"):
        tighten(JobRequest(text="x"), tmp_path)
    assert load_settings(tmp_path / ".cockpit.toml", {}) != Settings()


def test_the_shipped_data_hold_together() -> None:
    names = [entry.profile.name for entry in shipped_models()]
    assert len(names) == len(set(names))
    latest = catalogue(today=date(2030, 1, 1))
    for entry in shipped_models():
        assert bool(entry.successor) == bool(entry.profile.retires_on), entry.profile.name
        if entry.successor:
            after = latest.resolve(entry.profile.name).profile
            assert after.name in names
            assert not after.retires_on
        assert entry.profile.max_output_tokens <= entry.profile.context_tokens
        assert all(alias == alias.lower() for alias in entry.aliases)
    strengths = {(p.provider, p.capability) for p in latest.models}
    assert {("anthropic", c) for c in Capability if c is not Capability.SMALL} <= strengths


def test_ids_and_windows_agree_with_the_price_tables() -> None:
    """An invented model would have no price; a window is never larger than the tables have it."""
    tables = get_snapshot()
    unpriced = {"moonshot:kimi-thinking-preview"}
    for entry in shipped_models():
        profile = entry.profile
        if profile.name in unpriced:
            continue
        _, known = tables.find_provider_model(profile.model, None, profile.vendor, None)
        if known.context_window is not None and profile.vendor != "openrouter":
            assert profile.context_tokens <= known.context_window, profile.name


def test_every_endpoint_says_how_to_get_in() -> None:
    for entry in shipped_providers().values():
        assert entry.start if entry.is_local else (entry.needs_key and entry.key_page), entry.name


def test_the_example_of_the_readme_is_taken() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    (example,) = (text for text in re.findall(r"^```ini\n(.*?)^```$", readme, re.M | re.S)
                  if "[providers.home]" in text)
    found = catalogue(example)
    small = found.resolve("home:small").profile
    assert (small.edit_format, small.context_tokens) == (EditFormat.WHOLE_FILE, 65_536)
    assert found.providers["home"].api_key_env == ("HOME_KEY",)
