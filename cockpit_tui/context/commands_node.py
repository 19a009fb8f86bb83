"""Commands of a JavaScript or TypeScript repository: package.json scripts, then habits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cockpit_tui.context.corpus import Corpus
from cockpit_tui.context.manifests import Manifests, dig, text_at
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.review import CommandFact, CommandKind

_SCRIPTS = (
    (CommandKind.TEST, ("test", "test:unit", "unit")),
    (CommandKind.LINT, ("lint", "eslint")),
    (CommandKind.FORMAT, ("format:check", "check:format", "prettier:check", "fmt:check")),
    (CommandKind.TYPES, ("typecheck", "type-check", "check-types", "types", "tsc", "check:types")),
    (CommandKind.BUILD, ("build", "compile")),
)
_NO_TEST = re.compile(r"no test specified|^\s*exit\b|^\s*true\s*$|^\s*echo [^&|;]*$")
_LOCKFILES = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"),
              ("bun.lockb", "bun"))
_NODE_TEST = re.compile(r"""["']node:test["']""")
_MAX_NESTED = 5


def node_commands(corpus: Corpus, manifests: Manifests) -> tuple[CommandFact, ...]:
    """All of them; nothing for a repository without JavaScript or a package.json."""
    packages = manifests.named("package.json")
    facts: list[CommandFact] = []
    if packages and not packages[0][0]:
        facts += _of_package("", packages[0][1], _manager(corpus, packages[0][1]))
    if not any(fact.kind is CommandKind.TEST for fact in facts):
        facts += _without_script(corpus, manifests)
    if not packages or packages[0][0]:
        for directory, table in packages[:_MAX_NESTED]:
            facts += _of_package(directory, table, "npm")
    return tuple(facts)


def _manager(corpus: Corpus, table: JsonObject) -> str:
    named = text_at(table, "packageManager").partition("@")[0]
    if named in {"npm", "pnpm", "yarn", "bun"}:
        return named
    return next((manager for path, manager in _LOCKFILES if path in corpus.paths), "npm")


def _of_package(directory: str, table: JsonObject, manager: str) -> Iterator[CommandFact]:
    scripts = dig(table, "scripts")
    source = f"{directory}package.json"
    prefix = f"{manager} --prefix {directory.rstrip('/')}" if directory else manager
    for kind, names in _SCRIPTS:
        for name in names:
            script = scripts.get(name)
            if not isinstance(script, str) or (kind is CommandKind.TEST
                                               and _NO_TEST.search(script)):
                continue
            verb = name if name == "test" and manager != "bun" else f"run {name}"
            yield CommandFact(kind=kind, command=f"{prefix} {verb}", source=source)
            if (kind is CommandKind.TEST and not directory
                    and script.strip() == "node --test"):
                yield CommandFact(kind=kind, command="node --test", source=source)
            break


def _without_script(corpus: Corpus, manifests: Manifests) -> Iterator[CommandFact]:
    tests = corpus.tests("JavaScript", "TypeScript")
    told = next((test.path for test in tests if _NODE_TEST.search(test.text)), "")
    if told:
        yield CommandFact(kind=CommandKind.TEST, command="node --test", source=told)
    table = manifests.table("package.json")
    named = {**dig(table, "dependencies"), **dig(table, "devDependencies")}
    for tool, command in (("vitest", "npx --no-install vitest run"),
                          ("jest", "npx --no-install jest"),
                          ("mocha", "npx --no-install mocha")):
        if tests and tool in named:
            yield CommandFact(kind=CommandKind.TEST, command=command, source="package.json")
    if "tsconfig.json" in corpus.paths and "typescript" in named:
        yield CommandFact(kind=CommandKind.TYPES, command="npx --no-install tsc --noEmit",
                          source="tsconfig.json")
    if "deno.json" in corpus.paths and tests:
        yield CommandFact(kind=CommandKind.TEST, command="deno test", source="deno.json")
