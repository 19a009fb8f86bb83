"""Bytes in words."""

from __future__ import annotations


def size_words(count: int) -> str:
    """`812 B`, `1.4 MB`: decimal units, one decimal place."""
    amount = float(count)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
