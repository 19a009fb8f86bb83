"""Jobs without a screen: events as JSON lines or as plain narration, and a result at the end."""
