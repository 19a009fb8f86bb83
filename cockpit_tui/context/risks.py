"""What is risky or missing in a repository as a whole: tests, CI, licence, lockfile, size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cockpit_tui.context.corpus import Corpus
from cockpit_tui.context.file_risks import file_risks
from cockpit_tui.context.manifests import Manifests, dig, text_at
from cockpit_tui.context.modules import SourceModule
from cockpit_tui.context.path_kinds import vendored_root
from cockpit_tui.domain.review import Finding, Severity

_CI = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|\.(gitlab-ci|travis|appveyor|cirrus|drone)\.yml|appveyor\.yml"
    r"|\.circleci/config\.yml|Jenkinsfile|azure-pipelines\.yml|bitbucket-pipelines\.yml"
    r"|\.buildkite/.+|\.woodpecker.*|\.(forgejo|gitea)/workflows/.+|cloudbuild\.yaml|\.builds/.+"
    r"|\.builds?\.yml")
_LICENCE = re.compile(r"(licen[cs]e|copying|unlicense)([.-][^/]*)?|licenses/.+", re.I)
_LOCKS = {
    "package.json": ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml",
                     "bun.lock", "bun.lockb"),
    "Cargo.toml": ("Cargo.lock",),
    "Gemfile": ("Gemfile.lock",),
    "composer.json": ("composer.lock",),
    "go.mod": ("go.sum",),
    "Pipfile": ("Pipfile.lock",),
}
_MARKS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
_COMMENT_SIGNS = ("#", "//", "*", "--", "<!--")
_MANY_MARKS_PER_THOUSAND = 5
_FEW_MARKS = 5
_LONG_SOURCE = 1_500
_ORDER = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2, Severity.INFO: 3}


def find_risks(corpus: Corpus, manifests: Manifests,
               modules: Mapping[str, SourceModule]) -> tuple[Finding, ...]:
    """Gravest first; a kind of risk is one finding, with the count and the first places."""
    if not corpus.snapshot.entries:
        return (Finding(severity=Severity.INFO, title="The repository is empty",
                        detail="The commit holds no files."),)
    found = [*file_risks(corpus, modules), *manifests.findings, *_tests(corpus), *_ci(corpus),
             *_licence(corpus, manifests), *_readme(corpus), *_lockfile(corpus, manifests),
             *_vendored(corpus), *_long_sources(corpus), *_marks(corpus), *_gitignore(corpus)]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.severity]))


def _tests(corpus: Corpus) -> Iterator[Finding]:
    lines = sum(source.lines for source in corpus.product())
    languages = {source.language for source in corpus.product()}
    if not lines or corpus.tests() or languages <= {"HTML", "CSS", "Dockerfile", "Makefile"}:
        return
    if any("#[test]" in source.text for source in corpus.product("Rust")):
        return
    yield Finding(severity=Severity.HIGH if lines > 200 else Severity.MEDIUM,
                  title="There are no tests",
                  detail=f"{_count(lines, 'line')} of source, and no file that looks like a test.")


def _ci(corpus: Corpus) -> Iterator[Finding]:
    if corpus.sources and not any(map(_CI.fullmatch, corpus.paths)):
        yield Finding(severity=Severity.LOW, title="There is no continuous integration",
                      detail="No workflow of GitHub, GitLab, CircleCI, Jenkins or the like.")


def _licence(corpus: Corpus, manifests: Manifests) -> Iterator[Finding]:
    if any(map(_LICENCE.fullmatch, corpus.paths)) or not corpus.sources:
        return
    declared = (text_at(manifests.table("package.json"), "license")
                or text_at(manifests.table("pyproject.toml"), "project", "license")
                or text_at(manifests.table("Cargo.toml"), "package", "license"))
    detail = (f"The manifest says {declared!r}, but the text is not in the repository."
              if declared else "Nobody else may use the code without one.")
    yield Finding(severity=Severity.LOW, title="There is no licence file", detail=detail)


def _readme(corpus: Corpus) -> Iterator[Finding]:
    has_readme = any(path.lower().startswith("readme") for path in corpus.paths)
    if not has_readme and len(corpus.paths) > 1:
        yield Finding(severity=Severity.LOW, title="There is no README",
                      detail="Nothing at the top level says what this is and how to start it.")


def _lockfile(corpus: Corpus, manifests: Manifests) -> Iterator[Finding]:
    for manifest, locks in _LOCKS.items():
        if manifest not in corpus.paths or any(lock in corpus.paths for lock in locks):
            continue
        if _needs_lock(corpus, manifests, manifest):
            yield Finding(severity=Severity.LOW, title=f"{manifest} has no lockfile",
                          detail="Two installs may get different dependencies; expected one of "
                                 + ", ".join(locks[:4]) + ".", path=manifest)


def _needs_lock(corpus: Corpus, manifests: Manifests, manifest: str) -> bool:
    table = manifests.table(manifest)
    match manifest:
        case "package.json":
            return bool(dig(table, "dependencies") or dig(table, "devDependencies"))
        case "Cargo.toml":
            return "src/main.rs" in corpus.paths and bool(dig(table, "dependencies"))
        case "go.mod":
            return re.search(r"^\s*(require\s+)?[\w.-]+\.[a-z]+/\S+ v", corpus.text(manifest),
                             re.MULTILINE) is not None
        case _:
            return True


def _vendored(corpus: Corpus) -> Iterator[Finding]:
    counted: dict[str, int] = {}
    for path in corpus.paths:
        root = vendored_root(path)
        if root:
            counted[root] = counted.get(root, 0) + 1
    for root, files in sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:5]:
        is_installed = root.rpartition("/")[2] in {"node_modules", ".venv", "venv",
                                                   "site-packages", "bower_components"}
        title = (f"Installed packages are committed: {root}/" if is_installed
                 else f"Somebody else's code in {root}/")
        yield Finding(severity=Severity.MEDIUM if is_installed else Severity.INFO, title=title,
                      detail=f"{files:,} files; left out of the counts of languages and classes.",
                      path=root)


def _long_sources(corpus: Corpus) -> Iterator[Finding]:
    long = sorted((s for s in corpus.product() if s.lines > _LONG_SOURCE
                   and s.language not in {"HTML", "CSS", "SQL"}), key=lambda s: (-s.lines, s.path))
    if long:
        named = ", ".join(f"{source.path} ({source.lines:,})" for source in long[:3])
        more = f" and {len(long) - 3} more" if len(long) > 3 else ""
        yield Finding(severity=Severity.INFO, path=long[0].path,
                      title=f"{_count(len(long), 'source file')} of over {_LONG_SOURCE:,} lines",
                      detail=f"{named}{more}.")


def _marks(corpus: Corpus) -> Iterator[Finding]:
    counted = [(_count_marks(source.text), source.path) for source in corpus.sources]
    total = sum(count for count, _ in counted)
    if total < _FEW_MARKS:
        return
    lines = sum(source.lines for source in corpus.sources if source.text)
    density = total * 1_000 / max(lines, 1)
    most, path = max(counted, key=lambda each: (each[0], each[1]))
    is_dense = density > _MANY_MARKS_PER_THOUSAND and total > 20
    yield Finding(severity=Severity.LOW if is_dense else Severity.INFO,
                  title=f"{_count(total, 'note')} of unfinished work (TODO, FIXME, XXX, HACK)",
                  detail=f"{density:.1f} per thousand lines; most in {path} ({most}).", path=path)


def _count_marks(text: str) -> int:
    """Marks that stand behind the sign of a comment on their line."""
    count = 0
    for match in _MARKS.finditer(text):
        before = text[max(text.rfind("\n", 0, match.start()) + 1, match.start() - 200):
                      match.start()]
        count += any(sign in before for sign in _COMMENT_SIGNS)
    return count


def _gitignore(corpus: Corpus) -> Iterator[Finding]:
    if corpus.sources and ".gitignore" not in corpus.paths:
        yield Finding(severity=Severity.INFO, title="There is no .gitignore",
                      detail="Build output and local settings are easily committed by mistake.")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
