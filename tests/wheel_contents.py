"""What the installed package must hold, compared with the source it was built from.

Run by `tests/wheel.sh` with the Python of an environment that holds nothing but the wheel. The
screen is imported as well: running it needs a terminal, having everything that it needs does not.
"""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

import cockpit_tui
import cockpit_tui.ui.app
from cockpit_tui.agents.roles import shipped_roles
from cockpit_tui.context.skills import find_skills
from cockpit_tui.samples import SAMPLES, create_sample
from cockpit_tui.storage.migrations import shipped_migrations
from cockpit_tui.ui.themes import load_themes


def files(folder: Path) -> set[str]:
    """Paths below `folder`, without what Python leaves behind."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts}


def same(what: str, found: set[str], wanted: set[str]) -> None:
    if not wanted or found != wanted:
        sys.exit(f"wheel: {what}: not in both: {sorted(found ^ wanted)}")
    sys.stdout.write(f"{what}: {len(found)}\n")


def main(source: Path) -> None:
    installed = Path(cockpit_tui.__file__).parent
    if installed.is_relative_to(source):
        sys.exit(f"wheel: imported from the source: {installed}")
    packed = {name for name in files(installed) if not name.startswith("_data/")}
    same("files of the package", packed, files(source / "cockpit_tui"))

    loaded = load_themes()
    if loaded.warnings:
        sys.exit(f"wheel: {loaded.warnings}")
    same("themes", {theme.name for theme in loaded.themes},
         {path.stem for path in (source / "themes").glob("*.toml")})
    found = find_skills()
    if found.problems:
        sys.exit(f"wheel: {found.problems}")
    same("skills", {skill.name for skill in found.skills},
         {path.parent.name for path in (source / "skills").glob("*/SKILL.md")})
    same("migrations", {f"{m.version:04}_{m.name}.sql" for m in shipped_migrations()},
         {path.name for path in (source / "cockpit_tui/storage/migrations").glob("*.sql")})
    prompts = resources.files("cockpit_tui.agents").joinpath("prompts")
    same("prompts", {prompt.name for prompt in prompts.iterdir()
                     if prompt.name.endswith(".md") and prompt.read_text("utf-8").strip()},
         {path.name for path in (source / "cockpit_tui/agents/prompts").glob("*.md")})
    same("roles", {role.name for role in shipped_roles() if role.prompt},
         {line.strip("[]\n") for line in (source / "cockpit_tui/config/roles.toml").open()
          if line.startswith("[")})
    for sample in SAMPLES:
        steps = create_sample(sample.kind, Path(sample.kind))
        same(f"sample {sample.kind}", files(Path(sample.kind)),
             {path for step in steps for path in step.paths})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
