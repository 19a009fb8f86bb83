"""A program in a pseudo terminal: what it writes, when, and what it costs."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Terminal:
    """`command` on a terminal of `columns` × `rows`, started by `start`."""

    command: Sequence[str]
    environment: Mapping[str, str]
    columns: int = 120
    rows: int = 40
    cwd: Path | None = None
    started_at: float = 0.0
    written: bytearray = field(default_factory=bytearray)
    _main: int = -1
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._main, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        self.started_at = time.perf_counter()
        self._process = subprocess.Popen(
            self.command, stdin=child, stdout=child, stderr=child, start_new_session=True,
            cwd=self.cwd, env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor",
                 **self.environment})
        os.close(child)

    def read(self, seconds: float) -> int:
        """Take in what arrives within `seconds`; how many bytes."""
        before, until = len(self.written), time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            if not select.select([self._main], [], [], left)[0]:
                break
            try:
                self.written += os.read(self._main, 65_536)
            except OSError:
                break
        return len(self.written) - before

    def wait_for(self, marker: bytes, seconds: float = 30.0) -> float:
        """Seconds since the start until `marker` was written. Raises TimeoutError."""
        until = time.perf_counter() + seconds
        while marker not in self.written:
            if time.perf_counter() > until:
                raise TimeoutError(f"{marker!r} never came: {bytes(self.written[-2_000:])!r}")
            self.read_once(0.5)
        return time.perf_counter() - self.started_at

    def read_once(self, seconds: float) -> int:
        """Wait at most `seconds` for one chunk; its length."""
        if not select.select([self._main], [], [], seconds)[0]:
            return 0
        chunk = os.read(self._main, 65_536)
        self.written += chunk
        return len(chunk)

    def press(self, keys: bytes) -> None:
        os.write(self._main, keys)

    def key_to_marker(self, keys: bytes, marker: bytes, seconds: float = 5.0) -> float:
        """Seconds from a key press until `marker` is written after it. Raises TimeoutError."""
        position = len(self.written)
        began = time.perf_counter()
        self.press(keys)
        while marker not in self.written[position:]:
            if time.perf_counter() - began > seconds:
                raise TimeoutError(f"{marker!r} never came after {keys!r}")
            self.read_once(0.2)
        return time.perf_counter() - began

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_megabytes(self) -> float:
        """Proportional set size: shared pages counted by share."""
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
        raise OSError("no Pss in smaps_rollup")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        os.close(self._main)
