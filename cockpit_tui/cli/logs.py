"""Where log records go: the log file, so that neither screen nor stdout is ever written over."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_LOG_BYTES = 2_000_000


class _PrivateFile(RotatingFileHandler):
    """A log file that only the person can read, also after it was rotated."""

    def _open(self):  # type: ignore[no-untyped-def]
        descriptor = os.open(self.baseFilename,
                             os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")


@contextmanager
def logging_to(file: Path) -> Iterator[None]:
    """Send warnings and errors of this process to `file`; nowhere, where it cannot be written."""
    handler: logging.Handler
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _PrivateFile(file, maxBytes=MAX_LOG_BYTES, backupCount=1)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter(
        "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    logging.captureWarnings(True)
    raised, logging.raiseExceptions = logging.raiseExceptions, False
    try:
        yield
    finally:
        logging.captureWarnings(False)
        logging.raiseExceptions = raised
        root.removeHandler(handler)
        with suppress(OSError):  # a full disk; what could not be logged must not end the command
            handler.close()
