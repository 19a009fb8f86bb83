"""`cockpit disk`: what everything that is kept takes of the disk, beside its bounds."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.output import as_json, fields, print_json, print_lines, table
from cockpit_tui.cli.session import reading_session, run_async
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.config.settings import LimitSettings, load_settings
from cockpit_tui.engine.disk import DiskUse, measured
from cockpit_tui.presentation.size import size_words

app = App(name="disk", help=NOUNS["disk"])

_MB = 1_000_000


@app.default
def disk(*, json: Annotated[bool, Parameter(help="JSON instead of words.")] = False) -> int:
    """Measure every place that the cockpit writes to; nothing is changed."""
    async def work() -> int:
        async with reading_session() as engine:
            names = {project.id: project.name for project in await engine.projects()}
            found = await measured(engine.paths, names)
            limits = load_settings(engine.paths.settings_file).limits
        if json:
            print_json({**as_json(found), "total": found.total, "bounds_mb": {
                "free": limits.free_disk_mb, "trash": limits.trash_mb, "total": limits.disk_mb}})
        else:
            print_lines([*disk_lines(found), *_bounds(found, limits)])
        return 0

    return run_async(work())


def disk_lines(found: DiskUse) -> list[str]:
    """Projects as a table, then what is of none."""
    rows = [(use.name or str(use.project_id), size_words(use.hub), size_words(use.worktrees),
             size_words(use.trash + use.kept), size_words(use.total)) for use in found.projects]
    lines = [*table(rows, header=("project", "hub", "worktrees", "trash", "together")), ""] \
        if rows else []
    return [*lines, *fields([
        ("ledger", size_words(found.ledger)),
        ("copies", f"{size_words(found.copies)} (backups, and before new schemas)"),
        ("logs", size_words(found.logs)),
        ("scratch", size_words(found.scratch)),
        ("cache", size_words(found.cache)),
        ("git indexes", size_words(found.indexes)),
        ("together", size_words(found.total))])]


def _bounds(found: DiskUse, limits: LimitSettings) -> list[str]:
    free = _bound(found.free < limits.free_disk_mb * _MB, "jobs wait: make room")
    kept = _bound(limits.disk_mb is not None and found.total > limits.disk_mb * _MB,
                  "jobs wait: make room")
    trash = _bound(found.trash > limits.trash_mb * _MB, "look at it: cockpit trash list")
    return ["", *fields([
        ("free", f"{size_words(found.free)}, wanted {_wanted(limits.free_disk_mb)} "
                 f"(limits.free_disk_mb){free}"),
        ("kept", f"{size_words(found.total)}, at most {_wanted(limits.disk_mb)} "
                 f"(limits.disk_mb){kept}"),
        ("trash", f"{size_words(found.trash)}, at most {_wanted(limits.trash_mb)} "
                  f"(limits.trash_mb){trash}")])]


def _wanted(megabytes: int | None) -> str:
    return "any" if megabytes is None else size_words(megabytes * _MB)


def _bound(is_passed: bool, what: str) -> str:
    return f" — {what}" if is_passed else ""
