"""Sessions with a model written down: a JSONL file of requests and replies, secrets removed.

One line an answered request, in the order of the answers:
`{"asked": "provider:model", "profile": {...}, "request": {...}, "reply": {...}}`. The request is in
its canonical form, without what names the model (`model`, `profile`), so that a replay under
another name compares equal. No key can be in it, for headers are not part of a request. The file
is the person's alone (0600). A crash leaves at most half a last line, which readers pass over and
the next recording cuts off.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cockpit_tui.config.redaction import Redactor
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.conversation import JsonObject, ModelReply, ModelRequest
from cockpit_tui.domain.errors import ProviderError
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.providers.base import Provider, WarmProvider
from cockpit_tui.providers.registry import ProviderSource

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One line of a recording."""

    profile: ModelProfile | None
    request: JsonObject
    """Canonical and redacted: what `canonical` makes of a `ModelRequest`."""
    reply: ModelReply


def canonical(request: ModelRequest, redactor: Redactor) -> JsonObject:
    """`request` as JSON without secrets and without what names the model."""
    value = adapter(ModelRequest).dump_python(request, mode="json")
    del value["model"], value["profile"]
    redacted: JsonObject = redactor.redact_all(value)
    return redacted


def canonical_text(value: Any) -> str:
    """The one way to write a JSON value: sorted keys, no blanks, no escapes that need not be."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_exchanges(path: Path) -> tuple[Exchange, ...]:
    """All of a recording; a half last line is passed over. Raises ProviderError."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise ProviderError(f"The recording {str(path)!r} cannot be read: {error.strerror}.",
                            hint="Name a file that was written with --record.") from error
    whole = lines[:-1]  # what stands behind the last line break was not written to its end
    exchanges = []
    for number, line in enumerate(whole, 1):
        try:
            exchanges.append(_exchange(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderError(f"Line {number} of the recording {str(path)!r} is not one that a "
                                f"recording writes.",
                                hint="Name a file that was written with --record.") from error
    if not exchanges:
        raise ProviderError(f"The recording {str(path)!r} holds no answer.",
                            hint="Record a session first, with --record.")
    return tuple(exchanges)


def _exchange(value: Any) -> Exchange:
    profile = value["profile"]
    return Exchange(
        profile=adapter(ModelProfile).validate_python(profile) if profile else None,
        request=dict(value["request"]), reply=adapter(ModelReply).validate_python(value["reply"]))


class RecordingFile:
    """The open file of a session; several providers and agents may write to it."""

    def __init__(self, path: Path, *, redactor: Redactor) -> None:
        """Open `path` to append. Raises ProviderError where it cannot be written."""
        self._path = path
        self._redactor = redactor
        self._writing = asyncio.Lock()
        try:
            self._descriptor: int | None = os.open(
                path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                | getattr(os, "O_NOFOLLOW", 0), 0o600)
            os.fchmod(self._descriptor, 0o600)
            _cut_half_line(self._descriptor)
        except OSError as error:
            raise ProviderError(f"The recording {str(path)!r} cannot be written: "
                                f"{error.strerror}.",
                                hint="Give --record a file in a folder of yours.") from error

    async def write(self, request: ModelRequest, reply: ModelReply) -> None:
        """Append one exchange. A reply is paid for already, so a full disk ends the recording with
        a warning in the log, never the work."""
        if self._descriptor is None:
            return
        line = await asyncio.to_thread(self._line, request, reply)
        async with self._writing:
            try:
                await asyncio.shield(asyncio.to_thread(self._append, line))
            except OSError as error:
                log.warning("The recording %s ends here: %s", self._path, error.strerror)
                self.close()

    def close(self) -> None:
        """Close the file; further exchanges are not written."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _line(self, request: ModelRequest, reply: ModelReply) -> bytes:
        profile = request.profile
        value = {
            "asked": profile.name if profile else request.model,
            "profile": adapter(ModelProfile).dump_python(profile, mode="json") if profile else None,
            "request": canonical(request, self._redactor),
            "reply": self._redactor.redact_all(
                adapter(ModelReply).dump_python(reply, mode="json")),
        }
        return canonical_text(value).encode("utf-8", "surrogatepass") + b"\n"

    def _append(self, line: bytes) -> None:
        if self._descriptor is None:
            return
        while line:
            line = line[os.write(self._descriptor, line):]


class RecordingProvider:
    """Any provider, with its answered requests written down."""

    def __init__(self, provider: Provider, file: RecordingFile) -> None:
        self._provider = provider
        self._file = file

    @property
    def name(self) -> str:
        return self._provider.name

    @property
    def is_ai(self) -> bool:
        return self._provider.is_ai

    async def complete(self, request: ModelRequest) -> ModelReply:
        reply = await self._provider.complete(request)
        await self._file.write(request, reply)
        return reply

    async def warm(self) -> None:
        """Make the provider ready."""
        if isinstance(self._provider, WarmProvider):
            await self._provider.warm()

    async def close(self) -> None:
        """Close the provider. The file is closed by whoever opened it."""
        await self._provider.close()


def recorded(source: ProviderSource, file: RecordingFile) -> ProviderSource:
    """`source`, with every AI provider that it hands out recorded into `file`; a provider handed
    out twice is wrapped once."""
    wrapped: dict[int, RecordingProvider] = {}

    def record(name: str) -> tuple[Provider, str]:
        provider, model = source(name)
        if not provider.is_ai:
            return provider, model
        return wrapped.setdefault(id(provider), RecordingProvider(provider, file)), model

    return record


def _cut_half_line(descriptor: int) -> None:
    """Leave the file ending with a line break, or empty."""
    size = os.fstat(descriptor).st_size
    end = size
    while end > 0:
        start = max(0, end - 65_536)
        chunk = os.pread(descriptor, end - start, start)
        at = chunk.rfind(b"\n")
        if at >= 0:
            end = start + at + 1
            break
        end = start
    if end < size:
        os.ftruncate(descriptor, end)
