"""The map as text for a model: the best files with their outlines, then more paths, in budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from cockpit_tui.context.symbols.mentions import Mentions, read_request
from cockpit_tui.context.symbols.ranking import RankedFile, rank_read
from cockpit_tui.context.symbols.reading import ReadFile, read_files
from cockpit_tui.context.symbols.tags import Definition
from cockpit_tui.context.symbols.words import terms_of
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.tree import TreeSnapshot

CHARACTERS_PER_TOKEN = 4
_OUTLINES_SHARE = 0.3
"""Of the budget; the rest lists further paths, so that a file ranked low is still named."""
_MOST_LINES = 10
_FEWEST_LINES = 3
_MORE = "Further files, the likeliest first:"
_ELIDED = "..."


def symbol_map(snapshot: TreeSnapshot, request: str, *, budget_tokens: int,
               mentioned_paths: Iterable[str] = (), history: Sequence[AbstractSet[str]] = (),
               cache_dir: Path | None = None) -> str:
    """The likeliest files of `snapshot` for `request`; at most 4 characters per token of budget.

    First files with their most telling definitions (`line: signature`, `...` for what is left
    out), then paths alone. Equal input gives equal text; foreign text is made harmless. Arguments
    are those of `rank_files`. Blocking: call it in a thread.
    """
    files = read_files(snapshot, cache_dir=cache_dir)
    ranked = rank_read(files, request, mentioned_paths=mentioned_paths, history=history)
    return render(files, ranked, read_request(request), budget_tokens=budget_tokens)


def render(files: Sequence[ReadFile], ranked: Sequence[RankedFile], mentions: Mentions, *,
           budget_tokens: int) -> str:
    """`symbol_map` on files that are read and ranked already."""
    room = max(0, budget_tokens) * CHARACTERS_PER_TOKEN
    likely = [each.path for each in ranked if each.score > 0]
    all_paths = sum(len(path) + 1 for path in likely) + len(_MORE) + 2
    outlines, rest = _outlines(files, likely, mentions,
                               max(int(room * _OUTLINES_SHARE), room - all_paths))
    left = room - sum(len(line) + 1 for line in outlines)
    listed: list[str] = []
    heading = ["", _MORE] if outlines else []
    left -= sum(len(line) + 1 for line in heading)
    for path in rest:
        line = sanitize_line(path)
        if len(line) + 1 <= left:
            listed.append(line)
            left -= len(line) + 1
        elif left < 20:
            break
    return "\n".join(outlines + heading + listed if listed else outlines)


def _outlines(files: Sequence[ReadFile], likely: Sequence[str], mentions: Mentions,
              room: int) -> tuple[list[str], list[str]]:
    """The lines of the first files that fit, and the paths that are not among them."""
    by_path = {file.path: file for file in files}
    outlined = likely[: max(1, room // 40)]
    users = _users(files, [by_path[path] for path in outlined])
    lines: list[str] = []
    for rank, path in enumerate(outlined):
        limit = max(_FEWEST_LINES, _MOST_LINES - rank)
        part = [sanitize_line(path), *_outline(by_path[path], mentions, users, limit)]
        cost = sum(len(line) + 1 for line in part)
        if cost > room:
            return lines, list(likely[rank:])
        room -= cost
        lines += part
    return lines, list(likely[len(outlined):])


def _outline(file: ReadFile, mentions: Mentions, users: Counter[str], limit: int) -> list[str]:
    """The most telling definitions in their order, each below what it lies in."""
    definitions = file.tags.definitions
    order = sorted(range(len(definitions)),
                   key=lambda at: (-_worth(definitions[at], mentions, users), at))
    chosen = set(order[:limit])
    for at in list(chosen):
        chosen |= set(_around(definitions, at))
    lines, last = [], -1
    for at in sorted(chosen):
        if at != last + 1:
            lines.append(f"  {_ELIDED}")
        found = definitions[at]
        indent = "  " * (found.depth + 1)
        lines.append(f"{indent}{found.line}: {sanitize_line(found.signature)}")
        last = at
    if chosen and last != len(definitions) - 1:
        lines.append(f"  {_ELIDED}")
    return lines


def _around(definitions: Sequence[Definition], at: int) -> Iterable[int]:
    """Where the classes stand that the definition lies in."""
    depth = definitions[at].depth
    for before in range(at - 1, -1, -1):
        if not depth:
            return
        if definitions[before].depth < depth:
            depth = definitions[before].depth
            yield before


def _worth(definition: Definition, mentions: Mentions, users: Counter[str]) -> float:
    worth = sum(mentions.terms.get(term, 0.0) for term in set(terms_of(definition.name)))
    worth += 3.0 * (definition.name in mentions.names)
    worth += 0.5 * min(4, users[definition.name])
    worth += {0: 1.0, 1: 0.3}.get(definition.depth, 0.0)
    if definition.name.startswith("_"):
        worth -= 1.0
    return worth - 0.5 * (definition.kind == "constant")


def _users(files: Sequence[ReadFile], outlined: Sequence[ReadFile]) -> Counter[str]:
    """Name → how many files use it, for the names that the outlined files define."""
    wanted = {found.name for file in outlined for found in file.tags.definitions}
    return Counter(name for file in files for name in wanted & file.tags.names.keys())
