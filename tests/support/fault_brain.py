"""A brain that does six tasks over any wire and keeps its own bills: the oracle of fault tests."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from support.brains import Asked, BrainReply, Call, Spent

PER_CALL = Spent(input=1_000, output=100, cache_read=400)
COST = (600 * 3_000_000 + 400 * 300_000 + 100 * 15_000_000) // 1_000_000
"""Micro-dollars of one call at the prices of `fault_job`."""


def _task(key: str, *after: str) -> dict[str, Any]:
    path = f"{key}.txt"
    return {"key": key, "title": f"Write {path}", "instructions": f"Write {path}.",
            "role": "BackendDeveloper", "depends_on": list(after), "owned_paths": [path],
            "acceptance": [f"test -s {path}", f"grep -c {key} {path}"],
            "commands": [f"sed -i s/$/+/ {path}"], "minutes": 1.0, "tokens": 1_000,
            "task_class": "standard"}


PHASES = {
    "abcdef": ((_task("a"), _task("b"), _task("c", "a")),
               (_task("d", "a"), _task("e"), _task("f", "d", "e"))),
    "ad": ((_task("a"),), (_task("d", "a"),))}
"""Plans by the letters of their tasks."""


def content(key: str) -> str:
    """What a task's file holds in the end. Its command adds a plus to every line: run twice
    without going back in between, there are two."""
    return f"z {key}.txt+\na {key}+"


@dataclass
class FaultBrain:
    """One answer for each question, however often it is asked; `made` says how often."""

    letters: str = "abcdef"
    made: Counter[str] = field(default_factory=Counter)
    bills: list[Spent] = field(default_factory=list)

    def __call__(self, asked: Asked) -> BrainReply:
        name, texts, calls = self._answer(asked)
        self.made[name] += 1
        self.bills.append(PER_CALL)
        return BrainReply(texts=texts, calls=calls, usage=PER_CALL)

    def _answer(self, asked: Asked) -> tuple[str, tuple[str, ...], tuple[Call, ...]]:
        if '"verdict"' in asked.system:
            return f"judge {_path(asked)}", _json({"verdict": "pass", "comment": ""}), ()
        if '"phases"' in asked.system:
            first, second = PHASES[self.letters]
            return "plan", _json({"summary": "Files.", "notes": [], "answer": "", "phases": [
                {"title": "First", "tasks": first}, {"title": "Second", "tasks": second}]}), ()
        if '"findings"' in asked.system:
            return "review", _json({"summary": "Small.", "patterns": [], "findings": [],
                                    "architecture": "README"}), ()
        path = _path(asked)
        turns = (
            Call(name="str_replace_based_edit_tool", arguments={
                "command": "create", "path": path, "file_text": f"z {path}\n"}),
            Call(name="str_replace_based_edit_tool", arguments={
                "command": "str_replace", "path": path, "old_str": f"z {path}",
                "new_str": f"z {path}\na {path[0]}"}),
            Call(name="run_command", arguments={"command": f"sed -i s/$/+/ {path}"}))
        # What was refused is tried again: only what was done counts as done.
        done = sum(not result.is_error for message in asked.messages for result in message.results)
        name = f"{path} {asked.turn}"
        if done >= len(turns):
            return name, ("Written.",), ()
        return name, (), (turns[done],)


def _path(asked: Asked) -> str:
    words = "\n".join(text for message in asked.messages for text in message.texts)
    found = re.search(r"Write (\w+\.txt)", words)
    assert found is not None, words
    return found.group(1)


def _json(value: Any) -> tuple[str, ...]:
    return (json.dumps(value),)
