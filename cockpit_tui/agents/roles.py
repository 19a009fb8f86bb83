"""Roles as data: what kind of agent there is, and what its system prompt says about it.

Some ship with the cockpit. The person's own are Markdown files in `agents` of the configuration
directory: front matter with `name`, `description` and perhaps `skills` (names, with commas between
them), the prompt below it. They win over shipped ones of the same name. A repository has none.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from cockpit_tui.config.paths import Paths
from cockpit_tui.context.front_matter import Value, read_front_matter
from cockpit_tui.domain.errors import UsageError
from cockpit_tui.domain.os_words import words_of

MAX_ROLE_BYTES = 32_000
MAX_OWN_ROLES = 100
MAX_DESCRIPTION = 300
_FIELDS = frozenset({"name", "description", "skills"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_SKILL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    name: str
    summary: str
    prompt: str
    skills: tuple[str, ...] = ()
    """Names of skills that its tasks are likely to need, the most important first."""
    place: str = ""
    """The person's file it stands in; empty: it ships with the cockpit."""


@dataclass(frozen=True, slots=True)
class FoundRoles:
    roles: tuple[Role, ...]
    """The shipped ones in their order, then the person's own by name."""
    problems: tuple[str, ...] = ()
    """One sentence for each file that was passed over."""

    @property
    def for_plan(self) -> str:
        """The names as the planner is told them; a person's own with what they are for."""
        return ", ".join(f"{role.name} ({role.summary})" if role.place else role.name
                         for role in self.roles)


@cache
def shipped_roles() -> tuple[Role, ...]:
    """The roles in `config/roles.toml`, in its order."""
    text = resources.files("cockpit_tui.config").joinpath("roles.toml").read_text("utf-8")
    return tuple(
        Role(name=name, summary=table["summary"], prompt=table["prompt"].strip(),
             skills=tuple(table.get("skills", ())))
        for name, table in tomllib.loads(text).items()
    )


def find_roles(paths: Paths) -> FoundRoles:
    """All roles there are. A file that is no role is named in `problems`. Blocking."""
    by_name = {role.name: role for role in shipped_roles()}
    own: dict[str, Role] = {}
    problems: list[str] = []
    try:
        files = sorted((paths.config / "agents").glob("*.md"))[:MAX_OWN_ROLES]
    except OSError:
        files = []
    for file in files:
        try:
            role = _read(file)
            if role.name in own:
                raise ValueError(f"{own[role.name].place!r} has the name {role.name!r} already")
        except (OSError, ValueError) as error:
            problems.append(f"The role {str(file)!r} was passed over: {words_of(error)}.")
        else:
            own[role.name] = role
    by_name.update(sorted(own.items()))
    return FoundRoles(tuple(by_name.values()), tuple(problems))


def role_named(name: str, paths: Paths) -> Role:
    """The role, by its exact name. Raises UsageError that lists what there is. Blocking."""
    found = find_roles(paths)
    for role in found.roles:
        if role.name == name:
            return role
    known = ", ".join(role.name for role in found.roles)
    raise UsageError(" ".join((f"There is no role {name!r}.", *found.problems)),
                     hint=f"Roles: {known}")


def _read(file: Path) -> Role:
    """Raises ValueError, OSError."""
    if not file.is_file():
        raise ValueError("it is no regular file")
    with file.open("rb") as opened:
        data = opened.read(MAX_ROLE_BYTES + 1)
    if len(data) > MAX_ROLE_BYTES:
        raise ValueError(f"it has more than {MAX_ROLE_BYTES:,} bytes")
    try:
        fields, body = read_front_matter(data.decode())
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    if unknown := sorted(fields.keys() - _FIELDS):
        raise ValueError(f"{unknown[0]!r} says nothing here; there are name, description, skills")
    name = _text(fields, "name")
    if _NAME.fullmatch(name) is None:
        raise ValueError("'name' must be a letter, then at most 39 letters, digits, '-' or '_', "
                         f"not {name!r}")
    summary = " ".join(_text(fields, "description").split())
    if not summary or len(summary) > MAX_DESCRIPTION:
        raise ValueError(f"'description' must be one to {MAX_DESCRIPTION} characters")
    if not body:
        raise ValueError("there is no prompt below the front matter")
    skills = tuple(filter(None, re.split(r"[,\s]+", _text(fields, "skills"))))
    if wrong := next((skill for skill in skills if not _SKILL.fullmatch(skill)), None):
        raise ValueError(f"'skills' must be names of skills with commas between, not {wrong!r}")
    return Role(name=name, summary=summary, prompt=body, skills=skills, place=str(file))


def _text(fields: dict[str, Value], key: str) -> str:
    value = fields.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"{key!r} must be text")
    return value.strip()
