"""What a person may choose about the screen, and what tests put in its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.notice import NoticeKind
from cockpit_tui.engine.telling.presence import Presence
from cockpit_tui.presentation.model_words import ModelBook, load_model_book


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class UiSettings:
    theme: str = "cockpit-dark"
    """A name that `ui.themes` knows; an unknown one falls back with a word about it."""
    glyphs: str = "auto"
    """`auto`, `unicode` or `ascii`."""
    defaults: Callable[[], JobRequest] = lambda: JobRequest(text="-")
    """What a new request starts from: the configured model, mode, gates and limits."""
    models: Callable[[], ModelBook] = load_model_book
    """The catalogue and which of it can be asked; blocking, so it is called in a thread."""
    keymap: Mapping[str, str] = field(default_factory=dict)
    """Action id → keys (`f5`, `ctrl+t,f6`, `g x`). Unknown ids and clashes are said, not fatal."""
    animation: str = "none"
    """`none` or `basic`."""
    mouse: bool = True
    is_quiet: Callable[[], bool] = lambda: False
    """Whether the person wants no bell now."""
    presence: Presence = field(default_factory=lambda: Presence(utc_now))
    """Told of every key, so that nobody who types is told by the desktop what they see."""
    set_muted: Callable[[NoticeKind, bool], object] = lambda kind, is_muted: None
    """Writes into the person's file whether a kind of notice is told by no channel."""
    muted: Callable[[], tuple[NoticeKind, ...]] = tuple
    """The kinds that are muted now, from the person's file; blocking."""
    away_since: datetime | None = None
    """Since when no screen was open, where that is long enough to be told what happened."""
    clock: Callable[[], datetime] = utc_now
    """UTC-aware now; tests hold it still."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never jump; what arming counts with."""
    arming_seconds: float = 0.35
    """How long a question must have been on screen before a key can answer it."""
    repaint_seconds: float | None = None
    """Least time between two repaints of live data; None: 0.2 s, over SSH 0.5 s."""
