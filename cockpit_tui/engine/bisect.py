"""Finding who breaks a batch: what to try next, and who is to blame, as a pure search."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TypeVar

T = TypeVar("T")


def bisect(members: Sequence[T]) -> Generator[tuple[T, ...], bool, tuple[T, ...]]:
    """Yields whom to try together on top of all that passed so far; is sent whether it passed.

    Returns who broke it, in order. Who passed, landed: nobody is tried twice once it passed, and
    what must fail, because the whole failed and its first half passed, is not tried again. One
    among N costs about log2(N) + 2 trials; a batch that passes costs one.
    """
    return (yield from _search(tuple(members), is_known_to_fail=False)) if members else ()


def _search(members: tuple[T, ...], *,
            is_known_to_fail: bool) -> Generator[tuple[T, ...], bool, tuple[T, ...]]:
    if not is_known_to_fail and (yield members):
        return ()
    if len(members) == 1:
        return members
    half = len(members) // 2
    first = yield from _search(members[:half], is_known_to_fail=False)
    second = yield from _search(members[half:], is_known_to_fail=not first)
    return first + second
