"""A person's TOML files, read with errors that say what to do."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from cockpit_tui.domain.errors import UsageError


def read_settings_file(file: Path) -> dict[str, Any]:
    """The raw table in `file`; empty where there is none. Raises UsageError."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not valid TOML: {error}",
                         hint="Mend the file, or move it away to use the defaults.") from error
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
