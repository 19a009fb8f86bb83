"""Which Python a command gets, what the sandbox shows of it, and what is said to be runnable."""

from __future__ import annotations

import json
import os
import sys
import venv
from pathlib import Path

import pytest

from cockpit_tui.tools.environment import build_environment, probe_command
from cockpit_tui.tools.sandbox import Bubblewrap, NoSandbox, Sandbox, probe_sandbox
from cockpit_tui.tools.shell import run_command


@pytest.fixture
def worktree(tmp_path: Path) -> Path:
    root = tmp_path / "worktree"
    root.mkdir()
    return root


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for PATH that holds only what a test puts there."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(params=["bubblewrap", "none"])
async def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    found = await probe_sandbox() if request.param == "bubblewrap" else NoSandbox()
    if found.name != request.param:
        pytest.skip("no bubblewrap here")
    return found


async def test_the_tests_run_against_the_worktree(worktree: Path, scratch: Path,
                                                  sandbox: Sandbox) -> None:
    (worktree / "src/shop").mkdir(parents=True)
    (worktree / "src/shop/__init__.py").write_text("PRICE = 7\n")
    (worktree / "tests").mkdir()
    (worktree / "tests/test_shop.py").write_text(
        f"import shop\ndef test(tmp_path): assert shop.__file__ == "
        f"{str(worktree / 'src/shop/__init__.py')!r} and shop.PRICE == 7\n")
    environment = await build_environment(worktree=worktree, checkout=None, scratch=scratch)
    for command in ("python -m pytest -q -p no:cacheprovider", "pytest -q -p no:cacheprovider"):
        result = await run_command(command, cwd=worktree, environment=environment,
                                   timeout_seconds=60, sandbox=sandbox)
        assert "1 passed" in result.output
        assert result.exit_code == 0
    assert not list(worktree.rglob("__pycache__"))


async def test_the_checkouts_own_environment_comes_first(tmp_path: Path, worktree: Path,
                                                         scratch: Path, sandbox: Sandbox) -> None:
    checkout = tmp_path / "checkout"
    venv.create(checkout / ".venv", symlinks=True)
    site = next((checkout / ".venv/lib").glob("python*/site-packages"))
    (site / "pytest.py").write_text("MARK = 'of the checkout'\n")
    environment = await build_environment(worktree=worktree, checkout=checkout, scratch=scratch)
    assert environment["PATH"].split(":")[0] == str(checkout / ".venv/bin")
    assert environment["PATH"].split(":")[-1] == f"{sys.prefix}/bin"
    result = await run_command("python -c 'import pytest; print(pytest.MARK)'; "
                               "python3 -c 'import sys; print(sys.prefix)'", cwd=worktree,
                               environment=environment, timeout_seconds=60, sandbox=sandbox)
    assert result.output == f"of the checkout\n{checkout}/.venv\n"


async def test_python_and_python3_are_the_same_one(worktree: Path, scratch: Path, programs: Path,
                                                   sandbox: Sandbox) -> None:
    put(programs, "python", "echo the wrong one")
    lonely = Path(sys.executable).resolve()
    checkout = worktree.parent / "checkout"
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/pyvenv.cfg").write_text(f"home = {lonely.parent}\n")
    (checkout / ".venv/bin/python3").symlink_to(lonely)
    site = checkout / f".venv/lib/python3.{sys.version_info.minor}/site-packages"
    site.mkdir(parents=True)
    (site / "pytest.py").write_text("")
    environment = await build_environment(worktree=worktree, checkout=checkout, scratch=scratch,
                                          inherited={"PATH": f"{programs}:{os.defpath}"})
    result = await run_command("for p in python python3; do $p -c 'import sys, pytest; "
                               "print(sys.prefix)'; done", cwd=worktree, environment=environment,
                               timeout_seconds=60, sandbox=sandbox)
    assert result.output == f"{checkout}/.venv\n" * 2


@pytest.mark.parametrize(("files", "expected"), [
    (["src/x.py"], "src"), (["shop/__init__.py"], ""), (["tests/__init__.py"], None), ([], None),
])
async def test_where_the_worktrees_packages_are_found(
        worktree: Path, scratch: Path, files: list[str], expected: str | None) -> None:
    for name in files:
        (worktree / name).parent.mkdir()
        (worktree / name).touch()
    environment = await build_environment(worktree=worktree, checkout=None, scratch=scratch)
    assert environment.get("PYTHONPATH") == (None if expected is None
                                             else str(worktree / expected))


def test_the_sandbox_lists_its_binds_from_outside_in(tmp_path: Path) -> None:
    worktree, scratch = tmp_path / "worktree", tmp_path / "scratch"
    tool = put(scratch / "shims", "python", "exit 0").parent
    worktree.mkdir()
    (worktree / ".git").touch()
    home = Path.home()
    line = Bubblewrap(Path("/usr/bin/bwrap")).wrap(
        ["true"], cwd=worktree, writable=[worktree, scratch], network=False,
        environment={"PATH": f"{tool}:/usr/bin:{home}:/:relative:{home / '.local'}"})
    binds = [(line[at], line[at + 1]) for at, word in enumerate(line)
             if word in {"--bind", "--ro-bind"} and line[at + 1].startswith(str(tmp_path))]
    assert binds == [("--bind", str(scratch)), ("--bind", str(worktree)),
                     ("--ro-bind", str(tool)), ("--ro-bind", str(worktree / ".git"))]
    assert not {"/", str(home), str(home / ".local"), "relative"} & set(line)
    assert "--share-net" not in line
    assert line[-4:] == ["--chdir", str(worktree), "--", "true"]


@pytest.mark.parametrize(("command", "reason"), [
    ("make all", ""),
    ("absent --flag", "'absent' is not installed here: it is not on PATH."),
    ("make && absent", "'absent' is not installed here: it is not on PATH."),
    ("X=1 absent 2>&1 | make", "'absent' is not installed here: it is not on PATH."),
    ("if test -f x; then make > absent; fi", ""),
    ("$TOOL run", ""),
    ("./gradlew test", "There is no file './gradlew'."),
    ("cd web && ./run.sh", ""),
    ("make 'unclosed", "The command line cannot be parsed: No closing quotation."),
    ("  ", "The command line is empty."),
    ("python3 -m json.tool x", ""),
    ("python3 -m no_such_module_x", "The Python module 'no_such_module_x' is not installed for "
     "{python}: install it in the repository's virtual environment (.venv)."),
    ("python3 -m owned_by_the_tree", ""),
    ("pytest -q", "pytest is not installed in a Python on PATH: install it in the repository's "
                  "virtual environment (.venv)."),
    ("node --test src/a.test.js", ""),
    ("node --test 'src/**/*.test.ts'", "Node v22.17.0 does not read TypeScript by itself: it takes "
     "22.18 or newer, or a loader, such as node --import tsx."),
    ("node --experimental-strip-types --test a.ts", ""),
    ("node --import tsx --test a.ts", ""),
    ("node --loader=ts-node/esm a.ts", ""),
    ("node --test a.tsx", "Node does not read 'a.tsx' by itself: .tsx needs a loader, such as "
                          "node --import tsx."),
    ("npm test", ""),
    ("npm install", ""),
    ("cd web && npm test", "Its packages are not installed: node_modules is missing (npm ci)."),
    ("cd free && npm run lint", ""),
    ("cd free && npm test", "Node v22.17.0 does not read TypeScript by itself: it takes 22.18 or "
                            "newer, or a loader, such as node --import tsx."),
    ("cd ready && npm run -s check", ""),
    ("cd ready && npm run build", "'tsc' is not installed here: it is not on PATH."),
    ("cd loop && npm t", ""),
    ("npx vitest", "'vitest' is not installed in node_modules, and npx would download it."),
])
async def test_what_can_run_here(worktree: Path, programs: Path, command: str,
                                 reason: str) -> None:
    for name in ("make", "npm", "npx"):
        put(programs, name, "exit 1")
    put(programs, "node", "echo v22.17.0")
    python = programs / "python3"
    python.symlink_to(Path(sys.executable).resolve())
    put(worktree / "web", "run.sh", "exit 0")
    (worktree / "owned_by_the_tree.py").write_text(f"open({str(worktree / 'ran')!r}, 'w')\n")
    packages = {
        "web": {"scripts": {"test": "node x.js"}, "devDependencies": {"x": "1"}},
        "free": {"scripts": {"test": "node --test a.ts"}},
        "ready": {"scripts": {"check": "vitest run", "build": "tsc"}, "dependencies": {"x": "1"}},
        "loop": {"scripts": {"test": "npm test"}},
    }
    for name, package in packages.items():
        (worktree / name).mkdir(exist_ok=True)
        (worktree / name / "package.json").write_text(json.dumps(package))
    put(worktree / "ready/node_modules/.bin", "vitest", f"touch {worktree}/ran")
    answer = await probe_command(command, {"PATH": str(programs)}, worktree)
    assert answer == (not reason, reason.format(python=python))
    assert not (worktree / "ran").exists()


@pytest.mark.parametrize(("version", "runs"), [
    ("v22.6.0", False), ("v22.18.0", True), ("v23.5.0", False), ("v23.6.0", True),
    ("v24.0.0", True), ("v20.20.2", False), ("nonsense", False),
])
async def test_which_node_reads_typescript(worktree: Path, programs: Path, version: str,
                                           runs: bool) -> None:
    put(programs, "node", f"echo {version}")
    answer = await probe_command("node --test a.test.ts", {"PATH": str(programs)}, worktree)
    assert answer.runnable is runs
