"""The demo's repository: a shipped sample with a history of a few commits, made without hooks."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cockpit_tui.domain.errors import RepositoryError, UsageError
from cockpit_tui.gitops.runner import git
from cockpit_tui.samples import create_sample

_IDENTITY: dict[str, str | None] = {
    "GIT_AUTHOR_NAME": "Sample Author", "GIT_AUTHOR_EMAIL": "sample@localhost",
    "GIT_COMMITTER_NAME": "Sample Author", "GIT_COMMITTER_EMAIL": "sample@localhost",
}


async def make_demo_repository(place: Path | None, kind: str, default_parent: Path) -> Path:
    """The sample `kind` in `place`, which must be new or empty, or in a fresh folder below
    `default_parent`, with its commits on `main`.

    Raises UsageError for a folder with something in it, RepositoryError where it cannot be made.
    """
    try:
        folder = await asyncio.to_thread(_folder, place, kind, default_parent)
        history = await asyncio.to_thread(create_sample, kind, folder)
    except OSError as error:
        raise RepositoryError(f"The sample cannot be made: {error.strerror or error}: "
                              f"{str(error.filename or place)!r}.",
                              hint="Choose another folder: cockpit demo --dir D") from error
    await git("init", "--quiet", "--initial-branch=main", "--template=", ".", cwd=folder)
    for step in history:
        await git("add", "--", *step.paths, cwd=folder)
        await git("commit", "--quiet", "--no-verify", "--message", step.message, cwd=folder,
                  env_extra=_IDENTITY)
    return folder


def _folder(place: Path | None, kind: str, default_parent: Path) -> Path:
    if place is None:
        default_parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(1, 10_000):
            folder = default_parent / f"{kind}-{number}"
            try:
                folder.mkdir(mode=0o755)
            except FileExistsError:
                continue
            return folder
        raise UsageError(f"{str(default_parent)!r} is full of demos.",
                         hint="Remove some, or choose a folder: cockpit demo --dir D")
    folder = place.expanduser().resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{str(folder)!r} exists and is not an empty folder.",
                         hint="The demo touches nothing that is there: choose a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
