"""Commands that behave: results, cancelling, the record on disk, and what needs no leave."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from cockpit_tui.tools.output import OutputCapture
from cockpit_tui.tools.permissions import Coverage, is_covered
from cockpit_tui.tools.sandbox import NoSandbox, Sandbox, probe_sandbox
from cockpit_tui.tools.shell import CommandResult, run_command


@pytest.fixture(params=["bubblewrap", "none"])
async def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    found = await probe_sandbox() if request.param == "bubblewrap" else NoSandbox()
    if found.name != request.param:
        pytest.skip("no bubblewrap here")
    return found


async def run(command: str, cwd: Path, sandbox: Sandbox, *, output_limit: int = 1_000,
              process_file: Path | None = None) -> CommandResult:
    return await run_command(command, cwd=cwd, environment={"PATH": os.defpath, "WORD": "a b"},
                             timeout_seconds=30.0, sandbox=sandbox, output_limit=output_limit,
                             process_file=process_file)


@pytest.mark.parametrize(("command", "exit_code", "output"), [
    ("echo out; echo err >&2; exit 3", 3, "out\nerr\n"),
    ('printf %s "$WORD"', 0, "a b"),
    ("pwd -P; cat", 0, "{cwd}\n"),
    ("kill -9 $$", 137, ""),
    ("kill -TERM $$", 143, ""),
    ("printf 'a\\377b'", 0, "a\ufffdb"),
    ("no-such-program-here 2>/dev/null", 127, ""),
    ("exec >/dev/null 2>&1; exit 5", 5, ""),
    ("ulimit -c", 0, "0\n"),
])
async def test_a_command_gives_its_code_and_output(tmp_path: Path, sandbox: Sandbox, command: str,
                                                   exit_code: int, output: str) -> None:
    cwd = tmp_path.resolve()
    result = await run(command, cwd, sandbox)
    assert result == CommandResult(exit_code=exit_code, seconds=result.seconds,
                                   output=output.format(cwd=cwd), timed_out=False, reason="")


async def test_long_output_keeps_both_ends(tmp_path: Path, sandbox: Sandbox) -> None:
    result = await run("echo start; seq 100000; echo end", tmp_path, sandbox, output_limit=300)
    assert result.output.startswith("start\n1\n2\n")
    assert result.output.endswith("100000\nend\n")
    assert "bytes cut ...]" in result.output
    assert len(result.output) < 400


@pytest.mark.parametrize("chunk", [1, 7, 10, 1_000])
def test_output_is_cut_the_same_however_it_comes(chunk: int) -> None:
    text = "".join(f"{number % 10}" for number in range(200_000))
    capture = OutputCapture(30, flood_bytes=10**9)
    for start in range(0, len(text), chunk * 50):
        capture.feed(text[start:start + chunk * 50].encode())
    assert capture.text() == f"{text[:20]}\n[... 199,970 bytes cut ...]\n{text[-10:]}"
    exact = OutputCapture(30, flood_bytes=10**9)
    exact.feed(text[:30].encode())
    assert exact.text() == text[:30]


async def test_a_command_that_cannot_start_is_no_failure_of_it(tmp_path: Path) -> None:
    result = await run("true", tmp_path / "missing", NoSandbox())
    assert (result.exit_code, result.reason) == (
        None, "It could not be started: No such file or directory.")


async def test_who_runs_is_on_disk_while_it_runs(tmp_path: Path, sandbox: Sandbox) -> None:
    record, ready, go = tmp_path / "state/run.json", tmp_path / "ready", tmp_path / "go"
    os.mkfifo(ready)
    os.mkfifo(go)
    running = asyncio.create_task(run("echo x > ready; read answer < go; exit $answer", tmp_path,
                                      sandbox, process_file=record))
    await asyncio.to_thread(ready.read_text)
    written = json.loads(record.read_text())
    assert sorted(written) == ["boot", "mark", "pid", "started"]
    assert record.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in record.parent.iterdir()] == ["run.json"]
    await asyncio.to_thread(go.write_text, "4\n")
    assert (await running).exit_code == 4
    assert list(record.parent.iterdir()) == []


async def test_cancelling_kills_everything_first(tmp_path: Path, sandbox: Sandbox) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    # The pipe's far end is open in every process of the command: the end of it is their end.
    command = "trap '' TERM; exec 3> ready; setsid sleep 600 & sleep 600 & echo x >&3; wait"
    running = asyncio.create_task(run(command, tmp_path, sandbox,
                                      process_file=tmp_path / "run.json"))
    with await asyncio.to_thread(ready.open) as far_end:
        assert await asyncio.to_thread(far_end.readline) == "x\n"
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert far_end.read() == ""
    assert not (tmp_path / "run.json").exists()


@pytest.mark.parametrize("command", [
    "ls", "ls -la src", "cat README.md", "head -n 5 src/app.py", "wc -l 'a b.txt'", "pwd",
    "grep -rn TODO src", "stat .", "du -sh .",
])
def test_looking_around_needs_no_leave(command: str) -> None:
    assert is_covered(command, ()) == Coverage(True, f"{command.split()[0]!r} only reads.")


def test_an_approved_command_is_covered_to_the_letter_whatever_it_holds() -> None:
    compound = "cd web && npm test | tee log"
    assert is_covered(compound, [compound]) == \
        Coverage(True, "It is a command of the approved plan.")
    assert is_covered(compound + " ; id", [compound]) == Coverage(False, "'&' joins commands.")
    assert is_covered("make", [compound]) == \
        Coverage(False, "'make' is not among the approved commands.")
