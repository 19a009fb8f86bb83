"""Calls that were under way when their work was thrown away: billed, and nobody will ask again.

A call whose step goes on after a crash is told as lost when it is made again (`agents.asking`).
Where the step itself is dropped, with a job that is cancelled or a task that is given up, this is
the last moment at which its bill is known: what was sent, as its intent says.
"""

from __future__ import annotations

from cockpit_tui.agents.bills import LOST
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.event import Event, UsageRecorded
from cockpit_tui.domain.ids import JobId
from cockpit_tui.domain.record import ModelCall
from cockpit_tui.engine.rows import save_rows
from cockpit_tui.storage import durable
from cockpit_tui.storage.transaction import Transaction

BILL = "bill"
"""In the intent of a model call: what it costs at least, should its reply be lost."""
AGAIN = "again"
"""In the intent of a model call: how often it was made again after its reply was lost."""


def drop_lost_calls(tx: Transaction, job_id: JobId, prefix: str = "") -> None:
    """Bill and forget the calls below `prefix` that were begun and not finished."""
    for entry in durable.for_job(tx.conn, job_id):
        if entry.state == "done" or entry.effect is not EffectClass.MODEL_CALL \
                or not entry.key.startswith(prefix):
            continue
        if (told := entry.intent.get(BILL)) is not None:
            call = adapter(ModelCall).validate_python(told)
            for _ in range(1 + int(entry.intent.get(AGAIN, 0))):
                _bill(tx, job_id, call)
        durable.delete_prefix(tx, job_id, entry.key)


def _bill(tx: Transaction, job_id: JobId, call: ModelCall) -> None:
    assert call.purpose == LOST
    save_rows(tx, job_id, (call,))
    tx.emit(Event(job_id=job_id, task_id=call.task_id, execution_id=call.execution_id,
                  payload=UsageRecorded(
                      model=call.model_used, model_asked=call.model_asked,
                      input_tokens=call.usage.input, output_tokens=call.usage.output,
                      cost_microusd=call.cost_microusd)))
