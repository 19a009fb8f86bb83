"""The plan's phases for a scaffold: one phase a class, each with test, class and registration."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import CommandKind, RepositoryFacts
from cockpit_tui.providers.offline.recipe import WorkOrder, instructions_with_order
from cockpit_tui.providers.offline.recipes.scaffold.blocks import blocks_of
from cockpit_tui.providers.offline.recipes.scaffold.family import Family
from cockpit_tui.providers.offline.recipes.scaffold.masking import language_of
from cockpit_tui.providers.offline.recipes.scaffold.naming import snake_case, split_words
from cockpit_tui.providers.offline.recipes.scaffold.orders import Order, Step
from cockpit_tui.providers.offline.recipes.scaffold.registration import is_test_path
from cockpit_tui.providers.offline.recipes.scaffold.structure import parse

RECIPE = "scaffold-class"
_MINUTES = 0.1
_IMPORTED_FROM = re.compile(r"(?:\bfrom|\brequire\(|\bimport\(?)\s*[\"']([^\"'\n]+)[\"']")
_TEST_MODULE = re.compile(r"(?:node:|assert\b|vitest\b|@?jest\b|mocha\b|chai\b|sinon\b)")
_SCRIPT_SUFFIX = re.compile(r"\.[cm]?[jt]sx?$")
_NODE_CHECKS = (".js", ".mjs", ".cjs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the dry run found out about one new class."""

    new: str
    test_target: str
    """Empty: no test task."""
    test_text: str
    class_target: str
    registered: tuple[str, ...]
    """Files that registering changes; empty: no task for it."""


def draft_phase(draft: Draft, family: Family, test: str, registering: tuple[str, ...],
                facts: RepositoryFacts, previous: Draft | None) -> PhaseDraft:
    """One class's tasks, each waiting for the one before it."""
    key = snake_case(split_words(draft.new))
    tasks: list[TaskDraft] = []

    def add(step: Step, title: str, words: str, role: str, paths: tuple[str, ...],
            acceptance: tuple[str, ...], *, after: tuple[str, ...] = ()) -> None:
        order = Order(step=step, new=draft.new, family=family,
                      test=test if step is Step.TEST else "",
                      registering=() if step is Step.CLASS else registering)
        waits = (tasks[-1].key,) if tasks else ()
        tasks.append(TaskDraft(
            key=f"{key}-{step.value}", title=title, role=role, owned_paths=paths,
            instructions=instructions_with_order(
                words, WorkOrder(recipe=RECIPE, data=order.to_json())),
            depends_on=(*waits, *after), acceptance=acceptance, minutes=_MINUTES,
            task_class="simple-crud",
        ))

    if draft.test_target:
        add(Step.TEST, f"Write the test for {draft.new}",
            f"Write {draft.test_target} after {test}: the same checks, about {draft.new}. "
            "Leave out what checks the whole registry.",
            "Tester", (draft.test_target,), _test_acceptance(draft, family))
    is_screen = draft.class_target.endswith((".tsx", ".jsx"))
    add(Step.CLASS, f"Write class {draft.new}",
        f"Write class {draft.new} in {draft.class_target} after {family.sibling} in "
        f"{family.source}: same base, same form, its own name. The test is written already."
        if draft.test_target else
        f"Write class {draft.new} in {draft.class_target} after {family.sibling} in "
        f"{family.source}: same base, same form, its own name.",
        "FrontendDeveloper" if is_screen else "BackendDeveloper", (draft.class_target,),
        _class_acceptance(draft, family, registering, facts))
    if draft.registered:
        after: tuple[str, ...] = ()
        if previous is not None and previous.registered:
            after = (f"{snake_case(split_words(previous.new))}-{Step.REGISTER.value}",)
        add(Step.REGISTER, f"Register {draft.new}",
            f"Make {draft.new} known wherever {family.sibling} is: "
            f"{', '.join(draft.registered)}. Keep the order that is there.",
            "CodeArchitect", draft.registered, _register_acceptance(draft, family, facts),
            after=after)
    return PhaseDraft(title=draft.new, tasks=tuple(tasks))


def _test_acceptance(draft: Draft, family: Family) -> tuple[str, ...]:
    return (_reads(draft.test_target, draft.new, family),)


def _reads(path: str, name: str, family: Family) -> str:
    """A check that fails unless the file is there and is readable, without running it."""
    quoted = shlex.quote(path)
    if family.is_python:
        return f"python -m py_compile {quoted}"
    if path.endswith(_NODE_CHECKS):
        return f"node --check {quoted}"
    return f"grep -q {shlex.quote(name)} {quoted}"


def _class_acceptance(draft: Draft, family: Family, registering: tuple[str, ...],
                      facts: RepositoryFacts) -> tuple[str, ...]:
    checks = [_reads(draft.class_target, f"class {draft.new}", family)]
    alone = single_test_command(draft.test_target, facts) if draft.test_target else ""
    waits = bool(draft.test_target) and needs_registry(draft, registering)
    if alone and not waits:
        checks.append(alone)
    elif not draft.registered or (draft.test_target and not waits):
        checks += _whole_test_command(facts)
    return tuple(dict.fromkeys(checks))


def _register_acceptance(draft: Draft, family: Family, facts: RepositoryFacts) -> tuple[str, ...]:
    alone = single_test_command(draft.test_target, facts) if draft.test_target else ""
    checks = [check for check in (alone, *_whole_test_command(facts)) if check]
    if not checks:
        checks = [_reads(path, draft.new, family) for path in draft.registered[:1]]
    return tuple(dict.fromkeys(checks))


def _whole_test_command(facts: RepositoryFacts) -> list[str]:
    command = facts.command(CommandKind.TEST)
    return [command.command] if command is not None else []


def single_test_command(path: str, facts: RepositoryFacts) -> str:
    """The command that runs one Python test file; empty where the repository tells of none."""
    if not path.endswith(".py"):
        return ""
    for fact in facts.commands:
        if fact.kind is not CommandKind.TEST:
            continue
        found = re.match(r"(?P<head>.*?\bpytest)\b", fact.command)
        if found:
            head = found["head"]
            head = f"{head[:-6]}python -m pytest" if not head.endswith("-m pytest") else head
            return f"{head} -q {shlex.quote(path)}"
        if "unittest" in fact.command:
            return f"{fact.command.split(' unittest')[0]} unittest {shlex.quote(path)}"
    return ""


def needs_registry(draft: Draft, registering: tuple[str, ...]) -> bool:
    """Does the new test import through a file that registers, so that it must wait for that?"""
    modules = {path for path in registering if not is_test_path(path)}
    if not draft.test_target.endswith(".py"):
        return any(_reaches(draft.test_target, name, modules)
                   for name in _IMPORTED_FROM.findall(draft.test_text))
    source = parse(draft.test_target, draft.test_text)
    for block in blocks_of(source):
        if not block.is_import:
            continue
        for module in _imported_modules(source[block.span]):
            dotted = module.replace(".", "/")
            if any(f"/{path}".endswith((f"/{dotted}.py", f"/{dotted}/__init__.py"))
                   for path in modules):
                return True
    return False


def _reaches(test: str, module: str, paths: set[str]) -> bool:
    """Does a test's import lead to one of `paths`? A bare name may be the package itself."""
    if not module.startswith("."):
        return _TEST_MODULE.match(module) is None
    found = posixpath.normpath(posixpath.join(posixpath.dirname(test), module))
    bare = {_SCRIPT_SUFFIX.sub("", path) for path in paths}
    target = _SCRIPT_SUFFIX.sub("", found)
    return target in bare or f"{target}/index" in bare


def _imported_modules(statement: str) -> list[str]:
    found = re.match(r"from\s+\.*([\w.]*)\s+import\s+(.*)", statement, re.DOTALL)
    if found:
        names = [name.split(" as ")[0].strip("() \n") for name in found[2].split(",")]
        inner = [f"{found[1]}.{name}" if found[1] else name for name in names]
        return [found[1], *inner] if found[1] else inner
    return [part.split(" as ")[0].strip() for part in statement.removeprefix("import ").split(",")]


def notes_for(family: Family, drafts: list[Draft], left_alone: Mapping[str, str],
              test: str) -> tuple[str, ...]:
    """What the person should know before approving."""
    notes = [f"{family.sibling} is the example: its form is copied, its meaning is not. "
             "Descriptions in the new classes want a human eye."]
    if not test:
        notes.append(f"{family.sibling} has no test, so the new classes get none.")
    if not any(draft.registered for draft in drafts):
        notes.append(f"No file registers {family.sibling}, so nothing is registered.")
    uses = [path for path in left_alone if language_of(path) is not None and path != test]
    if uses:
        notes.append(f"Left alone, as files that only use {family.sibling}, as far as rules can "
                     f"tell: {', '.join(PurePosixPath(path).as_posix() for path in uses[:6])}.")
    return tuple(notes)
