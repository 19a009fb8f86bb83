"""`cockpit trash`: work that did not land, and the way back from there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.output import as_json, print_json, print_lines, table
from cockpit_tui.cli.session import engine_session, reading_session, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.engine.engine import Engine, utc_now
from cockpit_tui.engine.hubs import opened_hub
from cockpit_tui.engine.retention import empty_trash, trash
from cockpit_tui.gitops.trash import Trash, TrashEntry

app = App(name="trash", help=NOUNS["trash"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]


@app.command(name="list")
def list_trash(*, json: Json = False) -> int:
    """What is kept, oldest first: of which job and task, and why it did not land."""
    async def work() -> int:
        async with reading_session() as engine:
            found = await trash(engine.paths)
            names = {project.id: project.name for project in await engine.projects()}
        if json:
            print_json([{**as_json(entry), "project_id": place.project_id}
                        for place in found for entry in place.entries])
            return 0
        rows = [(entry.id, names.get(place.project_id, str(place.project_id)),
                 f"#{entry.job} {entry.task}" if entry.job is not None else "-",
                 entry.at.strftime("%Y-%m-%d %H:%M"), entry.why)
                for place in found for entry in place.entries]
        if not rows:
            print_lines(["The trash is empty."])
        else:
            print_lines(table(rows, header=("entry", "project", "work of", "since (UTC)", "why")))
        return 0

    return run_async(work())


@app.command
def restore(entry: Annotated[str, Parameter(help="As `cockpit trash list` names it.")], /, *,
            branch: Annotated[str, Parameter(help="A new branch for the work.")] = "",
            to: Annotated[Path | None, Parameter(
                help="A new folder, for work that git could not store.")] = None) -> int:
    """Bring work back: as a branch of the repository, or its files as a folder."""
    async def work() -> int:
        async with engine_session() as engine:
            project, found = await _find(engine, entry)
            async with opened_hub(engine.paths, project, "") as hub:
                place = Trash(hub)
                _refuse_other_form(found, branch, to)
                if to is not None:
                    await place.restore_files(found, to.expanduser().absolute())
                    print_lines([f"The files are in {sanitize_line(str(to))}."])
                    return 0
                known = {p.id: p.path for p in await engine.projects()}
                if project not in known:
                    raise UsageError("The repository that this was work on was removed.",
                                     hint="Add it again; the commit is in its hub: "
                                          f"{hub.path} {found.commit}")
                name = branch or f"cockpit/trash/{found.id}"
                await place.restore_branch(found, known[project], name)
        print_lines([f"The work is on the branch {sanitize_line(name)}. It stays in the trash "
                     "until that is emptied."])
        return 0

    return run_async(work())


@app.command
def empty(*, older_than: Annotated[int | None, Parameter(
        help="Only what lay there for so many days.")] = None,
          yes: Annotated[bool, Parameter(help="Throw everything away, however new.")] = False,
          ) -> int:
    """Throw work away for good."""
    if older_than is None and not yes:
        raise UsageError("This throws away everything in the trash, for good.",
                         hint="Say it again with --yes, or only what is old: --older-than DAYS")
    if older_than is not None and older_than < 0:
        raise UsageError(f"--older-than takes days, not {older_than}")

    async def work() -> int:
        async with engine_session() as engine:
            gone = await empty_trash(engine.paths, utc_now() - timedelta(days=older_than or 0))
        print_lines([f"Threw away {gone} piece{'' if gone == 1 else 's'} of work."])
        return 0

    return run_async(work())


def _refuse_other_form(found: TrashEntry, branch: str, to: Path | None) -> None:
    """A commit comes back as a branch only, files only as a folder. Raises UsageError."""
    if found.commit and to is not None:
        raise UsageError("This work is a commit: it comes back as a branch of the repository, not "
                         "as a folder.",
                         hint=f"cockpit trash restore {found.id} --branch NAME")
    if not found.commit and (to is None or branch):
        raise UsageError("These are files that git could not store: they come back as a folder, "
                         "not as a branch.",
                         hint=f"Say where they shall go: cockpit trash restore {found.id} "
                              "--to FOLDER")


async def _find(engine: Engine, name: str) -> tuple[ProjectId, TrashEntry]:
    """An entry by its name, or a start of it that fits one only. Raises UsageError."""
    everything = [(place.project_id, entry) for place in await trash(engine.paths)
                  for entry in place.entries]
    fitting = [pair for pair in everything if pair[1].id == name] or [
        pair for pair in everything if pair[1].id.startswith(name)]
    if len(fitting) != 1:
        raise UsageError(f"{'Several entries begin' if fitting else 'No entry begins'} with "
                         f"{name!r}.", hint="`cockpit trash list` shows what there is.")
    return fitting[0]
