"""What things look like as text: glyphs, times, event lines, diff rows. Never imports Textual."""
