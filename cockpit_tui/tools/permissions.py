"""Which command lines need no further leave: those approved with the plan, and plain looking.

A line is covered if it is an approved one to the letter, or a plain simple command with the same
words, or a reading command on relative paths. Everything the scanner does not fully understand is
asked; there is no rule by prefix, so no wrapper can ride on one. Meant to lie above a sandbox.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection
from dataclasses import dataclass

from cockpit_tui.domain.errors import PathRefused
from cockpit_tui.tools.path_names import parse_path

_WRAPPERS = frozenset({
    "awk", "bash", "busybox", "command", "dash", "doas", "env", "eval", "exec", "find", "git",
    "ksh", "nice", "node", "nohup", "parallel", "perl", "php", "python", "python3", "ruby",
    "script", "setsid", "sh", "ssh", "stdbuf", "su", "sudo", "tclsh", "time", "timeout", "watch",
    "xargs", "zsh",
})
"""Programs that run what their arguments say."""

_READERS = frozenset({"cat", "du", "file", "grep", "head", "ls", "nl", "pwd", "stat", "tail", "wc"})
"""Commands without any option that writes or runs something (`file -C` aside, see below)."""

_BARE_HAZARDS = {
    ";": "joins commands", "&": "joins commands", "|": "joins commands", "\n": "joins commands",
    "\r": "is a line break", "<": "redirects", ">": "redirects", "(": "groups commands",
    ")": "groups commands", "`": "substitutes a command", "$": "substitutes something",
    "\\": "escapes something", "*": "is a pattern", "?": "is a pattern", "[": "is a pattern",
    "{": "expands", "}": "expands", "~": "expands", "!": "negates or recalls", "#": "may comment",
    "\0": "is no text",
}
_HAZARDS_IN_DOUBLE_QUOTES = frozenset("$`\\!\n\r\0")


@dataclass(frozen=True, slots=True)
class Coverage:
    covered: bool
    reason: str
    """One sentence, also for a covered command."""


def is_covered(command: str, allowed: Collection[str]) -> Coverage:
    """May `command` run without a question, given the `allowed` command lines?"""
    if command.strip() in {line.strip() for line in allowed}:
        return Coverage(True, "It is a command of the approved plan.")
    try:
        words = simple_words(command)
    except ValueError as error:
        return Coverage(False, str(error))
    for line in allowed:
        try:
            if simple_words(line) == words:
                return Coverage(True, "It is a command of the approved plan.")
        except ValueError:
            continue
    if words[0] in _READERS:
        return _judge_reader(words)
    if words[0].rsplit("/", 1)[-1] in _WRAPPERS:
        return Coverage(False, f"{words[0]!r} can run anything its arguments say.")
    return Coverage(False, f"{words[0]!r} is not among the approved commands.")


def simple_words(command: str) -> list[str]:
    """The words of a plain simple command. Raises ValueError, with a sentence, for anything else.
    """
    _refuse_hazards(command)
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValueError(f"The command line cannot be parsed: {error}.") from error
    if not words or not words[0]:
        raise ValueError("The command line is empty.")
    if re.match(r"[A-Za-z_]\w*\+?=", words[0]):
        raise ValueError(f"It sets a variable: {words[0]!r}.")
    return words


def _refuse_hazards(command: str) -> None:
    quote = ""
    for character in command:
        if quote == "'":
            if character in "\n\r\0":
                raise ValueError("It has more than one line.")
        elif quote == '"':
            if character in _HAZARDS_IN_DOUBLE_QUOTES:
                raise ValueError(f"{character!r} in double quotes substitutes something.")
        elif character in _BARE_HAZARDS:
            raise ValueError(f"{character!r} {_BARE_HAZARDS[character]}.")
        if character in "'\"":
            if not quote:
                quote = character
            elif quote == character:
                quote = ""


def _judge_reader(words: list[str]) -> Coverage:
    if words[0] == "file" and len(words) > 1 and words[1].startswith("-"):
        return Coverage(False, "'file' is only free without options.")
    for word in words[1:]:
        if word.startswith("-"):
            # An option's own value may be a path as well: `--files0-from=/etc/passwd`, `-f/x`.
            if "/" in word or ".." in word:
                return Coverage(False, f"The option {word!r} names a path.")
            continue
        try:
            parse_path(word)
        except PathRefused as error:
            return Coverage(False, error.message)
    return Coverage(True, f"{words[0]!r} only reads.")
