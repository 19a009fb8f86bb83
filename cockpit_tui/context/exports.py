"""Where classes are handed on: `__init__`, index and registry files that export or list them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from cockpit_tui.context.classes_javascript import JAVASCRIPT, blank_javascript
from cockpit_tui.context.corpus import Corpus, SourceFile
from cockpit_tui.context.imports import Resolver
from cockpit_tui.context.modules import SourceModule
from cockpit_tui.context.path_kinds import is_aside

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_HANDS_ON = re.compile(
    r"__init__\.py|index\.[cm]?[jt]sx?"
    r"|(.*registr(y|ies|ation)|register|.*factory|.*catalog(ue)?|plugins|exports|public_api)"
    r"\.(py|[cm]?[jt]sx?)")
_REGISTRY = re.compile(r"(?!__init__|index\.)")


def find_exporters(corpus: Corpus, modules: Mapping[str, SourceModule],
                   homes: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], list[str]]:
    """(class name, its file) → index, `__init__` and registry files that hand it on."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    resolver = Resolver(corpus.paths)
    for source in corpus.product("Python", *JAVASCRIPT):
        module = modules.get(source.path)
        if module is None or is_aside(source.path) or not _HANDS_ON.fullmatch(_name(source.path)):
            continue
        named = _handed_on(source, module, homes)
        directory = source.path.removesuffix(_name(source.path))
        is_registry = _REGISTRY.match(_name(source.path)) is not None
        reached = {resolver.resolve(source, each) for each in module.imports}
        for class_name in named:
            for home in homes[class_name]:
                is_meant = home in reached or len(homes[class_name]) == 1
                is_inside = home.startswith(directory) or class_name in module.listed
                if home != source.path and is_meant and (is_inside or is_registry):
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
    named = (module.exports | module.listed) & homes.keys()
    if source.language != "Python" and _REGISTRY.match(_name(source.path)):
        # What a registry imports stands in no export list; Python's imports are known already.
        named |= {word for word in _WORD.findall(blank_javascript(source.text)) if word in homes}
    return set(named)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _distance(home: str, path: str) -> int:
    """How many directories lie between two files."""
    ours, theirs = home.split("/")[:-1], path.split("/")[:-1]
    shared = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b),
                  min(len(ours), len(theirs)))
    return len(ours) + len(theirs) - 2 * shared
