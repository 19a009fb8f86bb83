"""Which job a CI workflow needs for each ecosystem: set up, install, check, test."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cockpit_tui.domain.review import CommandKind, RepositoryFacts
from cockpit_tui.providers.offline.recipes.python_setup import (
    NEWEST_MINOR,
    python_install,
    python_runner,
    python_versions,
)
from cockpit_tui.providers.offline.recipes.stack import (
    Ecosystem,
    Sources,
    commands_of,
    ecosystems,
)
from cockpit_tui.providers.offline.recipes.workflow_yaml import CHECKOUT, Step, WorkflowJob

_LABELS = {CommandKind.LINT: "Lint", CommandKind.FORMAT: "Check formatting",
           CommandKind.TYPES: "Check types", CommandKind.BUILD: "Build", CommandKind.TEST: "Test"}
_OLDEST_NODE = 18
_CHECKS_ONLY = re.compile(r"--check|--diff|--list-different|\s-l\b|\bformat:check\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDraft:
    """A job, the commands it checks with, and what a person should know about it."""

    job: WorkflowJob
    test: str
    """The test command; empty where the repository has none."""
    note: str = ""


def draft_jobs(sources: Sources, facts: RepositoryFacts) -> tuple[JobDraft, ...]:
    found = ecosystems(sources)
    return tuple(_draft(ecosystem, sources, commands_of(facts, ecosystem, found))
                 for ecosystem in found)


def _draft(ecosystem: Ecosystem, sources: Sources,
           commands: dict[CommandKind, str]) -> JobDraft:
    match ecosystem:
        case "python":
            return _python(sources, commands)
        case "node":
            return _node(sources, commands)
        case "go":
            return _simple("go", [Step(uses="actions/setup-go@v6",
                                       inputs=(("go-version-file", "go.mod"),))],
                           commands, default_test="go test ./...",
                           kinds=(CommandKind.LINT, CommandKind.TEST))
        case "rust":
            toolchain = Step(name="Install Rust", run="rustup toolchain install stable "
                             "--profile minimal --component clippy,rustfmt")
            return _simple("rust", [toolchain], commands, default_test="cargo test",
                           kinds=(CommandKind.FORMAT, CommandKind.LINT, CommandKind.TEST))
        case "maven":
            return _java("maven", sources, commands,
                         "./mvnw -B verify" if "mvnw" in sources.tree else "mvn -B verify")
        case "gradle":
            return _java("gradle", sources, commands,
                         "./gradlew build" if "gradlew" in sources.tree else "gradle build")


def _checks(commands: dict[CommandKind, str], kinds: Iterable[CommandKind],
            prefix: str = "") -> list[Step]:
    steps = []
    for kind in kinds:
        command = commands.get(kind, "")
        if not command or (
                kind is CommandKind.FORMAT and not _CHECKS_ONLY.search(command)):
            continue
        is_prefixed = not prefix or command.startswith((prefix, "make ", "just "))
        steps.append(Step(name=_LABELS[kind],
                          run=command if is_prefixed else f"{prefix} {command}"))
    return steps


def _simple(key: str, setup: list[Step], commands: dict[CommandKind, str], *, default_test: str,
            kinds: tuple[CommandKind, ...]) -> JobDraft:
    commands = {CommandKind.TEST: default_test, **commands}
    steps = _checks(commands, kinds)
    return JobDraft(job=WorkflowJob(key=key, steps=(CHECKOUT, *setup, *steps)),
                    test=commands[CommandKind.TEST])


def _java(key: str, sources: Sources, commands: dict[CommandKind, str],
          default_test: str) -> JobDraft:
    text = "".join(sources.texts.get(path, "")
                   for path in ("pom.xml", "build.gradle", "build.gradle.kts"))
    found = re.search(r"<(?:maven\.compiler\.(?:release|source)|java\.version|release)>(?:1\.)?"
                      r"(\d+)<|JavaLanguageVersion\.of\((\d+)|VERSION_(?:1_)?(\d+)", text)
    version = next((group for group in found.groups() if group), "") if found else ""
    setup = Step(uses="actions/setup-java@v5", inputs=(
        ("distribution", "temurin"), ("java-version", f'"{version or 21}"'), ("cache", key)))
    draft = _simple(key, [setup], commands, default_test=default_test, kinds=(CommandKind.TEST,))
    if version:
        return draft
    return JobDraft(job=draft.job, test=draft.test,
                    note="The build file names no Java version; the workflow takes 21.")


def _python(sources: Sources, commands: dict[CommandKind, str]) -> JobDraft:
    note, commands = "", dict(commands)
    if CommandKind.TEST not in commands:
        if has_python_tests(sources):
            commands[CommandKind.TEST] = "python -m pytest"
        else:
            note = ("No Python tests were found, so the workflow only checks that all files "
                    "compile; add the test command once there are tests.")
    runner = python_runner(sources)
    checks = _checks(commands, (CommandKind.LINT, CommandKind.FORMAT, CommandKind.TYPES,
                                CommandKind.TEST), runner)
    if CommandKind.TEST not in commands:
        checks.append(Step(name="Compile", run=_compile_command(sources)))
    versions = python_versions(sources)
    inputs = [("python-version", "${{ matrix.python-version }}")]
    if any(version[2:].isdigit() and int(version[2:]) > NEWEST_MINOR for version in versions):
        inputs.append(("allow-prereleases", "true"))
    if not runner and sources.tree.first_of("requirements.txt", "pyproject.toml"):
        inputs.append(("cache", "pip"))
    install = Step(name="Install", run="\n".join(
        python_install(sources, [step.run for step in checks])))
    steps = (CHECKOUT, Step(uses="actions/setup-python@v6", inputs=tuple(inputs)), install,
             *checks)
    job = WorkflowJob(key="python", steps=steps,
                      matrix=("python-version", versions),
                      environment=((("UV_PYTHON", "${{ matrix.python-version }}"),)
                                   if runner == "uv run" else ()))
    return JobDraft(job=job, test=commands.get(CommandKind.TEST, ""), note=note)


def has_python_tests(sources: Sources) -> bool:
    return any(re.fullmatch(r"test_\w+\.py|\w+_test\.py", path.rpartition("/")[2])
               for path in sources.tree.files)


def _compile_command(sources: Sources) -> str:
    """Compile the folders that hold Python and the modules beside them."""
    python = [path for path in sources.tree.files if path.endswith(".py")]
    tops = sorted({path.split("/")[0] for path in python})
    safe = [top for top in tops if re.fullmatch(r"[\w.][\w.-]*", top)]
    return f"python -m compileall -q {' '.join(safe) or '.'}"


def _node(sources: Sources, commands: dict[CommandKind, str]) -> JobDraft:
    package = sources.json("package.json")
    scripts = package.get("scripts", {})
    scripts = scripts if isinstance(scripts, dict) else {}
    tree, note = sources.tree, ""
    manager, install, enable = "npm", "npm install", []
    if "pnpm-lock.yaml" in tree:
        manager, install = "pnpm", "pnpm install --frozen-lockfile"
        enable = [Step(name="Enable pnpm", run="corepack enable")]
    elif "yarn.lock" in tree:
        frozen = "immutable" if ".yarnrc.yml" in tree else "frozen-lockfile"
        manager, install = "yarn", f"yarn install --{frozen}"
        enable = [Step(name="Enable yarn", run="corepack enable")]
    elif tree.first_of("package-lock.json", "npm-shrinkwrap.json"):
        install = "npm ci"
    commands = dict(commands)
    if CommandKind.TEST not in commands and "no test specified" not in scripts.get(
            "test", "no test specified"):
        commands[CommandKind.TEST] = f"{manager} test"
    if CommandKind.LINT not in commands and "lint" in scripts:
        commands[CommandKind.LINT] = f"{manager} run lint"
    checks = _checks(commands, (CommandKind.LINT, CommandKind.FORMAT, CommandKind.TYPES,
                                CommandKind.BUILD, CommandKind.TEST))
    if CommandKind.TEST not in commands:
        note = "package.json has no test script, so the workflow runs no Node tests."
    matrix, inputs = _node_versions(sources, package)
    steps = (CHECKOUT, *enable, Step(uses="actions/setup-node@v5", inputs=inputs),
             Step(name="Install", run=install), *checks)
    return JobDraft(job=WorkflowJob(key="node", steps=steps, matrix=matrix),
                    test=commands.get(CommandKind.TEST, ""), note=note)


def _node_versions(sources: Sources, package: dict[str, object]) -> tuple[
        tuple[str, tuple[str, ...]] | None, tuple[tuple[str, str], ...]]:
    """(matrix, inputs of setup-node): from .nvmrc, else `engines`, else the current LTS.

    An open range such as `>= 0.10` begins at the oldest Node that the actions still test on.
    """
    pinned = sources.tree.first_of(".nvmrc", ".node-version")
    if pinned:
        return None, (("node-version-file", pinned),)
    engines = package.get("engines", {})
    wanted = engines.get("node", "") if isinstance(engines, dict) else ""
    lowest = re.search(r"(\d+)", wanted) if isinstance(wanted, str) else None
    if lowest is None:
        versions: tuple[str, ...] = ("lts/*",)
    elif re.fullmatch(r"\s*>=?\s*v?[\d.x]+\s*", wanted):
        versions = (str(max(int(lowest[1]), _OLDEST_NODE)), "lts/*")
    else:
        versions = (lowest[1], "lts/*")
    return ("node-version", versions), (("node-version", "${{ matrix.node-version }}"),)
