"""A project's hub: a bare clone that the cockpit owns, with refs moved by compare-and-swap.

Nothing of the person's configuration, hooks or alternates comes along, because it is made by
`init` and `fetch`, never by `clone`. Each imported head stays reachable under
`refs/cockpit/source/<commit>`, so that a job's base outlives a rebase in the person's repository.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cockpit_tui.domain.errors import GitError, RefMoved, RepositoryError
from cockpit_tui.domain.review import CommitFact
from cockpit_tui.domain.tree import TreeSnapshot
from cockpit_tui.gitops import history
from cockpit_tui.gitops.commits import safe_revision
from cockpit_tui.gitops.history import CommitRecord
from cockpit_tui.gitops.lately import Lately
from cockpit_tui.gitops.locks import exclusive, open_lock_file, try_lock
from cockpit_tui.gitops.repository import Repository, locate, require_git
from cockpit_tui.gitops.runner import HARDENING, GitResult, failed, git, git_program

SOURCE_REFS = "refs/cockpit/source"
_INCOMING = "refs/cockpit/incoming"
_FETCH_TIMEOUT_SECONDS = 900.0
_MARKER = "cockpit-hub"
_OBJECT_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MOST_REMEMBERED = 256
_NEVER_COMMITTED = """\
# What running a project leaves behind; a worktree's own .gitignore comes on top.
__pycache__/
*.py[cod]
.pytest_cache/
.mypy_cache/
.ruff_cache/
.hypothesis/
node_modules/
.venv/
.DS_Store
"""
_ATTRIBUTES = """\
# Outranks every .gitattributes: none may call a file binary and so hide its lines from a diff.
* !diff
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedHead:
    commit: str
    branch: str
    """The person's branch; empty when their head is detached."""


class Hub:
    """Open with `Hub.open`; methods raise GitError where git fails."""

    def __init__(self, path: Path, repository_path: Path, lease: int) -> None:
        self.path = path
        self.repository_path = repository_path
        self._lease = lease
        self._turn = asyncio.Lock()
        self._changed = Lately[tuple[str, str], dict[str, str]](_MOST_REMEMBERED)
        """What `changed_contents` found."""
        self.brought_onto = Lately[tuple[str, str, str], str](_MOST_REMEMBERED)
        """What came of `merges.bring_onto`: base, commit and head."""
        self._closing = weakref.finalize(self, os.close, lease)

    @classmethod
    async def open(cls, root: Path, project_id: str, repository_path: str | Path) -> Hub:
        """The hub of a project below `root`, made if missing. The source is not fetched yet.

        Raises NotARepository or RepositoryError where a new hub has no usable source.
        """
        if re.fullmatch(r"[A-Za-z0-9_-]+", project_id) is None:
            raise GitError(f"Not a project id: {project_id!r}")
        await require_git()
        await asyncio.to_thread(root.mkdir, mode=0o700, parents=True, exist_ok=True)
        path = root.resolve() / f"{project_id}.git"
        async with exclusive(path.with_suffix(".lock")) as lock:
            if not is_finished(path):
                await _create(path, (await locate(repository_path)).object_format, lock)
            await asyncio.to_thread(_write_rules, path)
            lease = open_lock_file(path.with_suffix(".lease"))
            if try_lock(lease):
                await asyncio.to_thread(_remove_stale_locks, path)
            # Shared from here on, by this process and by every git it starts.
            if not try_lock(lease, shared=True):
                raise GitError(f"The hub {path.name} is being mended by another cockpit.",
                               hint="Try again in a moment.")
        return cls(path, Path(repository_path), lease)

    def close(self) -> None:
        """Let go of the hub; a second call does nothing."""
        self._closing()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Nobody else, here or in another process, imports or makes worktrees meanwhile."""
        async with self._turn, exclusive(self.path.with_suffix(".lock")):
            yield

    async def git(self, *args: str, stdin: bytes | None = None, check: bool = True,
                  timeout: float = 120.0,
                  env_extra: Mapping[str, str | None] | None = None) -> GitResult:
        return await self.run(f"--git-dir={self.path}", *args, cwd=self.path, stdin=stdin,
                              check=check, timeout=timeout, env_extra=env_extra)

    async def run(self, *args: str, cwd: Path, stdin: bytes | None = None, check: bool = True,
                  timeout: float = 120.0,
                  env_extra: Mapping[str, str | None] | None = None) -> GitResult:
        """Git anywhere on the hub's behalf: the child keeps the hub's lease while it lives."""
        return await git("-c", "core.logAllRefUpdates=false", *args, cwd=cwd, stdin=stdin,
                         check=check, timeout=timeout, env_extra=env_extra,
                         pass_fds=(self._lease,))

    @property
    def is_shallow(self) -> bool:
        """Some history is missing here, because it is missing in the person's repository."""
        return (self.path / "shallow").exists()

    # --- the person's repository ---

    async def refresh(self) -> ImportedHead:
        """Bring the person's HEAD commit into the hub; nothing is written on their side.

        Raises RepositoryError where there is no commit yet, or the repository is incomplete.
        """
        async with self.alone():
            while True:
                source = await locate(self.repository_path)
                branch, commit = await source.head_branch(), await source.head_commit()
                if not commit:
                    raise await _no_commit(source)
                if await self._has_whole(source, commit):
                    return ImportedHead(commit=commit, branch=branch)
                await self._fetch(source)
                fetched = await self.resolve(_INCOMING)
                await self.git("update-ref", f"{SOURCE_REFS}/{fetched}", fetched)
                if fetched == commit:
                    return ImportedHead(commit=commit, branch=branch)

    async def _has_whole(self, source: Repository, commit: str) -> bool:
        """True where `commit` was imported before, with all the history the source has now."""
        if self.is_shallow and not source.is_shallow:
            return False
        return await self.read_ref(f"{SOURCE_REFS}/{commit}") == commit

    async def _fetch(self, source: Repository) -> None:
        whole = self.is_shallow and not source.is_shallow
        result = await self.git(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
            "--no-recurse-submodules", "--unshallow" if whole else "--update-shallow",
            f"--upload-pack={_upload_pack(source)}", "--", str(source.git_dir),
            f"+HEAD:{_INCOMING}", check=False, timeout=_FETCH_TIMEOUT_SECONDS,
            env_extra={"GIT_ALLOW_PROTOCOL": "file"})
        if result.returncode != 0:
            raise RepositoryError(
                f"The repository could not be imported: {result.reason}",
                hint="It may be a partial clone or damaged; git fsck there tells more.")

    # --- refs ---

    async def resolve(self, rev: str) -> str:
        """The commit that `rev` names. Raises GitError where there is none."""
        commit = await self.read_ref(rev)
        if commit is None:
            raise GitError(f"The hub has no commit {rev!r}.")
        return commit

    async def read_ref(self, ref: str) -> str | None:
        """The commit at `ref`, or None where there is no such ref."""
        if ref.startswith("refs/") and (named := read_loose(self.path / safe_revision(ref))):
            return named
        result = await self.git("rev-parse", "--verify", "--quiet",
                                f"{safe_revision(ref)}^{{commit}}", check=False)
        return result.line if result.returncode == 0 else None

    async def update_ref(self, ref: str, new: str, old: str | None) -> None:
        """Move `ref` from `old` (None: it must not exist) to `new`; already there is fine.

        Raises RefMoved where it is anywhere else.
        """
        await swap_ref(self, ref, new=new, old=old)

    async def delete_ref(self, ref: str, old: str) -> None:
        """Delete `ref` if it is at `old`; already gone is fine. Raises RefMoved."""
        await swap_ref(self, ref, new=None, old=old)

    async def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        if ancestor == descendant:
            return True
        result = await self.git("merge-base", "--is-ancestor", safe_revision(ancestor),
                                safe_revision(descendant), check=False)
        if result.returncode not in {0, 1}:
            raise failed(("merge-base",), result)
        return result.returncode == 0

    async def merge_base(self, one: str, other: str) -> str:
        """A best common ancestor of two commits; empty where they have none."""
        result = await self.git("merge-base", safe_revision(one), safe_revision(other),
                                check=False)
        if result.returncode not in {0, 1}:
            raise failed(("merge-base",), result)
        return result.line

    # --- reading ---

    async def snapshot(self, commit: str, *, max_file_bytes: int = 512 * 1024,
                       max_total_bytes: int = 64 * 1024 * 1024) -> TreeSnapshot:
        return await history.snapshot(self, commit, max_file_bytes=max_file_bytes,
                                      max_total_bytes=max_total_bytes)

    async def recent_commits(self, commit: str, limit: int) -> tuple[CommitFact, ...]:
        return await history.recent_commits(self, commit, limit)

    async def commits_since(self, commit: str, days: int) -> int:
        return await history.commits_since(self, commit, days)

    async def commits_between(self, base: str, head: str) -> tuple[CommitRecord, ...]:
        """Oldest first."""
        return await history.commits_between(self, base, head)

    async def changed_files(self, base: str, head: str) -> tuple[str, ...]:
        """Paths that differ between two commits."""
        return tuple(await self.changed_contents(base, head))

    async def changed_contents(self, base: str, head: str) -> dict[str, str]:
        """See `history.changed_contents`; asked again about the same two, from memory."""
        pair = base, head
        if pair in self._changed:
            return self._changed[pair]
        changed = await history.changed_contents(self, base, head)
        if all(map(_OBJECT_NAME.fullmatch, pair)):
            self._changed[pair] = changed
        return changed

    async def find_trailer(self, head: str, base: str, key: str, value: str) -> str | None:
        """The newest commit in `base..head` that carries the trailer, or None."""
        found = [commit.sha for commit in await self.commits_between(base, head)
                 if commit.trailers.get(key) == value]
        return found[-1] if found else None


def is_finished(path: Path) -> bool:
    """Whether the hub at `path` was made to its end; one that was not is made anew when opened."""
    return (path / _MARKER).is_file()


def read_loose(file: Path) -> str:
    """The object that a loose ref's `file` names, without git; empty where git has to be asked:
    there is none (it may be packed), or it names another ref. Git puts it in place as a whole."""
    try:
        named = file.read_text("ascii", "replace").strip()
    except OSError:
        return ""
    return named if _OBJECT_NAME.fullmatch(named) else ""


async def swap_ref(where: Hub | Repository, ref: str, *, new: str | None,
                   old: str | None) -> None:
    """Compare-and-swap of one ref; `new` None deletes it. Raises RefMoved, GitError."""
    if not ref.startswith("refs/"):
        raise GitError(f"Not a full ref name: {ref!r}")
    if new is None:
        args = ["-d", ref, safe_revision(old or "")]
    else:
        args = [ref, safe_revision(new), safe_revision(old) if old else ""]
    try:
        result = await where.git("update-ref", *args, check=False)
    except GitError:  # Stopped, perhaps after it had moved the ref.
        if await where.read_ref(ref) != new:
            raise
        return
    if result.returncode == 0:
        return
    now = await where.read_ref(ref)
    if now == new:
        return
    if now != old:
        raise RefMoved(f"{ref} is at {now[:12] if now else 'nothing'}, not at "
                       f"{old[:12] if old else 'nothing'}.",
                       hint="Somebody else moved it meanwhile; look at both, then try again.")
    raise failed(("update-ref",), result)


async def _no_commit(source: Repository) -> RepositoryError:
    """Nothing was committed yet, or HEAD names what the repository has lost."""
    named = await source.git("rev-parse", "--verify", "--quiet", "HEAD", check=False)
    if named.returncode == 0:
        return RepositoryError(f"HEAD is at {named.line[:12]}, which the repository does not have.",
                               hint="It is damaged; git fsck there tells more.")
    return RepositoryError("The repository has no commits yet.",
                           hint='Make one: git add . && git commit -m "Start"')


def _write_rules(path: Path) -> None:
    """What git goes by in this hub; a hub of an earlier version gets it too."""
    (path / "info").mkdir(exist_ok=True)
    for name, text in (("exclude", _NEVER_COMMITTED), ("attributes", _ATTRIBUTES)):
        file = path / "info" / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


async def _create(path: Path, object_format: str, lock: int) -> None:
    """An empty bare repository without template; safe to repeat after a crash in the middle."""
    await git("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}",
              "--initial-branch=main", str(path), cwd=path.parent, pass_fds=(lock,))
    path.chmod(0o700)
    (path / _MARKER).write_text("1\n", encoding="utf-8")


def _remove_stale_locks(path: Path) -> None:
    """Only called while no other process holds the hub: their owners are dead."""
    for lock in [*path.glob("*.lock"), *path.glob("refs/**/*.lock"),
                 *path.glob("worktrees/*/*.lock")]:
        lock.unlink(missing_ok=True)


def _upload_pack(source: Repository) -> str:
    """The command that serves the fetch, as a shell word list.

    Git drops `-c` switches and GIT_CONFIG_* for this child, so they are given to it again.
    """
    words = [git_program()]
    for key, value in HARDENING:
        words += ["-c", f"{key}={value}"]
    words += [*source.switches, "upload-pack"]
    return "GIT_ALLOW_PROTOCOL=none GIT_NO_LAZY_FETCH=1 " + shlex.join(words)
