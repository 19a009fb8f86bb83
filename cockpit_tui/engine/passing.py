"""What passes by itself parks a job, with the reason, and fails nothing: a limit of a provider with
a known end, a full disk, and, for what the queue runs, a provider that is out of order for a while.
The queue goes on with it once it is over."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from cockpit_tui.domain.errors import (
    DiskFull,
    ProviderUnavailable,
    WaitsForReset,
    WaitsForRoom,
    WaitsForTime,
)
from cockpit_tui.engine.rate_limits import LONGEST_WAIT_SECONDS, until_reset
from cockpit_tui.engine.room import LOOK_AGAIN_SECONDS

OUTAGE_SECONDS = 300.0
"""A provider that had failed for good is asked again after so long, `queue.MAX_RESETS` times."""
NEARLY_NO_ROOM_BYTES = 1 << 20
"""With less than this free, what fails is taken to fail for want of room."""
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def until_it_passes(error: BaseException, *, is_queued: bool = False) -> WaitsForTime | None:
    """The parked form of `error`; None for what does not pass by itself. `is_queued`: nobody waits
    for the job, so it can wait until a provider has mended what it did not mend during a call."""
    return (until_reset(error) or _until_there_is_room(error)
            or (_until_it_is_mended(error) if is_queued else None))


def _until_it_is_mended(error: BaseException) -> WaitsForReset | None:
    if not isinstance(error, ProviderUnavailable):
        return None
    asked = error.retry_after_seconds or 0.0
    if asked > LONGEST_WAIT_SECONDS:
        return None
    return WaitsForReset(error.message, hint=error.hint,
                         retry_after_seconds=max(asked, OUTAGE_SECONDS))


def _until_there_is_room(error: BaseException) -> WaitsForRoom | None:
    if isinstance(error, DiskFull):
        said = error.message
    elif isinstance(error, OSError) and error.errno in _NO_ROOM:
        where = f" for {error.filename!r}" if error.filename else ""
        said = f"No room is left on the disk{where}."
    else:
        return None
    return WaitsForRoom(said, retry_after_seconds=LOOK_AGAIN_SECONDS, hint=(
        "Make room; it goes on by itself where the queue runs: cockpit queue start. "
        "What takes the room: cockpit disk"))


def refuse_full_disk(place: Path, what: str) -> None:
    """Raise DiskFull where `place` has no room: then it says nothing of the work that `what`
    failed in it."""
    try:
        found = os.statvfs(place)
    except OSError:
        return
    has_files_left = found.f_files == 0 or found.f_favail > 0
    if found.f_bavail * found.f_frsize < NEARLY_NO_ROOM_BYTES or not has_files_left:
        raise DiskFull(f"No room is left on the disk, and {what} failed.")
