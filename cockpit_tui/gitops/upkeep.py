"""Keeping a hub small: loose objects packed, what nothing reaches thrown away.

Git's own automatic gc is off (it would start when it likes, behind our back); this one runs when an
engine closes, or is asked to, and never for longer than its caller allows. A gc that is stopped
half way has lost nothing: packs appear by rename, the loose objects go afterwards.
"""

from __future__ import annotations

from pathlib import Path

from cockpit_tui.domain.errors import GitError
from cockpit_tui.gitops.hub import Hub

LOOSE_LIMIT = 2_000
"""More loose objects than this are worth packing."""
_SHARD = "17"
"""Names are hashes, so one of 256 folders tells of all, as in git's own `gc --auto`."""
GRACE = "2.weeks.ago"
"""What nothing reaches lives this long: somebody may be about to refer to it. Git's own default."""


def needs_upkeep(hub: Path) -> bool:
    """Whether the hub at `hub` has gathered many loose objects; costs one folder's listing."""
    try:
        return sum(1 for _ in (hub / "objects" / _SHARD).iterdir()) > LOOSE_LIMIT // 256
    except OSError:
        return False


async def keep_up(hub: Hub, *, seconds: float, prune: str = GRACE) -> bool:
    """Pack the hub, and drop unreachable objects older than `prune`; False where `seconds` were
    not enough or git refused: then it is as good as before."""
    async with hub.alone():
        try:
            await hub.git("gc", "--quiet", f"--prune={prune}", timeout=seconds)
        except GitError:
            return False
    return True


async def drop_refs(hub: Hub, prefix: str) -> int:
    """Delete every ref below `prefix` (`refs/cockpit/...`); how many."""
    if not prefix.startswith("refs/cockpit/") or not prefix.endswith("/"):
        raise GitError(f"Not a place of the cockpit's own refs: {prefix!r}")
    listed = await hub.git("for-each-ref", "--format=delete %(refname) %(objectname)", prefix)
    if listed.text:
        await hub.git("update-ref", "--stdin", stdin=listed.text.encode())
    return len(listed.text.splitlines())
