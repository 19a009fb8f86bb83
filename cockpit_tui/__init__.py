"""The AI Development Cockpit: one person directs several AI coding agents from a terminal."""

__version__ = "0.1.0"
