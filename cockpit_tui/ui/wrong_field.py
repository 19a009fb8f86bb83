"""An error that knows which field of a form it is about, so that the cursor can go there."""

from __future__ import annotations

from cockpit_tui.domain.errors import UsageError


class WrongField(UsageError):
    """What stands in the field `field` cannot be taken."""

    def __init__(self, message: str, *, field: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field
