"""The recipe "add missing tests": one task a module, from what the code says about itself."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import asdict

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import RepositoryFacts
from cockpit_tui.providers.offline.reading import read_if_present, read_whole
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
from cockpit_tui.providers.offline.recipes.stack import Sources, read_sources
from cockpit_tui.providers.offline.recipes.tests_by_rule.checks import (
    render_tests,
    what_they_rest_on,
)
from cockpit_tui.providers.offline.recipes.tests_by_rule.node_task import (
    node_candidates,
    plan_node_task,
    work_on_node,
)
from cockpit_tui.providers.offline.recipes.tests_by_rule.placement import (
    Place,
    candidate_modules,
    module_of,
    place_test,
    test_files,
)
from cockpit_tui.providers.offline.recipes.tests_by_rule.python_surface import (
    Surface,
    read_surface,
)
from cockpit_tui.providers.offline.recipes.tests_by_rule.request import asked_targets
from cockpit_tui.providers.offline.recipes.tests_by_rule.rounds import run_and_drop
from cockpit_tui.providers.offline.recipes.tree import list_tree

_MAX_TASKS = 8
_MAX_READ = 20
"""Modules looked at for one plan; each costs two tool calls."""


class MissingTests:
    name = "missing-tests"
    offer = ("Add missing tests for Python modules (documented examples, annotated types, "
             "signatures) and for ES modules where node --test is used.")

    def matches(self, request: str, facts: RepositoryFacts) -> bool:
        return asked_targets(request, facts) is not None

    def plan(self, request: str, facts: RepositoryFacts) -> Planning:
        targets = asked_targets(request, facts) or ()
        tree = yield from list_tree()
        sources = yield from read_sources(tree)
        python = candidate_modules(tree)
        node = node_candidates(sources, facts)
        if targets:
            python = tuple(path for path in python if _is_meant(path, targets, facts))
            node = tuple(path for path in node if _is_meant(path, targets, facts))
            if not python and not node:
                raise CannotWork(f"There is no module here that {', '.join(map(repr, targets))} "
                                 "names, so there is nothing that tests could be written for.")
        taken = {path.rpartition("/")[2] for path in test_files(tree)}
        found: list[tuple[str, Surface]] = []
        reasons: list[str] = []
        for path in python[:_MAX_READ]:
            try:
                found.append((path, (yield from _untested_surface(path, sources))))
            except CannotWork as nothing:
                reasons.append(f"{path}: {nothing}")
        found.sort(key=lambda each: not each[1].checks_results)  # Stable: else in order of paths.
        tasks = [_task(place_test(path, facts, sources, taken), surface, self.name,
                       f"tests-{number}")
                 for number, (path, surface) in enumerate(found[:_MAX_TASKS], 1)]
        left = len(found) - len(tasks) + len(python[_MAX_READ:])
        for path in node[:_MAX_READ]:
            if len(tasks) == _MAX_TASKS:
                left += 1
                continue
            task = yield from plan_node_task(path, tree, self.name, f"tests-{len(tasks) + 1}")
            if task is not None:
                tasks.append(task)
        if not tasks:
            raise CannotWork(_nothing(reasons))
        notes = (f"Tests are planned for {_count(len(tasks), 'module')} at a time; "
                 f"{left} more may lack tests: ask again after this job.",) if left else ()
        return Planned(phases=(PhaseDraft(title="Missing tests", tasks=tuple(tasks)),),
                       notes=notes)

    def work(self, order: JsonObject) -> Working:
        if order["style"] == "node":
            return (yield from work_on_node(order))
        place = Place(**order)
        text = yield from read_whole(place.module_path)
        surface = read_surface(text, place.module)
        if surface.problem or not surface.tests:
            raise CannotWork(f"{place.module_path} cannot be tested by rules any more: "
                             f"{surface.problem or 'nothing in it is public'}.")
        tests, dropped = yield from run_and_drop(
            place.test_path, surface.tests, place.command,
            lambda kept: render_tests(place.module, kept, place.style))
        counts = {basis: sum(test.basis == basis for test in tests)
                  for basis in ("example", "type", "shape")}
        said = [f"Wrote {place.test_path} with {_count(len(tests), 'test')} for {place.module}: "
                f"{counts['example']} from documented examples, {counts['type']} from annotated "
                f"types, {counts['shape']} of names and signatures only; all pass."]
        if dropped:
            said.append(f"Left out, because they fail on the code as it is: {', '.join(dropped)}. "
                        "Either the documentation or the code is wrong there.")
        if not counts["example"]:
            checked = "types, not values" if counts["type"] else "no results"
            said.append(f"They check {checked}, because nothing in the code says what the results "
                        "should be.")
        return " ".join(said)


def _task(place: Place, surface: Surface, recipe: str, key: str) -> TaskDraft:
    words = (f"Write {place.test_path} for {place.module} ({', '.join(surface.names[:12])}): "
             f"{_count(len(surface.tests), 'test')} from its {what_they_rest_on(surface.tests)}. "
             "A test that fails on the code as it is, is left out and named.")
    return TaskDraft(
        key=key, title=f"Test {place.module}", role="Tester",
        instructions=instructions_with_order(words, WorkOrder(recipe=recipe, data=asdict(place))),
        owned_paths=(place.test_path,), acceptance=(place.command,), minutes=2.0,
        task_class="simple-crud")


def _untested_surface(path: str, sources: Sources) -> Generator[ToolUse, ToolReply, Surface]:
    """What the module offers. Raises CannotWork if that cannot or need not be tested."""
    _, module = module_of(path, sources.tree)
    text = yield from read_if_present(path)
    surface = read_surface(text or "", module)
    if surface.problem:
        raise CannotWork(surface.problem)
    if not surface.tests:
        raise CannotWork("nothing in it can be tested by rules")
    tested = yield from _tested_in(path, surface, sources)
    if tested:
        raise CannotWork(f"{tested} tests it already")
    return surface


def _tested_in(path: str, surface: Surface,
               sources: Sources) -> Generator[ToolUse, ToolReply, str]:
    """The test file that speaks of the module or one of its names; empty if none does."""
    existing = test_files(sources.tree)
    stem = path.rpartition("/")[2].removesuffix(".py")
    for each in existing:
        if each.rpartition("/")[2] in {f"test_{stem}.py", f"{stem}_test.py"}:
            return each
    if not existing:
        return ""
    package = path.split("/")[-2] if "/" in path else stem
    names = "|".join(re.escape(name) for name in surface.names)
    pattern = rf"import.*\b{stem}\b|from\s+[\w.]*\b{stem}\s+import"
    if names:  # Imported from the package, used through it, or a line of a longer import.
        pattern += rf"|import.*\b({names})\b|\b({package}|{stem})\.({names})\b|^\s+({names}),$"
    tops = {each.split("/")[0] if "/" in each else "." for each in existing}
    reply = yield ToolUse(name="search", arguments={
        "pattern": pattern, "path": tops.pop() if len(tops) == 1 else ".", "glob": "*test*.py"})
    found = re.match(r"([^:\n]+\.py):\d+: ", reply.text)
    return found.group(1) if found and not reply.is_error else ""


def _is_meant(path: str, targets: tuple[str, ...], facts: RepositoryFacts) -> bool:
    """Is `path` the module, the file, the folder or the home of the class that is named?"""
    dotted = "." + path.rpartition(".")[0].replace("/", ".")
    for target in targets:
        plain = target.rstrip("/").removesuffix(".py").removesuffix(".js").removesuffix(".mjs")
        if dotted.endswith("." + plain.replace("/", ".")) or path.startswith(
                f"{target.rstrip('/')}/") or f".{plain.replace('/', '.')}." in dotted:
            return True
        if any(fact.name == target and fact.path == path for fact in facts.classes):
            return True
    return False


def _nothing(reasons: list[str]) -> str:
    if not reasons:
        return ("No module was found that tests could be added for by rules: only Python modules, "
                "and ES modules where node --test is used, are covered.")
    shown = "; ".join(reasons[:5])
    more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
    return f"No tests are missing that rules could write. {shown}{more}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
