"""The recipe "add a CI workflow": GitHub Actions for the stacks found, with their own commands."""

from __future__ import annotations

import re
import shlex

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import RepositoryFacts
from cockpit_tui.providers.offline.reading import read_if_present
from cockpit_tui.providers.offline.recipe import (
    CannotWork,
    Planned,
    Planning,
    ToolUse,
    Working,
    WorkOrder,
    instructions_with_order,
)
from cockpit_tui.providers.offline.recipes.stack import read_sources
from cockpit_tui.providers.offline.recipes.tree import list_tree
from cockpit_tui.providers.offline.recipes.wording import (
    Clause,
    Verb,
    read_clauses,
    word_set,
)
from cockpit_tui.providers.offline.recipes.workflow_jobs import draft_jobs
from cockpit_tui.providers.offline.recipes.workflow_yaml import render_workflow

_NOUNS = frozenset({"ci", "ci.yml", ".github/workflows/ci.yml"})
_VOCABULARY = _NOUNS | word_set(
    "cd workflow workflows pipeline pipelines job jobs file config configuration action actions "
    "github .github build builds check checks runs run running executes execute test tests testing "
    "suite lint linter linting types push pushes pull request requests pr prs commit commits each "
    "using use via we have yaml python node node.js nodejs javascript typescript go golang rust "
    "java maven gradle pytest ruff mypy npm cargo automatic automatically automated project's")
_RUNS_TESTS = re.compile(
    r"\b(pytest|unittest|tox|nox|vitest|jest|mocha|node --test|(npm|yarn|pnpm|bun)( run)? t(est)?|"
    r"go test|cargo (nex)?test|mvnw?\b.*\b(test|verify|package|install)|gradlew?\b.*\b(test|build|"
    r"check)|make (test|check)|just test|rake|rspec|dotnet test|ctest|phpunit)\b")
_RUNS_SOMETHING_ELSE = re.compile(
    r"\b(pip|npm|yarn|pnpm|uv) (install|add)\b|\b(tox|nox)\b.*-[es][ =]?(\$\{\{[^}]*\}\}|\S)*"
    r"(doc|lint|typ|mypy|format|build|release|pre-commit)")
_MAX_WORKFLOWS = 12
_NOT_RUN = ("The checks prove what the workflow holds. That its commands pass on GitHub can only "
            "be seen after a push.")


class CiWorkflow:
    name = "ci-workflow"
    offer = "Add a CI workflow (GitHub Actions) that installs, checks and tests what it finds."

    def matches(self, request: str, facts: RepositoryFacts) -> bool:
        return any(_asks_for_ci(clause) for clause in read_clauses(request))

    def plan(self, request: str, facts: RepositoryFacts) -> Planning:
        tree = yield from list_tree()
        workflows = [path for path in tree.under(".github/workflows")
                     if path.endswith((".yml", ".yaml"))]
        for path in workflows[:_MAX_WORKFLOWS]:
            text = yield from read_if_present(path)
            found = _test_line(text or "")
            if found:
                raise CannotWork(f"{path} already runs the tests ({found}); there is nothing to "
                                 "add. Changing a workflow by hand-written rules would be a guess.")
        sources = yield from read_sources(tree)
        drafts = draft_jobs(sources, facts)
        if not drafts:
            raise CannotWork(
                "No CI workflow can be written by rules: there is no manifest at the root that "
                "tells how the project is built (pyproject.toml, package.json, go.mod, Cargo.toml, "
                "pom.xml, build.gradle).")
        path = next(path for path in (".github/workflows/ci.yml", ".github/workflows/tests.yml",
                                      ".github/workflows/cockpit-tests.yml") if path not in tree)
        title = "CI" if path.endswith("/ci.yml") else "Tests"
        content = render_workflow(title, (draft.job for draft in drafts))
        kinds = ", ".join(draft.job.key for draft in drafts)
        words = [f"Write {path} with {'jobs' if len(drafts) > 1 else 'a job'} for {kinds}, on "
                 "every push to main or master and on every pull request, with read-only "
                 "permissions."]
        words += [draft.note for draft in drafts if draft.note]
        if workflows:
            words.append(f"{', '.join(workflows)}: none of them runs tests; they stay as they are.")
        tests = tuple(dict.fromkeys(draft.test for draft in drafts if draft.test))
        order = WorkOrder(recipe=self.name, data={
            "path": path, "content": content, "tests": list(tests),
            "notes": [draft.note for draft in drafts if draft.note]})
        wanted = tests or tuple(draft.job.steps[-1].run for draft in drafts)
        # Only the workflow itself is proven. The project's tests say nothing about it, and often
        # cannot pass here: their dependencies are what the workflow installs.
        proofs = (*(f"grep -qx -- {shlex.quote(f'  {draft.job.key}:')} {path}"
                    for draft in drafts),
                  *(f"grep -qF -- {shlex.quote(command)} {path}" for command in wanted))
        task = TaskDraft(
            key="ci", title=f"Add {path}", role="DevOpsEngineer", task_class="simple-crud",
            instructions=instructions_with_order("\n".join(words), order),
            owned_paths=(path,), acceptance=proofs, minutes=2.0)
        return Planned(phases=(PhaseDraft(title="Continuous integration", tasks=(task,)),),
                       notes=(*(draft.note for draft in drafts if draft.note), _NOT_RUN))

    def work(self, order: JsonObject) -> Working:
        path, content = order["path"], order["content"]
        reply = yield ToolUse(name="write_file", arguments={"path": path, "content": content})
        if reply.is_error:
            raise CannotWork(f"{path} could not be written: {reply.text}")
        said = [f"Wrote {path} from the repository's own manifests and commands."]
        if order["tests"]:
            said.append(f"It runs {', '.join(f'`{test}`' for test in order['tests'])}.")
        said += order["notes"]
        said.append("It was not run on GitHub: that can only be seen after a push.")
        return " ".join(said)


def _asks_for_ci(clause: Clause) -> bool:
    words = set(clause.lower)
    names_ci = bool(words & _NOUNS) or (
        bool(words & {"workflow", "pipeline"})
        and bool(words & {"github", "actions", "test", "tests", "lint", "build", "builds"}))
    return names_ci and clause.asks(Verb.ADD) and not clause.unknown(_VOCABULARY)


def _test_line(text: str) -> str:
    """The first line of a workflow that runs tests, shortened, or an empty string."""
    for line in text.splitlines():
        stripped = line.strip().removeprefix("- ")
        is_command = not stripped.startswith(("#", "name:", "uses:", "if:"))
        if is_command and _RUNS_TESTS.search(stripped) \
                and not _RUNS_SOMETHING_ELSE.search(stripped):
            return stripped.removeprefix("run:").strip()[:80]
    return ""
