"""The names of the roles that come with the cockpit; what they mean is configuration."""

from __future__ import annotations

ROLE_NAMES = ("CodeArchitect", "BackendDeveloper", "FrontendDeveloper", "Tester", "DevOpsEngineer",
              "DatabaseEngineer", "CodeReviewer")
