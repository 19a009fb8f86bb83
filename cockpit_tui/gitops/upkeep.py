"""Keeping a hub small: loose objects packed, what nothing reaches thrown away.

Git's own automatic gc is off (it would start when it likes, behind our back); this one runs when an
engine closes, or is asked to, and never for longer than its caller allows. A gc that is stopped
half way has lost nothing: packs appear by rename, the loose objects go afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from cockpit_tui.domain.errors import GitError
from cockpit_tui.gitops.hub import Hub

LOOSE_LIMIT = 2_000
"""More loose objects than this are worth packing."""
_SHARD = "17"
"""Names are hashes, so one of 256 folders tells of all, as in git's own `gc --auto`."""
GRACE = "2.weeks.ago"
"""What nothing reaches lives this long: somebody may be about to refer to it. Git's own default."""


_TIRED = "cockpit-gc-tired"
"""Lies in a hub whose upkeep took longer than it may: closing does not try again for a day."""
_TIRED_SECONDS = 86_400.0


def needs_upkeep(hub: Path) -> bool:
    """Whether the hub at `hub` has gathered many loose objects; costs one folder's listing."""
    try:
        if sum(1 for _ in (hub / "objects" / _SHARD).iterdir()) <= LOOSE_LIMIT // 256:
            return False
        return time.time() - (hub / _TIRED).stat().st_mtime > _TIRED_SECONDS
    except FileNotFoundError:
        return (hub / "objects" / _SHARD).is_dir()
    except OSError:
        return False


async def keep_up(hub: Hub, *, seconds: float, prune: str = GRACE) -> bool:
    """Pack the hub, and drop unreachable objects older than `prune`; False where `seconds` were
    not enough or git refused: then it is as good as before. Large packs stay as they are."""
    tired = hub.path / _TIRED
    async with hub.alone():
        try:
            # A cruft pack holds what nothing reaches; loose, it would count as work again.
            await hub.git("-c", "gc.bigPackThreshold=100m", "gc", "--quiet", "--cruft",
                          f"--prune={prune}", timeout=seconds)
        except GitError:
            tired.touch()
            return False
        tired.unlink(missing_ok=True)
    return True


async def drop_refs(hub: Hub, prefixes: Collection[str]) -> int:
    """Delete every ref below one of `prefixes` (`refs/cockpit/.../`), all or none; how many."""
    wrong = [prefix for prefix in prefixes
             if not prefix.startswith("refs/cockpit/") or not prefix.endswith("/")]
    if wrong:
        raise GitError(f"Not a place of the cockpit's own refs: {wrong[0]!r}")
    listed = await hub.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/cockpit/")
    doomed = [line for line in listed.text.splitlines() if line.startswith(tuple(prefixes))]
    if doomed:
        await hub.git("update-ref", "--stdin",
                      stdin="".join(f"delete {line}\n" for line in doomed).encode())
    return len(doomed)
