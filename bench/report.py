"""Figures as rows: name, what was measured, the target beside it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    name: str
    value: str
    target: str = ""
    note: str = ""


def percentiles(values: Sequence[float], unit: str = "ms", scale: float = 1_000.0) -> str:
    """`p50 3.1 ms, p95 4.0 ms (n=50)` from seconds."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    middle = statistics.median(ordered)
    return f"p50 {middle * scale:.1f} {unit}, p95 {p95 * scale:.1f} {unit} (n={len(ordered)})"


def show(figures: Sequence[Figure]) -> None:
    for figure in figures:
        target = f"   target {figure.target}" if figure.target else ""
        note = f"   {figure.note}" if figure.note else ""
        print(f"{figure.name:<52} {figure.value}{target}{note}", flush=True)  # noqa: T201
