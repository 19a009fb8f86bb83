"""Every screen as a picture: nothing cut, nothing overlapping, path, ◆ and ? always there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from support import agent_scenes, scenes, telling_scenes
from support.pictures import check_picture
from support.replay_scene import replayed
from support.scenes import Scene

SMALL, USUAL, LARGE = (80, 24), (120, 36), (200, 60)


@dataclass(frozen=True)
class Picture:
    name: str
    scene: Callable[[], Scene]
    keys: tuple[str, ...] = ()
    sizes: tuple[tuple[int, int], ...] = (SMALL, USUAL)
    is_read_only: bool = False
    settings: dict[str, object] = field(default_factory=dict)


PICTURES = (
    Picture("home-empty", scenes.empty, sizes=(SMALL, USUAL, LARGE)),
    Picture("home-running", scenes.running, sizes=(SMALL, USUAL, LARGE)),
    Picture("home-running-plan", scenes.running, ("2",), sizes=(SMALL,)),
    Picture("home-running-repos", scenes.running, ("1",), sizes=(SMALL,)),
    Picture("home-running-log", scenes.running, ("3",), sizes=(SMALL,)),
    Picture("home-plan-waits", scenes.waiting_plan, sizes=(SMALL, USUAL, LARGE)),
    Picture("home-diff-waits", scenes.waiting_diff,
            ("right_square_bracket", "right_square_bracket", "x"), sizes=(SMALL, USUAL, LARGE)),
    Picture("home-command-waits", scenes.waiting_diff, ("w",)),
    Picture("home-costs", scenes.paid, ("2", "k", "4")),
    Picture("home-models", scenes.paid),
    Picture("home-budget-waits", scenes.waiting_money, sizes=(SMALL, USUAL, LARGE)),
    Picture("home-budget-form", scenes.waiting_money, ("b",)),
    Picture("home-budget-asks", scenes.asking_budget),
    Picture("home-expensive-asks", scenes.asking_money),
    Picture("inbox-money", scenes.asking_money, ("i", "j")),
    Picture("home-failed", scenes.failed, ("1", "j", "4"), sizes=(SMALL, USUAL, LARGE)),
    Picture("home-read-only", scenes.waiting_diff, ("a",), is_read_only=True),
    Picture("home-long-texts", scenes.long_texts),
    Picture("home-light", scenes.waiting_diff, sizes=(USUAL,), settings={"theme": "cockpit-light"}),
    Picture("home-high-contrast", scenes.waiting_diff, sizes=(USUAL,),
            settings={"theme": "cockpit-high-contrast"}),
    Picture("home-ascii", scenes.waiting_diff, settings={"glyphs": "ascii"}),
    Picture("home-tiny", scenes.waiting_diff, sizes=((60, 16), (50, 12))),
    Picture("request", scenes.empty, ("n", *"Add tests")),
    Picture("request-time", scenes.empty, ("n", *"Add tests", "shift+tab", "right", "tab",
                                           *"+2h")),
    Picture("request-model", scenes.empty, ("n", *"Add tests", "tab", *["backspace"] * 13,
                                            *"openai:gpt-5")),
    Picture("plan", scenes.waiting_plan, ("g", "p", *"jjjj", "J", "k", "D")),
    Picture("plan-edit", scenes.waiting_plan, ("g", "p", "j", "enter")),
    Picture("comment", scenes.waiting_diff, ("j", "j", "c", *"Why?")),
    Picture("confirm", lambda: scenes.waiting_diff(scenes.Risk.HIGH), ("a",)),
    Picture("inbox", scenes.waiting_diff, ("i", "j")),
    Picture("notifications", telling_scenes.told, ("g", "n", "j")),
    Picture("home-away", telling_scenes.away, ("4",),
            settings={"away_since": telling_scenes.EVENING}),
    Picture("home-idle-night", telling_scenes.idle_night, ("4",), sizes=(SMALL,),
            settings={"away_since": telling_scenes.EVENING}),
    Picture("agents", agent_scenes.agents_at_work, ("g", "a", "j"), sizes=(SMALL, USUAL, LARGE)),
    Picture("agents-list", agent_scenes.agents_at_work, ("g", "a", "z", "l", "j")),
    Picture("agents-none", scenes.empty, ("g", "a"), sizes=(SMALL,)),
    Picture("agents-ascii", agent_scenes.agents_at_work, ("g", "a"), sizes=(SMALL,),
            settings={"glyphs": "ascii"}),
    Picture("report", scenes.running, ("g", "r")),
    Picture("replay", replayed, ("1", "j", "enter", "z", "r", *["left_square_bracket"] * 2,
                                 *"hhhhhhhhh"), sizes=(SMALL, USUAL, LARGE)),
    Picture("replay-tiny", replayed, ("1", "j", "enter", "z", "r", "left_square_bracket"),
            sizes=((60, 16),), settings={"glyphs": "ascii"}),
    Picture("help", scenes.waiting_diff, ("question_mark",)),
    Picture("palette", scenes.waiting_diff, ("colon", *"stop")),
)


@pytest.mark.parametrize(
    ("picture", "size"),
    [pytest.param(picture, size, id=f"{picture.name}-{size[0]}x{size[1]}")
     for picture in PICTURES for size in picture.sizes])
async def test_screen_looks_as_stored(open_cockpit, picture: Picture,
                                      size: tuple[int, int]) -> None:
    async with open_cockpit(picture.scene(), size=size, is_read_only=picture.is_read_only,
                            **picture.settings) as cockpit:
        await cockpit.press(*picture.keys)
        await cockpit.settle()
        check_picture(cockpit.app, f"{picture.name}-{size[0]}x{size[1]}")
