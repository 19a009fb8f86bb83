"""Carry out one scaffold task through the tools: the test, the class, or its registration."""

from __future__ import annotations

from collections.abc import Generator

from cockpit_tui.providers.offline.recipe import CannotWork, ToolReply, ToolUse, Working
from cockpit_tui.providers.offline.recipes.scaffold.copying import class_file, test_file
from cockpit_tui.providers.offline.recipes.scaffold.editing import change_file, write_file
from cockpit_tui.providers.offline.recipes.scaffold.orders import Order, Step
from cockpit_tui.providers.offline.recipes.scaffold.presence import present
from cockpit_tui.providers.offline.recipes.scaffold.prose import carried_over
from cockpit_tui.providers.offline.recipes.scaffold.registration import register, registry_names
from cockpit_tui.providers.offline.recipes.scaffold.survey import read_code


def carry_out(order: Order) -> Working:
    """Raises CannotWork."""
    match order.step:
        case Step.TEST:
            return (yield from _write_test(order))
        case Step.CLASS:
            return (yield from _write_class(order))
        case Step.REGISTER:
            return (yield from _register(order))


def _write_test(order: Order) -> Working:
    family = order.family
    texts = yield from _read_all(order.registering)
    text = texts.get(order.test) or (yield from read_code(order.test))
    written = test_file(family, order.new, order.test, text, registry_names(family, texts))
    target = family.renaming(order.new).path(order.test)
    yield from _put(target, written, text if target == order.test else None)
    return f"Wrote {target} after {order.test}: the same checks, about {order.new}."


def _write_class(order: Order) -> Working:
    family = order.family
    text = yield from read_code(family.source)
    written = class_file(family, order.new, text)
    target = family.path_for(order.new)
    yield from _put(target, written, text if target == family.source else None)
    said = f"Wrote class {order.new} in {target} after {family.sibling}."
    prose = carried_over(family, order.new, text)
    if prose:
        said += (f" Rules change names, not meanings: these words came over from {family.sibling} "
                 f"and want a human eye: {'; '.join(prose)}.")
    return said


def _register(order: Order) -> Working:
    texts = yield from _read_all(order.registering)
    found = register(order.family, order.new, texts)
    if not found.texts:
        return f"{order.new} is already registered; nothing was changed."
    for path, text in found.texts.items():
        yield from change_file(path, texts[path], text)
    return f"Registered {order.new} as {order.family.sibling} is, in {', '.join(found.texts)}."


def _read_all(paths: tuple[str, ...]) -> Generator[ToolUse, ToolReply, dict[str, str]]:
    texts = {}
    for path in paths:
        texts[path] = yield from read_code(path)
    return texts


def _put(path: str, text: str, old: str | None) -> Generator[ToolUse, ToolReply, None]:
    """Write a new file, or change the one that holds the whole family (`old`: its text)."""
    if old is not None:
        yield from change_file(path, old, text)
        return
    if not (yield from present([path])):
        yield from write_file(path, text)
    elif (yield from read_code(path)) != text:
        raise CannotWork(f"{path} exists already and is something else; it was left alone.")
