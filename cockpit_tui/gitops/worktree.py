"""One worktree of a hub: reset, look, commit. Its own `.git` file is never believed.

An agent can write below the worktree, so its `.git` may lead anywhere. Git is therefore told the
git directory and the working tree each time, and the git directory lies in the hub.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from cockpit_tui.config.crash_points import crash_point
from cockpit_tui.domain.errors import GitError
from cockpit_tui.domain.globs import is_owned
from cockpit_tui.gitops import diffs
from cockpit_tui.gitops.commits import (
    COCKPIT,
    Identity,
    commit_tree,
    compose_message,
    safe_revision,
)
from cockpit_tui.gitops.hub import Hub, read_loose
from cockpit_tui.gitops.runner import GitResult
from cockpit_tui.gitops.staging import (
    stage_all,
    staged_paths,
    unstage,
    unstaged,
    write_tree,
)
from cockpit_tui.gitops.temporary_index import temporary_index

KeepNested = Callable[[str], Awaitable[None]]


class Worktree:
    def __init__(self, hub: Hub, path: Path, admin: Path, name: str) -> None:
        self.hub = hub
        self.path = path
        """Real path of the working tree; nothing of it is trusted."""
        self.admin = admin
        """Its git directory, `<hub>/worktrees/<slot>`."""
        self.name = name
        self.kept_commit = ""
        """The checkpoint that the kept index is known to hold: made by this process, none since."""

    @property
    def kept_index(self) -> Path:
        """The index that its checkpoints share; see `gitops.checkpoints`."""
        return self.admin / "cockpit-index"

    async def git(self, *args: str, stdin: bytes | None = None, check: bool = True,
                  env_extra: Mapping[str, str | None] | None = None) -> GitResult:
        """Run git on exactly this worktree. Raises GitError where somebody removed it."""
        self.check_present()
        return await self.hub.run(f"--git-dir={self.admin}", f"--work-tree={self.path}", *args,
                                  cwd=self.path, stdin=stdin, check=check, env_extra=env_extra)

    @property
    def is_present(self) -> bool:
        return (self.path.is_dir() and not self.path.is_symlink()
                and (self.admin / "HEAD").is_file())

    def check_present(self) -> None:
        if not self.is_present:
            raise GitError(f"The worktree {self.name!r} was removed from outside.",
                           hint="The attempt starts again in a new one.")

    async def head(self) -> str:
        self.check_present()
        if named := read_loose(self.admin / "HEAD"):  # Detached, as the pool makes it.
            return named
        return (await self.git("rev-parse", "--verify", "HEAD^{commit}")).line

    async def reset(self, commit: str) -> None:
        """Make it exactly `commit`: nothing changed, untracked or ignored is left."""
        self.remove_locks()
        self.kept_index.unlink(missing_ok=True)  # Another commit's files were tracked in it.
        await asyncio.to_thread(self._repair_link)
        wanted = safe_revision(commit)
        result = await self.git("reset", "--hard", "--quiet", wanted, check=False)
        if result.returncode != 0:
            # An index that a crash damaged is made anew from the commit.
            (self.admin / "index").unlink(missing_ok=True)
            await self.git("reset", "--hard", "--quiet", wanted)
        await self.clean()

    async def clean(self) -> None:
        """Remove everything that is not in the index, nested repositories too."""
        await self.git("clean", "-ffdxq")

    async def is_dirty(self) -> bool:
        """True where files differ from the head commit; ignored ones do not count."""
        return (await self.look())[0]

    async def look(self) -> tuple[bool, tuple[str, ...]]:
        """`is_dirty`, and the untracked repositories, which count for nothing in that."""
        changes = await unstaged(self, self.path)
        if not changes.written and not changes.gone:
            staged = await self.git("diff-index", "--cached", "--quiet", "HEAD", "--", check=False)
            if staged.returncode == 0:
                return False, changes.nested
        return bool(await self.changed_files("HEAD")), changes.nested

    async def changed_files(self, base: str) -> tuple[str, ...]:
        """Paths that differ from `base`: tracked and untracked, not ignored; sorted."""
        async with self._passing_index() as environment:
            tree = await self._whole_tree(environment)
            result = await self.git("diff-tree", "-r", "-z", "--name-only", "--no-renames",
                                    safe_revision(base), tree, "--", env_extra=environment)
            return tuple(result.items)

    async def diff(self, base: str) -> str:
        """Unified diff from `base` to the files as they are, untracked ones included."""
        async with self._passing_index() as environment:
            tree = await self._whole_tree(environment)
            return await diffs.diff(self, base, tree, env_extra=environment)

    async def tree(self) -> str:
        """Store the files as they are as a tree in the hub; the real index stays as it is."""
        async with temporary_index(self.admin / "index") as environment:
            return await self._whole_tree(environment)

    async def commit_all(self, message: str, trailers: Mapping[str, str], *,
                         owned_paths: Sequence[str] = (),
                         author: Identity = COCKPIT) -> str | None:
        """Commit all changes on top of the head; the new commit, or None if nothing changed.

        With `owned_paths`, globs as in `domain.globs`, what else changed stays out of the commit.
        """
        return (await self.commit_owned(message, trailers, owned_paths=owned_paths,
                                        author=author))[0]

    async def commit_owned(self, message: str, trailers: Mapping[str, str], *,
                           owned_paths: Sequence[str] = (),
                           author: Identity = COCKPIT, keep_nested: KeepNested | None = None,
                           ) -> tuple[str | None, tuple[str, ...]]:
        """As `commit_all`, with the changed paths that stayed out of the commit; sorted. No commit
        holds an untracked repository: `keep_nested` is called with each before, if given, and it
        is among those paths as `path/`."""
        self.remove_locks()
        nested = (await stage_all(self, self.path)).nested
        if keep_nested is not None:
            for path in nested:
                await keep_nested(path)
        left = tuple(f"{path}/" for path in nested)
        staged = await staged_paths(self)
        strays = tuple(path for path in staged if not is_owned(path, tuple(owned_paths))) \
            if owned_paths else ()
        await unstage(self, strays)
        if len(strays) == len(staged):
            return None, (*strays, *left)
        tree = await write_tree(self)
        head = await self.head()
        commit = await commit_tree(self, tree, parents=(head,), env_extra=author.environment(),
                                   message=compose_message(message, trailers))
        crash_point("commit/written")
        await self.git("update-ref", "--no-deref", "HEAD", commit, head)
        crash_point("commit/moved")
        return commit, (*strays, *left)

    def remove_locks(self) -> None:
        """Locks that a killed git left behind: one holder uses a worktree at a time."""
        for lock in self.admin.glob("*.lock"):
            lock.unlink(missing_ok=True)

    def _passing_index(self) -> AbstractAsyncContextManager[dict[str, str | None]]:
        return temporary_index(self.admin / "index", objects=self.hub.path / "objects")

    async def _whole_tree(self, environment: Mapping[str, str | None]) -> str:
        await stage_all(self, self.path, environment)
        return await write_tree(self, environment)

    def _repair_link(self) -> None:
        """Point `.git` at the hub again: tools that agents run look at it."""
        link = self.path / ".git"
        wanted = f"gitdir: {self.admin}\n"
        if link.is_file() and not link.is_symlink() and link.stat().st_size == len(
                wanted.encode()) and link.read_text("utf-8", "replace") == wanted:
            return
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)
        link.unlink(missing_ok=True)
        link.write_text(wanted, encoding="utf-8")
