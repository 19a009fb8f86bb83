"""What every wire owes when the server does not: no half replies, no hanging, words for people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest
from contract.wire_contract import QUICK
from contract.wire_contract_bills import BillContract
from support.brains import BrainReply, Call, Spent, Stop, in_turn, says
from support.model_server import Json, ModelServer, Raw, Silence, Sse, Verbatim, sse_bytes

from cockpit_tui.domain.conversation import ModelReply, StopReason
from cockpit_tui.domain.errors import (
    ContextOverflow,
    CredentialsRefused,
    CreditExhausted,
    ModelUnknown,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from cockpit_tui.providers.timeouts import Timeouts

SHORT = BrainReply(texts=("Hé",), calls=(Call(name="read_file", arguments={"path": "ü"},
                                              id="call_1"),))
SSE = {"content-type": "text/event-stream"}
PAGE = "<!doctype html><html><body>Sign in</body></html>"
STATUSES = {400: RequestRefused, 401: CredentialsRefused, 402: CreditExhausted,
            403: CredentialsRefused, 404: ModelUnknown, 408: ProviderUnavailable,
            409: ProviderUnavailable, 413: RequestRefused, 422: RequestRefused,
            429: RateLimited, 500: ProviderUnavailable, 502: ProviderUnavailable,
            503: ProviderUnavailable, 529: ProviderUnavailable}


class BadWireContract(BillContract):
    """Every row of bad weather, for one wire."""

    async def refused(self, answer: Any, **settings: Any) -> ProviderError:
        asked: list[Any] = []

        def handler(request: Any) -> Any:
            asked.append(request)
            return answer

        with pytest.raises(ProviderError) as caught:
            await self.answer(handler, **settings)
        assert len(asked) == 1, "retries are the pool's business"
        assert "test-key" not in f"{caught.value.message} {caught.value.hint}"
        assert caught.value.hint
        return caught.value

    @pytest.mark.parametrize(("stop", "meant"), [
        ("end", StopReason.END_TURN), ("length", StopReason.MAX_TOKENS),
        ("refusal", StopReason.REFUSAL), ("stop_sequence", StopReason.END_TURN)])
    async def test_each_reason_to_stop_is_known(self, stop: Stop, meant: StopReason) -> None:
        reply = await self.answer(self.dialect(in_turn(says("So far.", stop=stop))))
        assert (reply.stop_reason, "So far." in reply.message.text) == (meant, True)

    async def test_a_call_cut_by_the_length_limit_is_not_carried_out(self) -> None:
        cut = BrainReply(calls=(Call(name="read_file", arguments='{"path": "a'),), stop="length")
        reply = await self.answer(self.dialect(in_turn(cut)))
        [call] = reply.message.tool_calls
        assert (reply.stop_reason, "cut off" in call.malformed) == (StopReason.MAX_TOKENS, True)

    @pytest.mark.parametrize("status", STATUSES)
    async def test_each_status_is_an_error_of_its_own(self, status: int) -> None:
        error = await self.refused(self.refusal(status, "No: \x1b[2Jtest-key\u202e is wrong"))
        assert type(error) is STATUSES[status]
        assert error.message.startswith("fake ")
        assert str(status) in error.message
        assert not {"\x1b", "\u202e"} & set(error.message)

    @pytest.mark.parametrize(("text", "meant"), [
        ("prompt is too long: 204806 tokens > 200000 maximum", ContextOverflow),
        ("This model's maximum context length is 128000 tokens.", ContextOverflow),
        ("Your credit balance is too low to access the API.", CreditExhausted)])
    async def test_one_status_for_several_things_is_told_apart(
            self, text: str, meant: type[ProviderError]) -> None:
        assert type(await self.refused(self.refusal(400, text))) is meant

    @pytest.mark.parametrize(("headers", "seconds"), [
        ({"retry-after": "17"}, 17), ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0), ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None), ({}, None)])
    async def test_the_wait_asked_for_is_kept(self, headers: dict[str, str],
                                              seconds: float | None) -> None:
        error = await self.refused(self.refusal(429, "slow down", headers))
        assert isinstance(error, RateLimited)
        assert error.retry_after_seconds == seconds

    async def test_an_error_inside_the_stream_is_never_half_a_reply(self) -> None:
        events = self.events(says("Half of the answer"))
        for failing, meant in self.failing_events():
            for cut in (0, len(events) // 2):
                error = await self.refused(Sse([*events[:cut], failing]))
                assert type(error) is meant, error

    async def test_a_reply_cut_at_any_byte_is_whole_or_unavailable(self) -> None:
        body = sse_bytes(self.events(SHORT))  # type: ignore[arg-type]
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        answers = [Verbatim((head + b"content-length: %d\r\n\r\n" % len(body) + body)[:cut])
                   for cut in range(len(head) + len(body) + 30)]
        answers += [Raw((body[:cut],), headers=SSE) for cut in range(0, len(body), 3)]
        outcomes: list[ModelReply | ProviderUnavailable] = []
        waiting = iter([*answers, Raw((body,), headers=SSE)])
        async with ModelServer(lambda _: next(waiting)) as server:
            provider = self.provider(server.url)
            for _ in range(len(answers) + 1):
                try:
                    outcomes.append(await provider.complete(self.request()))
                except ProviderUnavailable as error:
                    outcomes.append(error)
            await provider.close()
        *cut, whole = outcomes
        assert isinstance(whole, ModelReply)
        assert {type(outcome) for outcome in cut} == {ModelReply, ProviderUnavailable}
        assert all(outcome == whole for outcome in cut if isinstance(outcome, ModelReply))
        assert sum(isinstance(outcome, ModelReply) for outcome in cut) < 60

    async def test_a_kept_connection_that_was_closed_unread_is_no_failure(self) -> None:
        """llama.cpp closes some right after a stream; the next request met the closing door."""
        body = sse_bytes(self.events(SHORT))  # type: ignore[arg-type]
        whole, door = Raw((body,), headers=SSE), Verbatim(b"")
        answers = [whole, door, whole, door, door]
        waiting = iter(answers)
        async with ModelServer(lambda _: next(waiting)) as server:
            provider = self.provider(server.url)
            first = await provider.complete(self.request())
            assert await provider.complete(self.request()) == first
            with pytest.raises(ProviderUnavailable):  # A new connection is closed, too.
                await provider.complete(self.request())
            await provider.close()
            assert (len(server.requests), server.connections_made) == (len(answers), 3)

    async def test_line_ends_and_packets_make_no_difference(self) -> None:
        body = sse_bytes(self.events(SHORT))  # type: ignore[arg-type]
        windows = b": hello\r\n\r\n" + body.replace(b"\n", b"\r\n")
        torn = (windows[at:at + 3] for at in range(0, len(windows), 3))
        assert await self.answer(lambda _: Raw(torn, headers=SSE)) \
            == await self.answer(lambda _: Raw((body,), headers=SSE))

    @pytest.mark.parametrize("after", [None, 0, 2], ids=["no-answer", "no-event", "in-the-middle"])
    async def test_silence_ends(self, after: int | None) -> None:
        def silent(_: Any) -> Any:
            return Silence() if after is None else Sse(
                [*self.events(says("Half of the answer"))[:after], asyncio.Event().wait()])
        began = time.monotonic()
        with pytest.raises(ProviderUnavailable, match=r"sent nothing for 0\.2 seconds"):
            await self.answer(silent, timeouts=Timeouts(idle_seconds=0.2))
        assert time.monotonic() - began < 3

    async def test_a_stream_that_lives_but_never_ends_is_ended(self) -> None:
        async def drip() -> Any:
            while True:
                yield b": still here\n\n"
                await asyncio.sleep(0.01)

        async with aclosing(drip()) as chunks:
            error = await self.refused(Raw(chunks, headers=SSE), timeouts=Timeouts(
                idle_seconds=1, total_seconds=0.3))
        assert (type(error), "0.3 seconds" in error.message) == (ProviderUnavailable, True)

    @pytest.mark.parametrize("piece", [b"data: x\n", b"x" * 65_536, b": ping\n\n"],
                             ids=["never-ended-event", "one-line", "comments"])
    async def test_a_stream_without_end_is_cut_by_size(self, piece: bytes) -> None:
        began = time.monotonic()
        chunk = piece * (65_536 // len(piece))
        error = await self.refused(Raw(_endless(chunk), headers=SSE),
                                   timeouts=Timeouts(max_reply_bytes=5_000_000))
        assert (type(error), "5,000,000 bytes" in error.message) == (ProviderUnavailable, True)
        assert time.monotonic() - began < 10

    @pytest.mark.parametrize("status", [200, 400, 500])
    async def test_a_body_of_100_megabytes_is_not_read(self, status: int) -> None:
        error = await self.refused(
            Raw(_endless(b"x" * 65_536, 1_600), status=status,
                headers={"content-type": "application/json"}),
            timeouts=Timeouts(max_reply_bytes=1_000_000))
        assert "1,000,000 bytes" in error.message

    @pytest.mark.parametrize("status", [200, 404, 405])
    async def test_a_web_page_means_a_wrong_base_url(self, status: int) -> None:
        error = await self.refused(Raw((PAGE.encode(),), status=status,
                                       headers={"content-type": "text/html; charset=utf-8"}))
        assert (type(error), "base URL" in error.message) == (RequestRefused, True)

    async def test_a_gateways_page_is_a_failure_that_passes(self) -> None:
        error = await self.refused(Raw((PAGE.encode(),), status=502,
                                       headers={"content-type": "text/html"}))
        assert type(error) is ProviderUnavailable

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    async def test_a_redirect_is_named_and_not_followed(self, status: int) -> None:
        async with ModelServer(lambda _: Json({})) as other:
            error = await self.refused(Raw(status=status, headers={
                "location": f"{other.url}/elsewhere?token=secret"}))
            assert other.requests == []
        assert (type(error), other.url in error.message) == (RequestRefused, True)
        assert "secret" not in error.message

    @pytest.mark.parametrize("data", [
        "{", "[]", "null", '"text"', "{}", '{"type": 7}', "\x00", "[" * 100_000,
        '{"type": ' + "9" * 5_000 + "}"],
        ids=["cut", "array", "null", "string", "empty", "type", "nul", "deep", "long-number"])
    async def test_nonsense_in_the_stream_never_crashes(self, data: str) -> None:
        error = await self.refused(Sse([("message", data), (None, data)]))
        assert isinstance(error, ProviderUnavailable)

    async def test_bytes_that_are_no_text_are_not_a_reply(self) -> None:
        body = sse_bytes(self.events(SHORT)).replace("é".encode(), b"\xff")  # type: ignore[arg-type]
        broken = body.replace(b"\\u00e9", b"\xff")
        assert isinstance(await self.refused(Raw((broken,), headers=SSE)), ProviderUnavailable)

    async def test_absurd_usage_passes_for_others_to_judge(self) -> None:
        for spent in (Spent(input=-5, output=-7), Spent(input=10**18, output=10**18)):
            reply = await self.answer(self.dialect(in_turn(says("Yes.", usage=spent))))
            assert (reply.usage.input, reply.usage.output) == (spent.input, spent.output)

    @pytest.mark.parametrize("when", ["before-the-answer", "in-the-middle"])
    async def test_cancelling_ends_the_request_at_once(self, when: str) -> None:
        reached = asyncio.Event()

        async def hold() -> None:
            reached.set()
            await asyncio.Event().wait()

        async def handler(_: Any) -> Any:
            if when == "before-the-answer":
                await hold()
            return Sse([*self.events(says("Half of the answer"))[:3], hold()])

        async with ModelServer(handler) as server:
            provider = self.provider(server.url, timeouts=QUICK)
            asking = asyncio.create_task(provider.complete(self.request()), name="asking")
            await reached.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            async with asyncio.timeout(1):
                await server.disconnected.wait()
            await provider.close()


def _endless(chunk: bytes, times: int = 1_000_000) -> Iterator[bytes]:
    for _ in range(times):
        yield chunk
