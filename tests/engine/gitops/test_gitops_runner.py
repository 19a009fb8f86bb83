from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from gitops_repos import write

from cockpit_tui.domain.errors import DiskFull, GitError, RepositoryError
from cockpit_tui.gitops.runner import command_log, git


def fake_git(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program called git that runs `script`, first on the PATH."""
    write(folder, {"bin/git": f"#!/bin/sh\n{script}\n"})
    (folder / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")


def is_running(pid: int) -> bool:
    """A zombie that nobody has waited for yet no longer runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_nothing_of_the_callers_environment_reaches_git(
        tmp_path: Path, person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"GIT_DIR": "/nowhere", "GIT_CONFIG_COUNT": "1", "LD_PRELOAD": "",
                        "GIT_CONFIG_KEY_0": "alias.x", "GIT_CONFIG_VALUE_0": "!env",
                        "ANTHROPIC_API_KEY": "secret", "GIT_TRACE": str(tmp_path / "trace"),
                        "BASH_ENV": "x", "HOME": "/root"}.items():
        monkeypatch.setenv(name, value)
    assert (await git("rev-parse", "--show-toplevel", cwd=person)).line == str(person)
    shown = await git("-c", "alias.x=!env", "x", cwd=person)
    names = {line.partition("=")[0] for line in shown.text.splitlines()}
    assert not names & {"GIT_DIR", "GIT_CONFIG_COUNT", "ANTHROPIC_API_KEY", "GIT_TRACE",
                        "BASH_ENV", "HOME", "LD_PRELOAD"}
    assert not (tmp_path / "trace").exists()


async def test_a_timeout_kills_git_and_all_it_started(
        tmp_path: Path, person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(tmp_path, f"sleep 600 & echo $! > {tmp_path}/pid; wait", monkeypatch)
    with pytest.raises(GitError, match=r"git status did not finish within 0\.3 seconds"):
        await git("status", cwd=person, timeout=0.3)
    assert not is_running(int((tmp_path / "pid").read_text()))
    assert (command_log[-1].args, command_log[-1].returncode) == (("status",), None)


async def test_a_cancellation_kills_git_and_is_not_swallowed(
        tmp_path: Path, person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "started")
    fake_git(tmp_path, f"trap '' TERM; echo $$ > {tmp_path}/started; while :; do sleep 600; done",
             monkeypatch)
    monkeypatch.setattr("cockpit_tui.gitops.runner._GRACE_SECONDS", 0.1)
    task = asyncio.create_task(git("status", cwd=person), name="git")
    pid = int(await asyncio.to_thread((tmp_path / "started").read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_running(pid)


async def test_a_cancellation_while_git_starts_leaves_nothing_running(
        tmp_path: Path, person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(tmp_path, f"sleep 600 & echo $! >> {tmp_path}/pids; wait", monkeypatch)
    for turns in range(30):
        task = asyncio.create_task(git("status", cwd=person), name="git")
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    started = (tmp_path / "pids").read_text().split() if (tmp_path / "pids").exists() else []
    assert [pid for pid in started if is_running(int(pid))] == []


async def test_endless_output_is_stopped(tmp_path: Path, person: Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(tmp_path, "yes", monkeypatch)
    for limit in (0, 1_000_000):
        with pytest.raises(GitError, match=f"wrote more than {limit:,} bytes"):
            await git("log", cwd=person, max_output=limit)


async def test_much_in_and_out_at_once_does_not_block(person: Path) -> None:
    blob = os.urandom(5_000_000)
    made = (await git("hash-object", "-w", "--stdin", stdin=blob, cwd=person)).line
    assert (await git("cat-file", "blob", made, cwd=person)).stdout == blob
    listing = "".join(f"{made}\n" for _ in range(200_000)).encode()
    checked = await git("cat-file", "--batch-check", stdin=listing, cwd=person)
    assert checked.text.count("blob 5000000\n") == 200_000


async def test_failures_carry_gits_reason_harmless_for_a_terminal(
        tmp_path: Path, person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_git(tmp_path, r"printf 'warning: w\nfatal: no \033]52;c;x\007\n' >&2; exit 128",
             monkeypatch)
    with pytest.raises(GitError) as caught:
        await git("--git-dir=x", "-c", "a=b", "log", cwd=person)
    assert caught.value.message == "git log failed: no ␛]52;c;x␇"
    for words in ("write: No space left on device", "file write error. Out of diskspace"):
        fake_git(tmp_path, f"echo 'fatal: {words}' >&2; exit 1", monkeypatch)
        with pytest.raises(DiskFull):
            await git("gc", cwd=person, check=False)


async def test_what_cannot_be_started_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="There is no directory"):
        await git("status", cwd=tmp_path / "missing")
    with pytest.raises(GitError, match="cannot take"):
        await git("log", "a\0b", cwd=tmp_path)
    with pytest.raises(GitError, match="cannot take"):
        await git("log", "\ud800", cwd=tmp_path)
