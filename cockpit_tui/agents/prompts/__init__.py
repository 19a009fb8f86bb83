"""System prompts as text files beside this module. No clocks, no ids: a prefix stays cacheable."""

from __future__ import annotations

from functools import cache
from importlib import resources
from string import Template


@cache
def _template(name: str) -> Template:
    return Template(resources.files(__name__).joinpath(f"{name}.md").read_text("utf-8"))


def prompt(name: str, **values: str) -> str:
    """The prompt `name` with its `${placeholders}` filled. Raises KeyError for a missing value."""
    return _template(name).substitute(values).strip()
