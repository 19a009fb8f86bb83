"""Which channels reach the person here, with the person's settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from cockpit_tui.config.notify import NotifySettings
from cockpit_tui.domain.notice import Channel
from cockpit_tui.engine.telling import command, desktop, webhook
from cockpit_tui.engine.telling.outgoing import Send
from cockpit_tui.engine.telling.presence import Presence


def channels_of(settings: NotifySettings, presence: Presence) -> Mapping[Channel, Send]:
    """The channels that can be used here and now."""
    found: dict[Channel, Send] = {}
    if settings.desktop and (way := desktop.way_here(presence)) is not None:
        found[Channel.DESKTOP] = way
    if settings.command:
        found[Channel.COMMAND] = partial(command.run, settings.command)
    if settings.webhook:
        found[Channel.WEBHOOK] = webhook.Webhook(settings.webhook, body=settings.webhook_body).post
    return found
