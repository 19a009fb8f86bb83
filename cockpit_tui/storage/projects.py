"""Projects in the ledger. A removed one is hidden, not deleted: its jobs still name it."""

from __future__ import annotations

import sqlite3

from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.ids import ProjectId
from cockpit_tui.domain.project import Project
from cockpit_tui.storage.columns import (
    optional_row,
    optional_time_text,
    parse_optional_time,
    parse_time,
    plain_text,
    time_text,
)
from cockpit_tui.storage.transaction import Transaction


def save(tx: Transaction, project: Project) -> None:
    """Insert, or update the one with this id. Raises UsageError for a path that is not UTF-8 (it
    could not be opened again) and for a path that another project has."""
    if plain_text(project.path) != project.path:
        raise UsageError(f"The path {project.path!r} is not valid UTF-8.",
                         hint="Rename the folder, then add the project again.")
    other = by_path(tx.conn, project.path)
    if other is not None and other.id != project.id:
        raise UsageError(f"{project.path!r} is the project {other.name!r} already.")
    tx.conn.execute(
        "INSERT INTO projects (id, name, path, identity, added_at, trusted_at) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
        "path = excluded.path, identity = excluded.identity, added_at = excluded.added_at, "
        "trusted_at = excluded.trusted_at, removed_at = NULL",
        (project.id, plain_text(project.name), project.path, plain_text(project.identity),
         time_text(project.added_at), optional_time_text(project.trusted_at)),
    )


def get(conn: sqlite3.Connection, project_id: ProjectId) -> Project:
    """Also a removed one. Raises UsageError where there is none."""
    row = optional_row(conn.execute("SELECT * FROM projects WHERE id = ?", (project_id,)))
    if row is None:
        raise UsageError(f"No project {project_id}.",
                         hint="`cockpit projects list` shows what there is.")
    return _project(row)


def by_path(conn: sqlite3.Connection, path: str) -> Project | None:
    row = optional_row(conn.execute(
        "SELECT * FROM projects WHERE path = ? AND removed_at IS NULL", (plain_text(path),)))
    return None if row is None else _project(row)


def listing(conn: sqlite3.Connection) -> tuple[Project, ...]:
    """All that were not removed, by name."""
    rows = conn.execute("SELECT * FROM projects WHERE removed_at IS NULL ORDER BY name, path")
    return tuple(_project(row) for row in rows)


def remove(tx: Transaction, project_id: ProjectId) -> None:
    """Hide the project. Added again, it is a new project and not trusted."""
    get(tx.conn, project_id)
    tx.conn.execute("UPDATE projects SET removed_at = ? WHERE id = ?",
                    (time_text(tx.now()), project_id))


def _project(row: sqlite3.Row) -> Project:
    return Project(
        id=ProjectId(row["id"]),
        name=row["name"],
        path=row["path"],
        identity=row["identity"],
        added_at=parse_time(row["added_at"]),
        trusted_at=parse_optional_time(row["trusted_at"]),
    )
