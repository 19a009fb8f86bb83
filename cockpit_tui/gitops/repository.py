"""A person's repository: found without running anything of it, and read with its drivers off."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cockpit_tui.domain.errors import NotARepository, RepositoryError
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.gitops.person import person_config
from cockpit_tui.gitops.runner import GitResult, git

MINIMUM_GIT = (2, 38)
"""`merge-tree --write-tree` and `safe.bareRepository` came with 2.38."""

_DRIVER = re.compile(r"(filter|diff|merge)\.(.+)\.[a-z][a-z0-9-]*", re.DOTALL)
_NEUTRAL = {
    "filter": {"clean": "", "smudge": "", "process": "", "required": "false"},
    "diff": {"command": "false", "textconv": "false"},
    "merge": {"driver": "false"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    git_dir: Path
    """Real path; of a linked worktree its own part, below the common directory."""
    common_dir: Path
    """Real path of what all linked worktrees share; else the same as `git_dir`."""
    work_tree: Path | None
    """None for a bare repository."""
    object_format: str
    is_shallow: bool
    switches: tuple[str, ...]
    neutral: Mapping[str, str]
    """Environment that turns off the drivers which the repository's configuration names."""

    @property
    def root(self) -> Path:
        return self.work_tree or self.git_dir

    @property
    def identity(self) -> str:
        """Real path and inode of the git directory: another directory put there differs."""
        return "|".join(_identity(path) for path in dict.fromkeys((self.git_dir, self.common_dir)))

    async def git(self, *args: str, stdin: bytes | Path | None = None, check: bool = True,
                  timeout: float = 60.0,
                  env_extra: Mapping[str, str | None] | None = None) -> GitResult:
        """Run git on exactly this repository: nothing is searched for, no driver is started."""
        where = [f"--git-dir={self.git_dir}"]
        if self.work_tree is not None:
            where.append(f"--work-tree={self.work_tree}")
        return await git(*self.switches, *where, *args, cwd=self.root, stdin=stdin, check=check,
                         timeout=timeout, env_extra={**self.neutral, **(env_extra or {})})

    async def head_branch(self) -> str:
        """The branch that HEAD names, also before its first commit; empty when detached."""
        result = await self.git("symbolic-ref", "--quiet", "HEAD", check=False)
        return result.line.removeprefix("refs/heads/") if result.returncode == 0 else ""

    async def head_commit(self) -> str:
        """Commit id; empty where there is no commit."""
        return await self.read_ref("HEAD") or ""

    async def read_ref(self, ref: str) -> str | None:
        result = await self.git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}",
                                check=False)
        return result.line if result.returncode == 0 else None


async def locate(path: str | Path) -> Repository:
    """Find the repository that the directory `path` is in.

    Raises NotARepository where there is none, RepositoryError where git refuses or cannot read it.
    """
    await require_git()
    start = _existing_directory(path)
    switches = (await person_config()).switches
    # Git takes any directory that looks like a bare repository for one; ours are asked apart.
    looks_bare = await _looks_bare(start, switches)
    asking = (*switches, "-c", "safe.bareRepository=all") if looks_bare else switches
    flags = await _ask(start, asking, "--is-bare-repository", "--is-inside-git-dir",
                       "--is-shallow-repository", "--show-object-format")
    is_bare, is_inside_git_dir, is_shallow, object_format = flags.split("\n")
    git_dir = Path(await _ask(start, asking, "--absolute-git-dir")).resolve()
    common = await _ask(start, asking, "--path-format=absolute", "--git-common-dir")
    work_tree = None
    if is_bare == "true":
        await _refuse_embedded(git_dir, switches)
    elif looks_bare or is_inside_git_dir == "true":
        raise NotARepository(f"{_shown(start)} lies inside a repository's git directory.",
                             hint="Name the directory of the working tree instead.")
    else:
        work_tree = Path(await _ask(start, asking, "--show-toplevel")).resolve()
    listed = await git(*switches, f"--git-dir={git_dir}", "config", "--list", "--name-only",
                       "--includes", "-z", cwd=start)
    return Repository(git_dir=git_dir, common_dir=Path(common).resolve(), work_tree=work_tree,
                      object_format=object_format, is_shallow=is_shallow == "true",
                      switches=switches, neutral=neutral_environment(listed.items))


async def require_git() -> None:
    """Raise RepositoryError where git is missing or too old."""
    result = await git("--version", cwd=Path("/"))
    found = re.search(r"(\d+)\.(\d+)", result.text)
    if found is None or (int(found[1]), int(found[2])) < MINIMUM_GIT:
        raise RepositoryError(f"{sanitize_line(result.line)} is too old.",
                              hint="Install git {}.{} or newer.".format(*MINIMUM_GIT))


def neutral_environment(names: list[str]) -> dict[str, str]:
    """GIT_CONFIG_* variables that outrank every driver among the configuration's `names`.

    Variables and not `-c`, because a driver's name may hold `=`.
    """
    drivers = sorted({(found[1], found[2]) for name in names
                      if (found := _DRIVER.fullmatch(name))})
    settings = [(f"{kind}.{name}.{key}", value) for kind, name in drivers
                for key, value in _NEUTRAL[kind].items()]
    environment = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


async def _ask(start: Path, switches: tuple[str, ...], *options: str) -> str:
    """`git rev-parse` from `start`, which searches upwards and checks the owner."""
    result = await git(*switches, "rev-parse", *options, cwd=start, check=False)
    if result.returncode != 0:
        raise _explain(start, result)
    return result.line


async def _looks_bare(start: Path, switches: tuple[str, ...]) -> bool:
    result = await git(*switches, "rev-parse", "--git-dir", cwd=start, check=False)
    return result.returncode != 0 and "cannot use bare repository" in result.stderr


def _explain(start: Path, result: GitResult) -> RepositoryError:
    where = _shown(start)
    if "dubious ownership" in result.stderr or "unsafe repository" in result.stderr:
        return RepositoryError(
            f"git refuses {where}: it belongs to another user.",
            hint="If you trust it: git config --global --add safe.directory " + str(start))
    if "not a git repository" in result.stderr.lower():
        for directory in (start, *start.parents):
            if os.path.lexists(directory / ".git") and not os.access(directory / ".git", os.R_OK):
                return RepositoryError(f"{_shown(directory / '.git')} cannot be read.",
                                       hint="Check who owns it and its permissions.")
        return NotARepository(f"{where} is not in a git repository.",
                              hint="Make it one with: git init")
    if "ermission denied" in result.stderr:
        return RepositoryError(f"{where} cannot be read: permission denied.",
                               hint="Check who owns it and its permissions.")
    return RepositoryError(f"{where} cannot be used as a repository: {result.reason}",
                           hint="Run git status there to see more.")


async def _refuse_embedded(git_dir: Path, switches: tuple[str, ...]) -> None:
    """A bare repository inside a working tree came with somebody's files: it is not a project."""
    outer = await git(*switches, "rev-parse", "--is-inside-work-tree", cwd=git_dir.parent,
                      check=False)
    if outer.returncode == 0 and outer.line == "true":
        raise RepositoryError(
            f"{_shown(git_dir)} is a bare repository inside another repository's files.",
            hint="Name the outer repository's directory, or move this one out of it.")


def _existing_directory(path: str | Path) -> Path:
    given = Path(path)
    try:
        real = given.expanduser().resolve()
        mode = real.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise NotARepository(f"There is no {_shown(given)}.", hint="Check the path.") from None
    except PermissionError:
        raise RepositoryError(f"{_shown(given)} cannot be read: permission denied.",
                              hint="Check who owns it and its permissions.") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise NotARepository(f"{_shown(given)} is not a usable path: {error}") from None
    if not stat.S_ISDIR(mode):
        raise NotARepository(f"{_shown(given)} is a file, not a directory.",
                             hint="Name the repository's directory.")
    return real


def _identity(path: Path) -> str:
    found = path.stat()
    return f"{path}:{found.st_dev}:{found.st_ino}"


def _shown(path: Path) -> str:
    return repr(sanitize_line(str(path)))
