"""The main parts of the source and which imports which: what the architecture picture shows."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from cockpit_tui.context.corpus import Corpus, SourceFile
from cockpit_tui.context.path_kinds import is_aside, is_stub
from cockpit_tui.domain.review import PackageFact

MAX_PARTS = 40
_MAX_IMPORTS = 12
_DOMINANT = 0.55
"""A directory with more than this share of all source lines is shown as its children."""
_BUILD_FILES = frozenset({"setup.py", "noxfile.py", "fabfile.py", "build.rs"})
_CONFIGURATION = re.compile(r"([\w.-]+\.config|\.[\w.-]+)\.[cm]?[jt]s|gulpfile\.js")
_NO_PART = frozenset({"HTML", "CSS", "SQL", "Makefile", "Dockerfile", "CMake", "Just", "HCL"})


def find_packages(corpus: Corpus, edges: Mapping[str, set[str]]) -> tuple[PackageFact, ...]:
    """Directories (ending with `/`) and single modules, most lines first."""
    sources = [source for source in corpus.product()
               if source.language not in _NO_PART
               and source.path not in _BUILD_FILES and not is_aside(source.path)
               and not is_stub(source.path)
               and not _CONFIGURATION.fullmatch(source.path)]
    if not sources:
        return ()
    part_of = _parts(sources)
    files: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    needs: dict[str, Counter[str]] = {}
    for source in sources:
        part = part_of[source.path]
        files[part] += 1
        lines[part] += source.lines
        for target in edges.get(source.path, ()):
            other = part_of.get(target, part)
            if other != part:
                needs.setdefault(part, Counter())[other] += 1
    ranked = sorted(files, key=lambda part: (-lines[part], part))[:MAX_PARTS]
    shown = set(ranked)
    return tuple(
        PackageFact(path=part, files=files[part], lines=lines[part],
                    imports=_most_needed(needs.get(part, Counter()), shown))
        for part in ranked)


def _most_needed(needs: Counter[str], shown: set[str]) -> tuple[str, ...]:
    ranked = sorted(needs, key=lambda part: (-needs[part], part))
    return tuple(part for part in ranked if part in shown)[:_MAX_IMPORTS]


def _parts(sources: Sequence[SourceFile]) -> dict[str, str]:
    """Path of each source → its part, by opening directories that hold nearly everything."""
    total = sum(source.lines for source in sources) or 1
    opened = {""}
    while True:
        part_of = {source.path: _part(source.path, opened) for source in sources}
        weight: Counter[str] = Counter()
        for source in sources:
            weight[part_of[source.path]] += source.lines
        if len(weight) > MAX_PARTS // 2:
            return part_of
        heavy = [part for part, lines in weight.items()
                 if part.endswith("/") and (lines > _DOMINANT * total or len(weight) == 1)]
        if not heavy:
            return part_of
        opened.update(heavy)


def _part(path: str, opened: set[str]) -> str:
    """The first directory on the way to `path` that is not opened, or the file itself."""
    at = ""
    for directory in posixpath.dirname(path).split("/"):
        if directory:
            at = f"{at}{directory}/"
            if at not in opened:
                return at
    return path
