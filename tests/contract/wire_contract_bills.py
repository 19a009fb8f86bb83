"""What every wire owes of an answer that broke off: what the vendor will bill for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from contract.wire_contract_settings import SettingsContract
from support.brains import BrainReply, Call, in_turn
from support.model_server import Answer, ModelServer, Request, Sse

from cockpit_tui.domain.errors import ProviderError, ProviderUnavailable
from cockpit_tui.domain.model import Price
from cockpit_tui.domain.usage import FailedCall
from cockpit_tui.providers.pool import ModelPool, RetryNotice
from cockpit_tui.providers.pricing import PriceBook
from cockpit_tui.providers.resilience import RetryPolicy
from cockpit_tui.providers.unfinished import collecting

REPLY = BrainReply(texts=("I look at the file first, because it is there.",),
                   calls=(Call(name="read_file", arguments={"path": "a/b/c.txt"}),))


class BillContract(SettingsContract):
    """Of one wire."""

    tells_input_first = False
    """Whether the first event says what the request counts."""

    async def test_what_came_of_a_cut_answer_is_billed_and_never_too_low(self) -> None:
        dialect = self.dialect(in_turn(REPLY))
        await self.answer(dialect)  # From here on as much comes from the cache as can.
        whole = (await self.answer(dialect)).usage
        bills: list[FailedCall] = []
        while (bill := await self._bill_of(dialect, len(bills))) is not None:
            bills.append(bill)
        assert len(bills) >= 5
        assert all(after.usage.output >= before.usage.output for before, after in pairwise(bills))
        assert all(bill.cost_microusd is not None for bill in bills)
        assert all(bill.usage.input >= whole.input for bill in bills)
        assert all(bill.usage == whole for bill in bills if not bill.is_estimated)
        if self.tells_input_first:
            assert {bill.usage.input for bill in bills[1:]} == {whole.input}
        assert (bills[0].usage.output, bills[0].is_estimated) == (0, True)
        assert bills[-1].usage.output >= whole.output

    async def _bill_of(self, dialect: Any, events: int) -> FailedCall | None:
        """The bill where only so many events come; None where that is a whole reply."""
        async def handler(request: Request) -> Answer:
            answer = await dialect(request)
            return Sse(list(answer.items)[:events], cut=True)

        profile = replace(self.profile, price=Price(input=3_000_000, output=15_000_000))
        async with ModelServer(handler) as server:
            provider = self.provider(server.url)
            pool = ModelPool(lambda _: (provider, "model-1"), prices=PriceBook(),
                             policy=RetryPolicy(max_attempts=1))
            try:
                await pool.complete(profile, self.request(), on_retry=_never)
            except ProviderUnavailable as error:
                return error.billed or pytest.fail(f"{error} has no bill")
            finally:
                await pool.close()
        return None

    async def test_who_breaks_an_answer_off_from_outside_can_ask_what_had_come_of_it(self) -> None:
        with collecting() as answers:
            await self.answer(self.dialect(in_turn(REPLY)))
        assert [bool(a.unfinished and a.unfinished.received_bytes) for a in answers] == [True]

    async def test_a_refusal_is_not_billed(self) -> None:
        for answer in (self.refusal(529, "busy"), self.refusal(429, "slow"),
                       Sse([self.failing_events()[0][0]])):
            with pytest.raises(ProviderError) as caught:
                await self.answer(lambda _, answer=answer: answer)
            assert caught.value.unfinished is None


async def _never(notice: RetryNotice) -> None:
    raise AssertionError("one attempt")
