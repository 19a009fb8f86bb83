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
_SETUP_NAME = re.compile(r"""^\s*name\s*=\s*["']([\w.-]+)["']""", re.MULTILINE)
_COMPILED = re.compile(
    r"^([A-Za-z0-9][^\n]*)\n[ \t]+# via(?: ([^\n]+)|((?:\n[ \t]+#[ \t]{2,}[^\n]+)+))", re.MULTILINE)
_ASKED_FOR = re.compile(r"-r \S+\.in\b|\((?:pyproject\.toml|setup\.(?:py|cfg))\)")
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
            _add(found, _required_lines(corpus.text(path)), path)
    if "setup.cfg" in manifests.ini:
        parser = manifests.ini["setup.cfg"]
        _add(found, (parser.get("options", "install_requires", fallback="") or "").splitlines(),
             "setup.cfg")
    for names in _SETUP_LIST.findall(corpus.text("setup.py")):
        _add(found, _QUOTED.findall(names), "setup.py")
    for name in ("python", *_own_python_names(corpus, manifests)):
        found.pop(name, None)  # Extras of itself and Poetry's interpreter are no dependencies.
    return found


def _required_lines(text: str) -> list[str]:
    """A requirements file's lines without what pip-compile says is there only `# via` another.

    Format: pip-tools.readthedocs.io, "Example usage for pip-compile".
    """
    def keep(found: re.Match[str]) -> str:
        return found[0] if _ASKED_FOR.search(found[2] or found[3]) else ""

    return _COMPILED.sub(keep, text).splitlines()


def _own_python_names(corpus: Corpus, manifests: Manifests) -> list[str]:
    pyproject = manifests.table("pyproject.toml")
    names = [text_at(pyproject, "project", "name"), text_at(pyproject, "tool", "poetry", "name"),
             *_SETUP_NAME.findall(corpus.text("setup.py"))[:1]]
    if "setup.cfg" in manifests.ini:
        names.append(manifests.ini["setup.cfg"].get("metadata", "name", fallback="") or "")
    return [_normal(name) for name in names]


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
    for _, table in manifests.named("package.json"):
        found.pop(text_at(table, "name"), None)  # A workspace's packages are no dependencies.
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
