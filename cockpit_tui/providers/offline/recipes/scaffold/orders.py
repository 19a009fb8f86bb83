"""A scaffold task's work order: what its JSON holds, written by the plan and read by the work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.providers.offline.recipe import CannotWork
from cockpit_tui.providers.offline.recipes.scaffold.family import Family

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class Step(StrEnum):
    TEST = "test"
    CLASS = "class"
    REGISTER = "register"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    step: Step
    new: str
    family: Family
    test: str = ""
    """The sibling's test file, for step `test`."""
    registering: tuple[str, ...] = ()
    """The files that register the sibling, for `register`, and to know its names, for `test`."""

    def to_json(self) -> JsonObject:
        return asdict(self)


@cache
def _adapter() -> TypeAdapter[Order]:
    from pydantic import TypeAdapter

    return TypeAdapter(Order)


def read_order(data: JsonObject) -> Order:
    """Raises CannotWork for an order that this recipe did not write."""
    from pydantic import ValidationError

    try:
        return _adapter().validate_python(data)
    except ValidationError as error:
        raise CannotWork(f"The work order is not one of this recipe: {error}") from error
