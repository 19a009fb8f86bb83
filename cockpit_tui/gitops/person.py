"""What is taken over from the person's own git configuration: four values, never a command.

The person's scopes (`--global`, `--system`) are trusted, a repository's is not; still nothing of
them reaches git but what stands here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cockpit_tui.gitops.runner import git


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonConfig:
    safe_directories: tuple[str, ...] = ()
    """Repositories of other users that the person told git to use."""
    excludes_file: str = ""
    """The person's global ignore file, so that "dirty" means what `git status` shows them."""
    name: str = ""
    email: str = ""

    @property
    def switches(self) -> tuple[str, ...]:
        """The `-c` switches that carry it over."""
        switches: list[str] = []
        for directory in self.safe_directories:
            switches += ["-c", f"safe.directory={directory}"]
        if self.excludes_file:
            switches += ["-c", f"core.excludesFile={self.excludes_file}"]
        return tuple(switches)


async def person_config() -> PersonConfig:
    """Read the global and the system configuration; what is missing or unreadable is left empty."""
    environment = {name: os.environ.get(name) for name in
                   ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
                    "GIT_CONFIG_NOSYSTEM")}
    # A ceiling at the root, and the root as directory: no repository's configuration is read.
    listed = await git("config", "--list", "--show-scope", "--includes", "-z", cwd=Path("/"),
                       check=False, env_extra={**environment, "GIT_CEILING_DIRECTORIES": "/"})
    fields = listed.items if listed.returncode == 0 else []
    safe: list[str] = []
    values = {"core.excludesfile": _default_ignore_file()}
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        key, _, value = entry.partition("\n")
        if scope not in {"global", "system"}:
            continue
        if key == "safe.directory":
            # An empty value resets the list; git-scm.com/docs/git-config#safedirectory
            safe = [*safe, value] if value else []
        elif key in {"core.excludesfile", "user.name", "user.email"}:
            values[key] = value
    excludes = values["core.excludesfile"]
    return PersonConfig(
        safe_directories=tuple(safe), name=values.get("user.name", ""),
        email=values.get("user.email", ""),
        excludes_file=str(Path(excludes).expanduser()) if excludes else "")


def _default_ignore_file() -> str:
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return f"{base}/git/ignore" if "HOME" in os.environ else ""
