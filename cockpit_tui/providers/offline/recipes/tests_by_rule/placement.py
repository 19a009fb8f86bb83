"""Where a new Python test belongs in this repository, what it imports, and how it is run."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from cockpit_tui.domain.review import CommandFact, CommandKind, RepositoryFacts
from cockpit_tui.providers.offline.recipes.stack import Sources
from cockpit_tui.providers.offline.recipes.tests_by_rule.checks import Style
from cockpit_tui.providers.offline.recipes.tree import Tree

_TEST_FILE = re.compile(r"(?:test_\w+|\w+_test)\.py")
_PYTEST_RUN = re.compile(r"(?:(?:uv|poetry|hatch|pdm) run )?(?:python3? -m )?pytest\b")
_SAFE_PATH = re.compile(r"(?:[A-Za-z_]\w*/)*[A-Za-z_]\w*\.py")
_ASIDE = frozenset(
    ["docs", "doc", "examples", "example", "scripts", "tools", "bench", "benchmarks", "benches",
     "migrations", "node_modules", "build", "dist", "test", "tests", "testing", "site-packages",
     "typing-examples", "demo", "demos", "samples"])
_NOT_MODULES = frozenset(
    ["__init__.py", "__main__.py", "setup.py", "conftest.py", "conf.py", "noxfile.py", "manage.py",
     "tasks.py", "fabfile.py", "wsgi.py", "asgi.py", "__version__.py", "_version.py"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    module_path: str
    """`src/pkg/text.py`"""
    module: str
    """`pkg.text`"""
    test_path: str
    style: Style
    command: str
    """Runs this test file alone."""


def test_files(tree: Tree) -> tuple[str, ...]:
    return tuple(path for path in sorted(tree.files)
                 if _TEST_FILE.fullmatch(path.rpartition("/")[2]))


def candidate_modules(tree: Tree) -> tuple[str, ...]:
    """Python modules with a public name whose place can hold tests, sorted."""
    return tuple(
        path for path in sorted(tree.files)
        if _SAFE_PATH.fullmatch(path) and not _ASIDE.intersection(path.split("/")[:-1])
        and path.rpartition("/")[2] not in _NOT_MODULES
        and not path.rpartition("/")[2].startswith("_")
        and not _TEST_FILE.fullmatch(path.rpartition("/")[2]))


def module_of(path: str, tree: Tree) -> tuple[str, str]:
    """(folder that must be on the path, dotted name) of a module's file."""
    folders = path.split("/")[:-1]
    root = len(folders)
    while root and "/".join([*folders[:root], "__init__.py"]) in tree:
        root -= 1
    if root == len(folders) and root and folders[0] != "src":
        root = 0  # A folder without __init__.py at the root is a namespace package.
    dotted = ".".join([*folders[root:], path.rpartition("/")[2].removesuffix(".py")])
    return "/".join(folders[:root]), dotted


def place_test(path: str, facts: RepositoryFacts, sources: Sources, taken: set[str]) -> Place:
    """Where the test of the module at `path` goes. `taken`: names of test files in use."""
    root, module = module_of(path, sources.tree)
    existing = test_files(sources.tree)
    folder = _folder(path, module, existing, sources.tree)
    stem = path.rpartition("/")[2].removesuffix(".py")
    names = [each.rpartition("/")[2] for each in existing]
    is_suffix = sum(name.endswith("_test.py") for name in names) * 2 > len(names)
    for base in (stem, module.replace(".", "_"), f"{module.replace('.', '_')}_rules"):
        name = f"{base}_test.py" if is_suffix else f"test_{base}.py"
        if name not in taken:
            break
    taken.add(name)
    test_path = f"{folder}/{name}" if folder else name
    style, command = _run(root, test_path, facts, sources)
    return Place(module_path=path, module=module, test_path=test_path, style=style,
                 command=command)


def _folder(path: str, module: str, existing: tuple[str, ...], tree: Tree) -> str:
    own = path.rpartition("/")[0]
    beside = [each.rpartition("/")[0] for each in existing]
    near = f"{own}/tests" if own else "tests"
    if near in beside or own in beside:
        return near if near in beside else own
    parts = module.split(".")[:-1]
    central = Counter(each for each in beside if each.split("/")[0] in {"tests", "test"})
    if central:
        mirrored = [folder for folder in central if parts and folder.split("/")[1:] in (
            parts, parts[1:], ["unit", *parts], ["unit", *parts[1:]]) and folder.count("/")]
        if mirrored:
            return min(mirrored)
        return min(central, key=lambda each: (-central[each], each.count("/"), each))
    return "test" if tree.has_folder("test") and not tree.has_folder("tests") else "tests"


def _run(root: str, test_path: str, facts: RepositoryFacts,
         sources: Sources) -> tuple[Style, str]:
    """pytest where the repository uses it and it can run here; else the standard library."""
    told = [fact for fact in facts.commands if fact.kind is CommandKind.TEST]
    pytest = next((fact for fact in told if _PYTEST_RUN.match(fact.command)), None)
    if pytest is not None and pytest.runnable:
        return "pytest", _pytest_command(pytest, root, test_path, sources)
    prefix = f"PYTHONPATH={root} " if root else ""
    return "unittest", f"{prefix}python3 -m unittest {test_path}"


def _pytest_command(fact: CommandFact, root: str, test_path: str, sources: Sources) -> str:
    found = _PYTEST_RUN.match(fact.command)
    launcher = found.group() if found else "python -m pytest"
    configured = any("pythonpath" in sources.texts.get(path, "")
                     for path in ("pyproject.toml", "setup.cfg", "pytest.ini", "tox.ini"))
    needs_root = bool(root) or not launcher.endswith("-m pytest")
    option = f" -o pythonpath={root or '.'}" if needs_root and not configured else ""
    return f"{launcher} -q{option} {test_path}"
