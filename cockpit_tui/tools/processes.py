"""The processes of one command: found by group, session or mark, and killed to the last.

A daemon leaves its group with `setsid`, but keeps its environment: every process of a command
carries the variable `COCKPIT_COMMAND=<random mark>`. On Linux all of them are found in `/proc`
(proc(5): field 22 of `stat` is the start time in clock ticks since boot); elsewhere only the
process group is reached.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

MARK_VARIABLE = "COCKPIT_COMMAND"
TERM_GRACE_SECONDS = 1.0
_KILL_SECONDS = 5.0
_POLL_SECONDS = 0.02

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """Enough to know a command's processes again after a restart, and not to hit others."""

    mark: str
    boot: str
    """The kernel's boot id; process ids of another boot mean nothing."""
    pid: int | None = None
    """Leader of the group and session; None while it is being started."""
    started: int | None = None
    """The leader's start time in clock ticks; None where it could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    pid: int
    group: int
    session: int
    started: int
    is_zombie: bool


def boot_id() -> str:
    """Empty where the system does not tell."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def start_ticks(pid: int) -> int | None:
    process = _read_process(pid)
    return process.started if process else None


def write_record(path: Path, record: ProcessRecord) -> None:
    """Atomically, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{record.mark}.{record.pid}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(record), file)
    temporary.replace(path)


def find_members(record: ProcessRecord, *, is_ours: bool) -> list[int]:
    """Ids of the command's living processes.

    `is_ours`: the command was started by this process just now, so its group is known to be its
    own even when its leader has ended; otherwise a group without its leader is not trusted, since
    its number may belong to somebody else by now.
    """
    if record.boot != boot_id():
        return []
    processes = _all_processes()
    leader = next((p for p in processes if p.pid == record.pid), None)
    if leader is not None and record.started is not None:
        group_is_certain = leader.started == record.started
    else:
        group_is_certain = is_ours
    mark = f"{MARK_VARIABLE}={record.mark}".encode()
    return [p.pid for p in processes if not p.is_zombie and p.pid != os.getpid()
            and ((group_is_certain and record.pid in {p.group, p.session})
                 or _carries(p.pid, mark))]


async def kill_members(record: ProcessRecord, *, grace_seconds: float, is_ours: bool) -> bool:
    """TERM, wait, KILL until none is left. True if there was any."""
    if not _PROC.joinpath("self/stat").exists():
        return await _kill_group_only(record, grace_seconds)
    members = await asyncio.to_thread(find_members, record, is_ours=is_ours)
    if not members:
        return False

    now = time.monotonic()
    kill_at, give_up_at = now + grace_seconds, now + grace_seconds + _KILL_SECONDS
    if grace_seconds > 0:
        _send(members, signal.SIGTERM)
    while members and time.monotonic() < give_up_at:
        if time.monotonic() >= kill_at:
            # The whole group at once first: a fork bomb outruns a list of process ids.
            if record.pid in members:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(record.pid, signal.SIGKILL)
            _send(members, signal.SIGKILL)
        await asyncio.sleep(_POLL_SECONDS)
        members = await asyncio.to_thread(find_members, record, is_ours=is_ours)
    return True


async def kill_recorded_group(process_file: Path) -> bool:
    """Kill what a command of a killed cockpit left behind, and forget the file.

    Safe against reused process ids; a missing or unreadable file means there is nothing to do.
    True if anything was killed.
    """
    try:
        record = ProcessRecord(**json.loads(process_file.read_text()))
    except (OSError, ValueError, TypeError):
        process_file.unlink(missing_ok=True)
        return False
    killed = await kill_members(record, grace_seconds=0, is_ours=False)
    process_file.unlink(missing_ok=True)
    return killed


async def _kill_group_only(record: ProcessRecord, grace_seconds: float) -> bool:
    if record.pid is None:
        return False
    try:
        if grace_seconds > 0:
            os.killpg(record.pid, signal.SIGTERM)
            await asyncio.sleep(min(grace_seconds, 0.1))
        os.killpg(record.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _all_processes() -> list[_Process]:
    found = (_read_process(int(path.name)) for path in _PROC.iterdir() if path.name.isdigit())
    return [process for process in found if process is not None]


def _read_process(pid: int) -> _Process | None:
    try:
        text = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    # The command name in parentheses may hold anything, also spaces and parentheses.
    fields = text[text.rindex(b")") + 2:].split()
    return _Process(pid=pid, group=int(fields[2]), session=int(fields[3]),
                    started=int(fields[19]), is_zombie=fields[0] in {b"Z", b"X"})


def _carries(pid: int, mark: bytes) -> bool:
    try:
        return mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
