"""What a model call cost, as the row and the event that the ledger gets of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cockpit_tui.domain import event
from cockpit_tui.domain.conversation import ModelReply
from cockpit_tui.domain.model import ModelProfile
from cockpit_tui.domain.record import ModelCall
from cockpit_tui.domain.usage import FailedCall, TokenUsage
from cockpit_tui.providers.measuring import most_tokens

if TYPE_CHECKING:
    from cockpit_tui.agents.seat import Seat

LOST = "lost"
"""The purpose of a call that was billed and whose reply nobody has."""


def bill_of_reply(seat: Seat, profile: ModelProfile, number: int, reply: ModelReply, *,
                  reissued: bool) -> tuple[ModelCall, event.UsageRecorded]:
    """Turn `number` of the seat's conversation, answered."""
    return _told(ModelCall(
        number=number, purpose=seat.purpose, model_asked=reply.asked,
        model_used=f"{profile.provider}:{reply.model}", stop_reason=reply.stop_reason.value,
        usage=reply.usage, cost_microusd=reply.cost_microusd,
        is_estimated=not reply.is_usage_known, task_id=seat.task_id,
        execution_id=seat.execution_id, reissued=reissued))


def bill_of_failure(seat: Seat, profile: ModelProfile,
                    failed: FailedCall) -> tuple[ModelCall, event.UsageRecorded]:
    """An attempt whose answer broke off; no turn has come of it."""
    return _told(ModelCall(
        number=0, purpose=LOST, model_asked=profile.name,
        model_used=f"{profile.provider}:{failed.model}", stop_reason="", usage=failed.usage,
        cost_microusd=failed.cost_microusd, is_estimated=failed.is_estimated,
        task_id=seat.task_id, execution_id=seat.execution_id))


def bill_if_lost(seat: Seat, profile: ModelProfile, sent_bytes: int,
                 sent_microusd: int | None) -> ModelCall:
    """A call that was sent and of whose answer nothing is known: at least what was sent."""
    return ModelCall(
        number=0, purpose=LOST, model_asked=profile.name, model_used=profile.name, stop_reason="",
        usage=TokenUsage(input=most_tokens(sent_bytes)), cost_microusd=sent_microusd,
        is_estimated=True, task_id=seat.task_id, execution_id=seat.execution_id)


def _told(call: ModelCall) -> tuple[ModelCall, event.UsageRecorded]:
    return call, event.UsageRecorded(
        model=call.model_used, model_asked=call.model_asked, input_tokens=call.usage.input,
        cached_tokens=call.usage.cache_read, output_tokens=call.usage.output,
        cost_microusd=call.cost_microusd)
