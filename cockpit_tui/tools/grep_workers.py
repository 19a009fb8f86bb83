"""The processes that search: a few, kept for the next question, killed with a hopeless one.

A Python process takes some 40 ms and 20 MB to start, so a search each is slow for one agent and
too much for 64 at once. The threads here have one process each, started at the first need; it ends
by itself when it idles, and with this process, which holds its stdin.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import cockpit_tui
from cockpit_tui.domain.conversation import JsonObject

_WORKERS = max(2, min(4, os.cpu_count() or 1))


async def grep(request: JsonObject, *, timeout_seconds: float) -> tuple[list[JsonObject], bool]:
    """What `tools.grep` answers to `request`, and whether it was stopped for taking too long.

    Answers without a last `skipped` or `error` are not all there are. Cancelling ends the search.
    """
    search = _Search(request, timeout_seconds)
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, search.run)
    except asyncio.CancelledError:
        search.cancel()
        raise


class _Search:
    """One question to the process of whichever thread takes it up."""

    def __init__(self, request: JsonObject, timeout_seconds: float) -> None:
        self._line = json.dumps(request).encode() + b"\n"
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._is_late = False
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> tuple[list[JsonObject], bool]:
        """In a thread of the pool."""
        timer = threading.Timer(self._timeout_seconds, self._too_late)
        timer.daemon = True
        timer.start()
        try:
            answers = self._asked()
            # One that ended while it idled: nobody has seen the question.
            if not answers and not self._is_late and not self._is_cancelled:
                answers = self._asked()
        finally:
            timer.cancel()
        return answers, self._is_late

    def cancel(self) -> None:
        with self._lock:
            self._is_cancelled = True
            if self._process is not None:
                self._process.kill()

    def _too_late(self) -> None:
        with self._lock:
            if self._process is not None:
                self._is_late = True
                self._process.kill()

    def _asked(self) -> list[JsonObject]:
        process = self._begin()
        answers: list[JsonObject] = []
        if process is None:
            return answers
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(self._line)
            process.stdin.flush()
            for line in process.stdout:
                answers.append(json.loads(line))
                if "line" not in answers[-1]:
                    break
        with self._lock:
            self._process = None  # From here on the process is not this search's to kill.
            is_whole = bool(answers) and "line" not in answers[-1]
        if not is_whole:
            _drop(process)
        return answers

    def _begin(self) -> subprocess.Popen[bytes] | None:
        """This thread's process; None where the search is cancelled already."""
        with self._lock:
            if self._is_cancelled or self._is_late:
                return None
            process: subprocess.Popen[bytes] | None = getattr(_mine, "process", None)
            if process is None or process.poll() is not None:
                if process is not None:
                    _drop(process)
                process = _mine.process = _start()
            self._process = process
            return process


def _start() -> subprocess.Popen[bytes]:
    # A minimal environment and -P: nothing that lies in the tree is imported or consulted.
    package_root = str(Path(cockpit_tui.__file__).parent.parent)
    environment = {"PATH": os.defpath, "PYTHONPATH": package_root, "PYTHONUTF8": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-s", "-m", "cockpit_tui.tools.grep"], cwd="/", env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True)


def _drop(process: subprocess.Popen[bytes]) -> None:
    """End it and let go of its pipes."""
    _mine.process = None
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        with suppress(BrokenPipeError):
            pipe.close()


_mine = threading.local()
_threads = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="search")
