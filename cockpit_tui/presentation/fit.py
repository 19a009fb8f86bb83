"""Text cut and padded to terminal cells; a wide character (CJK) takes two, a joined one none."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

__all__ = ["cell_len", "clip_end", "fit_with_detail", "pad"]


def clip_end(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in at most `width` cells; a cut is marked at the end."""
    if cell_len(text) <= width:
        return text
    if width <= len(ellipsis):
        return set_cell_size(text, max(0, width))
    return set_cell_size(text, width - len(ellipsis)).rstrip() + ellipsis


def pad(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in exactly `width` cells, at the left."""
    return set_cell_size(clip_end(text, width, ellipsis), max(0, width))


def fit_with_detail(text: str, detail: str, width: int, ellipsis: str = "…") -> tuple[str, str]:
    """`text` padded, and `detail` for the right end: together exactly `width` cells.

    The detail stays whole while the text keeps twelve cells; with less room it is left out.
    """
    if not detail or width < cell_len(detail) + 13:
        return pad(text, width, ellipsis), ""
    room = width - cell_len(detail)
    return pad(clip_end(text, room - 1, ellipsis), room), detail
