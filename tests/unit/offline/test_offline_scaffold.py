"""Scaffolding in repositories that were invented to be different: names, layouts, registries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import offline_repositories as repositories
from support.offline_driver import OfflineDriver, files, write_files

from cockpit_tui import samples

_ERASER = Path(samples.__file__).parent / "typescript/test/support/erase-types.mjs"
PYTEST, NPM = "python -m pytest -q", "npm test"


@dataclass(frozen=True, kw_only=True)
class Case:
    repository: Mapping[str, str]
    request: str
    test_command: str
    phases: tuple[str, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    holds: Mapping[str, str]
    """Path → text that must stand there afterwards, with its neighbours."""


CASES = {
    "a dict in a module of its own, short keys, unsorted, counted by a test": Case(
        repository=repositories.HANDLERS,
        request="Add handlers: Echo, Health check",
        test_command=PYTEST,
        phases=("EchoHandler", "HealthCheckHandler"),
        added=("handlers/echo.py", "handlers/health_check.py", "tests/test_echo.py",
               "tests/test_health_check.py"),
        changed=("handlers/registry.py", "tests/test_registry.py"),
        holds={
            "handlers/registry.py": '    "ping": PingHandler,  # the first one\n'
                                    '    "echo": EchoHandler,\n'
                                    '    "health_check": HealthCheckHandler,\n}\n',
            "tests/test_registry.py": "    assert len(HANDLERS) == 4\n",
            "handlers/health_check.py": 'Error("health check needs words")\n',
        },
    ),
    "all classes in one module, tested in one file, made by an if": Case(
        repository=repositories.CACHES,
        request="Add a RedisCache next to MemoryCache",
        test_command=PYTEST,
        phases=("RedisCache",),
        added=(),
        changed=("shop/__init__.py", "shop/caches.py", "tests/test_caches.py"),
        holds={
            "shop/caches.py": '    if kind == "redis":\n        return RedisCache()\n    raise',
            "shop/__init__.py": '    "MemoryCache",\n    "RedisCache",\n    "open_cache",\n',
            "tests/test_caches.py": "from shop import MemoryCache, RedisCache, open_cache\n",
        },
    ),
    "base imported through the package, enums, Literal, match, elif, parametrised": Case(
        repository=repositories.CHANNELS,
        request="Please create the AlertChannel and WebhookChannel classes",
        test_command=PYTEST,
        phases=("AlertChannel", "WebhookChannel"),
        added=("src/notify/channels/alert_channel.py", "src/notify/channels/webhook_channel.py",
               "tests/channels/test_alert_channel.py", "tests/channels/test_webhook_channel.py"),
        changed=("src/notify/channels/__init__.py", "src/notify/factory.py",
                 "src/notify/kinds.py", "tests/channels/test_factory.py"),
        holds={
            "src/notify/kinds.py": "    SMS_CHANNEL = 2\n    ALERT_CHANNEL = 3\n"
                                   "    WEBHOOK_CHANNEL = 4\n",
            "src/notify/factory.py": '    elif name == "alert-channel":\n'
                                     "        channel = AlertChannel()\n",
            "src/notify/channels/alert_channel.py": 'return f"alert: {text}"\n',
        },
    ),
    "CommonJS, a list of instances, exports in package.json": Case(
        repository=repositories.PARSERS,
        request="create class YamlParser extending Parser",
        test_command=NPM,
        phases=("YamlParser",),
        added=("lib/parsers/yaml-parser.js", "test/yaml-parser.test.js"),
        changed=("lib/parsers/index.js", "package.json", "test/registry.test.js"),
        holds={
            "lib/parsers/index.js": "const parsers = [new JsonParser(), new YamlParser()]\n",
            "test/registry.test.js": "assert.strictEqual(parsers.length, 2)\n",
        },
    ),
    "ES modules, a Map of records, a switch with blocks, a table": Case(
        repository=repositories.SHAPES,
        request="Add two shapes, Triangle and Hexagon, like Circle.",
        test_command=NPM,
        phases=("Triangle", "Hexagon"),
        added=("src/shapes/hexagon.js", "src/shapes/triangle.js", "test/hexagon.test.js",
               "test/triangle.test.js"),
        changed=("README.md", "src/shapes/index.js", "test/shapes.test.js"),
        holds={
            "README.md": "| `Triangle` | src/shapes/triangle.js |\n",
            "src/shapes/index.js": "    case 'hexagon': {\n"
                                   "      const hexagon = new Hexagon(size);\n",
            "test/hexagon.test.js": "test('a hexagon describes itself', () => {\n",
        },
    ),
    "TypeScript: an enum, unions, a switch, else-if, implements": Case(
        repository={**repositories.JOBS,
                    "test/support/erase-types.mjs": _ERASER.read_text("utf-8")},
        request="Implement jobs: PurgeCache and RotateLogs, like SendMail",
        test_command=NPM,
        phases=("PurgeCache", "RotateLogs"),
        added=("src/jobs/purge-cache.job.ts", "src/jobs/rotate-logs.job.ts",
               "test/purge-cache.spec.ts", "test/rotate-logs.spec.ts"),
        changed=("src/jobs/JobKind.ts", "src/jobs/factory.ts"),
        holds={
            "src/jobs/JobKind.ts": "  | 'purge-cache'\n  | 'rotate-logs'\n  | 'send-mail';\n",
            "src/jobs/factory.ts": "    case JobKind.RotateLogs:\n"
                                   "      return new RotateLogs();\n",
        },
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
async def test_new_members_join_the_family_the_way_its_members_do(case: Case,
                                                                  tmp_path: Path) -> None:
    root = write_files(tmp_path / "repository", dict(case.repository))
    driver = OfflineDriver(root)
    before = files(root)

    plan = await driver.plan(case.request)
    assert tuple(phase.title for phase in plan.phases) == case.phases, plan
    await driver.carry_out(plan)

    after = files(root)
    assert tuple(sorted(set(after) - set(before))) == case.added
    assert tuple(path for path in before if after[path] != before[path]) == case.changed
    for path, text in case.holds.items():
        assert text in after[path].decode()
    result = driver.run(case.test_command)
    assert result.returncode == 0, result.stdout


async def test_a_task_that_cannot_be_done_says_so_and_writes_nothing(tmp_path: Path) -> None:
    root = write_files(tmp_path / "repository", dict(repositories.HANDLERS))
    driver = OfflineDriver(root)
    plan = await driver.plan("Add handlers: Echo")
    (root / "handlers/echo.py").write_text("# somebody else was faster\n")
    before = files(root)

    said = await driver.work(plan.phases[0].tasks[1])

    assert said.startswith("CANNOT: handlers/echo.py exists already")
    assert files(root) == before


async def test_windows_line_ends_stay(tmp_path: Path) -> None:
    texts = {path: text.replace("\n", "\r\n") for path, text in repositories.HANDLERS.items()}
    root = tmp_path / "repository"
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
    driver = OfflineDriver(root)

    await driver.carry_out(await driver.plan("Add handlers: Echo"))

    registry = (root / "handlers/registry.py").read_bytes()
    assert b'    "echo": EchoHandler,\r\n' in registry
    assert registry.count(b"\n") == registry.count(b"\r\n")


async def test_a_class_without_test_or_registry_is_planned_alone_and_said_so(
        tmp_path: Path) -> None:
    root = write_files(tmp_path / "repository", {
        "lib/base_rule.py": "class BaseRule:\n    pass\n",
        "lib/length_rule.py": "from lib.base_rule import BaseRule\n\n\n"
                              "class LengthRule(BaseRule):\n    pass\n"})

    plan = await OfflineDriver(root).plan("Add a ColourRule like LengthRule")

    (phase,) = plan.phases
    assert [(task.title, task.owned_paths) for task in phase.tasks] == [
        ("Write class ColourRule", ("lib/colour_rule.py",))]
    assert "LengthRule has no test, so the new classes get none." in plan.notes
    assert "No file registers LengthRule, so nothing is registered." in plan.notes
