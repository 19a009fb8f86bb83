"""The wire of Anthropic Messages, through the vendor's SDK."""

from cockpit_tui.providers.messages.provider import MessagesProvider

__all__ = ["MessagesProvider"]
