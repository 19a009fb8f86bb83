"""What a Python module offers in public, and the tests that follow from it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cockpit_tui.providers.offline.recipes.tests_by_rule.checks import Check, DraftedTest
from cockpit_tui.providers.offline.recipes.tests_by_rule.examples import draft_from_examples
from cockpit_tui.providers.offline.recipes.tests_by_rule.safety import (
    Purity,
    acts_on_import,
    sounds_acting,
)
from cockpit_tui.providers.offline.recipes.tests_by_rule.values import simple_value, type_check

_MAX_TESTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    tests: tuple[DraftedTest, ...]
    names: tuple[str, ...]
    """The public functions and classes, in order."""
    problem: str = ""
    """Why no test may import the module; empty if one may."""

    @property
    def checks_results(self) -> bool:
        """Is there more than names and signatures to go by?"""
        return any(test.basis != "shape" for test in self.tests)


def read_surface(source: str, module: str) -> Surface:
    """The tests for `module` (`pkg.text`), whose file holds `source`."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        return Surface(tests=(), names=(), problem=f"it is not valid Python: {error}")
    acting = acts_on_import(tree)
    if acting:
        return Surface(tests=(), names=(), problem=f"importing it runs code ({acting})")
    public = frozenset(_public_names(tree))
    importable = frozenset(_bound_names(tree.body))
    purity = Purity(tree)
    tests: list[DraftedTest] = []
    shapes: list[Check] = []
    for node in _last_definitions(tree, public):
        if isinstance(node, ast.ClassDef):
            tests += _class_tests(node, module, importable)
            shapes += _class_shape(node)
        elif not sounds_acting(node.name):
            shapes += _signature(node)
            if isinstance(node, ast.FunctionDef):
                tests += _function_tests(node, module, purity, public, importable)
    tests += _shape_tests(shapes, public)
    return Surface(tests=_with_distinct_names(tests)[:_MAX_TESTS],
                   names=tuple(node.name for node in _last_definitions(tree, public)))


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _last_definitions(tree: ast.Module, public: frozenset[str]) -> list[Definition]:
    """The public definitions that hold in the end, in order; names that are bound twice in
    different ways (`f = wrap(f)`) tell nothing and are left out.
    """
    rebound = {each.id for node in tree.body if isinstance(node, ast.Assign | ast.AugAssign)
               for each in ast.walk(node)
               if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    last = {node.name: node for node in tree.body if isinstance(node, Definition)
            and node.name in public - rebound and not _is_overload(node)}
    return list(last.values())


def _public_names(tree: ast.Module) -> Iterator[str]:
    """Definitions without an underscore; those in `__all__` where there is one."""
    listed: set[str] | None = None
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            try:
                listed = set(ast.literal_eval(node.value))
            except (ValueError, TypeError):
                listed = None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            is_public = node.name in listed if listed is not None else node.name[0] != "_"
            if is_public and not node.name.startswith("test_") and not _is_overload(node):
                yield node.name


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(ast.unparse(each).rpartition(".")[2] == "overload" for each in node.decorator_list)


def _bound_names(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (each.id for each in node.targets if isinstance(each, ast.Name))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)


def _function_tests(node: ast.FunctionDef, module: str, purity: Purity, public: frozenset[str],
                    importable: frozenset[str]) -> Iterator[DraftedTest]:
    told = draft_from_examples(node.name, ast.get_docstring(node) or "", module, importable)
    if told is not None:
        yield told
    checked = type_check(node.returns, public) if purity.is_computation(node) else ()
    arguments = _simple_arguments(node)
    if not checked or arguments is None:
        return
    call = f"{node.name}({arguments})"
    own = tuple(name for name in checked if name in public)
    if checked == ("None",):
        check = Check(kind="is", left=call, right="None")
    else:
        kinds = ["type(None)" if name == "None" else name for name in checked]
        right = kinds[0] if len(kinds) == 1 else f"({', '.join(kinds)})"
        check = Check(kind="instance", left=call, right=right)
    words = "_or_".join(name.lower() for name in checked)
    yield DraftedTest(name=f"test_{node.name}_returns_{words}", checks=(check,), basis="type",
                      uses=(node.name, *own))


def _simple_arguments(node: ast.FunctionDef) -> str | None:
    """`"abc", limit=2` for the parameters without a default; None where one is not simple."""
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    needed = positional[: len(positional) - len(given.defaults)]
    values = [simple_value(each.annotation) for each in needed]
    keywords = [(each.arg, simple_value(each.annotation))
                for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
                if default is None]
    if None in values or any(value is None for _, value in keywords):
        return None
    return ", ".join([*(str(value) for value in values),
                      *(f"{name}={value}" for name, value in keywords)])


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Check]:
    if node.decorator_list:
        return
    names = [each.arg for each in (
        *node.args.posonlyargs, *node.args.args,
        *([node.args.vararg] if node.args.vararg else []), *node.args.kwonlyargs,
        *([node.args.kwarg] if node.args.kwarg else []))]
    yield Check(kind="equal", left=f"list(signature({node.name}).parameters)",
                right=f"[{_quoted(names)}]")


def _class_shape(node: ast.ClassDef) -> Iterator[Check]:
    methods = {each.name for each in node.body
               if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
               and not each.name.startswith("_")}
    if methods and not _is_enum(node):
        yield Check(kind="includes", left=node.name, right=f"{{{_quoted(sorted(methods))}}}")


def _shape_tests(shapes: list[Check], public: frozenset[str]) -> Iterator[DraftedTest]:
    """One test of all signatures and one of all methods: they fail together or not at all."""
    signatures = tuple(check for check in shapes if check.kind == "equal")
    methods = tuple(check for check in shapes if check.kind == "includes")
    if signatures and "signature" not in public:  # It would hide `inspect.signature`.
        names = tuple(check.left.removeprefix("list(signature(").partition(")")[0]
                      for check in signatures)
        yield DraftedTest(name="test_signatures", checks=signatures, uses=names, basis="shape")
    if methods:
        yield DraftedTest(name="test_methods", checks=methods, basis="shape",
                          uses=tuple(check.left for check in methods))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _is_enum(node: ast.ClassDef) -> bool:
    return any(re.search(r"Enum|Flag", ast.unparse(base)) for base in node.bases)


def _class_tests(node: ast.ClassDef, module: str,
                 importable: frozenset[str]) -> Iterator[DraftedTest]:
    name = _snake(node.name)
    for owner, text in ((name, ast.get_docstring(node) or ""),
                        *((f"{name}_{each.name}", ast.get_docstring(each) or "")
                          for each in node.body if isinstance(each, ast.FunctionDef)
                          and not sounds_acting(each.name))):
        told = draft_from_examples(owner.strip("_"), text, module, importable)
        if told is not None:
            yield told
    if _is_enum(node):
        yield from _enum_test(node, name)
        return
    built = _dataclass_test(node, name)
    if built is not None:
        yield built


def _enum_test(node: ast.ClassDef, name: str) -> Iterator[DraftedTest]:
    members = [each.targets[0].id for each in node.body if isinstance(each, ast.Assign)
               and isinstance(each.targets[0], ast.Name) and not each.targets[0].id.startswith("_")]
    if members:
        yield DraftedTest(
            name=f"test_{name}_has_its_members", basis="shape", uses=(node.name,),
            checks=(Check(kind="equal", left=f"list({node.name}.__members__)",
                          right=f"[{_quoted(members)}]"),))


def _dataclass_test(node: ast.ClassDef, name: str) -> DraftedTest | None:
    """Build it from simple values and read them back: only where nothing runs in between."""
    decorators = [ast.unparse(each).split("(")[0].rpartition(".")[2]
                  for each in node.decorator_list]
    methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
    if decorators != ["dataclass"] or node.bases or methods & {"__post_init__", "__init__",
                                                               "__setattr__", "__new__"}:
        return None
    fields = [each for each in node.body if isinstance(each, ast.AnnAssign)
              and isinstance(each.target, ast.Name) and "ClassVar" not in ast.unparse(
                  each.annotation)]
    needed = [(ast.unparse(each.target), simple_value(each.annotation))
              for each in fields if each.value is None]
    if not needed or any(value is None for _, value in needed):
        return None
    given = ", ".join(f"{field}={value}" for field, value in needed)
    checks = [Check(kind="do", left=f"built = {node.name}({given})")]
    checks += [Check(kind="equal", left=f"built.{field}", right=str(value))
               for field, value in needed]
    return DraftedTest(name=f"test_{name}_keeps_what_it_is_given", checks=tuple(checks),
                       uses=(node.name,), basis="type")


def _with_distinct_names(tests: list[DraftedTest]) -> tuple[DraftedTest, ...]:
    return tuple({test.name: test for test in reversed(tests)}.values())[::-1]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
