"""The queue and the locks as pictures."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support import scenes
from support.pictures import check_picture
from support.queue_scene import locked, queued
from support.scenes import Scene

SMALL, USUAL, LARGE, TINY = (80, 24), (120, 36), (200, 60), (60, 16)


@pytest.mark.parametrize(("name", "scene", "keys", "sizes"), [
    ("queue", queued, ("g", "q", "j"), (SMALL, USUAL, LARGE, TINY, (250, 70))),
    ("queue-night", queued, ("g", "q", "G"), (SMALL, USUAL)),
    ("queue-empty", scenes.empty, ("g", "q"), (SMALL,)),
    ("queue-delete", queued, ("g", "q", "j", "D"), (SMALL,)),
    ("locks", locked, ("g", "l"), (SMALL, USUAL, TINY)),
    ("locks-release", locked, ("g", "l", "X"), (SMALL,)),
])
async def test_it_looks_as_stored(open_cockpit, name: str, scene: Callable[[], Scene],
                                  keys: tuple[str, ...],
                                  sizes: tuple[tuple[int, int], ...]) -> None:
    for size in sizes:
        async with open_cockpit(scene(), size=size) as cockpit:
            await cockpit.press(*keys)
            check_picture(cockpit.app, f"{name}-{size[0]}x{size[1]}")


async def test_ascii_alone_is_enough(open_cockpit) -> None:
    async with open_cockpit(locked(), size=USUAL, glyphs="ascii") as cockpit:
        await cockpit.press("g", "q")
        assert cockpit.screen_text.isascii()
        check_picture(cockpit.app, "queue-ascii-120x36")
        await cockpit.press("g", "l")
        assert cockpit.screen_text.isascii()
