"""Runs one command line: contained, limited in time, output and processes, and cleaned up after."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cockpit_tui.tools.output import OutputCapture
from cockpit_tui.tools.processes import (
    MARK_VARIABLE,
    TERM_GRACE_SECONDS,
    ProcessRecord,
    boot_id,
    find_members,
    kill_members,
    start_ticks,
    write_record,
)
from cockpit_tui.tools.sandbox import Sandbox

OUTPUT_LIMIT = 64 * 1024
FLOOD_BYTES = 64 * 1024 * 1024
"""A command that writes more than this is stopped."""
MAX_PROCESSES = 1_024
MAX_MEMORY_KIB = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024 * 3 // 4
"""For one process: three quarters of the machine's."""
CANCEL_GRACE_SECONDS = 0.2
"""How long a command has to end by itself once the person cancelled: all is gone in a second."""
TIMEOUT_EXIT_CODE = 124
"""As timeout(1) reports it; a command that traps TERM and exits with 0 has not succeeded."""
KILLED_EXIT_CODE = 137

_TICK_SECONDS = 0.25
_DRAIN_SECONDS = 2.0
_MAX_FILE_BLOCKS = 8 * 1024 * 1024
"""`ulimit -f` counts 512 bytes: 4 GiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    exit_code: int | None
    """Above 128: ended by that signal plus 128. None: it could not be started."""
    seconds: float
    output: str
    """Standard output and error as they came, head and tail."""
    timed_out: bool = False
    reason: str = ""
    """Why it was stopped or not started; empty where it ended by itself."""


async def run_command(command: str, *, cwd: Path, environment: Mapping[str, str],
                      timeout_seconds: float, sandbox: Sandbox, output_limit: int = OUTPUT_LIMIT,
                      process_file: Path | None = None, writable: Sequence[Path] | None = None,
                      network: bool = False) -> CommandResult:
    """Run `command` with `/bin/sh -c` in `cwd`; nothing it started outlives the call.

    `output_limit` in bytes. `writable` are the folders the sandbox leaves open; `cwd` and the
    environment's TMPDIR if not given. `process_file` keeps who is running, for
    `kill_recorded_group` after a crash, and is removed at the end.
    """
    mark = secrets.token_hex(16)
    record = ProcessRecord(mark=mark, boot=boot_id())
    if writable is None:
        writable = [cwd, *(Path(environment[name]) for name in ("TMPDIR",) if name in environment)]
    argv = sandbox.wrap(["/bin/sh", "-c", _limits() + 'exec /bin/sh -c "$1"', "sh", command],
                        cwd=cwd, writable=writable, environment=environment, network=network)
    output = OutputCapture(output_limit, flood_bytes=FLOOD_BYTES)
    started = time.monotonic()
    code: int | None = None
    reason, timed_out, grace = "", False, CANCEL_GRACE_SECONDS
    if process_file is not None:
        write_record(process_file, record)
    try:
        async with _reading(output) as (write_end, reader):
            try:
                process = await _start(argv, cwd, {**environment, MARK_VARIABLE: mark}, write_end)
                record = replace(record, pid=process.pid, started=start_ticks(process.pid))
                if process_file is not None:
                    write_record(process_file, record)
                try:
                    async with asyncio.timeout(timeout_seconds):
                        reason = await _supervise(process, output, reader, record)
                    grace = 0.0 if reason else TERM_GRACE_SECONDS
                except TimeoutError:
                    timed_out, grace = True, TERM_GRACE_SECONDS
                    reason = f"It took longer than {timeout_seconds:g} s and was stopped."
            finally:
                await _finish(kill_members(record, grace_seconds=grace, is_ours=True))
            code = await process.wait()
            await asyncio.wait({reader}, timeout=_DRAIN_SECONDS)
    except OSError as error:
        reason = f"It could not be started: {error.strerror or error}."
    except ValueError as error:  # A NUL, or half a character: no program can be given it.
        reason = f"It could not be started: {error}."
    finally:
        if process_file is not None:
            process_file.unlink(missing_ok=True)
    return CommandResult(exit_code=_exit_code(code, timed_out=timed_out, stopped=bool(reason)),
                         seconds=time.monotonic() - started, output=output.text(),
                         timed_out=timed_out, reason=reason)


def _exit_code(code: int | None, *, timed_out: bool, stopped: bool) -> int | None:
    if code is None:
        return None
    if stopped:
        return TIMEOUT_EXIT_CODE if timed_out else KILLED_EXIT_CODE
    return 128 - code if code < 0 else code


async def _start(argv: Sequence[str], cwd: Path, environment: Mapping[str, str],
                 write_end: int) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *argv, cwd=cwd, env=environment, stdin=DEVNULL, stdout=write_end, stderr=write_end,
            start_new_session=True)
    finally:
        os.close(write_end)


@asynccontextmanager
async def _reading(output: OutputCapture) -> AsyncIterator[tuple[int, asyncio.Task[None]]]:
    """A pipe of our own: asyncio's would make `wait` depend on daemons that hold it open."""
    read_end, write_end = os.pipe()
    stream = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(read_end, "rb", 0))
    reader = asyncio.create_task(output.read_from(stream), name="read-command-output")
    try:
        yield write_end, reader
    finally:
        reader.cancel()
        transport.close()


async def _supervise(process: Process, output: OutputCapture, reader: asyncio.Task[None],
                     record: ProcessRecord) -> str:
    """Wait for the end; empty, or the reason to stop it."""
    ended = asyncio.create_task(process.wait(), name="wait-for-command")
    threads_before = _system_threads()
    try:
        while not ended.done():
            await asyncio.wait({ended} | ({reader} if not reader.done() else set()),
                               timeout=_TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if output.is_flood:
                return f"It wrote more than {FLOOD_BYTES // 2**20} MiB and was stopped."
            if _system_threads() - threads_before > MAX_PROCESSES and await asyncio.to_thread(
                    lambda: len(find_members(record, is_ours=True)) > MAX_PROCESSES):
                return f"It started more than {MAX_PROCESSES:,} processes and was stopped."
        return ""
    finally:
        ended.cancel()


async def _finish(work: Coroutine[Any, Any, object]) -> None:
    """Carry `work` through to its end even if the caller is cancelled meanwhile, then say so."""
    task = asyncio.create_task(work, name="kill-command")
    was_cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            was_cancelled = True
    task.result()
    if was_cancelled:
        raise asyncio.CancelledError


def _limits() -> str:
    """Limits as shell words, set inside the sandbox: there, processes are counted apart.

    The process limit leaves room above all threads of the machine, because outside of a user
    namespace the kernel counts every process of the person. Memory is limited by written data,
    not by address space, which runtimes reserve in plenty. `-p` is dash's name for `-u`.
    """
    limits = ["ulimit -c 0", f"ulimit -f {_MAX_FILE_BLOCKS}", f"ulimit -d {MAX_MEMORY_KIB}"]
    if (threads := _system_threads()) > 0:
        count = threads + 2 * MAX_PROCESSES
        limits.append(f"{{ ulimit -u {count} || ulimit -p {count}; }}")
    return "".join(f"{limit} 2>/dev/null; " for limit in limits)


def _system_threads() -> int:
    """All threads of the machine, from the fourth field of `/proc/loadavg`; 0 if unknown."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].split("/")[1])
    except (OSError, IndexError, ValueError):
        return 0
