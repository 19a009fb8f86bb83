"""Files that only the person may read, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cockpit_tui.domain.errors import CockpitError


def write_privately(file: Path, content: bytes) -> None:
    """Through a file beside it, 0600; a link is followed, so that it stays one.

    Raises CockpitError where it cannot be written; the file then is as it was.
    """
    target = file.resolve()
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CockpitError(f"{str(file)!r} cannot be written: {error.strerror}.",
                           hint="It is as it was before.") from error
