"""`cockpit demo`: a sample repository and a job on it, on the offline rules: no key, no network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from cockpit_tui.cli.demo_repository import make_demo_repository
from cockpit_tui.cli.job_request import build_request
from cockpit_tui.cli.jobs_terminal import follow_command
from cockpit_tui.cli.output import print_lines, tell
from cockpit_tui.cli.screen import open_screen, require_terminal
from cockpit_tui.cli.session import engine_session, has_terminal, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.config.settings import Settings
from cockpit_tui.domain.command import SubmitJob
from cockpit_tui.domain.job import JobRequest
from cockpit_tui.domain.policy import ApproveMode
from cockpit_tui.samples import sample

app = App(name="demo", help=NOUNS["demo"])

NOTE = ("The offline rules are rules, not AI: they review any repository from its facts, and do "
        "what rules can do honestly.")


@app.default
def demo(
    *,
    headless: Annotated[bool, Parameter(help="Without the screen.")] = False,
    dir: Annotated[str | None, Parameter(help="Where to make it: a new or empty folder.")] = None,
    kind: Annotated[Literal["python", "typescript"], Parameter(help="Which sample.")] = "python",
    approve: Annotated[Literal["manual", "policy", "all"] | None, Parameter(
        help="Who answers gates; without the screen, everything is allowed.")] = None,
    json: Annotated[bool, Parameter(help="Without the screen: one event a line.")] = False,
    quiet: Annotated[bool, Parameter(help="Without the screen: only the result.")] = False,
) -> int:
    """Make a small repository with a history, trust it, and let a job work on it."""
    is_shown = not (headless or json) and sys.stdin.isatty() and sys.stdout.isatty()
    if is_shown:
        require_terminal()
    request = build_request(sample(kind).request, Settings(),
                            approve=approve or ("manual" if is_shown else "all"))
    place = run_async(_prepare(Path(dir) if dir is not None else None, kind))
    if is_shown:
        return open_screen(str(place), first=SubmitJob(repository=str(place), request=request))
    return run_async(_headless(place, request, json=json, quiet=quiet))


async def _prepare(place: Path | None, kind: str) -> Path:
    """The sample, made, known and trusted. Refused before anything is made where another cockpit
    holds the ledger."""
    async with engine_session() as engine:
        made = await make_demo_repository(place, kind, engine.paths.data / "demo")
        project = await engine.add_project(str(made))
        await engine.trust_project(project.id)
    return made


async def _headless(place: Path, request: JobRequest, *, json: bool, quiet: bool) -> int:
    can_ask = has_terminal() and not json
    if not (json or quiet):
        print_lines([f"Repository  {place}", f"Request     {request.text}", f"Model       "
                     f"{request.model}. {NOTE}"])
        if request.policy.approve is ApproveMode.ALL:
            print_lines(["Approvals   everything is allowed (--approve all); on a terminal you "
                         "are asked."])
        print_lines([""])
    async with engine_session(is_attended=can_ask) as engine:
        code = await follow_command(engine, SubmitJob(repository=str(place), request=request),
                                    json=json, quiet=quiet, can_ask=can_ask)
    if not json:
        tell(f"\nAll of that is in {place}: cd {place}")
    return code
