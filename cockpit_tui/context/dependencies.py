"""What a repository depends on, by ecosystem, each name with the file that told."""

from __future__ import annotations

import re

from cockpit_tui.context.corpus import Corpus
from cockpit_tui.context.manifests import Manifests, dig, text_at, texts_in
from cockpit_tui.context.path_kinds import is_aside, is_test_path

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_REQUIREMENTS_FILE = re.compile(
    r"(requirements|reqs)[\w/.-]*\.(txt|in)|.*/requirements[\w.-]*\.txt")
_SETUP_LIST = re.compile(r"(?:install_requires|tests_require)\s*=\s*\[([^\]]{0,5000})\]")
_QUOTED = re.compile(r"""["']([^"'\n]+)["']""")
_GO_REQUIRE = re.compile(r"^\s*(?:require\s+)?([\w.-]+\.[a-z]{2,}/[\w./-]+)\s+v", re.MULTILINE)
_GEM = re.compile(r"""^\s*gem\s+["']([\w-]+)["']""", re.MULTILINE)
_ARTIFACT = re.compile(r"<artifactId>([\w.-]+)</artifactId>")
_GRADLE = re.compile(r"""["']([\w.-]+):([\w.-]+)(?::[^"'\n]*)?["']""")
_NODE_TABLES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


def python_dependencies(corpus: Corpus, manifests: Manifests) -> dict[str, str]:
    """Normalised name → file that names it; the root's manifests and requirement files."""
    found: dict[str, str] = {}
    for directory, table in manifests.named("pyproject.toml"):
        path = f"{directory}pyproject.toml"
        lists = [texts_in(dig(table, "project").get("dependencies"))]
        for key in ("project", "optional-dependencies"), ("dependency-groups",):
            lists += [texts_in(each) for each in dig(table, *key).values()]
        poetry = dig(table, "tool", "poetry")
        lists += [list(dig(poetry, "dependencies")), list(dig(poetry, "dev-dependencies"))]
        lists += [list(dig(group, "dependencies")) for group in dig(poetry, "group").values()]
        _add(found, [name for names in lists for name in names], path)
    for path in sorted(corpus.paths):
        if (path.count("/") <= 2 and _REQUIREMENTS_FILE.fullmatch(path)
                and not is_aside(path) and not is_test_path(path)):
            _add(found, corpus.text(path).splitlines(), path)
    if "setup.cfg" in manifests.ini:
        parser = manifests.ini["setup.cfg"]
        _add(found, (parser.get("options", "install_requires", fallback="") or "").splitlines(),
             "setup.cfg")
    for names in _SETUP_LIST.findall(corpus.text("setup.py")):
        _add(found, _QUOTED.findall(names), "setup.py")
    own_name = text_at(manifests.table("pyproject.toml"), "project", "name")
    for name in ("python", _normal(own_name)):
        found.pop(name, None)  # Extras of itself and Poetry's interpreter are no dependencies.
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _add(found: dict[str, str], requirements: list[str], path: str) -> None:
    for requirement in requirements:
        name = _REQUIREMENT.match(requirement)
        if name:
            found.setdefault(_normal(name[1]), path)


def node_dependencies(manifests: Manifests) -> dict[str, str]:
    """Package name → package.json that names it."""
    found: dict[str, str] = {}
    for directory, table in manifests.named("package.json"):
        for key in _NODE_TABLES:
            for name in dig(table, key):
                found.setdefault(name, f"{directory}package.json")
    return found


def other_dependencies(corpus: Corpus, manifests: Manifests) -> dict[str, str]:
    """Crates, Go modules, gems and Maven artifacts → file that names them."""
    found: dict[str, str] = {}
    for directory, table in manifests.named("Cargo.toml"):
        for key in ("dependencies",), ("dev-dependencies",), ("workspace", "dependencies"):
            for name in dig(table, *key):
                found.setdefault(name, f"{directory}Cargo.toml")
    for directory, table in manifests.named("composer.json"):
        for name in dig(table, "require"):
            found.setdefault(name, f"{directory}composer.json")
    patterns = (("go.mod", _GO_REQUIRE), ("Gemfile", _GEM), ("pom.xml", _ARTIFACT))
    for path, pattern in patterns:
        for name in pattern.findall(corpus.text(path)):
            found.setdefault(name, path)
    for path in ("build.gradle", "build.gradle.kts"):
        for _, artifact in _GRADLE.findall(corpus.text(path)):
            found.setdefault(artifact, path)
    return found
