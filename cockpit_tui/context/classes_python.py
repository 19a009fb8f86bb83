"""Python sources by the standard parser: classes, imports, what a package hands on."""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Iterable, Iterator

from cockpit_tui.context.corpus import SourceFile
from cockpit_tui.context.modules import ClassDefinition, SourceModule
from cockpit_tui.context.path_kinds import is_registry

_ONE_AT_A_TIME = threading.Lock()
"""`catch_warnings` changes the whole process; two readers at once would leave it changed."""
_LONGEST_LINE = 20_000
_MAX_CHARACTERS = 600_000
_ABSTRACT_BASES = frozenset({"ABC", "Protocol"})
_SILENT_BASES = frozenset({"object", "Generic"})
_MAX_DOCSTRINGS = 20


def read_python(sources: Iterable[SourceFile]) -> dict[str, SourceModule]:
    """Path → module, for every Python source with text. Never raises on any content."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # A source's invalid escape is no warning of ours.
        return {source.path: _read(source) for source in sources if source.text}


def _read(source: SourceFile) -> SourceModule:
    text = source.text
    if len(text) > _MAX_CHARACTERS or max(map(len, text.split("\n"))) > _LONGEST_LINE:
        return SourceModule(path=source.path)
    try:
        tree = ast.parse(text)
    except SyntaxError as problem:
        return SourceModule(path=source.path, problem=problem.msg or "invalid syntax",
                            problem_line=problem.lineno or 0)
    except (RecursionError, MemoryError):
        return SourceModule(path=source.path, problem="it is nested too deeply")
    except ValueError as problem:
        return SourceModule(path=source.path, problem=str(problem))
    statements = list(_loaded_statements(tree.body))
    functions = list(_functions(statements))
    return SourceModule(
        path=source.path,
        classes=() if source.is_test else tuple(
            _class(node) for node in statements if isinstance(node, ast.ClassDef)),
        imports=tuple(dict.fromkeys(_imports(statements))),
        exports=frozenset(_imported_names(statements)),
        listed=frozenset(_listed_names(statements, is_registry(source.path))),
        star_exports=tuple(_star_imports(statements)),
        functions=len(functions),
        annotated_functions=sum(function.returns is not None for function in functions),
        docstrings=_docstrings(functions),
    )


def _loaded_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the module loads: into `if` and `try`, not into type checking."""
    for node in body:
        if isinstance(node, ast.If):
            if "TYPE_CHECKING" not in ast.dump(node.test):
                yield from _loaded_statements(node.body)
            yield from _loaded_statements(node.orelse)
        elif isinstance(node, ast.Try):
            yield from _loaded_statements(node.body)
            for handler in node.handlers:
                yield from _loaded_statements(handler.body)
        else:
            yield node


def _functions(statements: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield member


def _class(node: ast.ClassDef) -> ClassDefinition:
    bases = [name for name in map(_dotted, node.bases) if name]
    last_parts = {base.rpartition(".")[2] for base in bases}
    metaclasses = {_dotted(keyword.value) for keyword in node.keywords
                   if keyword.arg == "metaclass"}
    is_abstract = (bool(last_parts & _ABSTRACT_BASES)
                   or any(name.endswith("ABCMeta") for name in metaclasses)
                   or any(map(_is_abstract_method, node.body)))
    return ClassDefinition(
        name=node.name, line=node.lineno, is_abstract=is_abstract,
        bases=tuple(base for base in bases if base.rpartition(".")[2] not in _SILENT_BASES))


def _is_abstract_method(member: ast.stmt) -> bool:
    if not isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    if any(_dotted(each).endswith("abstractmethod") for each in member.decorator_list):
        return True
    match member.body[-1]:
        case ast.Raise(exc=ast.expr() as raised):
            return len(member.body) <= 2 and _dotted(raised) == "NotImplementedError"
        case _:
            return False


def _dotted(node: ast.expr) -> str:
    """`a.b` for a name or attribute, also below a subscript or call; else an empty string."""
    parts: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=value, attr=attribute):
                parts.append(attribute)
                node = value
            case ast.Subscript(value=value) | ast.Call(func=value):
                node = value
            case ast.Name(id=name):
                return ".".join([name, *reversed(parts)])
            case _:
                return ""


def _imports(statements: list[ast.stmt]) -> Iterator[str]:
    for node in statements:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            # `from package import module` and `from module import name` look alike: both are
            # offered, and the one that is a file counts.
            for alias in node.names:
                yield f"{module}{'' if module.endswith('.') else '.'}{alias.name}"


def _imported_names(statements: list[ast.stmt]) -> Iterator[str]:
    for node in statements:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name


def _listed_names(statements: list[ast.stmt], reads_values: bool) -> Iterator[str]:
    for node in statements:
        if reads_values and isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) and node.value:
            yield from (each.id for each in ast.walk(node.value) if isinstance(each, ast.Name))
        if _assigns_all(node):
            for child in ast.walk(node):
                if isinstance(child, ast.Constant) and isinstance(child.value, str):
                    yield child.value


def _assigns_all(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=targets):
            return any(isinstance(each, ast.Name) and each.id == "__all__" for each in targets)
        case ast.AnnAssign(target=ast.Name(id="__all__")):
            return True
        case ast.AugAssign(target=ast.Name(id="__all__")):
            return True
        case _:
            return False


def _star_imports(statements: list[ast.stmt]) -> Iterator[str]:
    for node in statements:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            yield "." * node.level + (node.module or "")


def _docstrings(
        functions: list[ast.FunctionDef | ast.AsyncFunctionDef]) -> tuple[str, ...]:
    found = (ast.get_docstring(function, clean=False) for function in functions)
    return tuple(text[:2_000] for text in found if text)[:_MAX_DOCSTRINGS]
