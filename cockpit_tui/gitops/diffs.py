"""Diffs as text: `git diff` with everything that could vary or run switched off or fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cockpit_tui.gitops.commits import GitAccess, safe_revision

DIFF_FLAGS = (
    "--no-ext-diff", "--no-textconv", "--no-color", "--patch", "--find-renames",
    "--no-rename-empty", "--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers",
    "--indent-heuristic", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/",
    "--no-relative", "--ignore-submodules=none",
)


async def diff(where: GitAccess, base: str, head: str, paths: Sequence[str] = (), *,
               env_extra: Mapping[str, str | None] | None = None) -> str:
    """Unified diff between two commits or trees, for `domain.diff.parse_diff`.

    Bytes that are not UTF-8 are surrogate-escaped; paths are taken literally.
    """
    result = await where.git("--literal-pathspecs", "diff", *DIFF_FLAGS, safe_revision(base),
                             safe_revision(head), "--", *paths, env_extra=env_extra)
    return result.text
