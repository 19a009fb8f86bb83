"""Text and paths about one family member, rewritten to be about another.

All spellings of the finished sibling's name become the same spelling of the new name, in one pass
and at the edges of words only, so that a class, its test and its registrations stay consistent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, partial
from pathlib import PurePosixPath

from cockpit_tui.providers.offline.recipes.scaffold.naming import spellings, split_words


class _Edge(Enum):
    """What may stand around a spelling for it to count."""

    NAME = 0
    """A whole name: `CodeArchitect` in `TestCodeArchitect`, `code_architect` in `test_code_...`."""
    WORD = 1
    """A lone word: `architect`, but not in `lead_architect` or `SolutionArchitect`."""
    SEGMENT = 2
    """Already carries its own edge: `_ping`, `ping_`."""


_BEFORE_LOWER = r"(?<![A-Za-z0-9])"
_BEFORE_WORD = r"(?:(?<![A-Za-z0-9_-])|(?<=\btest_))"
_AFTER = r"(?=s?(?![a-z0-9]))"
_AFTER_UPPER = r"(?![A-Za-z0-9])"


@dataclass(frozen=True)
class Renaming:
    """How text about `sibling` becomes text about `new`.

    `suffix`: words that all names of the family end with. With it the short name (`ping` of
    `PingHandler`) is renamed too, but only where it stands alone in a string, in a path, or as a
    segment of an identifier, because a bare word such as `json` may be something else. Without
    one, the last word (`architect` of `CodeArchitect`) is renamed as a word; where it would name
    two classes (`is_last_word_unique` false), strings and paths get the whole name instead.
    `kept`: names of other classes that contain the sibling's and stay as they are.
    `source`: the sibling's file, whose module name is followed in imports.
    """

    sibling: str
    new: str
    source: str = ""
    suffix: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    brands: bool = True
    is_last_word_unique: bool = True

    def apply(self, text: str, words_in: Sequence[tuple[int, int]] = ()) -> str:
        """`text` about the new class; articles follow their word.

        `words_in`: the parts of `text` (start, end) that are prose, where the short name is
        renamed as a word too.
        """
        settled: list[str] = []

        def settle(value: str) -> str:
            settled.append(value)
            return f"\ue000{len(settled) - 1}\ue001"

        def settled_in_context(match: re.Match[str], new: str) -> str:
            return match["lead"] + settle(new) + match["tail"]

        for start, end in sorted(words_in, reverse=True):
            if text[start:end].removeprefix("/") not in self._quoted:
                prose = self._short_word.sub(lambda m: settle(self._short_new(m)), text[start:end])
                text = text[:start] + prose + text[end:]
        for pattern, new in self._contextual:
            text = pattern.sub(partial(settled_in_context, new=new), text)
        text = self._pattern.sub(self._replaced, text)
        return re.sub("\ue000([0-9]+)\ue001", lambda m: settled[int(m[1])], text)

    def mentions(self, text: str) -> bool:
        """Does `text` speak of the sibling, in any spelling?"""
        return self.apply(text) != text

    @cached_property
    def _short_word(self) -> re.Pattern[str]:
        """The short name as a word of prose, but for the whole strings that `_quoted` covers."""
        if self._short is None:
            return re.compile(r"(?!)")
        old = "|".join(map(re.escape, {spellings(self._short[0])[style] for style in (
            "spaced", "sentence", "title", "kebab", "upper")}))
        return re.compile(rf"(?<![\w-])(?:{old})(?![\w-])")

    def _short_new(self, match: re.Match[str]) -> str:
        assert self._short is not None
        old, by_style = match[0], spellings(self._short[1])
        before, after = match.string[:match.start()][-1:], match.string[match.end():][:1]
        if before == after == "`":
            return self._quoted.get(old, old)
        if not (before in set("/.:@#") - {""} or after in set("/@")):
            style = "upper" if old.isupper() else "sentence" if old[0].isupper() else "spaced"
            return by_style[style]
        return by_style["upper" if old.isupper() else "kebab"]

    def positions(self, text: str) -> list[int]:
        """Where `text` holds the sibling's whole name, or its short name as a whole string."""
        found = {match.start("old") for match in self._whole.finditer(text)}
        for pattern, _ in self._contextual:
            found.update(match.end("lead") for match in pattern.finditer(text))
        return sorted(found)

    def path(self, path: str) -> str:
        """The path of what stands for the new class where `path` stands for the sibling."""
        return "/".join(self._path_part(part) for part in path.split("/"))

    def _path_part(self, part: str) -> str:
        stem, dot, rest = part.partition(".")
        if stem in self._quoted:
            return self._quoted[stem] + dot + rest
        renamed = self._whole.sub(self._replaced, part)
        if renamed == part and self._last_word and not self.is_last_word_unique:
            style = "snake" if self._is_python else "kebab"
            for old, new in _pairs((self._last_word,), self._new, style).items():
                renamed = self._pattern_of({old: _Edge.WORD}).sub(new, part)
                if renamed != part:
                    return renamed
        return self._pattern.sub(self._replaced, part) if renamed == part else renamed

    @cached_property
    def _old(self) -> tuple[str, ...]:
        return split_words(self.sibling, brands=self.brands)

    @cached_property
    def _new(self) -> tuple[str, ...]:
        return split_words(self.new, brands=self.brands)

    @cached_property
    def _short(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Both names without the family's suffix, where both have it."""
        n = len(self.suffix)
        if not n or self._old[-n:] != self.suffix or self._new[-n:] != self.suffix:
            return None
        return (self._old[:-n], self._new[:-n]) if self._old[:-n] and self._new[:-n] else None

    @cached_property
    def _quoted(self) -> dict[str, str]:
        """Spellings that are renamed where they are a whole string or a whole path part."""
        style = "snake" if self._is_python else "kebab"
        if self._short is not None:
            return _pairs(*self._short, style)
        full = spellings(self._new)
        if self._last_word and not self.is_last_word_unique:
            return {self._last_word.lower(): full[style], self._last_word: full["camel"]}
        return {self._old[0].lower(): full[style]} if len(self._old) == 1 else {}

    @property
    def _is_python(self) -> bool:
        return self.source.endswith(".py")

    @property
    def _identifier_style(self) -> str:
        return "snake" if self._is_python else "lower_camel"

    @cached_property
    def _last_word(self) -> str:
        """The sibling's last word, where it may stand for the whole."""
        if self.suffix or len(self._old) < 2 or self._old[-1] == self._new[-1]:
            return ""
        return self._old[-1] if len(self._old[-1]) > 3 else ""

    @cached_property
    def _table(self) -> dict[str, tuple[str, _Edge]]:
        table = {old: (new, _Edge.NAME) for old, new in self._spelled(self._old, self._new)}
        for name in self.kept:
            for spelling in spellings(split_words(name, brands=self.brands)).values():
                table.setdefault(spelling, (spelling, _Edge.NAME))
        if self._last_word:
            for old, new in self._spelled(self._old[-1:], self._new[-1:]):
                table.setdefault(old, (new, _Edge.WORD))
        if self._short is not None:
            for old, new in _segments(*self._short).items():
                table.setdefault(old, (new, _Edge.SEGMENT))
        return table

    def _spelled(self, old: tuple[str, ...], new: tuple[str, ...]) -> list[tuple[str, str]]:
        return list(_pairs(old, new, self._identifier_style).items())

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return self._pattern_of({old: edge for old, (_, edge) in self._table.items()})

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        names = {old: edge for old, (new, edge) in self._table.items()
                 if edge is _Edge.NAME and old != new}
        return self._pattern_of(names)

    def _pattern_of(self, spelled: Mapping[str, _Edge]) -> re.Pattern[str]:
        one_of = "|".join(_bounded(old, spelled[old]) for old in _longest_first(spelled))
        return re.compile(rf"(?:\b(?P<article>[Aa]n?)(?P<space>[ ]+[`*\"']*))?(?P<old>{one_of})")

    def _replaced(self, match: re.Match[str]) -> str:
        old = match["old"]
        new = self._table[old][0]
        lead = match["article"]
        if lead is None:
            return new
        if (lead.lower() == "an") == _starts_with_vowel(old):
            lead = lead[0] + ("n" if _starts_with_vowel(new) else "")
        return lead + match["space"] + new

    @cached_property
    def _contextual(self) -> list[tuple[re.Pattern[str], str]]:
        """Whole strings, and the module's name in imports."""
        found = [
            (re.compile(rf"(?P<lead>(?P<quote>[\"'`])/?){re.escape(old)}(?P<tail>(?P=quote))"), new)
            for old, new in self._quoted.items()
        ]
        stem = PurePosixPath(self.source).name.partition(".")[0]
        new_stem = PurePosixPath(self.path(self.source)).name.partition(".")[0]
        if stem and stem != new_stem:
            word = re.escape(stem)
            found += [
                (re.compile(rf"(?P<lead>(?:\bfrom|\bimport)[ ]+[\w.]*\.|[\"'][\w.]+\.)"
                            rf"{word}(?P<tail>\b)"), new_stem),
                (re.compile(rf"(?P<lead>^[ ]*(?:from|import)[ ]+){word}(?P<tail>\b)",
                            re.MULTILINE), new_stem),
                (re.compile(rf"(?P<lead>[\"'`][^\"'`\n]*/){word}(?P<tail>(?:\.\w+)*[\"'`])"),
                 new_stem),
            ]
        return found


def _bounded(old: str, edge: _Edge) -> str:
    word = re.escape(old)
    if edge is _Edge.SEGMENT:
        before = "" if old[0] in "_-" else _BEFORE_LOWER
        after = "" if old[-1] in "_-" else _AFTER
        return before + word + after
    after = _AFTER_UPPER if old.isupper() else _AFTER
    if edge is _Edge.WORD:
        return _BEFORE_WORD + word + after
    is_capitalised = old[0].isupper() and not old.isupper()
    return ("" if is_capitalised else _BEFORE_LOWER) + word + after


def _pairs(old: tuple[str, ...], new: tuple[str, ...], lower_style: str) -> dict[str, str]:
    """Old spelling → new one; `lower_style` decides for a single lower word, which has no style."""
    new_by_style = spellings(new)
    pairs = {old[0].lower(): new_by_style[lower_style]} if len(old) == 1 else {}
    for style, spelling in spellings(old).items():
        pairs.setdefault(spelling, new_by_style[style])
    return pairs


def _segments(old: tuple[str, ...], new: tuple[str, ...]) -> dict[str, str]:
    """`ping_`, `_ping`, `ping-`, ...: the short name as a segment of a longer identifier."""
    before, after = spellings(old), spellings(new)
    pairs = {}
    for style, sign in (("snake", "_"), ("kebab", "-"), ("screaming", "_")):
        pairs[sign + before[style]] = sign + after[style]
        pairs[before[style] + sign] = after[style] + sign
    return pairs


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))


def _starts_with_vowel(word: str) -> bool:
    return word[:1].lower() in set("aeiou")


def kept_names(sibling: str, others: Collection[str], *, brands: bool = True) -> tuple[str, ...]:
    """Other classes whose name contains a word of the sibling's name at its end."""
    last = split_words(sibling, brands=brands)[-1]
    return tuple(sorted(name for name in others if name != sibling and name.endswith(last)))
