"""Where an edit's old text stands in a file: exactly, or but for whitespace and punctuation.

Three passes, the first that finds anything decides: the exact text; the same with Unicode
punctuation and spaces read as ASCII; whole lines with whitespace runs read as one space and one
indentation shift for all lines. Content is never matched by similarity.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice

from cockpit_tui.domain.errors import ToolError

_PLAIN = str.maketrans({
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
                    "\u202f\u205f\u3000", " "),
})
"""One character for one, so that positions stay what they are."""

_MAX_SHOWN_PLACES = 10
_MAX_PAIRS = 200_000
_MAX_LOOSE_PLACES = 500
"""More places that differ in whitespace are not rewritten one by one."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """`text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str


def find_replacements(text: str, old: str, new: str, *, path: str,
                      replace_all: bool, called: str = "old_string") -> list[Replacement]:
    """Where `old` is replaced by `new` in `text` (all three with `\\n` only), in order.

    Raises ToolError for no match, showing the closest lines, and for more than one match without
    `replace_all`, naming the lines. `called` is the argument's name, for the message.
    """
    for passing in (_exact, _plain_punctuation, _loose_lines):
        found = passing(text, old, new)
        if len(found) == 1 or (found and replace_all):
            return found
        if found:
            lines = [str(text.count("\n", 0, place.start) + 1)
                     for place in found[:_MAX_SHOWN_PLACES]]
            more = " and others" if len(found) > _MAX_SHOWN_PLACES else ""
            raise ToolError(
                f"{called} stands {len(found)} times in {path!r}, at lines {', '.join(lines)}"
                f"{more}. Add lines around it until it is unique"
                f"{', or set replace_all' if called == 'old_string' else ''}.")
    raise ToolError(f"{called} was not found in {path!r}. {closest_lines(text, old)}")


def _exact(text: str, old: str, new: str) -> list[Replacement]:
    return [Replacement(at, at + len(old), new) for at in _occurrences(text, old)]


def _plain_punctuation(text: str, old: str, new: str) -> list[Replacement]:
    places = []
    for at in _occurrences(plain(text), plain(old)):
        # What old and new have in common at both ends stays as the file has it.
        head = common_prefix(old, new)
        tail = common_prefix(old[head:][::-1], new[head:][::-1])
        places.append(Replacement(at + head, at + len(old) - tail, new[head:len(new) - tail]))
    return places


def _loose_lines(text: str, old: str, new: str) -> list[Replacement]:
    old_lines = old.removesuffix("\n").split("\n")
    wanted = [loosen(line) for line in old_lines]
    if not any(wanted):
        return []
    lines = text.split("\n")
    new_lines = new.removesuffix("\n").split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    places: list[Replacement] = []
    free = 0
    for tried, at in enumerate(find_blocks(as_blocks(map(loosen, lines)), wanted)):
        if tried >= _MAX_LOOSE_PLACES:
            raise ToolError(f"This stands in the file more than {_MAX_LOOSE_PLACES} times, but for "
                            "whitespace. Copy its lines exactly, with more lines around them.")
        block = lines[at:at + len(wanted)]
        replaced = _rewrite(old_lines, new_lines, block) if at >= free else None
        if replaced is None:
            continue
        end = offsets[at + len(wanted)] - 1
        if not new:
            end, replaced = min(end + 1, len(text)), ""
        places.append(Replacement(offsets[at], end, replaced))
        free = at + len(wanted)
    return places


def as_blocks(lines: Iterable[str]) -> str:
    """Lines as the one text that `find_blocks` searches: fast where thousands are alike."""
    return "\n".join(("", *lines, ""))


def find_blocks(text: str, wanted: Sequence[str]) -> Iterator[int]:
    """Where the lines `wanted` stand in `as_blocks` of a file's lines: the first one's index.

    Places may overlap."""
    part = as_blocks(wanted)
    number, counted, at = 0, 0, text.find(part)
    while at >= 0:
        number += text.count("\n", counted, at)
        counted = at
        yield number
        at = text.find(part, at + 1)


def is_quick_to_compare(old: Sequence[Hashable], new: Sequence[Hashable]) -> bool:
    """Whether `SequenceMatcher` takes no longer than a moment: it compares every equal pair, again
    and again, so thousands of lines that are alike take it minutes."""
    counts = Counter(new)
    pairs = 0
    for line in old:
        pairs += counts[line]
        if pairs > _MAX_PAIRS:
            return False
    return len(old) + len(new) <= _MAX_PAIRS


def _occurrences(text: str, part: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(part), text)]


def common_prefix(one: str, other: str) -> int:
    """How many characters both begin with."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length


def plain(text: str) -> str:
    """`text` with ASCII punctuation and spaces, as long as before."""
    return text.translate(_PLAIN)


def loosen(line: str) -> str:
    """`line` but for punctuation and whitespace."""
    return " ".join(plain(line).split())


def _indent(line: str) -> str:
    return line[:len(line) - len(line.lstrip())]


@dataclass(frozen=True, slots=True)
class Shift:
    """How the file's indentation differs from the model's: one prefix more, or one less."""

    remove: str
    add: str

    def apply(self, line: str) -> str:
        if not line.strip():
            return line
        return self.add + line.removeprefix(self.remove)

    def undo(self, indentation: str) -> str:
        return self.remove + indentation.removeprefix(self.add)


def shift_between(old: str, line: str) -> Shift | None:
    """The shift that gives the model's `old` the indentation of the file's `line`, if one does."""
    mine, theirs = _indent(old), _indent(line)
    if theirs.endswith(mine):
        return Shift("", theirs[:len(theirs) - len(mine)])
    if mine.endswith(theirs):
        return Shift(mine[:len(mine) - len(theirs)], "")
    return None


def _rewrite(old: list[str], new: list[str], block: list[str]) -> str | None:
    """The new lines in the file's indentation; lines that old and new share stay the file's.

    One shift must explain every line, or it is not the same block (None). The first line may lack
    its indentation: models like to begin a quotation at the first word.
    """
    pairs = [(mine, line) for mine, line in zip(old, block, strict=True) if mine.strip()]
    rest = {shift_between(*pair) for pair in pairs[1:]} or {shift_between(*pairs[0])}
    shift = rest.pop()
    if shift is None or rest:
        return None
    if shift_between(*pairs[0]) != shift:
        if not old[0].strip() or _indent(old[0]) or _indent(new[0]):
            return None
        missing = shift.undo(_indent(block[0]))
        old, new = [missing + old[0], *old[1:]], [missing + new[0], *new[1:]]
    if not is_quick_to_compare(old, new):
        return "\n".join(shift.apply(line) for line in new)
    lines: list[str] = []
    for tag, old_from, old_to, new_from, new_to in \
            SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += block[old_from:old_to]
        else:
            lines += [shift.apply(line) for line in new[new_from:new_to]]
    return "\n".join(lines)


def closest_lines(text: str, old: str) -> str:
    """The lines most like `old`, numbered, for the model to look at: never to be matched."""
    lines = text.split("\n")[:20_000]
    wanted = old.strip("\n").split("\n")[:60]
    anchor = next((i for i, line in enumerate(wanted) if line.strip()), None)
    if anchor is None or not text.strip():
        return "The file is empty." if not text.strip() else "It holds nothing but whitespace."
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(wanted[anchor].strip()[:400])
    scores = []
    for number, line in enumerate(lines):
        matcher.set_seq1(line.strip()[:400])
        if matcher.real_quick_ratio() > 0.5 and (score := matcher.quick_ratio()) > 0.5:
            scores.append((-score, max(number - anchor, 0)))
    best, best_ratio = -1, 0.4
    for _, start in islice(sorted(scores), 5):
        block = "\n".join(lines[start:start + len(wanted)])
        ratio = SequenceMatcher(None, block[:4_000], "\n".join(wanted)[:4_000]).ratio()
        if ratio > best_ratio:
            best, best_ratio = start, ratio
    if best < 0:
        return "Nothing in it is like it; read the file again."
    shown = [f"{number:>6}\t{line[:300]}" for number, line in
             enumerate(lines[best:best + min(len(wanted), 20)], best + 1)]
    return "The closest lines are:\n" + "\n".join(shown)
