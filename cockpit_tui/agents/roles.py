"""Roles as data: what kind of agent there is, and what its system prompt says about it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from cockpit_tui.domain.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    name: str
    summary: str
    prompt: str
    skills: tuple[str, ...] = ()
    """Names of skills that its tasks are likely to need, the most important first."""


@cache
def shipped_roles() -> tuple[Role, ...]:
    """The roles in `config/roles.toml`, in its order."""
    text = resources.files("cockpit_tui.config").joinpath("roles.toml").read_text("utf-8")
    return tuple(
        Role(name=name, summary=table["summary"], prompt=table["prompt"].strip(),
             skills=tuple(table.get("skills", ())))
        for name, table in tomllib.loads(text).items()
    )


def role_named(name: str) -> Role:
    """The role, by its exact name. Raises UsageError that lists what there is."""
    for role in shipped_roles():
        if role.name == name:
            return role
    known = ", ".join(role.name for role in shipped_roles())
    raise UsageError(f"There is no role {name!r}.", hint=f"Roles: {known}")
