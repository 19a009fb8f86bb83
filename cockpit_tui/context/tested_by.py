"""Which tests know a class: those that name it in their code, its namesake first."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cockpit_tui.context.classes_javascript import (
    JAVASCRIPT,
    blank_javascript,
    read_javascript,
)
from cockpit_tui.context.corpus import Corpus, SourceFile
from cockpit_tui.context.imports import Resolver
from cockpit_tui.context.modules import SourceModule
from cockpit_tui.context.path_kinds import is_test_file

MAX_TESTS = 3
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_PYTHON_NOT_CODE = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)|\'\'\'(?:\\.|[^\\])*?(?:\'\'\'|\Z)'
    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#[^\n]*', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Mention:
    test: SourceFile
    count: int


class Mentions:
    """The class names that stand in the code of tests; strings and comments do not count."""

    def __init__(self, corpus: Corpus, modules: Mapping[str, SourceModule],
                 homes: Mapping[str, Sequence[str]]) -> None:
        """`homes`: class name → the files that define one of that name."""
        self._modules = modules
        self._homes = homes
        self._resolver = Resolver(corpus.paths)
        self._reached: dict[str, set[str]] = {}
        self._found: defaultdict[tuple[bool, str], list[_Mention]] = defaultdict(list)
        for test in corpus.tests("Python", *JAVASCRIPT):
            if test.text and is_test_file(test.path):
                counted = Counter(word for word in _WORD.findall(_code(test)) if word in homes)
                for name, count in counted.items():
                    self._found[_is_python(test), name].append(_Mention(test, count))

    def of(self, name: str, home: SourceFile) -> tuple[str, ...]:
        """At most `MAX_TESTS` paths for the class `name` that `home` defines."""
        wanted = {_plain(name), _plain(_stem(home.path))} - {"", "init", "index", "mod"}
        ranked = []
        for mention in self._found.get((_is_python(home), name), ()):
            path = mention.test.path
            is_called_after = any(part in _plain(path) for part in wanted)
            if name.islower() and not is_called_after:
                continue  # A word like `desc` may mean anything there.
            if len(self._homes[name]) > 1 and not self._imports(mention.test, home.path):
                continue
            is_namesake = _plain(_stem(path)).removeprefix("test").removesuffix("test") in wanted
            ranked.append((not is_namesake, not is_called_after, -mention.count, path))
        ranked.sort()
        if ranked and not ranked[0][0]:
            # A test of its own says enough; that others mention it too is no news.
            ranked = [entry for entry in ranked if not entry[0]]
        return tuple(entry[3] for entry in ranked[:MAX_TESTS])

    def _imports(self, test: SourceFile, home: str) -> bool:
        """Does the test import the file, or a package around it?"""
        if test.path not in self._reached:
            module = self._modules.get(test.path) or read_javascript([test])[test.path]
            self._reached[test.path] = {self._resolver.resolve(test, name)
                                        for name in module.imports}
        return any(path == home or (_stem(path) in {"__init__", "index"}
                                    and home.startswith(path.rpartition("/")[0] + "/"))
                   for path in self._reached[test.path] if path)


def _code(test: SourceFile) -> str:
    if _is_python(test):
        return _PYTHON_NOT_CODE.sub(" ", test.text)
    return blank_javascript(test.text)


def _is_python(source: SourceFile) -> bool:
    return source.language == "Python"


def _stem(path: str) -> str:
    name = path.rpartition("/")[2]
    return re.sub(r"(\.(test|spec|d))?\.[A-Za-z]+$", "", name)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
