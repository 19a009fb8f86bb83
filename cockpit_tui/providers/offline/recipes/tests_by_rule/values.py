"""Simple values for simple types, and how a returned type is checked: both from annotations."""

from __future__ import annotations

import ast

_SCALARS = {"str": '"abc"', "int": "2", "float": "1.5", "bool": "True", "bytes": 'b"abc"',
            "complex": "1j"}
_SECOND = {"str": '"def"', "int": "3", "float": "2.5", "bool": "False", "bytes": 'b"def"',
           "complex": "2j"}
_LISTS = frozenset({"list", "List", "Sequence", "Iterable", "Collection", "MutableSequence"})
_SETS = frozenset({"set", "Set", "frozenset", "FrozenSet", "AbstractSet"})
_DICTS = frozenset({"dict", "Dict", "Mapping", "MutableMapping"})
_CONCRETE = {"List": "list", "Set": "set", "FrozenSet": "frozenset", "Dict": "dict",
             "Tuple": "tuple"}


def simple_value(annotation: ast.expr | None) -> str | None:
    """Python source of a value of this type; None where the type is not simple."""
    annotation = _unquote(annotation)
    if annotation is None:
        return None
    alternatives = _alternatives(annotation)
    if len(alternatives) > 1:
        found = (simple_value(each) for each in alternatives if not _is_none(each))
        return next((value for value in found if value is not None), None)
    name, arguments = _generic(annotation)
    if not arguments:
        bare = {"list": '["abc"]', "dict": '{"abc": 2}', "tuple": '("abc",)', "set": '{"abc"}'}
        return _SCALARS.get(name) or bare.get(name)
    inside = [simple_value(each) for each in arguments if not _is_ellipsis(each)]
    if not inside or any(value is None for value in inside):
        return None
    first = inside[0]
    match name:
        case _ if name in _LISTS:
            second = _SECOND.get(_generic(arguments[0])[0])
            return f"[{first}, {second}]" if second else f"[{first}]"
        case _ if name in _SETS:
            return f"frozenset({{{first}}})" if "rozen" in name else f"{{{first}}}"
        case _ if name in _DICTS and len(inside) == 2:
            return f"{{{first}: {inside[1]}}}"
        case "tuple" | "Tuple":
            return f"({', '.join(str(value) for value in inside)},)"
    return None


def type_check(annotation: ast.expr | None, known: frozenset[str]) -> tuple[str, ...]:
    """Names for `isinstance`, e.g. `("int", "float")`; `("None",)` for None; empty if unclear.

    `known` are the module's own classes.
    """
    annotation = _unquote(annotation)
    if annotation is None:
        return ()
    names: list[str] = []
    for each in _alternatives(annotation):
        if _is_none(each):
            names.append("None")
            continue
        name, _ = _generic(each)
        if name == "float":
            names += ["int", "float"]
        elif name in _SCALARS or name in _CONCRETE or name in known \
                or name in {"list", "dict", "set", "tuple", "frozenset"}:
            names.append(_CONCRETE.get(name, name))
        else:
            return ()
    return tuple(dict.fromkeys(names))


def _unquote(annotation: ast.expr | None) -> ast.expr | None:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return None
    return annotation


def _alternatives(annotation: ast.expr) -> list[ast.expr]:
    """`int | None`, `Optional[int]` and `Union[int, None]` taken apart."""
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _alternatives(annotation.left) + _alternatives(annotation.right)
    name, arguments = _generic(annotation)
    if name == "Optional":
        return [*arguments, ast.Constant(value=None)]
    if name == "Union":
        return [each for argument in arguments for each in _alternatives(argument)]
    return [annotation]


def _generic(annotation: ast.expr) -> tuple[str, list[ast.expr]]:
    """(`list`, [`str`]) of `list[str]`; the last part of a dotted name."""
    arguments: list[ast.expr] = []
    if isinstance(annotation, ast.Subscript):
        inside = annotation.slice
        arguments = list(inside.elts) if isinstance(inside, ast.Tuple) else [inside]
        annotation = annotation.value
    if isinstance(annotation, ast.Attribute):
        return annotation.attr, arguments
    return (annotation.id if isinstance(annotation, ast.Name) else ""), arguments


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
