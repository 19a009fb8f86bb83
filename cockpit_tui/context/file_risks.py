"""What is risky in single files: secrets by name, broken syntax, merge markers, odd entries."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from cockpit_tui.context.corpus import Corpus
from cockpit_tui.context.modules import SourceModule
from cockpit_tui.context.path_kinds import is_test_path, vendored_root
from cockpit_tui.domain.review import Finding, Severity
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.secret_names import looks_like_secret_file
from cockpit_tui.domain.tree import TreeEntry

_LARGE_BYTES = 5_000_000
_HUGE_BYTES = 50_000_000
_PACKED = re.compile(r".*\.(exe|dll|so|dylib|a|o|obj|lib|jar|war|class|py[co]|whl|egg|zip|tar|tgz"
                     r"|gz|bz2|xz|7z|rar|deb|rpm|dmg|iso|bin|sqlite3?|db|dump|pkl|pickle)", re.I)
_MARKER = re.compile(rb"^(?:<{7} \S|={7}\r?$|>{7} \S)", re.MULTILINE)
_MAX_SYNTAX = 10


def file_risks(corpus: Corpus, modules: Mapping[str, SourceModule]) -> Iterator[Finding]:
    """One finding a kind; the content of a secret-looking file is never read or shown."""
    entries = [entry for entry in corpus.snapshot.entries if not vendored_root(entry.path)]
    yield from _secrets(entries)
    yield from _merge_markers(corpus)
    yield from _syntax_errors(corpus, modules)
    yield from _large(entries)
    yield from _packed(entries)
    yield from _links(corpus)
    yield from _twins(entries)
    yield from _many(Severity.INFO, "submodule",
                     "submodules",
                     [e.path for e in entries if e.mode == "160000"],
                     "Their content is not part of this repository and was not read.")
    yield from _many(Severity.LOW, "source file that is not UTF-8",
                     "source files that are not UTF-8",
                     [s.path for s in corpus.sources if not s.is_utf8],
                     "Bytes that could not be decoded were replaced for reading.")
    yield from _many(Severity.LOW, "file name with control or undecodable characters",
                     "file names with control or undecodable characters",
                     [e.path for e in entries if sanitize_line(e.path) != e.path],
                     "They are shown with visible symbols instead.")


def _many(severity: Severity, one: str, several: str, paths: Sequence[str],
          detail: str) -> Iterator[Finding]:
    if paths:
        what = f"1 {one}" if len(paths) == 1 else f"{len(paths):,} {several}"
        yield Finding(severity=severity, title=what, path=paths[0],
                      detail=f"{_named(paths)}. {detail}".strip())


def _named(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 3:,} more" if len(paths) > 3 else ""
    return ", ".join(map(sanitize_line, paths[:3])) + more


def _secrets(entries: Sequence[TreeEntry]) -> Iterator[Finding]:
    found = [entry.path for entry in entries
             if entry.is_regular and looks_like_secret_file(entry.path)]
    for is_test, severity, detail in (
            (False, Severity.HIGH, "Told by the name alone; the content was not read. If it is "
                                   "real: replace the secret, then remove it from history."),
            (True, Severity.INFO, "Among the tests, so probably made up. The content was "
                                  "not read.")):
        paths = [path for path in found if is_test_path(path) == is_test]
        if paths:
            noun = "A file that looks like a secret is" if len(paths) == 1 else (
                f"{len(paths):,} files that look like secrets are")
            yield Finding(severity=severity, title=f"{noun} committed", path=paths[0],
                          detail=f"{_named(paths)}. {detail}")


def _merge_markers(corpus: Corpus) -> Iterator[Finding]:
    for source in corpus.sources:
        data = corpus.snapshot.contents.get(source.path, b"")
        if b"<<<<<<< " not in data or source.is_test:
            continue
        line = _conflict_line(data)
        if line:
            yield Finding(severity=Severity.HIGH, title="Merge markers are committed",
                          detail=f"{source.path} holds both sides of a conflict.",
                          path=source.path, line=line)


def _conflict_line(data: bytes) -> int:
    """The line where a whole conflict begins, or 0: its three markers in their order."""
    begun, is_divided = -1, False
    for match in _MARKER.finditer(data):
        match match.group()[:1]:
            case b"<":
                begun, is_divided = match.start(), False
            case b"=":
                is_divided = begun >= 0
            case _ if is_divided:
                return data.count(b"\n", 0, begun) + 1
    return 0


def _syntax_errors(corpus: Corpus, modules: Mapping[str, SourceModule]) -> Iterator[Finding]:
    broken = [source for source in corpus.product() if source.path in modules
              and modules[source.path].problem]
    for source in broken[:_MAX_SYNTAX]:
        module = modules[source.path]
        yield Finding(severity=Severity.MEDIUM, title=f"{source.path} does not parse",
                      detail=f"{source.language}: {module.problem}.", path=source.path,
                      line=module.problem_line)
    if len(broken) > _MAX_SYNTAX:
        yield Finding(severity=Severity.MEDIUM, path=broken[_MAX_SYNTAX].path,
                      title=f"{len(broken) - _MAX_SYNTAX:,} more source files do not parse")
    yield from _many(Severity.INFO, "file among the tests that does not parse",
                     "files among the tests that do not parse",
                     [test.path for test in corpus.tests() if test.path in modules
                      and modules[test.path].problem],
                     "Often on purpose, as test data.")


def _large(entries: Sequence[TreeEntry]) -> Iterator[Finding]:
    large = sorted((e for e in entries if e.size > _LARGE_BYTES), key=lambda e: (-e.size, e.path))
    if large:
        is_huge = large[0].size > _HUGE_BYTES
        named = ", ".join(f"{sanitize_line(e.path)} ({e.size / 1e6:,.0f} MB)" for e in large[:3])
        more = f" and {len(large) - 3:,} more" if len(large) > 3 else ""
        yield Finding(severity=Severity.MEDIUM if is_huge else Severity.LOW, path=large[0].path,
                      title=f"{len(large):,} very large file{'s' if len(large) > 1 else ''}",
                      detail=f"{named}{more}. Every clone carries them for ever.")


def _packed(entries: Sequence[TreeEntry]) -> Iterator[Finding]:
    paths = [entry.path for entry in entries if entry.is_regular and not is_test_path(entry.path)
             and _PACKED.fullmatch(entry.path)]
    yield from _many(Severity.LOW, "packed or compiled file",
                     "packed or compiled files",
                     paths,
                     "Nobody can review what is in them.")


def _links(corpus: Corpus) -> Iterator[Finding]:
    """Links whose target was handed over are judged; others cannot be followed here."""
    leaving, unknown = [], []
    for entry in corpus.snapshot.entries:
        if entry.mode != "120000":
            continue
        target = corpus.snapshot.contents.get(entry.path)
        if target is None:
            unknown.append(entry.path)
        else:
            text = target.decode("utf-8", "surrogateescape")
            reached = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), text))
            if text.startswith("/") or reached == ".." or reached.startswith("../"):
                leaving.append(entry.path)
    yield from _many(Severity.MEDIUM, "symbolic link that leads out of the repository",
                     "symbolic links that lead out of the repository",
                     leaving,
                     "Tools refuse to follow them.")
    yield from _many(Severity.INFO, "symbolic link", "symbolic links", unknown,
                     "Where they lead was not read; tools refuse those that leave the repository.")


def _twins(entries: Sequence[TreeEntry]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    twins = []
    for entry in entries:
        folded = unicodedata.normalize("NFC", entry.path).casefold()
        if first.setdefault(folded, entry.path) != entry.path:
            twins.append(entry.path)
    yield from _many(Severity.MEDIUM, "file name that differs only in case from another",
                     "file names that differ only in case from another",
                     twins,
                     "On Windows and macOS only one of them can be checked out.")
