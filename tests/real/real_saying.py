"""What a command line in this process said, and the types of the fixtures that say it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from real_packages import Package


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """The last JSON line of standard output."""
        last: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return last


Say = Callable[..., Said]
Checkout = Callable[[Package], Path]
