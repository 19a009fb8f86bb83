"""The family that a new class joins, as it stands in a work order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from cockpit_tui.providers.offline.recipes.scaffold.renaming import Renaming


@dataclass(frozen=True)
class Family:
    """A base class and its finished members, seen from the one that is taken as the example."""

    base: str
    base_path: str
    """Empty where the base is not part of the repository."""
    sibling: str
    source: str
    """The sibling's file."""
    members: tuple[str, ...]
    """All finished members, the sibling among them."""
    paths: tuple[str, ...]
    """The members' files."""
    suffix: tuple[str, ...] = ()
    brands: bool = True
    kept: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    """All classes that the request asks for, in its order."""
    is_last_word_unique: bool = True
    base_first: bool = False
    """Members import the base through the package that registers them: it must come first there."""

    def renaming(self, new: str) -> Renaming:
        return Renaming(sibling=self.sibling, new=new, source=self.source, suffix=self.suffix,
                        kept=self.kept, brands=self.brands,
                        is_last_word_unique=self.is_last_word_unique)

    @property
    def peers(self) -> tuple[str, ...]:
        return tuple(name for name in self.members if name != self.sibling)

    @property
    def is_python(self) -> bool:
        return self.source.endswith(".py")

    @property
    def has_own_file(self) -> bool:
        """Is the sibling's file named after it, and without its base and its peers?"""
        others = [path for path in self.paths if path == self.source]
        renamed = self.renaming("Zyxw" + "".join(self.suffix)).path(self.source)
        return len(others) == 1 and self.base_path != self.source and renamed != self.source

    def path_for(self, new: str) -> str:
        """The new class's file: beside the sibling's, or the same one."""
        if not self.has_own_file:
            return self.source
        source = PurePosixPath(self.source)
        return self.renaming(new).path(str(source))

    @cached_property
    def is_kin(self) -> Callable[[str], bool]:
        """Does a text name a member of the family, finished or wanted?"""
        others = [replace(self.renaming("Zyxw" + "".join(self.suffix)), sibling=name, source="",
                          kept=()) for name in dict.fromkeys((*self.members, *self.wanted))]
        return lambda text: any(other.positions(text) for other in others)
