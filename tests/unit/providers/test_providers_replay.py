"""Sessions recorded and played again, exact to the byte and without secrets."""

from __future__ import annotations

import errno
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from cockpit_tui.config.redaction import Redactor
from cockpit_tui.domain.conversation import (
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    TextBlock,
    ThinkingBlock,
    ToolCall,
    ToolResult,
    ToolSpec,
    user,
)
from cockpit_tui.domain.errors import ProviderError, RequestRefused
from cockpit_tui.domain.model import EditFormat, ModelProfile, Price, Wire
from cockpit_tui.domain.usage import TokenUsage
from cockpit_tui.providers.recording import (
    RecordingFile,
    RecordingProvider,
    read_exchanges,
    recorded,
)
from cockpit_tui.providers.replay import ReplayProvider, first_difference, replayed_profile
from cockpit_tui.providers.scripted import ScriptedProvider

SECRET = "hunter2-hunter2"
REDACTOR = Redactor(frozenset({SECRET}))
PROFILE = ModelProfile(provider="acme", model="big", context_tokens=9_000,
                       edit_format=EditFormat.APPLY_PATCH, vendor="acme",
                       price=Price(input=1, output=1))
TOOL = ToolSpec(name="read", description="Reads.", parameters={"type": "object"})
ASKED = ModelRequest(model="big", purpose="task", system="Be good.", tools=(TOOL,),
                     profile=PROFILE, messages=(
                         user(f"The password is {SECRET}, größer 码."),
                         Message(speaker=Speaker.ASSISTANT, blocks=(
                             ThinkingBlock(text="hm", raw={"signature": "x"}, origin="acme:big"),
                             ToolCall(id="1", name="read", arguments={"path": "a"}))),
                         Message(speaker=Speaker.USER, blocks=(
                             ToolResult(call_id="1", text="no", is_error=True),))))
REPLAYED = replace(ASKED, model="session.jsonl", profile=None)


def answer(text: str) -> ModelReply:
    return ModelReply(message=Message(speaker=Speaker.ASSISTANT, blocks=(TextBlock(text=text),)),
                      stop_reason=StopReason.END_TURN, model="big-1", cost_microusd=12,
                      usage=TokenUsage(input=10, output=2))


def says_nothing(request: ModelRequest) -> ModelReply:
    return answer("")


async def record(path: Path, *pairs: tuple[ModelRequest, str]) -> None:
    texts = [text for _, text in pairs]
    file = RecordingFile(path, redactor=REDACTOR)
    provider = RecordingProvider(
        ScriptedProvider(plan=lambda _: answer("plan"), task=lambda _: answer(texts.pop(0))), file)
    for request, text in pairs:
        assert (await provider.complete(request)).message.text == text
    file.close()


async def test_a_session_plays_again_in_order_without_its_secrets_or_its_bill(
        tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    await record(path, (ASKED, "first"), (ASKED, f"then {SECRET}"))

    replay = ReplayProvider(path, redactor=REDACTOR)
    played = [await replay.complete(REPLAYED), await replay.complete(REPLAYED)]

    assert played == [replace(answer("first"), cost_microusd=0),
                      replace(answer("then [redacted]"), cost_microusd=0)]
    assert SECRET not in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not replay.is_ai
    with pytest.raises(RequestRefused, match="no further answer"):
        await replay.complete(REPLAYED)


async def test_the_replayed_model_has_the_bounds_of_the_recorded_one(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    await record(path, (ASKED, "first"))

    assert replayed_profile(path) == replace(PROFILE, provider="replay", model=str(path),
                                             wire=Wire.REPLAY, vendor="", price=None)


async def test_a_request_that_differs_is_refused_with_the_first_difference(
        tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    other = replace(ASKED, purpose="plan", messages=(user("Something else."),))
    await record(path, (ASKED, "first"))
    file = RecordingFile(path, redactor=REDACTOR)
    await file.write(other, answer("plan"))
    file.close()
    result = Message(speaker=Speaker.USER, blocks=(ToolResult(call_id="1", text="nay"),))
    changed = replace(REPLAYED, messages=(*ASKED.messages[:2], result))

    with pytest.raises(RequestRefused) as caught:
        await ReplayProvider(path, redactor=REDACTOR).complete(changed)

    assert caught.value.message == (
        f"The recording {str(path)!r} has no answer to this request. It first differs at "
        f"$.messages[2].blocks[0].is_error: now false, recorded true.")


def test_a_recorded_source_wraps_each_ai_provider_once_and_no_rules(tmp_path: Path) -> None:
    rules = ScriptedProvider(plan=says_nothing, task=says_nothing)
    model = ScriptedProvider(plan=says_nothing, task=says_nothing, is_ai=True)
    file = RecordingFile(tmp_path / "session.jsonl", redactor=REDACTOR)
    source = recorded(lambda name: (rules if name == "rules" else model, name), file)
    file.close()

    assert source("rules")[0] is rules
    assert isinstance(source("a")[0], RecordingProvider)
    assert source("a")[0] is source("b")[0]


@pytest.mark.parametrize(("left", "right", "place"), [
    ({"a": [1, {"b": "same"}]}, {"a": [1, {"b": "sane"}]}, "$.a[1].b (character 2)"),
    ([1, 2], [1], "$[1]"),
    ({"a": 1}, {"a": 1, "b": 2}, "$.b"),
    ({"a": 1}, {"a": True}, "$.a"),
    ({"a": [None, "x"]}, {"a": [None, "x"]}, ""),
])
def test_the_first_difference_is_named_by_its_path(left: object, right: object,
                                                   place: str) -> None:
    assert first_difference(left, right)[0] == place


async def test_a_half_last_line_is_passed_over_and_cut_off_by_the_next_recording(
        tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    await record(path, (ASKED, "first"))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:50])
    assert len(read_exchanges(path)) == 1

    await record(path, (ASKED, "second"))

    assert [exchange.reply.message.text for exchange in read_exchanges(path)] == [
        "first", "second"]
    assert all(json.loads(line) for line in path.read_text("utf-8").splitlines())


@pytest.mark.parametrize(("content", "words"), [
    (None, "cannot be read: No such file"),
    (b"", "holds no answer"),
    (b"half", "holds no answer"),
    (b"[1]\n", "Line 1 of the recording"),
    (b'{"profile": null, "request": {}, "reply": {"model": 1}}\n', "Line 1 of the recording"),
])
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes | None,
                                                words: str) -> None:
    path = tmp_path / "session.jsonl"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ProviderError, match=words):
        ReplayProvider(path, redactor=REDACTOR)


def test_a_recording_does_not_follow_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ProviderError, match="cannot be written"):
        RecordingFile(tmp_path / "link", redactor=REDACTOR)
    assert not (tmp_path / "elsewhere").exists()


async def test_a_full_disk_ends_the_recording_and_keeps_the_paid_reply(
        tmp_path: Path, caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "session.jsonl"
    with monkeypatch.context() as patched:
        patched.setattr("cockpit_tui.providers.recording.os.write", full)
        await record(path, (ASKED, "first"), (ASKED, "second"))

    assert path.read_bytes() == b""
    assert [entry.getMessage() for entry in caplog.records] == [
        f"The recording {path} ends here: No space left on device"]
