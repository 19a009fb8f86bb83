"""The recipe: classes by analogy with a finished sibling, for any base class and its family."""

from __future__ import annotations

from collections.abc import Generator

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.review import RepositoryFacts
from cockpit_tui.providers.offline.recipe import (
    CannotWork,
    Planned,
    Planning,
    ToolReply,
    ToolUse,
    Working,
)
from cockpit_tui.providers.offline.recipes.scaffold.copying import class_file, test_file
from cockpit_tui.providers.offline.recipes.scaffold.drafting import (
    RECIPE,
    Draft,
    draft_phase,
    notes_for,
)
from cockpit_tui.providers.offline.recipes.scaffold.orders import read_order
from cockpit_tui.providers.offline.recipes.scaffold.presence import present
from cockpit_tui.providers.offline.recipes.scaffold.registration import register, registry_names
from cockpit_tui.providers.offline.recipes.scaffold.request import read_request
from cockpit_tui.providers.offline.recipes.scaffold.survey import Survey, survey
from cockpit_tui.providers.offline.recipes.scaffold.working import carry_out


class ScaffoldClass:
    """Writes a class's file, test and registrations after those of a sibling."""

    name = RECIPE
    offer = ('Scaffold classes after a finished sibling, with test and registration, e.g. "Add '
             'agents: Tester, BackendDeveloper" (Python, JavaScript, TypeScript).')

    def matches(self, request: str, facts: RepositoryFacts) -> bool:
        return read_request(request, facts) is not None

    def plan(self, request: str, facts: RepositoryFacts) -> Planning:
        asked = read_request(request, facts)
        if asked is None:
            raise CannotWork("The request names no new class of a family that is known here.")
        found = yield from survey(asked, facts)
        yield from _refuse_existing(found)
        drafts, registering = _dry_run(found)
        family = found.family
        phases = tuple(
            draft_phase(draft, family, found.test, registering, facts,
                        drafts[i - 1] if i else None)
            for i, draft in enumerate(drafts))
        left_alone = {p: t for p, t in found.mentions.items() if p not in registering}
        notes = (*notes_for(family, drafts, left_alone, found.test), *found.notes)
        return Planned(phases=phases, notes=notes)

    def work(self, order: JsonObject) -> Working:
        return carry_out(read_order(order))


def _refuse_existing(found: Survey) -> Generator[ToolUse, ToolReply, None]:
    """Raise CannotWork if a file that would be new is there already."""
    family = found.family
    targets = [family.path_for(new) for new in family.wanted]
    if found.test:
        targets += [family.renaming(new).path(found.test) for new in family.wanted]
    shared = {family.source, found.test}
    there = yield from present(target for target in targets if target not in shared)
    if there:
        raise CannotWork(f"{', '.join(sorted(there))}: there is such a file already, and nothing "
                         "is scaffolded over it.")


def _dry_run(found: Survey) -> tuple[list[Draft], tuple[str, ...]]:
    """Everything the tasks will do, one class after the other, without writing. Raises CannotWork.

    Also the files that register: those that change.
    """
    family, texts = found.family, dict(found.mentions)
    source_text, test_text = found.source_text, found.test_text
    names = registry_names(family, texts)
    drafts = []
    registering: dict[str, None] = {}
    for new in family.wanted:
        test_target = family.renaming(new).path(found.test) if found.test else ""
        new_test = test_file(family, new, found.test, test_text, names) if found.test else ""
        if test_target == found.test:
            texts[found.test] = test_text = new_test
        new_class = class_file(family, new, source_text)
        if not family.has_own_file:
            source_text = texts[family.source] = new_class
        registered = register(family, new, texts).texts
        texts.update(registered)
        source_text = texts.get(family.source, source_text)
        registering.update(dict.fromkeys(registered))
        drafts.append(Draft(new=new, test_target=test_target, test_text=new_test,
                            class_target=family.path_for(new), registered=tuple(registered)))
    return drafts, tuple(registering)
