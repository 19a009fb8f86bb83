"""What a path alone tells: a test, somebody else's code, or something a machine wrote."""

from __future__ import annotations

import re

_TEST_DIRECTORIES = frozenset({
    "test", "tests", "__tests__", "spec", "specs", "e2e", "cypress", "playwright", "testdata",
    "test-fixtures", "__mocks__", "__fixtures__",
})
_TEST_NAME = re.compile(
    r"(test_.*|.*_tests?|tests?|conftest)\.pyi?"
    r"|.*[.-](test|tests|spec|e2e)\.[cm]?[jt]sx?"
    r"|.*_test\.(go|rs|exs|dart|rb|cc|cpp|c)|test_.*\.(rb|c|cc|cpp|sh)|.*_spec\.rb"
    r"|.+(Test|Tests|IT|Spec)\.(java|kt|scala|cs|php|groovy|swift)"
)
_VENDORED_DIRECTORIES = frozenset({
    "node_modules", "vendor", "vendored", "_vendor", "third_party", "third-party", "thirdparty",
    "bower_components", "site-packages", ".venv", "venv", ".yarn", "pods", "jspm_packages",
})
_BUILT_DIRECTORIES = frozenset({
    "__pycache__", ".next", ".nuxt", ".tox", ".nox", ".mypy_cache", ".pytest_cache", "htmlcov",
    ".svelte-kit", ".gradle", ".idea", ".vs",
})
_BUILT_TOP_LEVEL = frozenset({"dist", "build", "out", "target", "coverage"})
_HANDS_ON = re.compile(
    r"(__init__|.*registr(y|ies|ation)|register|.*factory|.*catalog(ue)?|plugins|exports"
    r"|public_api)\.(py|[cm]?[jt]sx?)|index\.[cm]?[jt]sx?")
_ASIDE_TOP_LEVEL = frozenset({
    "docs", "doc", "examples", "example", "demo", "demos", "samples", "scripts", "tools",
    "benchmarks", "bench", "website", ".github",
})
_GENERATED_NAME = re.compile(
    r".*[.-]min\.(js|css|mjs|cjs)|.*\.bundle\.js|.*_pb2(_grpc)?\.pyi?|.*\.pb\.(go|cc|h)"
    r"|.*\.(g|freezed)\.dart|.*[._-]generated\.[a-z]+|.*\.designer\.cs|package-lock\.json"
    r"|.*\.egg-info|zz_generated.*|.*\.lock",
    re.IGNORECASE,
)
_GENERATED_HEAD = re.compile(
    rb"@generated\b|\bDO NOT (EDIT|MODIFY)\b|(?i:(this|the following) [\w ]{0,20}"
    rb"(is|was|has been) (auto-?|automatically )generated|^\W{0,4}auto-?generated (by|from)\b)",
    re.MULTILINE,
)
_LONGEST_WRITTEN_LINE = 5_000


def is_test_path(path: str) -> bool:
    *directories, name = path.split("/")
    if any(part.lower() in _TEST_DIRECTORIES for part in directories):
        return True
    return _TEST_NAME.fullmatch(name) is not None


def is_test_file(path: str) -> bool:
    """True for what holds test cases itself; False for the helpers and data beside them."""
    name = path.rpartition("/")[2]
    if name.endswith((".py", ".pyi")):
        return _TEST_NAME.fullmatch(name) is not None and name != "conftest.py"
    return is_test_path(path)


def is_aside(path: str) -> bool:
    """True for examples, documentation and helper scripts: code that is not the product."""
    top, slash, _ = path.partition("/")
    return bool(slash) and (top.lower() in _ASIDE_TOP_LEVEL or top.lower().endswith("examples"))


def hands_on(path: str) -> bool:
    """True for what usually exports or lists others' classes: `__init__`, index, a registry."""
    return _HANDS_ON.fullmatch(path.rpartition("/")[2]) is not None


def is_registry(path: str) -> bool:
    """True for what hands on by listing, and not by being a package's face."""
    return hands_on(path) and path.rpartition("/")[2].split(".")[0] not in {"__init__", "index"}


def is_stub(path: str) -> bool:
    """True for declarations without code: `.pyi`, `.d.ts`."""
    return re.search(r"\.(pyi|d\.[cm]?ts)$", path) is not None


def vendored_root(path: str) -> str:
    """The directory of somebody else's code that `path` lies in, or an empty string."""
    parts = path.split("/")
    for at, part in enumerate(parts[:-1]):
        if part.lower() in _VENDORED_DIRECTORIES:
            return "/".join(parts[: at + 1])
    return ""


def is_built_path(path: str) -> bool:
    """True for what a tool wrote by its place or name: `dist/`, `*.min.js`, `*_pb2.py`."""
    *directories, name = path.split("/")
    if directories and directories[0].lower() in _BUILT_TOP_LEVEL:
        return True
    if any(part.lower() in _BUILT_DIRECTORIES or part.endswith(".egg-info")
           for part in directories):
        return True
    return _GENERATED_NAME.fullmatch(name) is not None


def is_written_by_machine(data: bytes) -> bool:
    """True where the content says so: a "do not edit" head, or lines no hand writes."""
    if _GENERATED_HEAD.search(data[:1_000]):
        return True
    lines = data.count(b"\n") + 1
    if len(data) <= _LONGEST_WRITTEN_LINE or len(data) / lines < 300:
        return False
    return max(map(len, data.split(b"\n"))) > _LONGEST_WRITTEN_LINE
