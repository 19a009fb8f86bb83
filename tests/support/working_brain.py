"""A brain that does a whole job, with whatever edit tools it is offered, and keeps its bills.

As lead it reviews, plans two tasks and judges; as an agent it first writes a file that fails its
acceptance command, and mends it when the proof comes back. One brain, any wire.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from support.brains import Asked, BrainReply, Call, Spent, Thought

PER_CALL = Spent(input=1_000, output=100, cache_read=400)

PLAN = {
    "summary": "Two files.", "notes": [], "answer": "",
    "phases": [{"title": "Write", "tasks": [
        {"key": key, "title": f"Write {key}.txt", "instructions": f"Write {key}.txt, all in it.",
         "role": "BackendDeveloper", "depends_on": [], "owned_paths": [f"{key}.txt"],
         "acceptance": [f"grep -q right {key}.txt"], "commands": [], "minutes": 1.0,
         "tokens": 1_000, "task_class": "standard"} for key in ("a", "b")]}],
}


@dataclass
class WorkingBrain:
    """`thinks`: every reply begins with a thought that the wire must get back."""

    thinks: bool = False
    gives_up_at_first: str = ""
    """A model's name that never mends what it wrote wrong."""
    parting_words: str = "I do not see why it fails."
    """What it says then."""
    bills: list[Spent] = field(default_factory=list)
    models: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> BrainReply:
        self.bills.append(PER_CALL)
        self.models.append(asked.model)
        texts, calls = self._answer(asked)
        thoughts = (Thought(text="Let me see."),) if self.thinks else ()
        return BrainReply(texts=texts, calls=calls, thoughts=thoughts, usage=PER_CALL)

    def _answer(self, asked: Asked) -> tuple[tuple[str, ...], tuple[Call, ...]]:
        if '"verdict"' in asked.system:
            return _json({"verdict": "pass", "comment": ""}), ()
        if '"phases"' in asked.system:
            return _json(PLAN), ()
        if '"findings"' in asked.system:
            return _json({"summary": "Small.", "patterns": [], "findings": [],
                          "architecture": "README"}), ()
        return self._work(asked)

    def _work(self, asked: Asked) -> tuple[tuple[str, ...], tuple[Call, ...]]:
        if asked.results:
            return ("Written.",), ()
        words = "\n".join(text for message in asked.messages for text in message.texts)
        found = re.search(r"Write (\w+\.txt)", words)
        assert found is not None, words
        mends = "acceptance commands failed" in words and asked.model != self.gives_up_at_first
        exists = "acceptance commands failed" in words
        if exists and not mends:
            return (self.parting_words,), ()
        return ("I write it.",), (_edit(asked, found.group(1), exists=exists),)


def _edit(asked: Asked, path: str, *, exists: bool) -> Call:
    """The edit in the tools that are offered: a new file is wrong, and then made right."""
    new = "right" if exists else "wrong"
    if "apply_patch" in asked.tools:
        add = f"*** Add File: {path}\n+{new}\n"
        change = f"*** Update File: {path}\n@@\n-wrong\n+{new}\n"
        patch = f"*** Begin Patch\n{change if exists else add}*** End Patch\n"
        return Call(name="apply_patch", arguments={"patch": patch})
    if "str_replace_based_edit_tool" in asked.tools:
        arguments: dict[str, Any] = {"command": "create", "path": path, "file_text": f"{new}\n"}
        if exists:
            arguments = {"command": "str_replace", "path": path, "old_str": "wrong",
                         "new_str": new}
        return Call(name="str_replace_based_edit_tool", arguments=arguments)
    return Call(name="write_file", arguments={"path": path, "content": f"{new}\n"})


def _json(value: Any) -> tuple[str, ...]:
    return (json.dumps(value),)
