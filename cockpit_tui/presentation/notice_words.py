"""Where a notice went, in words."""

from __future__ import annotations

from cockpit_tui.domain.notice import Channel, Delivery, Notice, NoticeKind, Told
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.presentation.glyphs import GlyphSet, Role, StateSign

STATE_WORDS = {
    "": "It waits for its turn: nobody has answered yet.",
    "told": "Every channel that is set up had its turn.",
    "answered": "It was answered; no further channel tells it.",
    "seen": "You were at the screen then; no further channel tells it.",
    "muted": "This kind is muted.",
    "over": "It needs nobody any more; no further channel tells it.",
    "old": "It was half a day old before it could be told.",
    "no channel": "Besides the screen no channel is set up: notify.command, notify.webhook."}
_WHY_NOT = {"answered": "answered before", "seen": "you were there", "muted": "muted",
            "over": "over before", "old": "too old", "no channel": "no channel"}


def where_words(notice: Notice, glyphs: GlyphSet) -> str:
    """`screen ✓ desktop ✗`; where nobody told it, why."""
    parts = [f"{delivery.channel.value} {_sign(delivery.result, glyphs)}"
             for delivery in notice.deliveries]
    has_ladder = any(d.channel is not Channel.SCREEN for d in notice.deliveries)
    if not has_ladder:
        parts.append(_WHY_NOT.get(notice.settled_by, "waits its turn")
                     if notice.settled_by != "told" else "")
    return ", ".join(filter(None, parts))


def short_where(notice: Notice, glyphs: GlyphSet) -> str:
    """`2✓ 1✗`: how many channels told it, and how many could not."""
    sent = sum(delivery.result is Told.SENT for delivery in notice.deliveries)
    failed = sum(delivery.result is Told.FAILED for delivery in notice.deliveries)
    return " ".join(filter(None, (f"{sent}{glyphs.done}" if sent else "",
                                  f"{failed}{glyphs.failed}" if failed else "",
                                  "muted" if notice.settled_by == "muted" else "")))


def channel_words(delivery: Delivery) -> str:
    """`webhook: answered 200`, `command: failed: exit code 3`."""
    match delivery.result:
        case Told.SENT:
            said = "sent"
        case Told.FAILED:
            said = "failed"
        case _:
            said = "begun; nobody knows whether it arrived"
    detail = f" ({sanitize_line(delivery.detail)})" if delivery.detail else ""
    return f"{delivery.channel.value}: {said}{detail}"


def kind_sign(kind: NoticeKind, glyphs: GlyphSet) -> StateSign:
    match kind:
        case NoticeKind.QUESTION | NoticeKind.PARKED | NoticeKind.BUDGET:
            return StateSign(glyph=glyphs.needs_you, word=kind.value, role=Role.ATTENTION,
                             is_bold=True)
        case NoticeKind.FAILED:
            return StateSign(glyph=glyphs.failed, word=kind.value, role=Role.FAILED)
        case NoticeKind.DONE | NoticeKind.NIGHT:
            return StateSign(glyph=glyphs.done, word=kind.value, role=Role.OK)
        case NoticeKind.STALLED:
            return StateSign(glyph=glyphs.quiet, word=kind.value, role=Role.ATTENTION)
        case _:
            return StateSign(glyph=glyphs.separator, word=kind.value, role=Role.MUTED)


def _sign(result: Told, glyphs: GlyphSet) -> str:
    return {Told.SENT: glyphs.done, Told.FAILED: glyphs.failed, Told.SENDING: "?"}[result]
