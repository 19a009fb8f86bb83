"""Screens: each composes widgets, routes their messages and owns its keys."""
