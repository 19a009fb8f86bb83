"""What a person may write about an endpoint and its models: `[providers.NAME]`, `[models."..."]`.

Only the person's own scope holds these: a repository that could name a base URL could have the
person's key sent to it.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cockpit_tui.domain.model import Capability, EditFormat, Price, Thinking

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A token of RFC 9110, 5.6.2."""
_OUR_HEADERS = frozenset({"accept-encoding", "content-encoding", "content-length", "content-type",
                          "host", "transfer-encoding", "connection"})
_OUR_FIELDS = frozenset({"model", "messages", "input", "instructions", "system", "tools", "stream",
                         "stream_options"})
RESERVED_NAMES = frozenset({"offline", "replay"})


class PriceSettings(BaseModel):
    """Dollars per million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: float = Field(ge=0)
    """Input tokens."""
    output: float = Field(ge=0)
    """Output tokens, thinking included."""
    cache_read: float | None = Field(default=None, ge=0)
    """Input tokens from the provider's cache; unset, as dear as input."""
    cache_write: float | None = Field(default=None, ge=0)
    """Input tokens written to the cache; unset, as dear as input."""

    def price(self) -> Price:
        return Price(input=_micro(self.input), output=_micro(self.output),
                     cache_read=None if self.cache_read is None else _micro(self.cache_read),
                     cache_write=None if self.cache_write is None else _micro(self.cache_write))


class ModelSettings(BaseModel):
    """What one says about a model; whatever is unset stays as the catalogue has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    context_tokens: int | None = Field(default=None, ge=1_000)
    """Tokens of its window."""
    max_output_tokens: int | None = Field(default=None, ge=64)
    """The most of one reply."""
    edit_format: EditFormat | None = None
    """The tools that it edits best with."""
    supports_tools: bool | None = None
    """Whether it makes tool calls by itself."""
    supports_schema: bool | None = None
    """Whether its endpoint holds a reply to a JSON Schema."""
    thinking: Thinking | None = None
    """How its thinking is asked for."""
    capability: Capability | None = None
    """What one may expect of it."""
    price: PriceSettings | None = None
    """What it costs, where the price tables do not know or you have a contract."""


class ProviderSettings(ModelSettings):
    """An endpoint of the person's own, or changes to one of the catalogue's."""

    wire: Literal["openai", "anthropic", "responses"] | None = None
    """What it speaks; unset: openai (chat.completions)."""
    base_url: str | None = None
    """Where it is; http only on loopback and in private networks."""
    api_key_env: str | None = None
    """The variable with its key; unset, or "": none is needed."""
    allow_insecure: bool = False
    """Send text and key in the clear beyond private networks."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Further HTTP headers; `$NAME` as a whole value is that variable's. Counted as secret."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Further fields of every request, like reasoning_effort or OpenRouter's provider."""

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not _HEADER.fullmatch(name) or not value.isascii() or not value.isprintable():
                raise ValueError("a header is NAME = \"value\", in plain characters")
            if name.lower() in _OUR_HEADERS:
                raise ValueError(f"{name} is set by the cockpit; a key belongs in api_key_env")
        return headers

    @field_validator("extra_body")
    @classmethod
    def _adds(cls, fields: dict[str, Any]) -> dict[str, Any]:
        if ours := sorted(_OUR_FIELDS & fields.keys()):
            raise ValueError(f"{', '.join(ours)}: the cockpit sets this itself")
        return fields

    @field_validator("base_url")
    @classmethod
    def _has_host(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("a base URL starts with https:// (or http:// for a local server)")
        if parts.username or parts.password:
            raise ValueError("a base URL holds no password; use api_key_env")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _is_private_or_encrypted(self) -> Self:
        if self.base_url and not self.allow_insecure and not is_private_or_encrypted(self.base_url):
            raise ValueError(f"{self.base_url} would send your code and key in the clear; use "
                             "https, or set allow_insecure = true")
        return self


def check_provider_name(name: str) -> str:
    """`name`, if it can stand before the colon. Raises ValueError."""
    if name in RESERVED_NAMES or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a provider: small letters, digits, . _ -; "
                         "not offline or replay")
    return name


def is_private_or_encrypted(url: str) -> bool:
    """https, or http to this machine or a private address (RFC 1918, 4193, link-local)."""
    return urlsplit(url).scheme == "https" or is_own_network(url)


def is_loopback(url: str) -> bool:
    """Whether `url` is on this machine."""
    host = (urlsplit(url).hostname or "").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_own_network(url: str) -> bool:
    """Whether `url` is on this machine or at a private address."""
    return is_loopback(url) or _is_private(url)


def _is_private(url: str) -> bool:
    try:
        address = ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return address.is_private and not address.is_unspecified


def _micro(dollars: float) -> int:
    return round(dollars * 1_000_000)
