"""Names in all their spellings, and what must stay as it is."""

from __future__ import annotations

import pytest

from cockpit_tui.providers.offline.recipes.scaffold.naming import spellings, split_words
from cockpit_tui.providers.offline.recipes.scaffold.renaming import Renaming

ARCHITECT = Renaming(sibling="CodeArchitect", new="DevOpsEngineer",
                     source="agents/code_architect.py", kept=("SolutionArchitect",))
PING = Renaming(sibling="PingHandler", new="HealthCheckHandler", source="handlers/ping.py",
                suffix=("Handler",))
AMBIGUOUS = Renaming(sibling="CodeArchitect", new="BackendDeveloper",
                     source="agents/architect.py", is_last_word_unique=False)


@pytest.mark.parametrize(("name", "words", "plain"), [
    ("DevOpsEngineer", "DevOps Engineer", "Dev Ops Engineer"),
    ("HTTPServer2", "HTTP Server 2", "HTTP Server 2"),
    ("GraphQLClient", "GraphQL Client", "Graph QL Client"),
    ("snake_case_name", "snake case name", "snake case name"),
])
def test_names_are_split_where_people_split_them(name: str, words: str, plain: str) -> None:
    assert " ".join(split_words(name)) == words
    assert " ".join(split_words(name, brands=False)) == plain


def test_every_spelling_becomes_the_same_spelling() -> None:
    old, new = spellings(("Code", "Architect")), spellings(("DevOps", "Engineer"))

    assert {style: ARCHITECT.apply(text) for style, text in old.items()} == new


@pytest.mark.parametrize(("old", "new"), [
    ("class TestCodeArchitect", "class TestDevOpsEngineer"),
    ("createCodeArchitect(ICodeArchitectOptions)", "createDevOpsEngineer(IDevOpsEngineerOptions)"),
    ("def test_code_architect_plans", "def test_devops_engineer_plans"),
    ("two CodeArchitects, code architects", "two DevOpsEngineers, devops engineers"),
    ("A code architect. An architect; an Architect", "A devops engineer. An engineer; an Engineer"),
    ("architecture, CodeArchitecture, lead_architect, SolutionArchitect",) * 2,
    ("solution_architect = SolutionArchitect()",) * 2,
    ("architect = CodeArchitect()", "engineer = DevOpsEngineer()"),
])
def test_words_change_at_their_edges_only(old: str, new: str) -> None:
    assert ARCHITECT.apply(old) == new


@pytest.mark.parametrize(("old", "new"), [
    ('command = "ping"', 'command = "health_check"'),
    ("from handlers.ping import PingHandler", "from handlers.health_check import "
                                              "HealthCheckHandler"),
    ("test_ping_answers", "test_health_check_answers"),
    ("PING_TIMEOUT = 1", "HEALTH_CHECK_TIMEOUT = 1"),
    ("import ping; ping.send()", "import health_check; ping.send()"),
    ("json.ping, pinging, shipping",) * 2,
])
def test_a_short_name_changes_only_where_it_is_surely_the_class(old: str, new: str) -> None:
    assert PING.apply(old) == new


def test_a_last_word_that_would_name_two_classes_is_written_out_where_it_identifies() -> None:
    text = 'from agents.architect import CodeArchitect\nname = "architect"\narchitect = make(name)'

    assert AMBIGUOUS.apply(text) == (
        "from agents.backend_developer import BackendDeveloper\n"
        'name = "backend_developer"\ndeveloper = make(name)')
    assert AMBIGUOUS.path("tests/test_architect.py") == "tests/test_backend_developer.py"


@pytest.mark.parametrize(("renaming", "path", "expected"), [
    (ARCHITECT, "agents/code_architect.py", "agents/devops_engineer.py"),
    (ARCHITECT, "src/CodeArchitect/index.ts", "src/DevOpsEngineer/index.ts"),
    (ARCHITECT, "test/code-architect.agent.spec.ts", "test/devops-engineer.agent.spec.ts"),
    (PING, "tests/test_ping.py", "tests/test_health_check.py"),
    (PING, "handlers/ping.py", "handlers/health_check.py"),
    (PING, "handlers/base.py", "handlers/base.py"),
    (Renaming(sibling="Tester", new="LoadTester", source="src/tester.ts"), "src/tester.ts",
     "src/load-tester.ts"),
])
def test_paths_follow_their_class(renaming: Renaming, path: str, expected: str) -> None:
    assert renaming.path(path) == expected


def test_a_new_name_that_contains_the_old_one_is_not_renamed_twice() -> None:
    renaming = Renaming(sibling="Tester", new="LoadTester", source="agents/tester.py")

    assert renaming.apply('from agents.tester import Tester\ntester = "tester"') == (
        'from agents.load_tester import LoadTester\nload_tester = "load_tester"')
