"""The command tree: one lazily loaded module a noun, and the screen where none is named."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui import __version__

NOUNS = {
    "demo": "A sample repository and a job on it, offline and for free.",
    "run": "Review, plan, execute, verify and land one request.",
    "review": "Review a repository; nothing is changed and nothing of it is run.",
    "plan": "Review and plan a request; nothing is executed.",
    "jobs": "Jobs: list, look at, go on with, cancel, undo.",
    "queue": "What runs when: order, times, schedules, nights; and running it unattended.",
    "tasks": "Tasks of a job: list, show steps, go back to one.",
    "locks": "What running tasks keep from each other: list, release.",
    "approvals": "What waits for you: list, show, grant, deny, return, undo.",
    "notify": "What you were told while you looked elsewhere: list, try out, mute.",
    "status": "What waits for you, who works, what today cost; also for a status line.",
    "usage": "Tokens and money, by model, agent, job, day, project or task.",
    "ledger": "The record of everything: back it up, check it, let it forget.",
    "trash": "Work that did not land: list, restore, empty.",
    "disk": "What the cockpit takes of the disk, and its bounds.",
    "projects": "Repositories: list, add, trust, remove.",
    "agents": "Who works at what: list, show, send away; roles and what they can do.",
    "models": "Models: list, choose the lead, test, prices.",
    "keys": "Keys of providers: list, set, remove, rotate.",
    "skills": "Instructions that agents can load: list, show, create, validate.",
    "config": "Settings: get, set, path, check.",
    "doctor": "What works here, what is missing, and how to get it.",
}
"""Each noun's help stands here, because listing them must not load them."""

app = App(name="cockpit", version=__version__, help_format="plaintext",
          default_parameter=Parameter(negative=()), help=(
              "Direct several AI coding agents from one terminal: review, plan, execute, verify, "
              "land."))
for noun, summary in NOUNS.items():
    app.command(f"cockpit_tui.cli.{noun}:app", name=noun, help=summary)


@app.default
def screen(*, repo: Annotated[str, Parameter(help="A path in the repository.")] = ".",
           theme: Annotated[str, Parameter(help="Colours for this time.")] = "") -> int:
    """Open the screen in the current repository."""
    from cockpit_tui.cli.screen import open_screen

    return open_screen(repo, theme=theme)
