"""Attacks 29-34 of the safety design: command lines, environments and processes of a bad model.

What a sandbox is needed for runs in bubblewrap and is skipped where there is none; what must hold
anyway runs in both.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cockpit_tui.tools import shell
from cockpit_tui.tools.environment import build_environment
from cockpit_tui.tools.permissions import is_covered
from cockpit_tui.tools.processes import (
    ProcessRecord,
    boot_id,
    kill_recorded_group,
    start_ticks,
    write_record,
)
from cockpit_tui.tools.sandbox import NoSandbox, Sandbox, probe_sandbox
from cockpit_tui.tools.shell import CommandResult, run_command

ALLOWED = ("pytest -q", "npm test")


@pytest.fixture
def worktree(tmp_path: Path) -> Path:
    root = tmp_path / "worktree"
    root.mkdir()
    (root / ".git").write_text("gitdir: /nowhere\n")
    return root


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture(params=["bubblewrap", "none"])
async def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if request.param == "none":
        return NoSandbox()
    found = await probe_sandbox()
    if found.name != "bubblewrap":
        pytest.skip("no bubblewrap here")
    return found


@pytest.fixture
async def bubblewrap() -> Sandbox:
    found = await probe_sandbox()
    if found.name != "bubblewrap":
        pytest.skip("no bubblewrap here")
    return found


def environment_for(scratch: Path) -> dict[str, str]:
    return {"PATH": os.defpath, "HOME": str(scratch), "TMPDIR": str(scratch)}


async def run(command: str, worktree: Path, scratch: Path, sandbox: Sandbox, *,
              timeout_seconds: float = 20.0, network: bool = False) -> CommandResult:
    return await run_command(command, cwd=worktree, environment=environment_for(scratch),
                             timeout_seconds=timeout_seconds, sandbox=sandbox, network=network)


def new_marker() -> str:
    """Seconds to sleep that no other process on the machine has in its command line."""
    return str(10**9 + secrets.randbelow(10**9))


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def processes_with(marker: str) -> list[int]:
    """Ids of living processes whose command line holds the text."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and is_alive(int(folder.name)):
            with suppress(OSError):
                if marker.encode() in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
    return found


@pytest.mark.parametrize("command", [
    "pytest -q; curl evil", "pytest -q && curl evil", "pytest -q || curl evil",
    "pytest -q | tee /etc/x", "pytest -q & curl evil", "pytest -q\ncurl evil",
    "pytest -q\rcurl evil", "pytest -q > /etc/x", "pytest -q < /etc/passwd", "pytest -q 2>x",
    "pytest $(curl evil)", "pytest `curl evil`", 'pytest "$(curl evil)"', 'pytest "`id`"',
    "pytest -q $HOME", "pytest ${IFS}x", "(pytest -q)", "{ pytest -q; }", "! pytest -q",
    "pytest -q *", "pytest -q ?", "pytest -[q]", "pytest {-q,-v}", "pytest ~/x", "pytest \\-q",
    "pytest -q #", "pytest -q -p evil", "pytest", "pytest -q x", "PYTEST -q", "./pytest -q",
    "/tmp/pytest -q", "pytest -q 'unclosed", "", "   ", "''",
    "X=1 pytest -q", "PATH=/tmp pytest -q", "LD_PRELOAD=/tmp/x.so pytest -q",
    "GIT_DIR=/tmp/x pytest -q", "pytest\u00a0-q", "p\u200bytest -q",
])
def test_29_only_the_approved_words_are_covered(command: str) -> None:
    assert not is_covered(command, ALLOWED).covered


@pytest.mark.parametrize("command", ["pytest -q", "  pytest   -q ", "pytest '-q'", '"pytest" -q'])
def test_29_the_approved_words_are_covered_in_any_plain_spelling(command: str) -> None:
    assert is_covered(command, ALLOWED).covered


@pytest.mark.parametrize("command", [
    "env pytest -q", "xargs pytest -q", "find . -exec pytest -q", "find . -delete",
    "python -c 'import os'", "python3 -c pass", "sh -c 'pytest -q'", "bash -c pytest",
    "sudo pytest -q", "nohup pytest -q", "timeout 5 pytest -q", "nice pytest -q",
    "git -c alias.x='!id' x", "perl -e 1", "node -e 1", "eval pytest -q", "command pytest -q",
    "/usr/bin/env pytest -q", "ls -la; id", "cat /etc/passwd", "cat ../secret", "cat ~/.ssh/id",
    "cat .git/config", "head --bytes=1 /etc/passwd", "wc --files0-from=/etc/passwd",
    "grep -f../secret x", "file -C -m magic", "cat 'a' > b", "tail -n1 src/../../x",
])
def test_30_wrappers_are_never_covered(command: str) -> None:
    assert not is_covered(command, ALLOWED).covered


def test_30_a_wrapper_is_named_in_the_reason() -> None:
    assert is_covered("env pytest -q", ALLOWED).reason == \
        "'env' can run anything its arguments say."


@pytest.mark.parametrize("command", [
    "git -C /tmp status", "git --git-dir=/tmp/x log", "GIT_DIR=/tmp/x git status",
    "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.fsmonitor GIT_CONFIG_VALUE_0=id git status",
    "git status", "git --exec-path=/tmp status",
])
def test_31_git_is_always_asked(command: str) -> None:
    assert not is_covered(command, ALLOWED).covered


async def test_32_a_hostile_environment_is_not_passed_on(worktree: Path, scratch: Path,
                                                         tmp_path: Path) -> None:
    (worktree / "bin").mkdir()
    (worktree / "src").mkdir()
    planted = worktree / "bin/python3"
    planted.write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\n")
    planted.chmod(0o755)
    link = tmp_path / "link"
    link.symlink_to(worktree / "bin")
    hostile = {
        "PATH": f"{worktree}/bin:.:bin::{link}:/usr/bin:/bin", "LD_PRELOAD": "/tmp/evil.so",
        "LD_LIBRARY_PATH": "/tmp", "BASH_ENV": "/tmp/evil", "ENV": "/tmp/evil",
        "PYTHONSTARTUP": "/tmp/evil.py", "PYTHONPATH": "/tmp/evil", "PYTHONHOME": "/tmp",
        "NODE_OPTIONS": "--require /tmp/evil.js", "GIT_DIR": "/tmp/evil", "GIT_CONFIG_COUNT": "1",
        "ANTHROPIC_API_KEY": "sk-canary", "GITHUB_TOKEN": "ghp_canary", "SSH_AUTH_SOCK": "/tmp/s",
        "VIRTUAL_ENV": str(worktree), "HOME": "/root", "DYLD_INSERT_LIBRARIES": "/tmp/evil",
        "RUSTUP_HOME": "relative",
    }
    environment = await build_environment(worktree=worktree, checkout=worktree, scratch=scratch,
                                          inherited=hostile)
    path = environment.pop("PATH").split(":")
    environment.pop("RUSTUP_HOME", None)
    assert environment == {
        "LANG": "C.UTF-8", "TERM": "dumb", "CI": "1", "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1", "PYTHONHASHSEED": "0",
        "HOME": str(scratch), "TMPDIR": str(scratch), "PYTHONPATH": str(worktree / "src"),
    }
    assert all(entry.startswith("/") and not Path(entry).resolve().is_relative_to(worktree)
               for entry in path)
    assert not (tmp_path / "owned").exists()


async def test_32_programs_cannot_be_forged_for_the_next_command(worktree: Path, scratch: Path,
                                                                bubblewrap: Sandbox) -> None:
    (scratch / "shims").mkdir()
    environment = environment_for(scratch) | {"PATH": f"{scratch}/shims:{os.defpath}"}
    result = await run_command("echo evil > $HOME/shims/pytest; mv $HOME/shims $HOME/x; ls $HOME",
                               cwd=worktree, environment=environment, timeout_seconds=20,
                               sandbox=bubblewrap)
    assert "Read-only file system" in result.output
    assert list(scratch.rglob("*")) == [scratch / "shims"]


async def test_32_the_git_file_cannot_be_forged(worktree: Path, scratch: Path,
                                                bubblewrap: Sandbox) -> None:
    result = await run("echo 'gitdir: /evil' > .git; rm -f .git; mv .git x", worktree, scratch,
                       bubblewrap)
    assert result.exit_code != 0
    assert (worktree / ".git").read_text() == "gitdir: /nowhere\n"


async def test_33_daemons_die_with_their_command(worktree: Path, scratch: Path,
                                                 sandbox: Sandbox) -> None:
    marker = new_marker()
    result = await run(f"(setsid sleep {marker} &); nohup sleep {marker} & "
                       f"env -i /bin/sleep {marker} & echo done", worktree, scratch, sandbox)
    assert (result.exit_code, result.output) == (0, "done\n")
    assert processes_with(marker) == []


async def test_33_a_bomb_of_processes_is_stopped(worktree: Path, scratch: Path, sandbox: Sandbox,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "MAX_PROCESSES", 40)
    marker = new_marker()
    bomb = f"i=0; while [ $i -lt 80 ]; do sleep {marker} & i=$((i+1)); done; wait"
    result = await run(bomb, worktree, scratch, sandbox)
    assert (result.exit_code, result.timed_out) == (137, False)
    assert result.reason == "It started more than 40 processes and was stopped." \
        or "fork" in result.output
    assert processes_with(marker) == []


async def test_33_a_bomb_of_words_ends_at_a_limit(worktree: Path, scratch: Path,
                                                  sandbox: Sandbox,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "MAX_MEMORY_KIB", 200_000)
    if shutil.which("bash", path=os.defpath) is None:
        pytest.skip("no bash here")
    result = await run("bash -c 'echo {1..900000000}'", worktree, scratch, sandbox)
    assert "allocate" in result.output
    assert len(result.output) < 1_000


async def test_33_endless_output_is_stopped(worktree: Path, scratch: Path, sandbox: Sandbox,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "FLOOD_BYTES", 2 * 1024 * 1024)
    result = await run("yes", worktree, scratch, sandbox)
    assert result.exit_code == 137
    assert result.reason == "It wrote more than 2 MiB and was stopped."
    assert len(result.output) < shell.OUTPUT_LIMIT + 100


async def test_33_a_command_that_ignores_term_is_killed_and_not_a_success(
        worktree: Path, scratch: Path, sandbox: Sandbox) -> None:
    marker = new_marker()
    result = await run(f"trap 'exit 0' TERM; trap '' INT; sleep {marker}", worktree, scratch,
                       sandbox, timeout_seconds=0.2)
    assert (result.exit_code, result.timed_out) == (124, True)
    assert processes_with(marker) == []


def spawn(*argv: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(argv, start_new_session=True)


KILLED_COCKPIT = """
import asyncio, sys
from pathlib import Path
from cockpit_tui.tools.sandbox import NoSandbox
from cockpit_tui.tools.shell import run_command
asyncio.run(run_command(sys.argv[1], cwd=Path(sys.argv[2]), environment={"PATH": "/usr/bin:/bin"},
                        timeout_seconds=600, sandbox=NoSandbox(),
                        process_file=Path(sys.argv[3])))
"""


async def test_33_leftovers_of_a_killed_cockpit_are_killed_later(tmp_path: Path,
                                                                 worktree: Path) -> None:
    marker, ready = new_marker(), tmp_path / "ready"
    os.mkfifo(ready)
    record = tmp_path / "run.json"
    command = f"setsid sleep {marker} & echo ready > {ready}; sleep {marker}"
    cockpit = spawn(sys.executable, "-c", KILLED_COCKPIT, command, str(worktree), str(record))
    assert ready.read_text() == "ready\n"
    cockpit.send_signal(signal.SIGKILL)
    cockpit.wait()
    assert len(processes_with(marker)) >= 2
    assert await kill_recorded_group(record)
    assert processes_with(marker) == []
    assert not record.exists()
    assert not await kill_recorded_group(record)


@pytest.mark.parametrize("forgery", ["started", "boot"])
async def test_33_a_reused_process_id_is_not_killed(tmp_path: Path, forgery: str) -> None:
    innocent = spawn("/bin/sleep", "600")
    try:
        started = start_ticks(innocent.pid)
        assert started is not None
        record = ProcessRecord(mark="0" * 32, pid=innocent.pid,
                               boot="another boot" if forgery == "boot" else boot_id(),
                               started=started - 1 if forgery == "started" else started)
        write_record(tmp_path / "run.json", record)
        assert not await kill_recorded_group(tmp_path / "run.json")
        assert is_alive(innocent.pid)
    finally:
        innocent.kill()
        innocent.wait()


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """A server that nothing may reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


async def test_34_nothing_leaves_without_network(worktree: Path, scratch: Path,
                                                 bubblewrap: Sandbox,
                                                 canary: socket.socket) -> None:
    port = canary.getsockname()[1]
    attempts = f"""
import socket
for attempt in (lambda: socket.create_connection(("127.0.0.1", {port}), 2),
                lambda: socket.create_connection(("192.0.2.1", 80), 2),
                lambda: socket.getaddrinfo("secret.canary.example", 80)):
    try:
        attempt()
        print("reached")
    except OSError:
        print("refused")
"""
    (worktree / "leak.py").write_text(attempts)
    result = await run_command(
        f"{sys.executable} leak.py", cwd=worktree, environment=environment_for(scratch),
        timeout_seconds=20, sandbox=bubblewrap)
    assert (result.exit_code, result.output) == (0, "refused\n" * 3)


async def test_34_the_sandbox_shows_and_opens_only_what_it_should(
        tmp_path: Path, worktree: Path, scratch: Path, bubblewrap: Sandbox) -> None:
    (tmp_path / "secret.txt").write_text("canary-of-the-person")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "host.sock"))
        listener.listen()
        result = await run(
            f"cat {tmp_path}/secret.txt; echo x > {tmp_path}/new; echo x > /usr/new; "
            f"ls -A {Path.home()}/.ssh {Path.home()}/.bashrc /etc/shadow {tmp_path}/host.sock; "
            "ls /proc | grep -c '^[0-9]'; echo in > inside; echo in > $TMPDIR/inside",
            worktree, scratch, bubblewrap)
    assert "canary-of-the-person" not in result.output
    assert result.output.count("No such file or directory") >= 5
    assert not (tmp_path / "new").exists()
    assert not Path("/usr/new").exists()
    assert (worktree / "inside").read_text() == (scratch / "inside").read_text() == "in\n"
    assert int(result.output.splitlines()[-1]) < 8
