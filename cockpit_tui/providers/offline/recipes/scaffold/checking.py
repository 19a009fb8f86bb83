"""Is what the rules are about to write still a text of its language?"""

from __future__ import annotations

import ast
import json
import tomllib

from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.scaffold.masking import language_of
from cockpit_tui.providers.offline.recipes.scaffold.structure import Source


def check(path: str, text: str) -> None:
    """Raise CannotWork for a text that its language would not read."""
    try:
        if path.endswith((".py", ".pyi")):
            ast.parse(text)
        elif path.endswith(".json"):
            json.loads(text)
        elif path.endswith(".toml"):
            tomllib.loads(text)
        elif (language := language_of(path)) is not None:
            Source(text, language)
    except (SyntaxError, ValueError, CannotWork) as error:
        raise CannotWork(f"{path} would not be readable any more: {error}") from error
