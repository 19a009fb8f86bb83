"""The recipe "fix formatting, fix lint": the repository's own tools with their own fix flags."""

from __future__ import annotations

import re
import shlex
from collections.abc import Generator
from dataclasses import asdict, dataclass

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import CommandFact, CommandKind, RepositoryFacts
from cockpit_tui.providers.offline.reading import read_if_present
from cockpit_tui.providers.offline.recipe import (
    CannotWork,
    Planned,
    Planning,
    ToolReply,
    ToolUse,
    Working,
    WorkOrder,
    instructions_with_order,
)
from cockpit_tui.providers.offline.recipes.stack import Sources
from cockpit_tui.providers.offline.recipes.tree import Tree, list_tree
from cockpit_tui.providers.offline.recipes.wording import Verb, read_clauses, word_set

_TOOLS = word_set("ruff black isort prettier eslint gofmt rubocop clippy")
_NOUNS = word_set("formatting lint linting linter formatter style format") | _TOOLS
_CODE = word_set("code source sources file files everything imports")
_WHOLE = word_set("repository repo project codebase")
_VOCABULARY = _NOUNS | _CODE | word_set(
    "errors error warnings warning issues issue problems problem findings complaints violations "
    "check checks auto automatically cargo fmt go python javascript typescript rust project's")
_VERBS = (Verb.FORMAT, Verb.FIX)
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixer:
    kind: CommandKind
    fix: str
    """Changes files."""
    check: str
    """Exits with 0 when nothing is left to fix."""
    runnable: bool = True
    reason: str = ""


_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^((?:.* )?ruff) check\b"), r"\1 check --fix"),
    (re.compile(r"^((?:.* )?ruff format) --check\b"), r"\1"),
    (re.compile(r"^((?:.* )?black)(?: --check| --diff)+\b"), r"\1"),
    (re.compile(r"^((?:.* )?isort)(?: --check-only| --check| --diff| -c)+\b"), r"\1"),
    (re.compile(r"^((?:.* )?prettier) (?:--check|--list-different|-c|-l)\b"), r"\1 --write"),
    (re.compile(r"^((?:.* )?eslint)\b"), r"\1 --fix"),
    (re.compile(r"^(cargo fmt)(.*?)(?: --)? --check\b"), r"\1\2"),
    (re.compile(r"^(mix format) --check-formatted\b"), r"\1"),
    (re.compile(r"^((?:bundle exec )?rubocop)\b"), r"\1 --autocorrect"),
)


class FormatFix:
    name = "format-fix"
    offer = "Fix formatting or lint with the repository's own, installed and configured tools."

    def matches(self, request: str, facts: RepositoryFacts) -> bool:
        return _asked(request) is not None

    def plan(self, request: str, facts: RepositoryFacts) -> Planning:
        kinds, tools, paths = _asked(request) or (frozenset(), frozenset(), ())
        tree = yield from list_tree()
        missing = [path for path in paths if path not in tree
                   and not tree.has_folder(path.rstrip("/"))]
        if missing:
            raise CannotWork(f"There is no {', '.join(missing)} in this repository.")
        fixers = [each for each in (yield from _find_fixers(facts, tree)) if each.kind in kinds
                  and (not tools or any(tool in each.fix for tool in tools))]
        if not fixers:
            wanted = " or ".join(sorted({"format": "formatter", "lint": "linter"}[kind.value]
                                        for kind in kinds))
            named = f" {', '.join(sorted(tools))}" if tools else ""
            raise CannotWork(f"No {wanted}{named} that can fix is configured in this repository; "
                             "choosing one is a decision for people.")
        usable = [each for each in fixers if each.runnable]
        if not usable:
            raise CannotWork("; ".join(f"{each.check!r} cannot run here: {each.reason}"
                                       for each in fixers))
        usable = [_only_on(each, paths) for each in usable]
        left_out = [f"{each.check!r} cannot run here: {each.reason}"
                    for each in fixers if not each.runnable]
        fixes = tuple(dict.fromkeys(each.fix for each in usable))
        words = [f"Run {', '.join(f'`{fix}`' for fix in fixes)} and nothing else; what the tools "
                 "cannot fix by themselves is reported, not edited.", *left_out]
        order = WorkOrder(recipe=self.name, data={
            "fixers": [{key: asdict(each)[key] for key in ("fix", "check")} for each in usable]})
        task = TaskDraft(
            key="format", title=f"Run {' and '.join(fixes)}", role="BackendDeveloper",
            instructions=instructions_with_order("\n".join(words), order),
            owned_paths=paths or ("**",), minutes=2.0, commands=fixes, task_class="simple-crud",
            acceptance=tuple(dict.fromkeys(each.check for each in usable)))
        return Planned(phases=(PhaseDraft(title="Formatting and lint", tasks=(task,)),),
                       notes=tuple(left_out))

    def work(self, order: JsonObject) -> Working:
        fixers: list[dict[str, str]] = order["fixers"]
        said: dict[str, str] = {}
        unclean = []
        for each in fixers:
            reply = yield ToolUse(name="run_command", arguments={"command": each["check"]})
            unclean += [each] if reply.is_error else []
        if not unclean:
            passing = ", ".join(f"`{each['check']}`" for each in fixers)
            raise CannotWork(f"There is nothing to fix: {passing} passes already.")
        for each in fixers:
            reply = yield ToolUse(name="run_command", arguments={"command": each["fix"]})
            said[each["check"]] = reply.text
        left = []
        for each in fixers:
            reply = yield ToolUse(name="run_command", arguments={"command": each["check"]})
            if reply.is_error:
                told = reply.text or said[each["check"]]
                left.append(f"`{each['check']}` still fails: {_end(told)}")
        if left:
            raise CannotWork("The tools fixed what they can by themselves. " + " ".join(left))
        ran = ", ".join(f"`{each['fix']}`" for each in fixers)
        checks = ", ".join(f"`{each['check']}`" for each in fixers)
        return f"Ran {ran}; {checks} now passes." if len(fixers) == 1 else \
            f"Ran {ran}; {checks} now pass."


def _find_fixers(facts: RepositoryFacts,
                 tree: Tree) -> Generator[ToolUse, ToolReply, list[Fixer]]:
    """Linters first: what they fix may need formatting afterwards."""
    found = [fixer for fact in facts.commands if (fixer := _from_command(fact)) is not None]
    if "package.json" in tree:
        text = yield from read_if_present("package.json")
        package = Sources(tree=tree, texts={"package.json": text or ""}).json("package.json")
        scripts = package.get("scripts")
        found += _from_scripts(scripts if isinstance(scripts, dict) else {}, facts)
    if "go.mod" in tree:
        found.append(Fixer(kind=CommandKind.FORMAT, fix="gofmt -w .",
                           check='test -z "$(gofmt -l .)"'))
    return sorted(found, key=lambda each: each.kind is CommandKind.FORMAT)


def _from_command(fact: CommandFact) -> Fixer | None:
    if fact.kind not in {CommandKind.LINT, CommandKind.FORMAT}:
        return None
    for pattern, replacement in _REWRITES:
        if pattern.search(fact.command):
            return Fixer(kind=fact.kind, fix=pattern.sub(replacement, fact.command),
                         check=fact.command, runnable=fact.runnable, reason=fact.reason)
    return None


def _from_scripts(scripts: dict[str, object], facts: RepositoryFacts) -> list[Fixer]:
    """npm scripts that fix, with the script that checks the same."""
    found = []
    for kind, checks, fixes in (
            (CommandKind.LINT, ("lint",), ("lint:fix", "fix:lint", "fix")),
            (CommandKind.FORMAT, ("format:check", "check:format", "prettier:check", "fmt:check"),
             ("format", "format:fix", "format:write", "prettier", "fmt"))):
        fact = next((each for each in facts.commands if each.kind is kind
                     and re.match(r"(npm|pnpm|yarn|bun)\b", each.command)), None)
        check = next((name for name in checks if name in scripts), "")
        if fact is None or not check:
            continue
        manager = fact.command.split()[0]
        fix = next((f"{manager} run {name}" for name in fixes if name in scripts), "")
        if not fix and "eslint" in str(scripts[check]) and "&&" not in str(scripts[check]):
            fix = f"{manager} run {check} -- --fix"
        if fix:
            found.append(Fixer(kind=kind, fix=fix, check=fact.command, runnable=fact.runnable,
                               reason=fact.reason))
    return found


def _only_on(fixer: Fixer, paths: tuple[str, ...]) -> Fixer:
    """The fixer on `paths` instead of on everything."""
    if not paths:
        return fixer
    if not (fixer.fix.endswith(" .") and fixer.check.endswith(" .")):
        raise CannotWork(f"`{fixer.fix}` works on the whole repository; it cannot be kept to "
                         f"{', '.join(paths)} by rules.")
    named = " ".join(shlex.quote(path) for path in paths)
    return Fixer(kind=fixer.kind, fix=f"{fixer.fix[:-1]}{named}",
                 check=f"{fixer.check[:-1]}{named}")


def _asked(request: str) -> tuple[frozenset[CommandKind], frozenset[str], tuple[str, ...]] | None:
    """(formatting, lint or both; tools named; paths named); None where neither is asked for."""
    kinds: set[CommandKind] = set()
    tools: set[str] = set()
    paths: list[str] = []
    clauses = read_clauses(request)
    for at, clause in enumerate(clauses):
        words = set(clause.lower)
        unknown = clause.unknown(_VOCABULARY)
        named = [word for word in unknown if re.search(r"[./]", word) and _PATH.fullmatch(word)]
        goes_on = bool(kinds) and clause.sentence == clauses[at - 1].sentence
        if clause.verb not in _VERBS or len(named) < len(unknown) or clause.is_subordinate or not (
                words & _NOUNS or (clause.verb is Verb.FORMAT and (
                    words & (_CODE | _WHOLE) or named or len(clauses) == 1 or goes_on))):
            continue
        kinds |= _kinds_of(f"{clause.verb_word} {' '.join(clause.lower)}")
        tools |= words & _TOOLS
        paths += named
    return (frozenset(kinds), frozenset(tools), tuple(dict.fromkeys(paths))) if kinds else None


def _kinds_of(text: str) -> set[CommandKind]:
    if re.search(r"\bruff\b(?! (check|format))", text):
        return {CommandKind.LINT, CommandKind.FORMAT}
    is_lint = re.search(r"\blint|eslint|clippy|\bruff check|rubocop", text) is not None
    is_format = re.search(r"format|prettier|black|isort|gofmt|\bfmt|\bstyle", text) is not None
    return ({CommandKind.LINT} if is_lint else set()) | (
        {CommandKind.FORMAT} if is_format or not is_lint else set())


def _end(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()
             if line.strip() and not line.startswith("[exit code ")]
    return " / ".join(lines[-3:])[:400] or "it said nothing"
