"""Plays a whole job on the offline provider: facts, plan, tasks, proofs, with the real tools.

What the engine does with a worktree, git and a ledger is left out: tasks work in one folder, one
after another, in the order that their dependencies ask for.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from cockpit_tui.context.facts import collect_facts
from cockpit_tui.domain.conversation import (
    Message,
    ModelReply,
    ModelRequest,
    Speaker,
    StopReason,
    ToolCall,
    ToolResult,
    user,
)
from cockpit_tui.domain.drafts import PlanDraft, ReviewDraft, TaskDraft
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.domain.fences import fence
from cockpit_tui.domain.review import RepositoryFacts
from cockpit_tui.domain.tree import TreeEntry, TreeSnapshot
from cockpit_tui.providers.base import Provider
from cockpit_tui.providers.offline.provider import OfflineProvider
from cockpit_tui.tools.files import apply_edits
from cockpit_tui.tools.session import ToolSession

MAX_TURNS = 60


@dataclass(slots=True)
class OfflineDriver:
    """`plan` and `work` are conversations as the agents' loop leads them."""

    root: Path
    provider: Provider = field(default_factory=OfflineProvider)

    def facts(self) -> RepositoryFacts:
        return collect_facts(snapshot(self.root))

    async def review(self, request: str) -> ReviewDraft:
        words = await self._converse("review", self._prompt(request), ToolSession(
            self.root, read_only=True))
        return TypeAdapter(ReviewDraft).validate_json(words)

    async def plan(self, request: str, *comments: str) -> PlanDraft:
        text = self._prompt(request)
        for comment in comments:
            text += f"\n# The person sent the plan back\n{fence('comment', comment)}\n"
        words = await self._converse("plan", text, ToolSession(self.root, read_only=True))
        return TypeAdapter(PlanDraft).validate_json(words)

    async def work(self, task: TaskDraft) -> str:
        text = f"# Task\n{task.title}\n\n{task.instructions}\n"
        return await self._converse("task", text, ToolSession(
            self.root, owned_paths=task.owned_paths))

    async def carry_out(self, plan: PlanDraft) -> dict[str, str]:
        """Task title → closing words; every acceptance command of every task must pass."""
        said = {}
        done: set[str] = set()
        for phase in plan.phases:
            for task in phase.tasks:
                assert set(task.depends_on) <= done, f"{task.key} would start too early"
                said[task.title] = await self.work(task)
                assert not said[task.title].startswith("CANNOT:"), said[task.title]
                for command in task.acceptance:
                    result = self.run(command)
                    assert result.returncode == 0, f"{command}\n{result.stdout}"
                done.add(task.key)
        return said

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": str(self.root.parent), "LC_ALL": "C.UTF-8",
                       "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return subprocess.run(["/bin/sh", "-c", command], cwd=self.root, text=True, timeout=120,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)

    def _prompt(self, request: str) -> str:
        facts = TypeAdapter(RepositoryFacts).dump_json(self.facts()).decode()
        return f"# Request\n{fence('request', request)}\n\n# Facts\n{fence('facts', facts)}\n"

    async def _converse(self, purpose: str, text: str, session: ToolSession) -> str:
        messages = [user(text)]
        for _ in range(MAX_TURNS):
            reply = await self._ask(purpose, messages, session)
            messages.append(reply.message)
            if reply.stop_reason is StopReason.END_TURN:
                return reply.message.text
            results = [await _answer(session, call) for call in reply.message.tool_calls]
            messages.append(Message(speaker=Speaker.USER, blocks=tuple(results)))
        raise AssertionError(f"no end after {MAX_TURNS} turns: {messages[-2]}")

    async def _ask(self, purpose: str, messages: list[Message],
                   session: ToolSession) -> ModelReply:
        # Through JSON, as the ledger keeps it: a reply must survive that.
        adapter = TypeAdapter(ModelReply)
        reply = await self.provider.complete(ModelRequest(
            model="rules", purpose=purpose, system="", messages=tuple(messages),
            tools=session.specs))
        return adapter.validate_json(adapter.dump_json(reply))


async def _answer(session: ToolSession, call: ToolCall) -> ToolResult:
    try:
        tool = session.tool(call.name)
        if tool.effect is EffectClass.READ:
            outcome = await tool.call(call.arguments)
            return ToolResult(call_id=call.id, text=outcome.text, is_error=outcome.is_error)
        assert tool.effect is EffectClass.FILE_EDIT, f"rules do not run commands: {call}"
        changed = await tool.prepare(call.arguments)
        apply_edits(session.root, changed)
        for edit in changed.edits:
            session.seen.note(edit.path, edit.after_sha256)
        return ToolResult(call_id=call.id, text=f"Wrote {changed.edits[0].path}.")
    except ToolError as error:
        return ToolResult(call_id=call.id, text=error.message, is_error=True)


def snapshot(root: Path) -> TreeSnapshot:
    """The folder as if it were a commit's tree."""
    contents = files(root)
    return TreeSnapshot(
        commit="c" * 40,
        entries=tuple(TreeEntry(path=path, mode="100644", size=len(data))
                      for path, data in contents.items()),
        contents=contents)


def files(root: Path) -> dict[str, bytes]:
    """Path → content of everything but caches."""
    return {str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and not {"__pycache__", ".pytest_cache"} & set(path.parts)}


def write_files(root: Path, texts: dict[str, str]) -> Path:
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root
