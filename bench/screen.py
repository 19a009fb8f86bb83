"""The screen in a pseudo terminal: first frame, keys, idleness, output, memory."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path

from bench.places import base_of, environment_of, fresh_paths, make_repository
from bench.recovery import fill
from bench.report import Figure, percentiles, show
from bench.terminal import Terminal
from cockpit_tui.config.paths import Paths

HOME_PAINTED = b"Repos"
RUNS = 7
IDLE_SECONDS = 60.0
BUSY_SECONDS = 20.0
RATE = 1_000
KEYS = 60

_EMPTY_APP = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("Repos")

Empty().run()
"""


_COCKPIT = "from cockpit_tui.cli.main import run; run()"


def screen(paths: Paths, repository: Path, rate: int = 0) -> Terminal:
    """`cockpit` as a person starts it; with `rate`, the same screen under a stream of events."""
    command = ([sys.executable, "-c", _COCKPIT] if not rate else
               [sys.executable, "-m", "bench.screen_child", str(repository), str(rate)])
    terminal = Terminal(command, environment_of(paths), cwd=None if rate else repository)
    terminal.start()
    return terminal


def first_frames(paths: Paths, repository: Path) -> tuple[list[float], list[float]]:
    """Seconds to the painted Home, and to an empty Textual app, in turn."""
    ours, empty = [], []
    for _ in range(RUNS):
        terminal = screen(paths, repository)
        ours.append(terminal.wait_for(HOME_PAINTED))
        terminal.stop()
        terminal = Terminal([sys.executable, "-c", _EMPTY_APP], environment_of(paths))
        terminal.start()
        empty.append(terminal.wait_for(HOME_PAINTED))
        terminal.stop()
    return ours[1:], empty[1:]


def key_times(terminal: Terminal) -> list[float]:
    """Seconds from pressing a key that moves the focus to its heavy border on the wire."""
    times = []
    for number in range(KEYS):
        key, marker = ((b"2", "┏━ [2]"), (b"1", "┏━ [1]"))[number % 2]
        times.append(terminal.key_to_marker(key, marker.encode()[:3]))
        terminal.read(0.15)
    return times


def measure_idle(paths: Paths, repository: Path) -> list[Figure]:
    terminal = screen(paths, repository)
    terminal.wait_for(HOME_PAINTED)
    terminal.read(3.0)
    cpu, began = terminal.cpu_seconds(), time.perf_counter()
    written = terminal.read(0)
    while time.perf_counter() - began < IDLE_SECONDS:
        written += terminal.read(min(5.0, IDLE_SECONDS))
        time.sleep(0.5)
    used = (terminal.cpu_seconds() - cpu) / (time.perf_counter() - began)
    memory = terminal.memory_megabytes()
    keys = key_times(terminal)
    terminal.stop()
    return [
        Figure(name=f"idle {IDLE_SECONDS:.0f} s: CPU", value=f"{used:.2%}", target="≤ 1 %"),
        Figure(name=f"idle {IDLE_SECONDS:.0f} s: bytes to the terminal", value=str(written),
               target="0", note="the minute clock may tick once"),
        Figure(name="memory, idle screen with its engine", value=f"{memory:.0f} MB",
               target="≤ 80 MB"),
        Figure(name="key to paint, idle", value=percentiles(keys)),
    ]


def measure_busy(paths: Paths, repository: Path) -> list[Figure]:
    terminal = screen(paths, repository, RATE)
    terminal.wait_for(HOME_PAINTED)
    terminal.read(2.0)
    cpu, began, start = terminal.cpu_seconds(), time.perf_counter(), len(terminal.written)
    while time.perf_counter() - began < BUSY_SECONDS:
        terminal.read(1.0)
    seconds = time.perf_counter() - began
    rate = (len(terminal.written) - start) / seconds / 1024
    used = (terminal.cpu_seconds() - cpu) / seconds
    keys = key_times(terminal)
    memory = terminal.memory_megabytes()
    terminal.stop()
    return [
        Figure(name=f"output at {RATE:,} events/s, 120x40", value=f"{rate:.1f} KiB/s",
               target="≤ 32 KiB/s", note=f"CPU {used:.0%}, engine and writer included"),
        Figure(name=f"key to paint at {RATE:,} events/s", value=percentiles(keys),
               target="p95 ≤ 100 ms"),
        Figure(name=f"memory after {BUSY_SECONDS + 10:.0f} s of events", value=f"{memory:.0f} MB"),
    ]


def frames_row(name: str, target: str, ours: list[float], empty: list[float]) -> Figure:
    ratio = statistics.median(ours) / statistics.median(empty)
    return Figure(name=name, value=f"{ratio:.2f}× an empty Textual app", target=target,
                  note=f"{percentiles(ours)} against {percentiles(empty)}")


def main() -> None:
    with fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", 200)
        show([frames_row("first frame, empty ledger", "≤ 1.5×", *first_frames(paths, repository))])
        show(measure_idle(paths, repository))
        show(measure_busy(paths, repository))
    with fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", 200)
        asyncio.run(fill(paths, 100_000))
        show([frames_row("first frame, 100,000 events", "≤ 2×", *first_frames(paths, repository))])


if __name__ == "__main__":
    main()
