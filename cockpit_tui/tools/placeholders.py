"""Omitted code (`# ... rest unchanged`) found in what a model wants written.

Only comment lines, or lines in brackets or dots, that say that something was left out: prose that
merely uses such words stays allowed. The cockpit's own marks count too: where it shortened what a
model reads, a copy of that written back would be the loss of the rest.
"""

from __future__ import annotations

import re

_MARKER = r"(?:\#+|//+|/\*+|\*|<!--|\{/\*|--|;+|%|\"\"\")"
_DOTS = r"(?:\.{3,}|…)"
_THING = (r"(?:code|file|class|function|method|component|module|implementation|content|logic|"
          r"imports?|tests?|lines?|body|definitions?|config(?:uration)?|section)s?")
_OMISSION = re.compile(
    rf"""
    ^\s*(?:{_MARKER}|{_DOTS}|[\[(<])[\s.…\[(<]*+      # a comment, dots or a bracket
    (?:
        (?:the\s+)?(?:rest|remainder)\b.*\b
            (?:unchanged|same|here|omitted|remains?|stays?|as\s+(?:is|before))\b
      | (?:the\s+)?(?:rest|remainder)\s+of\s+(?:the\s+|your\s+|this\s+)?(?:\w+\s+){{0,2}}{_THING}
            \s*(?:{_DOTS}|\W*$)
      | (?:(?:keep|the|all|your|other)\s+)*(?:existing|previous|unchanged|remaining|original)\s+
            (?:\w+\s+)?{_THING}\b\s*(?:{_DOTS}|\W*$|.*\b(?:unchanged|here|same|omitted|remains?)\b)
      | {_THING}\s+(?:unchanged|omitted)\b
      | (?:unchanged|same\s+as\s+(?:before|above)|omitted(?:\s+for\s+brevity)?)\W*$
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST_PLACEHOLDER = 160
_OUR_MARKS = re.compile(
    r"\[\.\.\. [\d,]+ (?:characters|lines) cut \.\.\.\]"
    r"|\[[\d,]+ characters stood here; read the file to see what it holds now\]"
    r"|\[Shortened: [\d,]+ lines of .* stood here\. Call it again if you need them\.")
"""`domain.sanitize.clip`, `context.stubs`."""


def find_placeholder(text: str, known: str) -> str | None:
    """The first line of `text` that stands for omitted code, unless `known` has that line."""
    known_lines = {line.strip() for line in known.splitlines()}
    for line in text.splitlines():
        stripped = line.strip()
        if stripped in known_lines:
            continue
        if ((len(stripped) <= _LONGEST_PLACEHOLDER and _OMISSION.match(stripped))
                or _OUR_MARKS.match(stripped)):
            return stripped[:_LONGEST_PLACEHOLDER]
    return None
