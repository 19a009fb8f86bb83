"""The one filter grammar: `words !word state:waiting agent:a3 cost>1`.

Words match anywhere, `!` refuses, `field:text` looks in one field, `field>1` and `field<1`
compare a number. All conditions must hold; case does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_CONDITION = re.compile(r"(!?)(?:([a-z]+)([:<>]))?(.*)", re.DOTALL)

FieldValue = str | float


@dataclass(frozen=True, slots=True)
class _Condition:
    refuses: bool
    field: str
    """Empty: any field."""
    sign: str
    text: str

    def holds(self, fields: Mapping[str, FieldValue]) -> bool:
        return self._found(fields) is not self.refuses

    def _found(self, fields: Mapping[str, FieldValue]) -> bool:
        if not self.field:
            return any(self.text in str(value).lower() for value in fields.values())
        value = fields.get(self.field)
        if value is None:
            return False
        if self.sign == ":":
            return self.text in str(value).lower()
        if isinstance(value, str):
            return False
        limit = float(self.text)
        return value > limit if self.sign == ">" else value < limit


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; the empty one lets everything pass."""

    text: str = ""
    conditions: tuple[_Condition, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Filter:
        """Read what a person typed; it is never wrong: what is no condition is a word."""
        found = (_parse_condition(part) for part in text.lower().split())
        return cls(text.strip(), tuple(condition for condition in found if condition is not None))

    def matches(self, fields: Mapping[str, FieldValue]) -> bool:
        return all(condition.holds(fields) for condition in self.conditions)

    def __bool__(self) -> bool:
        return bool(self.conditions)


def _parse_condition(part: str) -> _Condition | None:
    found = _CONDITION.fullmatch(part)
    if found is None:
        return None
    refuses, field, sign, text = bool(found[1]), found[2] or "", found[3] or "", found[4]
    if sign in {"<", ">"} and not re.fullmatch(r"\d+(\.\d+)?", text):
        field, sign, text = "", "", f"{field}{sign}{text}"
    # While `state:` or `!` is being typed there is nothing to look for yet.
    return _Condition(refuses, field, sign, text) if text else None
