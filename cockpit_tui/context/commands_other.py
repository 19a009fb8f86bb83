"""Commands of every other ecosystem: one manifest, a handful of fixed commands; and make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cockpit_tui.context.corpus import Corpus
from cockpit_tui.domain.review import CommandFact, CommandKind

_TEST, _LINT, _FORMAT, _TYPES, _BUILD = CommandKind
_BY_MANIFEST: Sequence[tuple[str, str, Sequence[tuple[CommandKind, str]]]] = (
    ("Go", "go.mod", ((_TEST, "go test ./..."), (_LINT, "go vet ./..."),
                      (_BUILD, "go build ./..."))),
    ("Rust", "Cargo.toml", ((_TEST, "cargo test"), (_LINT, "cargo clippy --all-targets"),
                            (_FORMAT, "cargo fmt --check"), (_BUILD, "cargo build"))),
    ("Java", "mvnw", ((_TEST, "./mvnw -q test"), (_BUILD, "./mvnw -q package"))),
    ("Java", "pom.xml", ((_TEST, "mvn -q test"), (_BUILD, "mvn -q package"))),
    ("Java", "gradlew", ((_TEST, "./gradlew test"), (_BUILD, "./gradlew build"))),
    ("Java", "build.gradle", ((_TEST, "gradle test"), (_BUILD, "gradle build"))),
    ("Kotlin", "build.gradle.kts", ((_TEST, "gradle test"), (_BUILD, "gradle build"))),
    ("Elixir", "mix.exs", ((_TEST, "mix test"), (_FORMAT, "mix format --check-formatted"),
                           (_BUILD, "mix compile"))),
    ("Swift", "Package.swift", ((_TEST, "swift test"), (_BUILD, "swift build"))),
    ("Dart", "pubspec.yaml", ((_TEST, "dart test"), (_LINT, "dart analyze"))),
    ("Ruby", ".rspec", ((_TEST, "bundle exec rspec"),)),
    ("Ruby", "Rakefile", ((_TEST, "bundle exec rake test"),)),
    ("Ruby", ".rubocop.yml", ((_LINT, "bundle exec rubocop"),)),
    ("PHP", "phpunit.xml", ((_TEST, "vendor/bin/phpunit"),)),
    ("PHP", "phpunit.xml.dist", ((_TEST, "vendor/bin/phpunit"),)),
    ("PHP", "phpstan.neon", ((_TYPES, "vendor/bin/phpstan analyse"),)),
    ("Haskell", "stack.yaml", ((_TEST, "stack test"), (_BUILD, "stack build"))),
    ("Zig", "build.zig", ((_TEST, "zig build test"), (_BUILD, "zig build"))),
    ("C++", "CMakeLists.txt", ((_BUILD, "cmake -S . -B build && cmake --build build"),)),
)
_SUFFIXES_WITH_PROJECT = ((".sln", "C#"), (".csproj", "C#"), (".fsproj", "F#"))
_TARGETS = ((_TEST, ("test", "tests")), (_LINT, ("lint",)),
            (_FORMAT, ("format-check", "fmt-check", "check-format")),
            (_TYPES, ("typecheck", "types", "mypy")), (_BUILD, ("build",)))
_RUNNERS = (
    ("make", ("Makefile", "makefile", "GNUmakefile"), re.compile(r"^([\w-]+)\s*:(?!=)", re.M)),
    ("just", ("justfile", "Justfile"), re.compile(r"^@?([\w-]+)[^:=\n]*:(?!=)", re.M)),
    ("task", ("Taskfile.yml", "Taskfile.yaml"), re.compile(r"^  ([\w-]+):\s*$", re.M)),
)
_DIRECTORY = re.compile(r"(?![-~])[A-Za-z0-9._][A-Za-z0-9._/-]*")


def other_commands(corpus: Corpus) -> Iterator[tuple[str, Sequence[CommandFact]]]:
    """(language, its commands) for each manifest found at the root, or nested for Go and Rust."""
    for language, manifest, commands in _BY_MANIFEST:
        if manifest in corpus.paths:
            yield language, [CommandFact(kind=kind, command=command, source=manifest)
                             for kind, command in commands if _makes_sense(corpus, kind, language)]
    for suffix, language in _SUFFIXES_WITH_PROJECT:
        project = next((p for p in sorted(corpus.paths) if p.endswith(suffix)), "")
        if project:
            yield language, [CommandFact(kind=_TEST, command="dotnet test", source=project),
                             CommandFact(kind=_BUILD, command="dotnet build", source=project)]
            break
    yield from _nested(corpus)


def _makes_sense(corpus: Corpus, kind: CommandKind, language: str) -> bool:
    """A test command is a promise, so there must be tests; Go and Rust hold them anywhere."""
    if kind is not _TEST or language not in {"Go", "Rust"}:
        return True
    return (bool(corpus.tests(language))
            or any("#[test]" in s.text or "#[cfg(test)]" in s.text for s in corpus.product("Rust")))


def _nested(corpus: Corpus) -> Iterator[tuple[str, Sequence[CommandFact]]]:
    for language, manifest, command in (
            ("Go", "go.mod", "go -C {} test ./..."),
            ("Rust", "Cargo.toml", "cargo test --manifest-path {}/Cargo.toml")):
        if manifest in corpus.paths:
            continue
        found = [path for path in sorted(corpus.paths)
                 if path.endswith(f"/{manifest}") and path.count("/") <= 2]
        directories = [path.removesuffix(f"/{manifest}") for path in found]
        facts = [CommandFact(kind=_TEST, command=command.format(directory),
                             source=f"{directory}/{manifest}")
                 for directory in directories[:4] if _DIRECTORY.fullmatch(directory)]
        if facts and _makes_sense(corpus, _TEST, language):
            yield language, facts


def make_commands(corpus: Corpus) -> tuple[CommandFact, ...]:
    """Targets of make, just and task whose names say what they do."""
    facts = []
    for runner, paths, pattern in _RUNNERS:
        path = next((path for path in paths if path in corpus.paths), "")
        targets = set(pattern.findall(corpus.text(path))) if path else set()
        for kind, names in _TARGETS:
            facts += [CommandFact(kind=kind, command=f"{runner} {name}", source=path)
                      for name in names if name in targets]
    return tuple(facts)
