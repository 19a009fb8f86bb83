"""Write the tests, run them, leave out what fails, and say so: at most a few rounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence

from cockpit_tui.providers.offline.recipe import CannotWork, ToolReply, ToolUse
from cockpit_tui.providers.offline.recipes.tests_by_rule.checks import DraftedTest

_MAX_ROUNDS = 4
_FAILED = re.compile(
    r"^(?:FAILED|ERROR) \S*?::(?:\w+::)*(\w+)|^(?:FAIL|ERROR): (\w+) \(|^_{3,} (?:\w+\.)*(test_\w+)"
    r" _{3,}$", re.MULTILINE)


def run_and_drop(path: str, tests: Sequence[DraftedTest], command: str,
                 render: Callable[[Sequence[DraftedTest]], str],
                 ) -> Generator[ToolUse, ToolReply, tuple[tuple[DraftedTest, ...], list[str]]]:
    """(the tests that pass, the names of those left out). Raises CannotWork if none is left."""
    kept, dropped = tuple(tests), list[str]()
    for _ in range(_MAX_ROUNDS):
        content = render(kept)
        if dropped:  # The tool wants a file read before it is written over.
            yield ToolUse(name="read_file", arguments={"path": path})
        reply = yield ToolUse(name="write_file", arguments={"path": path, "content": content})
        if reply.is_error:
            raise CannotWork(f"{path} could not be written: {reply.text}")
        reply = yield ToolUse(name="run_command", arguments={"command": command})
        if not reply.is_error:
            return kept, dropped
        failed = {name for groups in _FAILED.findall(reply.text) for name in groups if name}
        failed &= {test.name for test in kept}
        if not failed:
            raise CannotWork(f"The tests of {path} could not be run with {command!r}: "
                             f"{_last_lines(reply.text)}")
        dropped += [test.name for test in kept if test.name in failed]
        kept = tuple(test for test in kept if test.name not in failed)
        if not kept:
            raise CannotWork(f"None of the tests drafted for {path} passes on the code as it is: "
                             f"{', '.join(dropped)}.")
    raise CannotWork(f"The tests of {path} still fail after {_MAX_ROUNDS} rounds.")


def _last_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()
             if line.strip() and not line.startswith("[exit code ")]
    told = [line for line in lines if re.match(r"(E\s|\w*Error\b|.*No module named)", line)]
    return " / ".join((told or lines)[-3:])[:400] or "it said nothing"
