"""Where things lie on disk: configuration, the ledger, hubs, worktrees, scratch, shipped data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

APP = "cockpit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Every place the cockpit writes to. All of it belongs to the person: directories 0700."""

    config: Path
    data: Path
    cache: Path

    @classmethod
    def from_environment(cls) -> Paths:
        """XDG base directories where set, else the platform's usual places."""
        import platformdirs

        def place(variable: str, fallback: str) -> Path:
            base = os.environ.get(variable, "")
            return Path(base) / APP if Path(base).is_absolute() else Path(fallback)

        return cls(
            config=place("XDG_CONFIG_HOME", platformdirs.user_config_dir(APP)),
            data=place("XDG_DATA_HOME", platformdirs.user_data_dir(APP)),
            cache=place("XDG_CACHE_HOME", platformdirs.user_cache_dir(APP)),
        )

    @property
    def settings_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def keymap_file(self) -> Path:
        return self.config / "keys.toml"

    @property
    def database(self) -> Path:
        return self.data / "cockpit.db"

    @property
    def hubs(self) -> Path:
        return self.data / "hubs"

    @property
    def worktrees(self) -> Path:
        return self.data / "worktrees"

    @property
    def scratch(self) -> Path:
        return self.cache / "scratch"

    @property
    def mailbox(self) -> Path:
        """Commands that other processes leave for the engine; see `engine.letters`."""
        return self.data / "mailbox"

    @property
    def screen_seen(self) -> Path:
        """Changed while a screen is open; see `config.last_seen`."""
        return self.data / "screen-seen"

    @property
    def symbol_cache(self) -> Path:
        return self.cache / "symbols"

    @property
    def log_file(self) -> Path:
        return self.data / "cockpit.log"

    def create(self) -> None:
        """Make the directories that the engine writes to, readable by the person alone.

        Raises OSError.
        """
        for directory in (self.data, self.hubs, self.worktrees, self.scratch):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = directory.stat()
            if found.st_mode & 0o077 and found.st_uid == os.geteuid():
                directory.chmod(0o700)


def shipped(name: str) -> Path:
    """A data directory of the product (`themes`): from the wheel, or from a checkout."""
    package = Path(str(resources.files("cockpit_tui")))
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name
