"""Where classes are handed on: `__init__`, index and registry files that export or list them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from cockpit_tui.context.classes_javascript import JAVASCRIPT, blank_javascript
from cockpit_tui.context.corpus import Corpus, SourceFile
from cockpit_tui.context.imports import Resolver
from cockpit_tui.context.modules import SourceModule
from cockpit_tui.context.path_kinds import hands_on, is_aside, is_registry

_WORD = re.compile(r"[A-Za-z_$][\w$]*")


def find_exporters(corpus: Corpus, modules: Mapping[str, SourceModule],
                   homes: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], list[str]]:
    """(class name, its file) → index, `__init__` and registry files that hand it on."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    resolver = Resolver(corpus.paths)
    for source in corpus.product("Python", *JAVASCRIPT):
        module = modules.get(source.path)
        if module is None or is_aside(source.path) or not hands_on(source.path):
            continue
        named = _handed_on(source, module, homes)
        directory = source.path.removesuffix(source.path.rpartition("/")[2])
        reached = {resolver.resolve(source, each) for each in module.imports}
        for class_name in named:
            for home in homes[class_name]:
                is_meant = home in reached or len(homes[class_name]) == 1
                is_inside = home.startswith(directory) or class_name in module.listed
                if home != source.path and is_meant and (is_inside or is_registry(source.path)):
                    found[class_name, home].append(source.path)
        whole = {resolver.resolve(source, each) for each in module.star_exports}
        for home in whole & modules.keys():
            for definition in modules[home].classes:
                if not definition.name.startswith("_") and definition.name not in named:
                    found[definition.name, home].append(source.path)
    return {key: sorted(set(paths), key=lambda path: (_distance(key[1], path), path))
            for key, paths in found.items()}


def _handed_on(source: SourceFile, module: SourceModule,
               homes: Mapping[str, Sequence[str]]) -> set[str]:
    if not is_registry(source.path):
        return set((module.exports | module.listed) & homes.keys())
    if source.language == "Python":
        return set(module.listed & homes.keys())
    # What a registry lists stands in no export list, so its whole code is searched.
    return {word for word in _WORD.findall(blank_javascript(source.text)) if word in homes}


def _distance(home: str, path: str) -> int:
    """How many directories lie between two files."""
    ours, theirs = home.split("/")[:-1], path.split("/")[:-1]
    shared = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b),
                  min(len(ours), len(theirs)))
    return len(ours) + len(theirs) - 2 * shared
