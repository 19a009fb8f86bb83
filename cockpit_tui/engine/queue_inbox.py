"""Jobs that another process left for the one that runs the queue: a file each, taken in once.

Only the engine that holds the ledger writes to it, so whoever wants a job queued meanwhile leaves a
letter, named after the job's id. A letter that was taken in before a kill is known by that id.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from cockpit_tui.config.paths import Paths
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.errors import CockpitError, StorageError
from cockpit_tui.domain.ids import IdSource, JobId
from cockpit_tui.domain.queue import NightRules, Placement
from cockpit_tui.engine import intake
from cockpit_tui.engine.queue_holds import place
from cockpit_tui.storage.connection import ledger_error
from cockpit_tui.storage.database import Database

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
"""How soon whoever runs the queue looks for letters, at the latest."""


def leave(paths: Paths, command: SubmitJob, job_id: JobId) -> None:
    """Leave a job for whoever runs the queue; it is on the disk on return. Raises StorageError."""
    place = _inbox(paths)
    letter, draft = place / f"{job_id}.json", place / f"{job_id}.draft"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(adapter(SubmitJob).dump_json(command))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(letter)
    except OSError as error:
        raise ledger_error(error, letter) from error


async def take_in(database: Database, paths: Paths, rules: NightRules,
                  clock: Callable[[], datetime], new_id: IdSource) -> None:
    """Record every job that was left, the oldest first. One that cannot be is put aside, with the
    reason in the log. Raises StorageError."""
    for letter in sorted(_inbox(paths).glob("*.json")):
        job_id = JobId(letter.stem)
        if not await database.read(partial(_is_known, job_id=job_id)):
            try:
                command = adapter(SubmitJob).validate_json(letter.read_bytes())
                placement = command.placement or Placement()
                await intake.submit(
                    database, paths, command, clock(), new_id, job_id=job_id,
                    also=partial(place, placement=placement, rules=rules))
            except StorageError:
                raise
            except (CockpitError, ValidationError, OSError) as error:
                log.warning("the job left in %s was not taken in: %s", letter, error)
                letter.replace(letter.with_suffix(".refused"))
                continue
        letter.unlink(missing_ok=True)


def _is_known(conn: sqlite3.Connection, *, job_id: JobId) -> bool:
    row = conn.execute("SELECT 1 FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return row is not None


def _inbox(paths: Paths) -> Path:
    return paths.data / "queue-inbox"
