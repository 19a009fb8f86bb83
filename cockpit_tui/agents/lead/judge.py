"""The judge: a second opinion on a diff, in a fresh context, after the proofs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cockpit_tui.agents.lead.structured import ask_for
from cockpit_tui.agents.loop import Conversation
from cockpit_tui.domain.drafts import JudgeDraft
from cockpit_tui.domain.fences import fence
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.sanitize import clip, sanitize
from cockpit_tui.domain.task import Proof

MAX_DIFF_CHARACTERS = 120_000


async def judge(conversation: Conversation, task: Task, proofs: Sequence[Proof],
                diff: str) -> JudgeDraft:
    """Ask for a verdict on `diff`. Raises ProviderError."""
    task_json = json.dumps({"title": task.title, "instructions": task.instructions,
                            "owned_paths": task.owned_paths}, ensure_ascii=False)
    proofs_json = json.dumps([{"command": p.command, "exit_code": p.exit_code} for p in proofs],
                             ensure_ascii=False)
    text = (f"# Task\n{fence('task', task_json)}\n\n# Proofs\n{fence('proofs', proofs_json)}\n\n"
            f"# Diff\n{fence('diff', sanitize(clip(diff, MAX_DIFF_CHARACTERS)))}\n")
    return await ask_for(conversation, text, JudgeDraft)
