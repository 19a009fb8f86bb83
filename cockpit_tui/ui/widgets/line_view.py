"""What lists and text pages share: lines drawn with the Line API, only those that are visible."""

from __future__ import annotations

from textual.content import Content
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from cockpit_tui.presentation.glyphs import UNICODE, GlyphSet


class LineView(ScrollView):
    """A scrollable column of lines. Subclasses say how many there are and paint each."""

    DEFAULT_CSS = """
    LineView { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden; }
    """

    glyphs: GlyphSet = UNICODE

    def strip(self, content: Content, style: Style) -> Strip:
        """One painted line, as wide as the view."""
        width = self.scrollable_content_region.width
        strips = Visual.to_strips(self, content, max(width, 1), 1, style)
        line = strips[0] if strips else Strip.blank(width, style.rich_style)
        return line.extend_cell_length(width, style.rich_style)

    def blank(self) -> Strip:
        return Strip.blank(self.scrollable_content_region.width, self.visual_style.rich_style)
