"""A brain that does six tasks over any wire and keeps its own bills: the oracle of fault tests."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from support.brains import Asked, BrainReply, Call, Spent

PER_CALL = Spent(input=1_000, output=100, cache_read=400)


def cost_of(spent: Spent) -> int:
    """Micro-dollars at the prices of `fault_job`."""
    fresh = spent.input - spent.cache_read
    return (fresh * 3_000_000 + spent.cache_read * 300_000 + spent.output * 15_000_000) // 1_000_000


COST = cost_of(PER_CALL)


def bill_of_part(body: bytes) -> Spent:
    """What is billed of a stream that was cut to `body`: all of it once its usage was told, else
    what was read and what was written so far, at 4 characters a token."""
    lines = [line for event in body.split(b"\n\n")[:-1] for line in event.split(b"\n")]
    events = [json.loads(line[6:]) for line in lines
              if line.startswith(b"data: ") and line != b"data: [DONE]"]
    if any(event.get("type") == "message_delta" or event.get("usage") for event in events):
        return PER_CALL
    written = sum(len(word) for event in events for word in _written(event))
    return Spent(input=PER_CALL.input, cache_read=PER_CALL.cache_read, output=-(-written // 4))


def _written(part: Any) -> list[str]:
    if isinstance(part, list):
        return [word for one in part for word in _written(one)]
    if not isinstance(part, dict):
        return []
    own = [part[key] for key in ("text", "thinking", "partial_json", "content", "arguments")
           if isinstance(part.get(key), str)]
    return own + [word for key in ("delta", "choices", "tool_calls", "function")
                  for word in _written(part.get(key))]


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
