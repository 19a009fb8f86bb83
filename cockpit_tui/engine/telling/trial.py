"""A trial of the channels, without a ledger that keeps it: another cockpit may hold that."""

from __future__ import annotations

from collections.abc import Mapping

from cockpit_tui.domain.notice import LADDER, Channel, Delivery, Draft, Notice, NoticeKind, Told
from cockpit_tui.engine.telling.outgoing import NotTold, Outgoing, Send
from cockpit_tui.engine.telling.presence import Presence

TEXT = "This is a test: notices reach you here."


async def try_out(channels: Mapping[Channel, Send], presence: Presence) -> Notice:
    """Tell the trial text by every channel, one after the other; how it went."""
    now = presence.clock()
    told = Outgoing(number=0, kind=NoticeKind.TEST, text=TEXT, at=now)
    deliveries = []
    for channel in LADDER:
        if channel in channels:
            try:
                result, detail = Told.SENT, await channels[channel](told)
            except NotTold as error:
                result, detail = Told.FAILED, str(error)
            deliveries.append(Delivery(channel=channel, result=result, detail=detail, at=now))
    draft = Draft(source="test", kind=NoticeKind.TEST, subject="test", text=TEXT)
    return Notice(number=0, draft=draft, seq=0, at=now, settled_at=now, settled_by="told",
                  deliveries=tuple(deliveries))
