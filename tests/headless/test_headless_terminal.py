"""On a real pseudo-terminal: questions at the prompt, the screen, and the terminal left as it was.

A pty and `select` stand for the terminal: no sleeps, everything waits for what is written.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cockpit_process import Cockpit
from support.repositories import git

LIMIT_SECONDS = 20


class Terminal:
    """A 100x30 terminal with one program in it."""

    def __init__(self, cockpit: Cockpit, *arguments: str, **environment: str) -> None:
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(self.theirs)
        self.seen = b""
        self.process = subprocess.Popen(
            cockpit.command(*arguments), cwd=cockpit.repository,
            env={**cockpit.environment, **environment}, stdin=self.theirs, stdout=self.theirs,
            stderr=self.theirs, start_new_session=True)

    def read_until(self, text: str) -> None:
        start = len(self.seen)
        while text.encode() not in self.seen[start:]:
            assert self._read(), f"{text!r} never came:\n{self.text}"

    def type(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def wait(self) -> int:
        """The exit code, with all output read meanwhile."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end:\n{self.text}"
            self._read(0.05)
        while self._read(0.0):
            pass
        return self.process.returncode

    def _read(self, seconds: float = LIMIT_SECONDS) -> bool:
        ready, _, _ = select.select([self.ours], [], [], seconds)
        if not ready:
            return False
        self.seen += os.read(self.ours, 65_536)
        return True

    @property
    def text(self) -> str:
        return self.seen.decode("utf-8", "replace")

    @property
    def is_as_it_was(self) -> bool:
        """Modes of the line discipline, the screen buffer, the cursor, mouse and paste modes."""
        pairs = ((b"?1049h", b"?1049l"), (b"?25l", b"?25h"), (b"?1000h", b"?1000l"),
                 (b"?1003h", b"?1003l"), (b"?2004h", b"?2004l"), (b"?1004h", b"?1004l"))
        undone = all(self.seen.rfind(off) > self.seen.rfind(on) for on, off in pairs
                     if on in self.seen)
        return undone and termios.tcgetattr(self.theirs) == self.before

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def test_questions_are_asked_and_answered_at_the_prompt(cockpit: Cockpit,
                                                        terminals: list[Terminal]) -> None:
    assert cockpit.run("run", "Write files", "--until", "phase:1").code == 3
    terminal = Terminal(cockpit, "jobs", "resume")
    terminals.append(terminal)
    terminal.read_until("HIGH")  # at once, although nothing happens before the answer
    terminal.type("a\n")
    terminal.read_until("This is HIGH risk. Sure?")
    terminal.type("y\n")
    terminal.read_until("Phase 1: First")
    terminal.type("d\n")
    terminal.read_until("+a.txt 1")
    terminal.type("a\n")
    assert terminal.wait() == 0
    assert "Job #1 completed, 2 of 3 tasks done" in terminal.text
    assert git("branch", "--list", "cockpit/1-write-files", cwd=cockpit.repository)


def test_ended_input_parks_the_job(cockpit: Cockpit, terminals: list[Terminal]) -> None:
    terminal = Terminal(cockpit, "run", "Write files")
    terminals.append(terminal)
    terminal.read_until("> ")
    terminal.type("\x04")
    assert terminal.wait() == 3
    assert "Input ended before the question was answered" in terminal.text
    assert "◆ approval" in cockpit.run("jobs", "list").out


@pytest.mark.parametrize(("no_color", "is_coloured"), [("", True), ("1", False)])
def test_a_diff_on_a_terminal_has_colour_unless_unwanted(
        cockpit: Cockpit, terminals: list[Terminal], no_color: str, is_coloured: bool) -> None:
    cockpit.run("run", "Write files", "--approve", "all")
    terminal = Terminal(cockpit, "jobs", "diff", "1", NO_COLOR=no_color)
    terminals.append(terminal)
    assert terminal.wait() == 0
    assert "+a.txt 1" in terminal.text
    assert ("\x1b[32m+a.txt 1\x1b[0m" in terminal.text) is is_coloured


def shown(cockpit: Cockpit, terminals: list[Terminal], *arguments: str) -> Terminal:
    terminal = Terminal(cockpit, *arguments)
    terminals.append(terminal)
    terminal.read_until("?1049h")
    terminal.read_until("Repos")
    return terminal


def test_the_screen_is_left_by_its_key(cockpit: Cockpit, terminals: list[Terminal]) -> None:
    terminal = shown(cockpit, terminals)
    terminal.type("q")
    assert (terminal.wait(), terminal.is_as_it_was) == (0, True), terminal.text[-500:]
    assert str(cockpit.repository.resolve()) in cockpit.run("projects", "list").out


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_clean(cockpit: Cockpit, terminals: list[Terminal],
                                            which: signal.Signals) -> None:
    terminal = shown(cockpit, terminals)
    terminal.process.send_signal(which)
    assert (terminal.wait(), terminal.is_as_it_was) == (130, True), terminal.text[-500:]


def test_an_error_inside_leaves_the_terminal_clean(cockpit: Cockpit, terminals: list[Terminal],
                                                   tmp_path: Path) -> None:
    broken = tmp_path / "broken" / "sitecustomize.py"
    broken.parent.mkdir()
    broken.write_text("import textual.app as a\n"
                      "def fail(self):\n    raise RuntimeError('broken on purpose')\n"
                      "import cockpit_tui.ui.app as ui\n"
                      "ui.CockpitApp.show_everywhere = fail\n")
    terminal = Terminal(cockpit.with_script(None, PYTHONPATH=str(broken.parent)))
    terminals.append(terminal)
    terminal.read_until("?1049h")
    assert terminal.wait() != 0
    assert terminal.is_as_it_was, terminal.text[-500:]


def test_outside_of_a_repository_the_screen_opens_all_the_same(
        cockpit: Cockpit, terminals: list[Terminal]) -> None:
    terminal = shown(cockpit, terminals, "--repo", "/")
    terminal.type("q")
    assert (terminal.wait(), terminal.is_as_it_was) == (0, True), terminal.text[-500:]


def test_the_demo_opens_the_screen_with_its_job(cockpit: Cockpit,
                                                terminals: list[Terminal]) -> None:
    terminal = Terminal(cockpit.with_script(None), "demo", "--dir", str(cockpit.home / "demo"))
    terminals.append(terminal)
    terminal.read_until("?1049h")
    terminal.read_until("Write the test for BackendDeveloper")
    terminal.process.terminate()
    assert (terminal.wait(), terminal.is_as_it_was) == (130, True), terminal.text[-500:]
    assert "planning ◆ approval" in cockpit.run("jobs", "list").out


def test_a_review_narrates_on_a_terminal(cockpit: Cockpit, terminals: list[Terminal]) -> None:
    terminal = Terminal(cockpit, "review")
    terminals.append(terminal)
    assert terminal.wait() == 0
    assert terminal.text.index("reads the repository") < terminal.text.index("Reviewed by")
