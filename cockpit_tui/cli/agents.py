"""`cockpit agents`: the roles there are, and which tools each of them holds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.agents.roles import shipped_roles
from cockpit_tui.cli.output import print_json, print_lines, table, tell
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.tools.session import ToolSession

app = App(name="agents", help=NOUNS["agents"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]


@app.command(name="list")
def list_agents(*, json: Json = False) -> int:
    """The roles that plans give tasks to."""
    roles = shipped_roles()
    if json:
        print_json([{"name": role.name, "summary": role.summary} for role in roles])
    else:
        print_lines(table([(role.name, role.summary) for role in roles],
                          header=("role", "works on")))
    return 0


@app.command
def capabilities(*, json: Json = False) -> int:
    """Role by tool. The lead reads or only talks: it has no tool that writes or runs."""
    held = tools_by_role()
    if json:
        print_json(held)
        return 0
    names = list(dict.fromkeys(tool for tools in held.values() for tool in tools))
    print_lines(table([(role, *("yes" if name in tools else "-" for name in names))
                       for role, tools in held.items()], header=("role", *names)))
    tell("\nAgents write only inside a task's paths; commands run contained, without network.")
    return 0


def tools_by_role() -> dict[str, list[str]]:
    """Asked from the very sessions that agents get, so that it cannot say anything else."""
    with tempfile.TemporaryDirectory(prefix="cockpit-") as folder:
        root = Path(folder).resolve()
        writing = [spec.name for spec in ToolSession(root).specs]
        reading = [spec.name for spec in ToolSession(root, read_only=True).specs]
    return {**{role.name: writing for role in shipped_roles()},
            "lead (reviewer)": reading, "lead (planner)": reading, "lead (judge)": []}
