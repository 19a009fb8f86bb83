"""What one source file says about itself, alike for every language that is read this deep."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDefinition:
    name: str
    line: int
    bases: tuple[str, ...] = ()
    """As written, without type arguments: `BaseAgent`, `models.Model`."""
    is_abstract: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceModule:
    path: str
    classes: tuple[ClassDefinition, ...] = ()
    imports: tuple[str, ...] = ()
    """Modules it imports when loaded: dotted for Python (`.` leading where relative), specifiers
    for JavaScript."""
    exports: frozenset[str] = frozenset()
    """Names it hands on: imported names in Python, `export` lists in JavaScript."""
    listed: frozenset[str] = frozenset()
    """Python: the names in `__all__`, and in a registry those in values at module level."""
    star_exports: tuple[str, ...] = ()
    """Modules of which it hands on everything."""
    problem: str = ""
    """The syntax error, if it does not parse."""
    problem_line: int = 0
    functions: int = 0
    annotated_functions: int = 0
    docstrings: tuple[str, ...] = ()
