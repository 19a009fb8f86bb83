"""Small real repositories to try the cockpit on, and the commits that they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from cockpit_tui.domain.errors import UsageError

_STORED_AS = {"gitignore.txt": ".gitignore"}
"""Stored under another name, or it would act on the folder that the samples are kept in."""


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One commit to make: its message, and the paths that it adds."""

    message: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    kind: str
    title: str
    request: str
    """A request that shows what the cockpit does, and that the offline rules can carry out."""
    history: tuple[HistoryStep, ...]


_REQUEST = "Add the 4 missing agents: BackendDeveloper, FrontendDeveloper, Tester, DevOpsEngineer"

SAMPLES: tuple[Sample, ...] = (
    Sample(
        kind="python",
        title="a team of agents in Python, tested with pytest",
        request=_REQUEST,
        history=(
            HistoryStep("Say what the package is for",
                        (".gitignore", "AGENTS.md", "README.md", "pyproject.toml")),
            HistoryStep("Add the code architect, the first of the team",
                        ("agents/__init__.py", "agents/base.py", "agents/code_architect.py",
                         "tests/test_code_architect.py")),
            HistoryStep("Pin down who is registered", ("tests/test_registry.py",)),
        ),
    ),
    Sample(
        kind="typescript",
        title="a team of agents in TypeScript, tested with node --test",
        request=_REQUEST,
        history=(
            HistoryStep("Say what the package is for, and run TypeScript on any Node from 20.6 on",
                        (".gitignore", "AGENTS.md", "README.md", "package.json", "tsconfig.json",
                         "test/support/erase-types.mjs", "test/support/typescript-hooks.mjs",
                         "test/support/typescript.mjs")),
            HistoryStep("Add the code architect, the first of the team",
                        ("src/agents/BaseAgent.ts", "src/agents/CodeArchitect.ts",
                         "src/agents/index.ts", "test/CodeArchitect.test.ts")),
            HistoryStep("Pin down who is registered", ("test/index.test.ts",)),
        ),
    ),
)


def sample(kind: str) -> Sample:
    """Raises UsageError for a kind that there is none of."""
    for each in SAMPLES:
        if each.kind == kind:
            return each
    kinds = ", ".join(each.kind for each in SAMPLES)
    raise UsageError(f"There is no sample {kind!r}.", hint=f"There are: {kinds}.")


def create_sample(kind: str, directory: Path) -> tuple[HistoryStep, ...]:
    """Copy the sample's files into `directory`, which is made or must be empty.

    Returns the commits to make of them, oldest first; git is left to the caller. Raises
    UsageError for an unknown kind or a directory with something in it.
    """
    chosen = sample(kind)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{str(directory)!r} is not an empty directory.",
                         hint="Choose a directory that does not exist yet.")
    _copy(resources.files(__name__).joinpath(kind), directory)
    return chosen.history


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            _copy(entry, target / entry.name)
        else:
            name = _STORED_AS.get(entry.name, entry.name)
            (target / name).write_bytes(entry.read_bytes())
