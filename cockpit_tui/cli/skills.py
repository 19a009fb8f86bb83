"""`cockpit skills`: the instructions that agents can load, and a start for your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cockpit_tui.cli.output import fields, print_json, print_lines, table, tell
from cockpit_tui.cli.tree import NOUNS
from cockpit_tui.config.paths import Paths, shipped
from cockpit_tui.domain.errors import CockpitError, ToolError, UsageError, VerificationFailed
from cockpit_tui.domain.os_words import os_words, words_of
from cockpit_tui.domain.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from cockpit_tui.context.skills import FoundSkills, Skill

app = App(name="skills", help=NOUNS["skills"])

Json = Annotated[bool, Parameter(help="JSON instead of words.")]
Repo = Annotated[str, Parameter(help="A path in the repository whose own skills count too.")]

_TEMPLATE = """---
name: {name}
description: {description}
---

# {title}

## Steps

1. What to look at first.
2. What to do, in order; name commands and files.

## Before you finish

- [ ] What must hold, so that it can be checked.
"""


@app.command(name="list")
def list_skills(*, repo: Repo = ".", json: Json = False) -> int:
    """Every skill, by name: the cockpit's, yours, the repository's. The nearest of a name wins."""
    found = _found(repo)
    if json:
        print_json({"skills": [_as_json(skill) for skill in found.skills],
                    "problems": list(found.problems)})
        return 0
    print_lines(table([(skill.name, skill.layer.value, skill.description)
                       for skill in found.skills], header=("skill", "from", "use")))
    for problem in found.problems:
        tell(sanitize_line(problem))
    return 0


@app.command
def show(name: Annotated[str, Parameter(help="The skill's name.")], /, *,
         file: Annotated[str, Parameter(help="One of its further files.")] = "",
         repo: Repo = ".", json: Json = False) -> int:
    """A skill as an agent would read it, and what it costs."""
    from cockpit_tui.context.skills import SkillShelf
    from cockpit_tui.domain.usage import estimated_tokens

    shelf = SkillShelf(_found(repo).skills)
    try:
        skill = shelf.get(name)
        text = shelf.read(name, file or None)
    except ToolError as error:
        raise UsageError(error.message, hint="cockpit skills list") from error
    if json:
        print_json({**_as_json(skill), "text": text, "tokens": estimated_tokens(text),
                    "files": list(skill.files.names())})
        return 0
    tell("\n".join(fields([("from", skill.layer.value), ("in", sanitize_line(skill.place)),
                           ("tokens", f"about {estimated_tokens(text):,}")])) + "\n")
    print_lines(sanitize(text).split("\n"))
    return 0


@app.command
def create(name: Annotated[str, Parameter(help="Lower case, hyphens between words.")], /, *,
           description: Annotated[str, Parameter(help="What it does and when to use it.")] = "",
           project: Annotated[bool, Parameter(
               help="In the repository (.agents/skills) instead of your own.")] = False,
           repo: Repo = ".", json: Json = False) -> int:
    """A new skill to fill in. One that is there is never overwritten."""
    import json as json_text

    from cockpit_tui.context.skills import SKILL_FILE, skill_problems

    words = " ".join(description.split()) or (
        f"Guides {name.replace('-', ' ')}. Use when the task is about it.")
    text = _TEMPLATE.format(name=name, title=name.replace("-", " ").capitalize(),
                            description=json_text.dumps(words, ensure_ascii=False))
    if problems := skill_problems(name, text):
        raise UsageError(f"This is no valid skill: {problems[0]}.")
    base = _repository(repo) / ".agents" / "skills" if project else _own_folder()
    target = base / name / SKILL_FILE
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise UsageError(f"{str(target)!r} is there already.", hint="Edit it.") from error
    except OSError as error:
        raise CockpitError(f"It cannot be written: {os_words(error)}.") from error
    if json:
        print_json({"name": name, "path": str(target)})
    else:
        print_lines([sanitize_line(str(target))])
        tell(f"Fill it in, then: cockpit skills validate {name}")
    return 0


@app.command
def validate(*names: Annotated[str, Parameter(help="Names or folders; none: all of them.")],
             repo: Repo = ".", json: Json = False) -> int:
    """Check against the Agent Skills standard; exit code 7 where something is wrong."""
    results = {str(folder): _problems_in(folder) for folder in _folders(names, repo)}
    wrong = sum(1 for problems in results.values() if problems)
    if json:
        print_json([{"path": path, "valid": not problems, "problems": problems}
                    for path, problems in results.items()])
    else:
        print_lines(f"{sanitize_line(path)}: {sanitize_line('; '.join(problems)) or 'valid'}"
                    for path, problems in results.items() if problems or names)
        if not names:
            tell(f"{len(results) - wrong} of {len(results)} skills are valid.")
    return VerificationFailed.exit_code if wrong else 0


def _problems_in(folder: Path) -> list[str]:
    from cockpit_tui.context.skill_files import FolderFiles
    from cockpit_tui.context.skills import SKILL_FILE, skill_problems

    try:
        text = FolderFiles(folder).read(SKILL_FILE).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [f"{SKILL_FILE} cannot be read: {words_of(error)}"]
    return list(skill_problems(folder.resolve().name, text))


def _folders(names: tuple[str, ...], repo: str) -> list[Path]:
    layers = _layer_folders(repo)
    if not names:
        return [inner for layer in layers if layer.is_dir()
                for inner in sorted(layer.iterdir()) if inner.is_dir()]
    chosen = []
    for name in names:
        inside = [layer / name for layer in layers if "/" not in name and (layer / name).is_dir()]
        path = Path(name).expanduser()
        path = path.parent if path.is_file() else path
        if not inside and not path.is_dir():
            raise UsageError(f"There is no skill and no folder {name!r}.",
                             hint="cockpit skills list")
        chosen.append(inside[-1] if inside else path)
    return chosen


def _found(repo: str) -> FoundSkills:
    from cockpit_tui.context.skills import SkillLayer, join_layers, skills_in_folder

    bundled, own, *projects = _layer_folders(repo)
    return join_layers([skills_in_folder(bundled, SkillLayer.BUNDLED),
                        skills_in_folder(own, SkillLayer.USER),
                        *(skills_in_folder(folder, SkillLayer.PROJECT) for folder in projects)])


def _layer_folders(repo: str) -> list[Path]:
    from cockpit_tui.context.skills import PROJECT_FOLDERS

    root = _repository(repo)
    return [shipped("skills"), _own_folder(), *(root / folder for folder in PROJECT_FOLDERS)]


def _own_folder() -> Path:
    return Paths.from_environment().config / "skills"


def _repository(repo: str) -> Path:
    """The repository's root above `repo`, or `repo` itself. Raises UsageError."""
    start = Path(repo).expanduser().resolve()
    if not start.is_dir():
        raise UsageError(f"{repo!r} is no folder.")
    return next((place for place in (start, *start.parents) if (place / ".git").exists()), start)


def _as_json(skill: Skill) -> dict[str, object]:
    return {"name": skill.name, "description": skill.description, "layer": skill.layer.value,
            "path": skill.place}
