"""What the scaffold recipe reads out of a request, and what it leaves to others."""

from __future__ import annotations

import pytest

from cockpit_tui.domain.review import ClassFact, RepositoryFacts
from cockpit_tui.providers.offline.recipes.scaffold.request import read_request


def _class(name: str, path: str, *bases: str, is_abstract: bool = False) -> ClassFact:
    return ClassFact(name=name, path=path, line=1, language="Python", bases=bases,
                     is_abstract=is_abstract, tested_by=("tests/t.py",))


FACTS = RepositoryFacts(commit="c", file_count=1, total_bytes=1, classes=(
    _class("BaseAgent", "agents/base.py", is_abstract=True),
    _class("CodeArchitect", "agents/code_architect.py", "base.BaseAgent[Task]"),
    _class("Handler", "handlers/base.py", is_abstract=True),
    _class("PingHandler", "handlers/ping.py", "Handler"),
    _class("VersionHandler", "handlers/version.py", "Handler"),
    _class("Cache", "shop/caches.py", is_abstract=True),
    _class("MemoryCache", "shop/caches.py", "Cache"),
    _class("AppError", "app/errors.py", "Exception"),
    _class("NotFound", "app/errors.py", "AppError"),
))


@pytest.mark.parametrize(("request_text", "names", "sibling"), [
    ("Add the 4 missing agents: BackendDeveloper, FrontendDeveloper, Tester, DevOpsEngineer",
     "BackendDeveloper FrontendDeveloper Tester DevOpsEngineer", "CodeArchitect"),
    ("Add agents: backend developer, frontend developer and devops engineer",
     "BackendDeveloper FrontendDeveloper DevOpsEngineer", "CodeArchitect"),
    ("Add the missing agents:\n- BackendDeveloper (APIs)\n- a Tester\n\nPlease keep the style.",
     "BackendDeveloper Tester", "CodeArchitect"),
    ("Add BackendDeveloper and FrontendDeveloper agents",
     "BackendDeveloper FrontendDeveloper", "CodeArchitect"),
    ("Add missing agents BackendDeveloper, Tester; then add a CI workflow",
     "BackendDeveloper Tester", "CodeArchitect"),
    ("add a tester agent", "Tester", "CodeArchitect"),
    ("Add a backend developer agent like CodeArchitect", "BackendDeveloper", "CodeArchitect"),
    ("We need two more agents (BackendDeveloper, Tester).", "BackendDeveloper Tester",
     "CodeArchitect"),
    ("Add three agents - Planner, Writer and Critic", "Planner Writer Critic", "CodeArchitect"),
    ("Create `SecurityAuditor` extending BaseAgent", "SecurityAuditor", "CodeArchitect"),
    ("Scaffold an agent called 'Data Scientist'", "DataScientist", "CodeArchitect"),
    ("Implement the Tester and the Reviewer following CodeArchitect", "Tester Reviewer",
     "CodeArchitect"),
    ("Add handlers: Foo, Bar", "FooHandler BarHandler", "PingHandler"),
    ("Add handlers for foo and bar, after VersionHandler", "FooHandler BarHandler",
     "VersionHandler"),
    ("Add the handler health-check", "HealthCheckHandler", "PingHandler"),
    ("Create a handler named Echo", "EchoHandler", "PingHandler"),
    ("Add a RedisCache next to MemoryCache", "RedisCache", "MemoryCache"),
    ("Please add a redis cache.", "RedisCache", "MemoryCache"),
    ("add a disk_cache like memory_cache", "DiskCache", "MemoryCache"),
    ("Add a Conflict like NotFound", "Conflict", "NotFound"),
])
def test_new_names_and_the_sibling_are_found(request_text: str, names: str, sibling: str) -> None:
    asked = read_request(request_text, FACTS)

    assert asked is not None
    assert (" ".join(asked.names), asked.sibling.name) == (names, sibling)


@pytest.mark.parametrize("request_text", [
    "Add tests for CodeArchitect",
    "Write unit tests for the agents",
    "Add a CI workflow for the agents",
    "Add GitHub Actions",
    "Add a README section about the handlers",
    "Add an AGENTS.md",
    "Add a CI workflow, and add an AGENTS.md",
    "Document the agents in the README",
    "Fix the bug in PingHandler",
    "Add logging to all handlers",
    "Add error handling to the handlers",
    "Add type hints to MemoryCache",
    "Add a method reset to MemoryCache",
    "Add caching to the agents with Redis",
    "Add a Dockerfile and a Makefile for the agents",
    "Make the agents faster",
    "Create new agents for testing",
    "Add a new agent",
    "Rename CodeArchitect to SolutionArchitect",
    "Replace MemoryCache by RedisCache",
    "Use PostgreSQL in the MemoryCache and add MigrationRunner",
    "Add the agents CodeArchitect and BaseAgent",
])
def test_other_requests_are_left_alone(request_text: str) -> None:
    assert read_request(request_text, FACTS) is None
