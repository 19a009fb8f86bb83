"""What the faces share: glyphs, times, event lines, diff rows, as text. Never imports Textual."""
