"""The person's `[notify]`: how they hear of things while they look elsewhere."""

from __future__ import annotations

import re
import shlex
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator

from cockpit_tui.domain.notice import NoticeKind

_CONTROL = re.compile(r"[\x00-\x20\x7f]")


class NotifySettings(BaseModel):
    """Who is told besides the open screen, once nobody has answered for a while."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    desktop: bool = True
    """A notice of the desktop after 10 s without an answer, while you do not type; none in quiet
    hours."""
    command: tuple[str, ...] = ()
    """A program and its arguments, run without a shell after 2 minutes, for jobs of the night at
    once; the text comes as its last argument."""
    webhook: str = ""
    """An address that gets the same by POST, like "https://ntfy.sh/my-topic"."""
    webhook_body: Literal["json", "text"] = "json"
    """What is posted: an object with `text` (Slack, Mattermost, your own), or the bare text (ntfy).
    """
    muted: tuple[NoticeKind, ...] = ()
    """Kinds that no channel tells: question, done, failed, parked, budget, stalled, night."""

    @field_validator("command", mode="before")
    @classmethod
    def _may_be_one_line(cls, value: Any) -> Any:
        """A command line is taken apart as a shell would, but no shell ever sees it."""
        return shlex.split(value) if isinstance(value, str) else value

    @field_validator("webhook")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or _CONTROL.search(url):
            raise ValueError("a webhook is an http or https address")
        return url
