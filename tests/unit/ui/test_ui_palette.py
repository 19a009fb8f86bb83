"""The state colours of the shipped themes are readable, and apart for every kind of sight.

Contrast: WCAG 2.2, 1.4.3. Simulated deficiencies: Machado, Oliveira and Fernandes 2009, severity
1.0, on linear RGB. Difference: OKLab (bottosson.github.io/posts/oklab), Euclidean, times 100.
"""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from textual.theme import Theme

from cockpit_tui.ui.themes import load_themes

STATES = ("st-running", "st-attention", "st-ok", "st-failed")

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

SIGHTS: dict[str, Matrix] = {
    "ordinary": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
                   (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
                   (0.004733, 0.691367, 0.303900)),
}
LMS: Matrix = ((0.4122214708, 0.5363325363, 0.0514459929),
               (0.2119034982, 0.6806995451, 0.1073969566),
               (0.0883024619, 0.2817188376, 0.6299787005))
LAB: Matrix = ((0.2104542553, 0.7936177850, -0.0040720468),
               (1.9779984951, -2.4285922050, 0.4505937099),
               (0.0259040371, 0.7827717662, -0.8086757660))


def linear(colour: str) -> Vector:
    red, green, blue = (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))

    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return channel(red), channel(green), channel(blue)


def product(matrix: Matrix, vector: Vector) -> Vector:
    a, b, c = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return a, b, c


def contrast(one: str, other: str) -> float:
    first, second = (sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(colour),
                                               strict=True)) for colour in (one, other))
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


def difference(one: str, other: str, sight: Matrix) -> float:
    def lab(colour: str) -> Vector:
        red, green, blue = (min(max(v, 0.0), 1.0) for v in product(sight, linear(colour)))
        long, medium, short = (max(v, 0.0) ** (1 / 3) for v in product(LMS, (red, green, blue)))
        return product(LAB, (long, medium, short))

    return 100 * math.dist(lab(one), lab(other))


def shipped(color_system: str = "truecolor") -> list[Theme]:
    return [theme for theme in load_themes(color_system=color_system).themes if not theme.ansi]


def by_name(theme: Theme) -> str:
    return theme.name


@pytest.mark.parametrize("theme", shipped(), ids=by_name)
def test_text_and_states_are_readable_on_every_background(theme: Theme) -> None:
    texts = [*(theme.variables[s] for s in (*STATES, "st-muted")), theme.foreground or ""]
    backgrounds = [theme.background or "", theme.surface or "", theme.panel or ""]
    poor = [(text, ground, contrast(text, ground)) for text in texts for ground in backgrounds
            if contrast(text, ground) < 4.5]
    assert poor == []


@pytest.mark.parametrize("theme", shipped(), ids=by_name)
@pytest.mark.parametrize("sight", SIGHTS)
def test_no_two_states_look_alike(theme: Theme, sight: str) -> None:
    alike = [(one, other) for one, other in combinations(STATES, 2)
             if difference(theme.variables[one], theme.variables[other], SIGHTS[sight]) < 8]
    assert alike == []


@pytest.mark.parametrize("color_system", ["truecolor", "256"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_the_two_sides_of_a_diff_differ_and_can_be_read(color_system: str, sight: str) -> None:
    for theme in shipped(color_system):
        added, removed = theme.variables["diff-add-bg"], theme.variables["diff-del-bg"]
        assert difference(added, removed, SIGHTS[sight]) >= 6, theme.name
        for text in (theme.foreground or "", theme.variables["diff-comment"]):
            assert min(contrast(text, added), contrast(text, removed)) >= 4.5, (theme.name, text)


@pytest.mark.parametrize("theme", shipped(), ids=by_name)
def test_borders_can_be_seen(theme: Theme) -> None:
    for border in ("border", "border-blurred"):
        assert contrast(theme.variables[border], theme.background or "") >= 3.0
