"""Widgets: data in by property or method, messages out; none imports the app or a sibling."""
