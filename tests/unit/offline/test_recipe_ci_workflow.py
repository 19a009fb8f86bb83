"""Add a CI workflow: what is written is valid, complete, and claims nothing it cannot know."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from support.recipe_driver import RecipeDriver, facts_with, order_of, write_tree

from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import CommandKind
from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.ci_workflow import CiWorkflow

RECIPE = CiWorkflow()
PYPROJECT = """\
[project]
name = "thing"
requires-python = ">=3.11"
classifiers = ["Programming Language :: Python :: 3.11", "Programming Language :: Python :: 3.12"]
[project.optional-dependencies]
dev = ["pytest", "ruff"]
docs = ["sphinx"]
"""
PYTEST = (CommandKind.TEST, "python -m pytest")


@pytest.mark.parametrize("request_text", [
    "Add a CI workflow",
    "add a CI workflow and a .gitignore",
    "Please set up GitHub Actions",
    "set up github actions to run the tests on every push",
    "We need continuous integration",
    "Create a GitHub Actions workflow that runs pytest and ruff",
    "add .github/workflows/ci.yml",
    "CI workflow",
    "Could you add a simple CI pipeline for this project?",
    "Add:\n- a .gitignore\n- a CI workflow\n- an AGENTS.md",
    "Add a workflow which runs the tests on each pull request.",
])
def test_asks_for_a_ci_workflow(request_text: str) -> None:
    assert RECIPE.matches(request_text, facts_with())


@pytest.mark.parametrize("request_text", [
    "fix the CI bug in parser",
    "Fix the CI",
    "make the CI workflow faster",
    "remove the CI workflow",
    "Don't add a CI workflow",
    "add an approval workflow",
    "Add a workflow engine",
    "add CI tests for the login form",
    "add a CI badge to the README",
    "Set up GitHub Actions to deploy to AWS",
    "Refactor the parser and the CI workflow",
    "Add a GitLab CI pipeline",
    "add a city field to the address",
    "explain the CI workflow",
])
def test_does_not_claim_what_it_cannot_do(request_text: str) -> None:
    assert not RECIPE.matches(request_text, facts_with())


def plan_one(root: Path, facts_commands: tuple[tuple[CommandKind, str], ...]) -> TaskDraft:
    (phase,) = RecipeDriver(root=root).plan(RECIPE, "Add a CI workflow",
                                            facts_with(*facts_commands))
    (task,) = phase.tasks
    return task


def test_python_project_end_to_end(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"pyproject.toml": PYPROJECT, "thing.py": "",
                                 "test_thing.py": "def test_true():\n    assert 1\n"})
    driver = RecipeDriver(root=root)
    phases = driver.plan(RECIPE, "Add a CI workflow",
                         facts_with(PYTEST, (CommandKind.LINT, "ruff check .")))
    task = phases[0].tasks[0]
    assert phases == (PhaseDraft(title="Continuous integration", tasks=(TaskDraft(
        key="ci", title="Add .github/workflows/ci.yml", role="DevOpsEngineer",
        instructions=task.instructions, owned_paths=(".github/workflows/ci.yml",),
        acceptance=("grep -qx -- '  python:' .github/workflows/ci.yml",
                    "grep -qF -- 'python -m pytest' .github/workflows/ci.yml"),
        minutes=2.0, task_class="simple-crud"),)),)
    assert driver.work(RECIPE, task) == (
        "Wrote .github/workflows/ci.yml from the repository's own manifests and commands. It runs "
        "`python -m pytest`. It was not run on GitHub: that can only be seen after a push.")
    assert set(driver.accept(task).values()) == {0}
    # YAML 1.1 reads the key `on` as True.
    assert yaml.safe_load((root / ".github/workflows/ci.yml").read_text()) == {
        "name": "CI",
        True: {"push": {"branches": ["main", "master"]}, "pull_request": None},
        "permissions": {"contents": "read"},
        "concurrency": {"group": "ci-${{ github.ref }}", "cancel-in-progress": True},
        "jobs": {"python": {
            "runs-on": "ubuntu-latest",
            "timeout-minutes": 20,
            "strategy": {"fail-fast": False, "matrix": {"python-version": ["3.11", "3.12"]}},
            "steps": [
                {"uses": "actions/checkout@v5"},
                {"uses": "actions/setup-python@v6",
                 "with": {"python-version": "${{ matrix.python-version }}", "cache": "pip"}},
                {"name": "Install", "run": "python -m pip install --upgrade pip\n"
                                           'python -m pip install -e ".[dev]"\n'},
                {"name": "Lint", "run": "ruff check ."},
                {"name": "Test", "run": "python -m pytest"},
            ]}}}


def runs(task: TaskDraft, job: str) -> list[str]:
    workflow = yaml.safe_load(order_of(task)[1]["content"])
    return [line for step in workflow["jobs"][job]["steps"]
            for line in step.get("run", "").splitlines()]


def test_tools_that_no_requirement_names_are_installed(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"requirements.txt": "flask\n", "requirements-dev.txt": "pytest\n",
                                 "app.py": ""})
    task = plan_one(root, (PYTEST, (CommandKind.LINT, "ruff check .")))
    assert runs(task, "python") == [
        "python -m pip install --upgrade pip", "python -m pip install -r requirements.txt",
        "python -m pip install -r requirements-dev.txt", "python -m pip install ruff",
        "ruff check .", "python -m pytest"]


def test_without_tests_it_only_compiles_and_says_so(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"setup.py": "", "pkg/__init__.py": ""})
    task = plan_one(root, ())
    assert runs(task, "python")[-1] == "python -m compileall -q pkg setup.py"
    assert "No Python tests were found" in task.instructions
    assert RecipeDriver(root=root).work(RECIPE, task).count("No Python tests were found") == 1


def test_each_stack_gets_a_job_with_its_own_commands(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {
        "package.json": '{"scripts": {"test": "node --test", "lint": "eslint ."}, '
                        '"engines": {"node": ">=18"}}',
        "package-lock.json": "{}", "go.mod": "module x\n", "Cargo.toml": "", "pom.xml": ""})
    task = plan_one(root, ())
    workflow = yaml.safe_load(order_of(task)[1]["content"])
    matrix = workflow["jobs"]["node"]["strategy"]["matrix"]
    assert matrix == {"node-version": ["18", "lts/*"]}
    assert {key: runs(task, key) for key in workflow["jobs"]} == {
        "node": ["npm ci", "npm run lint", "npm test"],
        "go": ["go test ./..."],
        "rust": ["rustup toolchain install stable --profile minimal --component clippy,rustfmt",
                 "cargo test"],
        "maven": ["mvn -B verify"]}
    path = ".github/workflows/ci.yml"
    assert task.acceptance == (
        f"grep -qx -- '  node:' {path}", f"grep -qx -- '  go:' {path}",
        f"grep -qx -- '  rust:' {path}", f"grep -qx -- '  maven:' {path}",
        f"grep -qF -- 'npm test' {path}", f"grep -qF -- 'go test ./...' {path}",
        f"grep -qF -- 'cargo test' {path}", f"grep -qF -- 'mvn -B verify' {path}")


@pytest.mark.parametrize("command", [
    "make test: all", "pytest -k 'a # b'", "[ -f x ] && pytest", "*pytest", "make test:", "- x",
])
def test_commands_that_look_like_yaml_come_through_unchanged(tmp_path: Path, command: str) -> None:
    root = write_tree(tmp_path, {"pyproject.toml": PYPROJECT})
    assert runs(plan_one(root, ((CommandKind.TEST, command),)), "python")[-1] == command


def test_versions_come_from_requires_python_where_no_classifier_tells(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"pyproject.toml": '[project]\nname="x"\n'
                                                   'requires-python = ">=3.10,<3.13"\n'})
    workflow = yaml.safe_load(order_of(plan_one(root, (PYTEST,)))[1]["content"])
    assert workflow["jobs"]["python"]["strategy"]["matrix"] == {"python-version": ["3.10", "3.12"]}


def test_a_workflow_that_runs_tests_already_is_left_alone(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"pyproject.toml": PYPROJECT, ".github/workflows/main.yml":
                                 "jobs:\n  a:\n    steps:\n      - run: tox -e py\n"})
    with pytest.raises(CannotWork, match=r"main\.yml already runs the tests \(tox -e py\)"):
        plan_one(root, (PYTEST,))


def test_a_type_check_through_a_test_runner_is_not_taken_for_the_tests(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"pyproject.toml": PYPROJECT, ".github/workflows/ci.yml":
                                 "      - run: tox run -e ${{ env.PYTHON }}-mypy\n"
                                 "      - run: >\n          tox run\n"})
    with pytest.raises(CannotWork, match=r"already runs the tests \(tox run\)"):
        plan_one(root, (PYTEST,))


def test_a_ci_file_without_tests_stays_and_gets_a_neighbour(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"pyproject.toml": PYPROJECT, ".github/workflows/ci.yml":
                                 "jobs:\n  a:\n    steps:\n      - run: pip install pytest\n"})
    assert plan_one(root, (PYTEST,)).owned_paths == (".github/workflows/tests.yml",)


def test_an_unknown_stack_is_no_excuse_for_an_empty_workflow(tmp_path: Path) -> None:
    with pytest.raises(CannotWork, match="no manifest at the root"):
        plan_one(write_tree(tmp_path, {"main.f90": ""}), ())


def test_tests_that_fail_here_do_not_stop_the_workflow(tmp_path: Path) -> None:
    root = write_tree(tmp_path, {"pyproject.toml": PYPROJECT, "test_thing.py": "import not_here\n"})
    driver = RecipeDriver(root=root)
    (phase,) = driver.plan(RECIPE, "Add CI", facts_with(PYTEST))
    driver.work(RECIPE, phase.tasks[0])
    assert set(driver.accept(phase.tasks[0]).values()) == {0}
    assert driver.notes == ["The checks prove what the workflow holds. That its commands pass on "
                            "GitHub can only be seen after a push."]


@pytest.mark.parametrize(("engines", "versions"), [
    (">= 0.10.0", ["18", "lts/*"]), (">=20", ["20", "lts/*"]), ("^16 || ^18", ["16", "lts/*"]),
    ("*", ["lts/*"]),
])
def test_node_versions_are_those_a_runner_can_still_install(
        tmp_path: Path, engines: str, versions: list[str]) -> None:
    root = write_tree(tmp_path, {"package.json": f'{{"engines": {{"node": "{engines}"}}}}'})
    workflow = yaml.safe_load(order_of(plan_one(root, ()))[1]["content"])
    assert workflow["jobs"]["node"]["strategy"]["matrix"] == {"node-version": versions}
