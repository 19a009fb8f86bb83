"""The tool that searches: a regular expression over the tree, in a process that can be killed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Literal

import cockpit_tui
from cockpit_tui.domain.conversation import JsonObject, ToolSpec
from cockpit_tui.domain.effect import EffectClass
from cockpit_tui.domain.errors import ToolError
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.tools.arguments import argument, read_arguments
from cockpit_tui.tools.base import ToolOutcome, line_for_people, object_schema
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
                   "pattern": arguments["pattern"], "glob": arguments.get("glob", "")}
        process = await _start()
        answers: list[JsonObject] = []
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await _ask(process, request, answers)
            note = ""
        except TimeoutError:
            note = (f"[stopped after {self._timeout_seconds:g} s: search a smaller folder or with "
                    "a simpler pattern]")
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            await _drain(process)
        return _outcome(answers, note)


async def _start() -> Process:
    # A minimal environment and -P: nothing that lies in the tree is imported or consulted.
    package_root = str(Path(cockpit_tui.__file__).parent.parent)
    environment = {"PATH": os.defpath, "PYTHONPATH": package_root, "PYTHONUTF8": "1"}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-s", "-m", "cockpit_tui.tools.grep", cwd="/", env=environment,
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True,
        limit=1024 * 1024)


async def _ask(process: Process, request: dict[str, str], answers: list[JsonObject]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(json.dumps(request).encode())
        await process.stdin.drain()
    process.stdin.close()
    async for line in process.stdout:
        answers.append(json.loads(line))
        if len(answers) > MAX_MATCHES:
            process.kill()
            return


async def _drain(process: Process) -> None:
    # An unread pipe can keep asyncio from noticing that the process has ended.
    assert process.stdout is not None
    while await process.stdout.read(65_536):
        pass
    await process.wait()


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
