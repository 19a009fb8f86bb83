"""The symbol map: which files of a snapshot a request is about, told in few tokens."""

from __future__ import annotations

from cockpit_tui.context.symbols.ranking import RankedFile, rank_files
from cockpit_tui.context.symbols.render import symbol_map

__all__ = ["RankedFile", "rank_files", "symbol_map"]
