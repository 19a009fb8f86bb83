"""Questions at the terminal offer the answers that mean something, and no other."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.scenes import expensive_approval

from cockpit_tui.cli import asking
from cockpit_tui.cli.asking import Asking, choices
from cockpit_tui.domain.approval import Answer, Decision
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.policy import Gate


async def answered(gate: Gate, monkeypatch: pytest.MonkeyPatch, *typed: str) -> Answer:
    """What is sent for a question of `gate` when these lines are typed."""
    lines, sent = iter(typed), []
    approval = expensive_approval()
    approval = replace(approval, question=replace(approval.question, gate=gate))

    async def read(prompt: str) -> str:
        return next(lines)

    async def job_view(job_id: JobId) -> Any:
        return SimpleNamespace(pending=(approval,))

    async def send(command: Any) -> None:
        sent.append(command.answer)

    monkeypatch.setattr(asking, "_read", read)
    await Asking(cast(Any, SimpleNamespace(job_view=job_view, send=send))).ask_all(JobId("J"))
    assert not list(lines)
    [given] = sent
    return given


async def test_money_cannot_be_sent_back_and_only_a_dear_call_is_allowed_for_the_job(
        monkeypatch: pytest.MonkeyPatch) -> None:
    yes = Answer(decision=Decision.GRANTED, by="person")
    assert await answered(Gate.BUDGET, monkeypatch, "r", "d", "j", "a") == yes
    assert await answered(Gate.EXPENSIVE, monkeypatch, "r", "d", "j") == replace(
        yes, rest_of_job=True)
    assert (await answered(Gate.PLAN, monkeypatch, "j", "r", "smaller")).comment == "smaller"
    assert "send back" not in choices(Gate.BUDGET) + choices(Gate.EXPENSIVE)
    assert [gate for gate in Gate if "iff" in choices(gate)] == [Gate.PHASE]
