"""What may be called by a test that nobody wrote: names and bodies without side effects.

The rule errs on the safe side. A function that is not plainly a computation is imported and looked
at, never called.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping

_ACTING_WORDS = frozenset(
    ["abort", "apply", "close", "commit", "connect", "create", "delete", "deploy", "destroy",
     "disconnect", "download", "drop", "emit", "erase", "exec", "execute", "exit", "fetch", "flush",
     "fork", "install", "kill", "launch", "listen", "load", "log", "login", "logout", "main",
     "migrate", "mkdir", "move", "notify", "open", "patch", "pop", "post", "print", "prompt",
     "publish", "pull", "purge", "push", "put", "quit", "register", "remove", "rename", "request",
     "reset", "restart", "rm", "run", "save", "send", "serve", "setup", "shutdown", "sleep",
     "spawn", "start", "stop", "submit", "sync", "terminate", "uninstall", "unlink", "upload",
     "wait", "wipe", "write"])

PURE_MODULES = frozenset(
    ["base64", "binascii", "bisect", "cmath", "collections", "colorsys", "copy", "dataclasses",
     "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "html",
     "itertools", "json", "keyword", "math", "numbers", "operator", "re", "statistics", "string",
     "textwrap", "typing", "unicodedata", "urllib.parse", "zlib"])

_PURE_BUILTINS = frozenset(
    name for name in dir(builtins) if name[0].islower()) - frozenset(
    ["__import__", "breakpoint", "compile", "delattr", "eval", "exec", "exit", "globals", "help",
     "input", "locals", "memoryview", "open", "print", "quit", "setattr", "vars"]) | frozenset(
    name for name in dir(builtins) if name.endswith(("Error", "Exception", "Iteration")))

_PURE_METHODS = frozenset(
    name for kind in (str, bytes, list, dict, set, tuple, int, float, type(re.match("", "")),
                      type(re.compile(""))) for name in dir(kind) if not name.startswith("_"))
_CHANGING_METHODS = frozenset(
    ["add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "reverse",
     "setdefault", "sort", "update", "difference_update", "intersection_update"])


def sounds_acting(name: str) -> bool:
    """Does a name such as `send_mail` or `deleteAll` speak of doing something to the world?"""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return any(word.lower() in _ACTING_WORDS for word in words)


class Purity:
    """Judges the functions of one module."""

    def __init__(self, module: ast.Module) -> None:
        self._functions: dict[str, ast.FunctionDef] = {
            node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
        self._imports = _imports_of(module)
        self._known: dict[str, bool] = {}

    def is_computation(self, function: ast.FunctionDef) -> bool:
        """Its body only computes: nothing but pure builtins, modules and its like is called."""
        if function.name not in self._known:
            self._known[function.name] = True  # For recursion: innocent until found otherwise.
            self._known[function.name] = not sounds_acting(function.name) \
                and not function.decorator_list and self._only_computes(function)
        return self._known[function.name]

    def _only_computes(self, function: ast.FunctionDef) -> bool:
        own = _names_made_in(function)
        return all(self._is_harmless(node, own) for statement in function.body
                   for node in ast.walk(statement))

    def _is_harmless(self, node: ast.AST, own: frozenset[str]) -> bool:
        match node:
            case ast.Global() | ast.Nonlocal() | ast.Await() | ast.Yield() | ast.YieldFrom() \
                    | ast.With() | ast.AsyncWith() | ast.While() | ast.Import() \
                    | ast.ImportFrom() | ast.Delete() | ast.ClassDef():
                return False
            case ast.Assign(targets=targets):
                return all(self._is_own_target(target, own) for target in targets)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                return self._is_own_target(target, own)
            case ast.Call(func=func):
                return self._may_call(func, own)
        return True

    def _is_own_target(self, target: ast.expr, own: frozenset[str]) -> bool:
        if isinstance(target, ast.Tuple | ast.List):
            return all(self._is_own_target(each, own) for each in target.elts)
        if isinstance(target, ast.Attribute):
            return False
        return _root(target) in own

    def _may_call(self, func: ast.expr, own: frozenset[str]) -> bool:
        if isinstance(func, ast.Name):
            if func.id in self._functions:
                return self.is_computation(self._functions[func.id])
            if func.id in self._imports:
                return self._imports[func.id] in PURE_MODULES
            return func.id in _PURE_BUILTINS and func.id not in own
        if isinstance(func, ast.Attribute):
            dotted = ast.unparse(func).rpartition(".")[0]
            if self._imports.get(dotted.split(".")[0], "") in PURE_MODULES:
                return True
            if func.attr in _CHANGING_METHODS:
                return _root(func) in own
            return func.attr in _PURE_METHODS and dotted.split(".")[0] not in self._imports
        return False


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names_made_in(function: ast.FunctionDef) -> frozenset[str]:
    """Names bound inside, parameters not counted: changing an argument is an effect."""
    return frozenset(node.id for node in ast.walk(function)
                     if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def _imports_of(module: ast.Module) -> Mapping[str, str]:
    """Name in the module → the module that it comes from."""
    found = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origin = "." * node.level + (node.module or "")
                whole = f"{origin}.{alias.name}"
                found[alias.asname or alias.name] = whole if whole in PURE_MODULES else origin
    return found


def acts_on_import(module: ast.Module) -> str:
    """The first statement that does something when the module is imported, or an empty string."""
    for statement in _top_level(module.body):
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call):
            shown = ast.unparse(call.func)
            if shown.rpartition(".")[2] not in {"filterwarnings", "simplefilter", "append", "add",
                                                "update", "extend", "register", "getLogger",
                                                "addHandler", "install_aliases"}:
                return f"line {call.lineno}: {shown}(...)"
        elif isinstance(statement, ast.While | ast.With | ast.AsyncWith):
            return f"line {statement.lineno}: {type(statement).__name__.lower()}"
    return ""


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.If):
            if "__name__" in ast.unparse(statement.test):
                continue
            yield from _top_level(statement.body + statement.orelse)
        elif isinstance(statement, ast.Try | ast.For):
            yield from _top_level(statement.body)
        else:
            yield statement
