"""Commands of a Python repository, from its manifests and its tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cockpit_tui.context.corpus import Corpus
from cockpit_tui.context.dependencies import python_dependencies
from cockpit_tui.context.manifests import Manifests, dig
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.review import CommandFact, CommandKind

_PYTEST_STYLE = re.compile(r"^(?:async )?def test_|^\s*(?:import|from) pytest\b", re.MULTILINE)
_UNITTEST_STYLE = re.compile(r"\bTestCase\b")
_NOX_SESSION = re.compile(r"^@nox\.session[^\n]*\n(?:@[^\n]*\n)*def (\w+)", re.MULTILINE)


def python_commands(corpus: Corpus, manifests: Manifests) -> tuple[CommandFact, ...]:
    """All of them; nothing for a repository without Python."""
    if not any(source.language == "Python" for source in corpus.sources):
        return ()
    pyproject = manifests.table("pyproject.toml")
    return (
        *_tests(corpus, manifests, pyproject),
        *_checks(corpus, manifests, pyproject),
        *_runners(corpus, manifests),
        *_builds(corpus, pyproject),
    )


def _fact(kind: CommandKind, command: str, source: str) -> CommandFact:
    return CommandFact(kind=kind, command=command, source=source)


def _tests(corpus: Corpus, manifests: Manifests,
           pyproject: JsonObject) -> Iterator[CommandFact]:
    tests = [source for source in corpus.tests("Python")
             if not source.path.endswith("__init__.py")]
    told = _who_tells_pytest(corpus, manifests, pyproject)
    styled = next((test.path for test in tests if _PYTEST_STYLE.search(test.text)), "")
    cases = next((test.path for test in tests if _UNITTEST_STYLE.search(test.text)), "")
    if "manage.py" in corpus.paths and cases and not told and not styled:
        yield _fact(CommandKind.TEST, "python manage.py test", "manage.py")
    elif tests and (told or styled):
        yield _fact(CommandKind.TEST, "python -m pytest -q", told or styled)
    if cases and not styled:
        top = cases.split("/")[0]
        where = f" -s {top}" if top in {"test", "tests"} else ""
        yield _fact(CommandKind.TEST, f"python -m unittest discover{where}", cases)


def _who_tells_pytest(corpus: Corpus, manifests: Manifests, pyproject: JsonObject) -> str:
    tool = dig(pyproject, "tool", "pytest")
    if tool:
        return "pyproject.toml"
    if "pytest.ini" in corpus.paths:
        return "pytest.ini"
    for path, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if path in manifests.ini and manifests.ini[path].has_section(section):
            return path
    for path in ("conftest.py", "tests/conftest.py", "test/conftest.py"):
        if path in corpus.paths:
            return path
    return python_dependencies(corpus, manifests).get("pytest", "")


def _checks(corpus: Corpus, manifests: Manifests,
            pyproject: JsonObject) -> Iterator[CommandFact]:
    told = _configured_tools(corpus, manifests, pyproject)
    tool = dig(pyproject, "tool")
    source = told.get("mypy", "")
    configured = (dig(tool, "mypy").keys() if source == "pyproject.toml" else
                  manifests.ini[source]["mypy"].keys() if source in manifests.ini else ())
    knows_files = bool({"packages", "files", "modules"}.intersection(configured))
    for kind, name, command in (
            (CommandKind.LINT, "ruff", "ruff check ."),
            (CommandKind.LINT, "flake8", "python -m flake8"),
            (CommandKind.LINT, "pylint", "python -m pylint --recursive=y ."),
            (CommandKind.LINT, "pre-commit", "pre-commit run --all-files"),
            (CommandKind.FORMAT, "ruff-format", "ruff format --check ."),
            (CommandKind.FORMAT, "black", "black --check ."),
            (CommandKind.TYPES, "mypy", "mypy" if knows_files else "mypy ."),
            (CommandKind.TYPES, "pyright", "pyright")):
        if name in told:
            yield _fact(kind, command, told[name])


def _configured_tools(corpus: Corpus, manifests: Manifests,
                      pyproject: JsonObject) -> dict[str, str]:
    """Tool → the file that configures it."""
    tool = dig(pyproject, "tool")
    told = dict.fromkeys(tool, "pyproject.toml")
    for path in ("setup.cfg", "tox.ini", ".flake8", "mypy.ini"):
        if path in manifests.ini:
            for section in manifests.ini[path].sections():
                told.setdefault(section, path)
    for path, name in (("ruff.toml", "ruff"), (".ruff.toml", "ruff"), (".pylintrc", "pylint"),
                       ("pyrightconfig.json", "pyright"),
                       (".pre-commit-config.yaml", "pre-commit")):
        if path in corpus.paths:
            told.setdefault(name, path)
    if "format" in dig(tool, "ruff"):
        told["ruff-format"] = "pyproject.toml"
    elif any("[format]" in corpus.text(path) for path in ("ruff.toml", ".ruff.toml")):
        told["ruff-format"] = told["ruff"]
    return told


def _runners(corpus: Corpus, manifests: Manifests) -> Iterator[CommandFact]:
    if "tox.ini" in manifests.ini and manifests.ini["tox.ini"].has_section("testenv"):
        yield _fact(CommandKind.TEST, "tox -e py", "tox.ini")
    elif dig(manifests.table("pyproject.toml"), "tool", "tox"):
        yield _fact(CommandKind.TEST, "tox -e py", "pyproject.toml")
    sessions = set(_NOX_SESSION.findall(corpus.text("noxfile.py")))
    for kind, names in ((CommandKind.TEST, ("tests", "test")), (CommandKind.LINT, ("lint",)),
                        (CommandKind.TYPES, ("mypy", "typing", "types"))):
        for name in names:
            if name in sessions:
                yield _fact(kind, f"nox -s {name}", "noxfile.py")


def _builds(corpus: Corpus, pyproject: JsonObject) -> Iterator[CommandFact]:
    if "build-system" in pyproject:
        yield _fact(CommandKind.BUILD, "python -m build", "pyproject.toml")
    elif "setup.py" in corpus.paths:
        yield _fact(CommandKind.BUILD, "python -m build", "setup.py")
