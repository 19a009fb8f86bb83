"""One pydantic adapter per domain type, built at first use: ledger, prompts and tests share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

_built: dict[Any, TypeAdapter[Any]] = {}


def adapter(kind: type[T]) -> TypeAdapter[T]:
    """The adapter that validates and dumps values of `kind`, a dataclass or a plain type."""
    if kind not in _built:
        from pydantic import TypeAdapter

        _built[kind] = TypeAdapter(kind)
    return cast("TypeAdapter[T]", _built[kind])
