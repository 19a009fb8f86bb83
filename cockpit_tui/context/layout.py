"""The top level of a repository: each entry, how many files it holds, and what it is for."""

from __future__ import annotations

import re
from collections import Counter

from cockpit_tui.context.corpus import Corpus
from cockpit_tui.context.languages import prose_of
from cockpit_tui.context.path_kinds import is_built_path, is_test_path, vendored_root
from cockpit_tui.domain.review import LayoutEntry

MAX_ENTRIES = 60
_DIRECTORY_ROLES = {
    name: role
    for role, names in {
        "tests": "test tests spec specs e2e __tests__ cypress playwright testdata",
        "docs": "docs doc documentation man wiki",
        "ci": ".ci .circleci .gitlab .buildkite .woodpecker .forgejo .gitea",
        "examples": "examples example demo demos samples sample",
        "scripts": "scripts script tools tool hack bin utils_scripts ci",
        "assets": "assets static public images img media fonts artwork",
        "data": "data datasets fixtures migrations locale locales i18n",
        "benchmarks": "bench benches benchmark benchmarks",
        "deploy": "deploy deployment deployments k8s helm terraform infra ansible charts",
        "config": "config configs .vscode .idea .devcontainer .husky .config etc",
    }.items()
    for name in names.split()
}
_FILE_ROLES = (
    ("licence", re.compile(r"(licen[cs]e|copying|notice|unlicense)([.-].*)?", re.I)),
    ("ci", re.compile(r"\.travis\.yml|\.gitlab-ci\.yml|jenkinsfile|azure-pipelines\.yml"
                      r"|appveyor\.yml|\.cirrus\.yml|bitbucket-pipelines\.yml|\.drone\.yml", re.I)),
    ("docs", re.compile(r"(readme|changelog|changes|history|contributing|code_of_conduct|security"
                        r"|authors|contributors|news|agents|claude|gemini)([.-].*)?"
                        r"|mkdocs\.yml|\.readthedocs\.ya?ml", re.I)),
    ("build", re.compile(r"(gnu)?makefile|dockerfile.*|containerfile|setup\.py|cmakelists\.txt"
                         r"|justfile|rakefile|docker-compose.*|compose\.ya?ml|build\..*"
                         r"|pyproject\.toml|package\.json|cargo\.toml|go\.mod|pom\.xml|gemfile"
                         r"|composer\.json|manifest\.in|noxfile\.py|tox\.ini|procfile"
                         r"|taskfile\.ya?ml", re.I)),
    ("lockfile", re.compile(r".*\.lockb?|package-lock\.json|pnpm-lock\.yaml|go\.sum", re.I)),
    ("config", re.compile(r"\..*|.*\.(toml|ini|cfg|ya?ml|json|jsonc|conf|config\.[cm]?[jt]s)"
                          r"|requirements.*\.txt|conftest\.py", re.I)),
)


def describe_layout(corpus: Corpus) -> tuple[LayoutEntry, ...]:
    """Directories first, then files, both by name; at most `MAX_ENTRIES`."""
    files: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    prose: Counter[str] = Counter()
    directories = set()
    written = {source.path: source for source in corpus.sources}
    for entry in corpus.snapshot.entries:
        top, slash, _ = entry.path.partition("/")
        if slash:
            directories.add(top)
        files[top] += 1
        if entry.path in written:
            sources[top] += 1
            tests[top] += written[entry.path].is_test
        elif prose_of(entry.path) in {"Markdown", "reStructuredText", "AsciiDoc"}:
            prose[top] += 1
    has_workflows = any(path.startswith(".github/workflows/") for path in corpus.paths)
    described = []
    for top in sorted(files, key=lambda name: (name not in directories, name)):
        if top in directories:
            role = _directory_role(top, sources[top], tests[top], prose[top], has_workflows)
        else:
            role = _file_role(top, is_source=bool(sources[top]))
        described.append(LayoutEntry(path=top + "/" * (top in directories), files=files[top],
                                     role=role))
    return tuple(described[:MAX_ENTRIES])


def _directory_role(name: str, sources: int, tests: int, prose: int, has_workflows: bool) -> str:
    lower = name.lower()
    if lower == ".github":
        return "ci" if has_workflows else "config"
    if vendored_root(f"{name}/x"):
        return "vendored"
    if lower in _DIRECTORY_ROLES:
        role = _DIRECTORY_ROLES[lower]
        # A package called `data` or `bin` full of code is source all the same.
        is_code = role in {"data", "assets", "config"} and sources > 3 * prose + 3
        return "source" if is_code else role
    if is_built_path(f"{name}/x"):
        return "build output"
    if sources and tests > 0.8 * sources:
        return "tests"
    if sources:
        return "source"
    return "config" if name.startswith(".") else "docs" if prose else ""


def _file_role(name: str, *, is_source: bool) -> str:
    if is_test_path(name) and name != "conftest.py":
        return "tests"
    for role, pattern in _FILE_ROLES:
        if pattern.fullmatch(name):
            return role
    if is_source:
        return "source"
    return "docs" if prose_of(name) in {"Markdown", "reStructuredText", "AsciiDoc"} else ""
