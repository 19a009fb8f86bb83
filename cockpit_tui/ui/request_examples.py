"""Requests that also the offline rules understand: shown where a person looks for words."""

from __future__ import annotations

EXAMPLE_REQUESTS = (
    "Add agents: Tester, DevOpsEngineer",
    "Add a CI workflow and a .gitignore",
    "Add missing tests",
    "Add a README section on installation",
    "Fix formatting",
    "Add an AGENTS.md",
)
