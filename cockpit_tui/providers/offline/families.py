"""Class families in the facts, and the sentences that describe them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cockpit_tui.domain.review import ClassFact, Finding, RepositoryFacts, Severity

_MAX_MEMBERS = 6
_MAX_FAMILIES = 6
_MAX_OTHERS = 6
_MAX_NAMED = 4
_PLUMBING = ("Error", "Exception", "Warning", "Enum", "Protocol", "TypedDict", "NamedTuple", "ABC",
             "dict", "list", "str", "int", "tuple", "type", "Component", "TestCase")


@dataclass(frozen=True, slots=True)
class Family:
    """Classes with one base: two or more, or one whose base (`head`) stands in the repository."""

    base: str
    head: ClassFact | None
    members: tuple[ClassFact, ...]

    @property
    def is_plumbing(self) -> bool:
        """True for bases that say little about a design: exceptions, enums, containers."""
        bases = [self.base, *(self.head.bases if self.head else ())]
        return any(base.rpartition(".")[2].endswith(_PLUMBING)
                   for base in bases if base not in {"ABC", "Protocol"} or base == self.base)


def find_families(facts: RepositoryFacts) -> tuple[Family, ...]:
    """Families with a base of the repository first, then the larger ones; plumbing last."""
    by_name: defaultdict[str, list[ClassFact]] = defaultdict(list)
    members: defaultdict[str, list[ClassFact]] = defaultdict(list)
    for fact in facts.classes:
        by_name[fact.name].append(fact)
        for base in fact.bases:
            members[base].append(fact)
    families = []
    for base, found in members.items():
        heads = by_name.get(base, [])
        head = heads[0] if len(heads) == 1 else None
        if len(found) >= 2 or head:
            families.append(Family(base, head, tuple(found)))
    families.sort(key=_rank)
    return tuple(families)


def _rank(family: Family) -> tuple[bool, bool, bool, int, str]:
    weight = 2 if family.head and family.head.is_abstract else 1
    return (family.is_plumbing, len(family.members) < 2, family.head is None,
            -weight * len(family.members), family.base)


def describe_patterns(facts: RepositoryFacts) -> tuple[str, ...]:
    """Each family: a sentence on it, then its members; then other classes worth knowing."""
    families = find_families(facts)
    said: list[str] = []
    shown: set[tuple[str, str]] = set()
    for at, family in enumerate(families[:_MAX_FAMILIES]):
        if len(family.members) > 1:
            said.append(_headline(family))
        fresh = [fact for fact in family.members if (fact.name, fact.path) not in shown]
        most = 2 if family.is_plumbing else _MAX_MEMBERS if at < 2 else 3
        fresh.sort(key=lambda fact: not (fact.tested_by and fact.exported_in))
        for fact in fresh[:most]:
            shown.add((fact.name, fact.path))
            said.append(fact.describe())
        if family.head:
            shown.add((family.head.name, family.head.path))
    others = [fact for fact in facts.classes if (fact.name, fact.path) not in shown
              and (fact.exported_in or fact.tested_by) and not fact.name.startswith("_")
              and not fact.name.endswith(_PLUMBING)]
    others.sort(key=lambda fact: not (fact.tested_by and fact.exported_in))
    said += [fact.describe() for fact in others[:_MAX_OTHERS]]
    return tuple(said)


def _headline(family: Family) -> str:
    where = ""
    if family.head:
        what = "abstract, " if family.head.is_abstract else ""
        where = f" ({what}{family.head.path}:{family.head.line})"
    count = len(family.members)
    tested = sum(bool(fact.tested_by) for fact in family.members)
    exported = sum(bool(fact.exported_in) for fact in family.members)
    return (f"{count} classes extend {family.base}{where}: {_share(tested, count)} named in "
            f"tests, {_share(exported, count)} exported.")


def _share(part: int, whole: int) -> str:
    return "all" if part == whole else "none" if not part else f"{part}"


def deviations(facts: RepositoryFacts) -> Iterator[Finding]:
    """Members that lack a test or an export which most of their siblings have."""
    for family in find_families(facts):
        if family.is_plumbing or family.head is None or len(family.members) < 3:
            continue
        public = [fact for fact in family.members if not fact.name.startswith("_")]
        for has, lacks, lacking in (
                ("are named in tests", "No test names {}",
                 [fact for fact in public if not fact.tested_by]),
                ("are exported", "No index or registry exports {}",
                 [fact for fact in public if not fact.exported_in])):
            having = len(public) - len(lacking)
            if lacking and having >= 2 * len(lacking):
                names = ", ".join(fact.name for fact in lacking[:_MAX_NAMED])
                more = len(lacking) - _MAX_NAMED
                names += f" and {more} more" if more > 0 else ""
                yield Finding(
                    severity=Severity.LOW, path=lacking[0].path, line=lacking[0].line,
                    title=lacks.format(names),
                    detail=f"{having} of {len(public)} classes that extend {family.base} {has}.")
