"""The small recipes, in the order in which they are offered."""

from __future__ import annotations

from cockpit_tui.providers.offline.recipe import Recipe
from cockpit_tui.providers.offline.recipes.agents_md import AgentsMd
from cockpit_tui.providers.offline.recipes.ci_workflow import CiWorkflow
from cockpit_tui.providers.offline.recipes.format_fix import FormatFix
from cockpit_tui.providers.offline.recipes.ignore_files import IgnoreFiles
from cockpit_tui.providers.offline.recipes.missing_tests import MissingTests
from cockpit_tui.providers.offline.recipes.readme_section import ReadmeSection

SMALL_RECIPES: tuple[Recipe, ...] = (
    FormatFix(),
    MissingTests(),
    CiWorkflow(),
    IgnoreFiles(),
    ReadmeSection(),
    AgentsMd(),
)
