"""`cockpit projects`: the repositories that the cockpit knows, and which may run their own code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.lookup import find_project
from cockpit_tui.cli.output import as_json, print_json, print_lines, table
from cockpit_tui.cli.session import engine_session, reading_session, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.sanitize import sanitize_line

app = App(name="projects", help=NOUNS["projects"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]
Which = Annotated[str, Parameter(help="A project's name, id, or a path in it.")]


@app.command(name="list")
def list_projects(*, json: Json = False) -> int:
    """Every repository that was added or worked in, by name."""
    async def work() -> int:
        async with reading_session() as engine:
            known = await engine.projects()
        if json:
            print_json([as_json(project) for project in known])
        elif not known:
            print_lines(["No projects yet. Add one: cockpit projects add PATH"])
        else:
            rows = [(p.name, "yes" if p.is_trusted else "no", p.added_at.date().isoformat(),
                     p.path) for p in known]
            print_lines(table(rows, header=("project", "trusted", "added", "path")))
        return 0

    return run_async(work())


@app.command
def add(path: Annotated[str, Parameter(help="A path in the repository.")] = ".", /, *,
        json: Json = False) -> int:
    """Remember a repository. Nothing of it is run."""
    async def work() -> int:
        async with engine_session() as engine:
            project = await engine.add_project(path)
        if json:
            print_json(as_json(project))
        else:
            print_lines([f"{sanitize_line(project.name)}  {sanitize_line(project.path)}"])
        return 0

    return run_async(work())


@app.command
def remove(project: Which, /) -> int:
    """Forget a repository. It stays as it is, and its jobs stay listed."""
    async def work() -> int:
        async with engine_session() as engine:
            found = await find_project(engine, project)
            running = [job for job in await engine.jobs(project_id=found.id)
                       if not job.status.is_final]
            if running:
                raise UsageError(f"Job #{running[0].number} of it is {running[0].status.value}.",
                                 hint=f"First: cockpit jobs cancel {running[0].number}")
            await engine.remove_project(found.id)
        print_lines([f"Forgot {sanitize_line(found.name)}. {sanitize_line(found.path)} is "
                     "untouched."])
        return 0

    return run_async(work())


@app.command
def trust(project: Which, /, *, json: Json = False) -> int:
    """Allow that a repository's own commands (tests, linters) are run by approved plans."""
    async def work() -> int:
        async with engine_session() as engine:
            if Path(project).expanduser().is_dir():
                await engine.add_project(project)
            found = await find_project(engine, project)
            await engine.trust_project(found.id)
            trusted = await find_project(engine, found.id)
        if json:
            print_json(as_json(trusted))
        else:
            print_lines([f"Trusted {sanitize_line(found.name)}: commands of approved plans may "
                         "run its code."])
        return 0

    return run_async(work())
