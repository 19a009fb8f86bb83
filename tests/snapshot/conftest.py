"""Every test here runs the app in UTC, with the terminal's environment out of the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from support.cockpit_app import Cockpit, opened

OpenCockpit = Callable[..., AbstractAsyncContextManager[Cockpit]]


@pytest.fixture(autouse=True)
def _fixed_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    for name in ("NO_COLOR", "SSH_TTY", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    time.tzset()


@pytest.fixture
def open_cockpit() -> OpenCockpit:
    return opened
