"""Scaffold a class by analogy: a sibling's file, test and registrations, written again."""
