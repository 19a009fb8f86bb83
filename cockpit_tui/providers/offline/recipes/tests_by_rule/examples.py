"""Examples in docstrings, turned into assertions.

Format: docs.python.org/3/library/doctest.html. An example that a plain assertion cannot express
(ellipsis, printed output, directives) makes its whole docstring be left out, never bent.
"""

from __future__ import annotations

import ast
import builtins
import doctest

from cockpit_tui.providers.offline.recipes.tests_by_rule.checks import Check, DraftedTest
from cockpit_tui.providers.offline.recipes.tests_by_rule.safety import PURE_MODULES, sounds_acting

_BUILTINS = frozenset(dir(builtins))


class _Inexpressible(Exception):
    """The docstring holds an example that no plain assertion can express."""


def draft_from_examples(name: str, docstring: str, module: str,
                       public: frozenset[str]) -> DraftedTest | None:
    """A test of all examples in `docstring`; None where there is none, or one cannot be said.

    `public` are the names that can be imported from `module`.
    """
    try:
        examples = doctest.DocTestParser().get_examples(docstring)
        if not any(example.want for example in examples):
            return None
        made: set[str] = set()
        used: list[str] = []
        checks: list[Check] = []
        for example in examples:
            tree = ast.parse(example.source)
            used += _names_used(tree, made, module, public)
            checks += _checks_of(example, tree, public)
    except (ValueError, SyntaxError, _Inexpressible):
        return None
    if all(check.kind == "do" for check in checks):
        return None
    return DraftedTest(name=f"test_{name}_examples", checks=tuple(checks), basis="example",
                       uses=tuple(dict.fromkeys(used)))


def _names_used(tree: ast.Module, made: set[str], module: str, public: frozenset[str]) -> list[str]:
    """Names needed from the module. Raises _Inexpressible for what cannot be had or acts."""
    bound = {node.id for node in ast.walk(tree)
             if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            _only_from([alias.name for alias in node.names], module)
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            _only_from([node.module or ""], module)
            bound |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called != "print" and called not in {"pop", "remove"} and sounds_acting(called):
                raise _Inexpressible(called)
    needed = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in made | bound:
            if node.id in public:
                needed.append(node.id)
            elif node.id not in _BUILTINS:
                raise _Inexpressible(node.id)
    made |= bound
    return needed


def _only_from(modules: list[str], module: str) -> None:
    allowed = {module, module.split(".")[0], *PURE_MODULES}
    for name in modules:
        if name not in allowed and not module.startswith(f"{name}."):
            raise _Inexpressible(name)


def _checks_of(example: doctest.Example, tree: ast.Module,
               public: frozenset[str]) -> list[Check]:
    want = example.want.rstrip("\n")
    if example.options or "..." in want or "<BLANKLINE>" in want or len(tree.body) != 1:
        raise _Inexpressible(example.source)
    statement = tree.body[0]
    source = ast.unparse(statement)
    if example.exc_msg is not None:
        error = example.exc_msg.split(":")[0].strip().rpartition(".")[2]
        if error not in _BUILTINS and error not in public:
            raise _Inexpressible(error)
        return [Check(kind="raises", left=source, right=error)]
    if not want:
        return [Check(kind="do", left=source)]
    if not isinstance(statement, ast.Expr):
        raise _Inexpressible(source)
    call = statement.value
    if isinstance(call, ast.Call) and ast.unparse(call.func) == "print":
        if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
            raise _Inexpressible(source)
        return [Check(kind="equal", left=f"str({ast.unparse(call.args[0])})", right=repr(want))]
    if want in {"True", "False"}:
        return [Check(kind="is", left=source, right=want)]
    try:
        value = ast.literal_eval(want)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return [Check(kind="equal", left=f"repr({source})", right=repr(want))]
    if isinstance(value, float) or "\n" in want:
        return [Check(kind="equal", left=f"repr({source})", right=repr(want))] \
            if isinstance(value, float) else [Check(kind="equal", left=source, right=repr(value))]
    return [Check(kind="equal", left=source, right=want)]
