"""Where a new entry goes among its neighbours: in their order if they have one, else behind kin."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Key = Callable[[str], object]


def _plain(text: str) -> str:
    return text.strip().strip("\"'`|;, ")


def _module(text: str) -> str:
    """The module of an import or export line, else the text itself."""
    quoted = re.search(r"\b(?:from|require\(|import)\s*[\"']([^\"']+)[\"']", text)
    if quoted:
        return quoted[1]
    dotted = re.match(r"(?:from|import)\s+([\w.]+)", text)
    return dotted[1] if dotted else _plain(text)


def _by_kind(text: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then names: how isort and RUF022 sort `__all__`."""
    name = _plain(text)
    kind = 0 if name.isupper() else 1 if name[:1].isupper() else 2
    return kind, name


_ORDERS: tuple[Key, ...] = (
    _plain,
    lambda text: _plain(text).casefold(),
    _by_kind,
    _module,
    lambda text: _module(text).casefold(),
)
"""Tried in turn; the first under which the neighbours are sorted is taken to be meant."""


def place(new: str, neighbours: Sequence[str], is_kin: Callable[[str], bool], *,
          is_sortable: bool, not_before: int = 0) -> int:
    """The index at which `new` is inserted, at least `not_before`.

    `is_kin` tells the members of the family. Unsorted neighbours keep their order: the new one
    goes behind the last of its kin, or in order among them where they alone are sorted.
    """
    kin = [i for i, text in enumerate(neighbours) if is_kin(text)]
    behind = kin[-1] + 1 if kin else len(neighbours)
    if not is_sortable or _integers(neighbours) is not None:
        return max(behind, not_before)
    at = _sorted_place(new, neighbours, 0)
    if at is None and kin and kin == list(range(kin[0], kin[-1] + 1)):
        at = _sorted_place(new, [neighbours[i] for i in kin], kin[0])
    return max(behind if at is None else at, not_before)


def _sorted_place(new: str, neighbours: Sequence[str], offset: int) -> int | None:
    for key in _ORDERS:
        keys = [key(text) for text in neighbours]
        if keys == sorted(keys):  # type: ignore[type-var]
            smaller = sum(other < key(new) for other in keys)  # type: ignore[operator]
            return offset + smaller
    return None


_NUMBERED = re.compile(r"^(?P<head>[^=:]+[=:]\s*)(?P<number>\d+)(?P<tail>[;,]?)$")


def _integers(neighbours: Sequence[str]) -> list[int] | None:
    """The values of `A = 1`, `B = 2`, ... where every neighbour is numbered so, each once."""
    found = [_NUMBERED.match(text.strip()) for text in neighbours]
    numbers = [int(match["number"]) for match in found if match]
    is_numbered = bool(numbers) and len(numbers) == len(found) == len(set(numbers))
    return numbers if is_numbered else None


def with_next_number(new: str, neighbours: Sequence[str]) -> str:
    """`new` with a number of its own, where the neighbours are numbered (`TESTER = 4`)."""
    numbers = _integers(neighbours)
    match = _NUMBERED.match(new)
    if numbers is None or match is None:
        return new
    return f"{match['head']}{max(numbers) + 1}{match['tail']}"
