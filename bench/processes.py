"""The memory of a process and of everything below it, sampled while it runs (Linux)."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path


def run_watched(command: list[str], *, seconds_between: float = 0.05) -> tuple[str, float]:
    """The standard output of `command`, and the most MB that it and its descendants had at once.

    Pages that several of them share count for each: it is never less than what was in use. Raises
    CalledProcessError.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peak = [0.0]
        over = threading.Event()

        def watch() -> None:
            while not over.wait(seconds_between):
                peak[0] = max(peak[0], tree_mb(process.pid))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            output, _ = process.communicate()
        finally:
            over.set()
            watcher.join()
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
    return output, peak[0]


def tree_mb(root: int) -> float:
    """Resident MB of `root` and its descendants as they are now."""
    parents: dict[int, int] = {}
    resident: dict[int, float] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except (OSError, ValueError):
            continue  # It ended meanwhile.
        pid = int(fields["Pid"])
        parents[pid] = int(fields["PPid"])
        resident[pid] = int(fields.get("VmRSS", "0 kB").split()[0]) / 1024
    return sum(mb for pid, mb in resident.items() if _is_below(pid, root, parents))


def _is_below(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        if pid == root:
            return True
        pid = parents.get(pid, 0)
    return False
