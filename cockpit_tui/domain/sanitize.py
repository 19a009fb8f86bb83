"""Foreign text made harmless for a terminal: what would act becomes a visible symbol.

Every text from a model, a tool, a file, a branch name or a commit passes here before it reaches a
screen or a stream. Newline and tab stay (when asked for); C0 controls become their Unicode
control pictures (U+2400 block); DEL, C1, bidi overrides, zero-width and tag characters become
`<U+XXXX>`. Sources: ECMA-48 (C0, C1), Unicode TR 9 (bidi), TR 36 (security considerations).
"""

from __future__ import annotations

import re

_DANGEROUS = re.compile(
    "[\x00-\x1f\x7f-\x9f"
    "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)


def sanitize(text: str) -> str:
    """`text` on any number of lines: newline and tab stay, everything else that acts is shown."""
    return _DANGEROUS.sub(_visible_unless_layout, text)


def sanitize_line(text: str) -> str:
    """`text` as one line: newline and tab become symbols as well."""
    return _DANGEROUS.sub(_visible, text)


def _visible_unless_layout(match: re.Match[str]) -> str:
    return match.group() if match.group() in "\n\t" else _visible(match)


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"<U+{code:04X}>"


def clip(text: str, limit: int) -> str:
    """At most `limit` characters: head and tail kept, with the cut said in between."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    tail = limit - head
    cut = len(text) - head - tail
    return f"{text[:head]}\n[... {cut:,} characters cut ...]\n{text[len(text) - tail:]}"
