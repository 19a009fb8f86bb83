"""Plays a recipe's generators against a real folder, with the smallest tools that are true."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.fences import find_fence
from cockpit_tui.domain.review import (
    CommandFact,
    CommandKind,
    LanguageShare,
    LayoutEntry,
    RepositoryFacts,
)
from cockpit_tui.providers.offline.recipe import Planned, Recipe, ToolReply, ToolUse

Result = TypeVar("Result")

_WRITING = {"write_file", "edit_file", "run_command"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeDriver:
    """`plan` may only read; `work` may do everything. `calls` keeps what was asked for,
    `notes` what a plan says beside its phases."""

    root: Path
    calls: list[ToolUse] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def plan(self, recipe: Recipe, request: str,
             facts: RepositoryFacts) -> tuple[PhaseDraft, ...]:
        planned = self._play(recipe.plan(request, facts), may_write=False)
        if isinstance(planned, Planned):
            self.notes.extend(planned.notes)
            return planned.phases
        return planned

    def work(self, recipe: Recipe, task: TaskDraft) -> str:
        name, data = order_of(task)
        assert name == recipe.name
        return self._play(recipe.work(data), may_write=True)

    def accept(self, task: TaskDraft) -> dict[str, int]:
        """Exit code of each acceptance command."""
        return {command: self._run(command).returncode for command in task.acceptance}

    def _play(self, generator: Generator[ToolUse, ToolReply, Result], *,
              may_write: bool) -> Result:
        try:
            use = next(generator)
            while True:
                assert may_write or use.name not in _WRITING, f"a plan asked for {use}"
                self.calls.append(use)
                use = generator.send(self._answer(use))
        except StopIteration as end:
            return end.value

    def _answer(self, use: ToolUse) -> ToolReply:
        match use.name, use.arguments:
            case "list_files", {"path": path}:
                return ToolReply(text=self._list(path), is_error=False)
            case "read_file", {"path": path}:
                return self._read(path)
            case "search", {"pattern": pattern, "path": path, "glob": glob}:
                return ToolReply(text=self._search(pattern, path, glob), is_error=False)
            case "write_file", {"path": path, "content": content}:
                target = self.root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.encode())
                return ToolReply(text=f"wrote {path}", is_error=False)
            case "edit_file", {"path": path, "old_string": old, "new_string": new}:
                text = (self.root / path).read_bytes().decode()
                if text.count(old) != 1:
                    return ToolReply(text="not found exactly once", is_error=True)
                (self.root / path).write_bytes(text.replace(old, new).encode())
                return ToolReply(text=f"edited {path}", is_error=False)
            case "run_command", {"command": command}:
                done = self._run(command)
                text = f"{done.stdout}\n[exit code {done.returncode}]"
                return ToolReply(text=text, is_error=done.returncode != 0)
        raise AssertionError(f"no such tool call: {use}")

    def _list(self, path: str) -> str:
        start = self.root / path
        found = sorted(each for each in start.rglob("*")
                       if ".git" not in each.relative_to(self.root).parts)
        return "\n".join(str(each.relative_to(self.root)) + ("/" if each.is_dir() else "")
                         for each in found) or "(empty folder)"

    def _search(self, pattern: str, path: str, glob: str) -> str:
        found = [f"{each.relative_to(self.root)}:{number}: {line}"
                 for each in sorted((self.root / path).rglob(glob)) if each.is_file()
                 for number, line in enumerate(each.read_text().splitlines(), 1)
                 if re.search(pattern, line)]
        return "\n".join(found) or "No matches."

    def _read(self, path: str) -> ToolReply:
        target = self.root / path
        if not target.is_file():
            return ToolReply(text=f"There is no {path!r}.", is_error=True)
        return ToolReply(text=target.read_bytes().decode(), is_error=False)

    def _run(self, command: str) -> subprocess.CompletedProcess[str]:
        # The commands find the Python that runs these tests, and nothing of its settings.
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
        return subprocess.run(["/bin/sh", "-c", command], cwd=self.root, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                              env={"PATH": path, "HOME": str(self.root), "LANG": "C.UTF-8",
                                   "PYTHONDONTWRITEBYTECODE": "1"}, check=False)


def order_of(task: TaskDraft) -> tuple[str, JsonObject]:
    """(recipe, data) of the work order in the task's instructions."""
    body = find_fence(task.instructions, "work-order")
    assert body is not None
    order = json.loads(body)
    return order["recipe"], order["data"]


def write_tree(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    return root


def facts_with(*commands: tuple[CommandKind, str], languages: tuple[str, ...] = ("Python",),
               layout: tuple[LayoutEntry, ...] = (), source: str = "pyproject.toml",
               runnable: bool = True) -> RepositoryFacts:
    """Facts as the reviewer would find them, as far as recipes look at them."""
    return RepositoryFacts(
        commit="c" * 40, file_count=1, total_bytes=1,
        languages=tuple(LanguageShare(name=name, files=1, lines=10) for name in languages),
        layout=layout,
        commands=tuple(CommandFact(kind=kind, command=command, source=source, runnable=runnable,
                                   reason="" if runnable else "it is not installed here")
                       for kind, command in commands),
    )
