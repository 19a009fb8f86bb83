"""The screen: reads the engine's events and views, sends its commands; imports Textual."""
