"""What is loaded before it is needed is waited for by everybody who starts the screen, or looks."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(("loaded", "never"), [
    ("cockpit_tui.cli.screen, cockpit_tui.ui.app",
     ("pygments", "pydantic", "cockpit_tui.engine.engine",
      *(f"cockpit_tui.ui.screens.{name}" for name in (
          "agents", "help", "locks", "notices", "plan", "queue", "replay", "report", "request")))),
    ("cockpit_tui.engine.engine",
     ("anthropic", "openai", "tree_sitter", "cockpit_tui.agents.loop", "cockpit_tui.tools.session",
      "cockpit_tui.engine.pipeline", "cockpit_tui.engine.workshop")),
])
def test_only_what_is_needed_is_loaded(loaded: str, never: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-c",
                           f"import sys, {loaded}; print(*sys.modules, sep='\\n')"],
                          check=True, capture_output=True, text=True)
    modules = set(done.stdout.split())
    assert "cockpit_tui" in modules
    assert modules & set(never) == set()
