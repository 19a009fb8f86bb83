"""Work that went back from the merge queue to its agent: what it finds, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cockpit_tui.domain.fences import fence
from cockpit_tui.domain.sanitize import clip, sanitize_line
from cockpit_tui.domain.task import Proof
from cockpit_tui.engine.task_prompt import shown_proofs
from cockpit_tui.gitops import checkpoints, diffs
from cockpit_tui.gitops.carrying import carry_onto
from cockpit_tui.gitops.hub import Hub
from cockpit_tui.gitops.merges import try_merge
from cockpit_tui.gitops.worktrees import Worktree

MOST_SHOWN = 12_000
"""Characters of each side that the agent is shown."""
MOST_NAMED = 100
"""Files in conflict that it is told of; what a command line takes is bounded too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneBack:
    """`commit`, made on `base`, that did not land: it conflicts, or `failed` together with the
    others."""

    base: str
    commit: str
    failed: Sequence[Proof] = ()

    async def put_into(self, worktree: Worktree, head: str) -> None:
        """Files as on `head`, with what of the work goes together with it, not committed."""
        carried = await carry_onto(worktree.hub, head=head, commit=self.commit)
        await checkpoints.restore(worktree, carried)

    async def words(self, hub: Hub, task_words: str, head: str) -> str:
        """What its agent is told on top of `head`: the same commits give the same words."""
        parts = [task_words, "# Brought onto what others landed\nYou did this task before, and "
                 "others landed work meanwhile. Your worktree holds theirs, and of yours what "
                 "goes together with it."]
        conflicts = (await try_merge(hub, head=head, commit=self.commit)).conflicts
        if conflicts:
            shown = conflicts[:MOST_NAMED]
            mine = await diffs.diff(hub, self.base, self.commit, shown)
            theirs = await diffs.diff(hub, self.base, head, shown)
            named = "\n".join(map(sanitize_line, shown))
            if more := len(conflicts) - len(shown):
                named += f"\nand {more:,} more"
            parts.append(
                f"Both of you changed these files in one place, and they are as the others left "
                f"them:\n{named}\nMake your changes there again, without losing theirs.\n"
                f"Yours:\n{fence('your-diff', clip(mine, MOST_SHOWN))}\n"
                f"Theirs:\n{fence('their-diff', clip(theirs, MOST_SHOWN))}")
        if self.failed:
            parts.append("On both together these acceptance commands failed, which passed on "
                         "yours alone. Mend the cause without undoing what they did.\n"
                         f"{shown_proofs(self.failed)}")
        return "\n\n".join(parts)
