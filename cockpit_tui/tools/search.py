"""The tool that searches: a regular expression over the tree, in a process that can be killed."""

from __future__ import annotations

from typing import Literal

from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.tools.arguments import argument, read_arguments
from cockpit_tui.tools.base import ToolOutcome, line_for_people, object_schema
from cockpit_tui.tools.grep_workers import grep
from cockpit_tui.tools.paths import Confinement

MAX_MATCHES = 200
TIMEOUT_SECONDS = 10.0


class Search:
    """Lines that match a Python regular expression, as `path:line: text`."""

    effect: Literal[EffectClass.READ] = EffectClass.READ
    spec = ToolSpec(
        name="search",
        description="Search the text files below a path for a regular expression (Python syntax, "
                    "line by line). Answers with 'path:line: text' lines.",
        parameters=object_schema({
            "pattern": {"type": "string", "minLength": 1},
            "path": {"type": "string", "description": "File or folder; '.' is the root."},
            "glob": {"type": "string", "description": "Only these files: '*.py', 'src/**/*.ts'."},
        }, required=("pattern",)),
    )

    def __init__(self, confinement: Confinement, *,
                 timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._confinement = confinement
        self._timeout_seconds = timeout_seconds

    def summarize(self, arguments: JsonObject) -> str:
        return line_for_people("search", argument(arguments, "pattern"))

    async def call(self, arguments: JsonObject) -> ToolOutcome:
        arguments = read_arguments(self.spec, arguments)
        path = self._confinement.resolve(arguments.get("path", "."))
        request = {"root": str(self._confinement.root), "path": str(path),
                   "pattern": arguments["pattern"], "glob": arguments.get("glob", ""),
                   "limit": MAX_MATCHES + 1}
        answers, is_late = await grep(request, timeout_seconds=self._timeout_seconds)
        note = (f"[stopped after {self._timeout_seconds:g} s: search a smaller folder or with "
                "a simpler pattern]") if is_late else ""
        return _outcome(answers, note)


def _outcome(answers: list[JsonObject], note: str) -> ToolOutcome:
    matches = [answer for answer in answers if "line" in answer]
    for answer in answers:
        if "error" in answer:
            raise ToolError(f"search: {answer['error']}")
        if answer.get("skipped"):
            note = f"[{answer['skipped']} files were too large or could not be opened]"
    if len(matches) > MAX_MATCHES:
        matches = matches[:MAX_MATCHES]
        note = f"[more than {MAX_MATCHES} matches: narrow the pattern, the path or the glob]"
    elif not note and "skipped" not in (answers[-1] if answers else {}):
        note = "[the search ended early: there may be more]"
    lines = [f"{sanitize_line(m['path'])}:{m['line']}: {m['text']}" for m in matches]
    text = "\n".join([*(lines or ["No matches."]), *([note] if note else [])])
    return ToolOutcome(text=text, is_error=not lines and note.startswith("[stopped"),
                       summary=f"{len(matches)} matches")
