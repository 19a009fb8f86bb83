"""The offline plan: every recipe that fits the request, one after another, as one draft."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import replace

from cockpit_tui.domain.drafts import PhaseDraft, PlanDraft, TaskDraft
from cockpit_tui.domain.review import RepositoryFacts
from cockpit_tui.providers.offline.comments import apply_comment
from cockpit_tui.providers.offline.recipe import CannotWork, Planned, Recipe, ToolReply, ToolUse

SHARED_PHASE = "Repository files"
RULES_NOT_AI = "Planned by rules, not by AI."
_IMPERATIVE = re.compile(
    r"\s*(?:please\s+|also\s+|then\s+|and\s+)*(?:add|create|fix|write|implement|remove|refactor|"
    r"rewrite|rename|update|make|improve|delete|optimi[sz]e|document|migrate|replace|change|convert|move|"
    r"upgrade|split|extract|introduce|set up|configure|deploy|translate|explain)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"(?<=[.!?;])\s+|\n+|,?\s+(?:and|then)\s+(?=(?:also\s+)?(?:add|create|fix|write|implement|remove|"
    r"refactor|rewrite|rename|update|make|improve|delete|optimi[sz]e|document|migrate|replace|change|"
    r"convert|move|upgrade|split|extract|introduce|set up|configure|deploy|translate|explain)\b)",
    re.IGNORECASE)


def plan(request: str, facts: RepositoryFacts, recipes: Sequence[Recipe],
         comments: Sequence[str] = ()) -> Generator[ToolUse, ToolReply, PlanDraft]:
    """Plan `request`; reads through the tools, never raises for a request that does not fit."""
    phases: list[PhaseDraft] = []
    notes: list[str] = []
    refusals: list[str] = []
    matching = [recipe for recipe in recipes if recipe.matches(request, facts)]
    for recipe in matching:
        try:
            planned = yield from recipe.plan(request, facts)
        except CannotWork as reason:
            refusals.append(f"{recipe.name}: {reason}")
            continue
        if isinstance(planned, Planned):
            notes += planned.notes
            planned = planned.phases
        phases += _with_unique_keys(recipe.name, planned)
    merged = _share_one_phase(phases)
    if not merged:
        return PlanDraft(summary="Nothing planned.", answer=_answer(recipes, refusals))
    for comment in comments:
        merged, note = apply_comment(comment, merged)
        notes.append(note)
    if not merged:
        return PlanDraft(summary="Nothing planned.",
                         answer=f"Nothing is left of the plan: {notes[-1]}")
    notes += [f"Not planned: {reason}" for reason in refusals]
    notes += [f"No rule covers this part, and it is not in the plan: {part!r}."
              for part in _uncovered(request, facts, recipes)]
    return PlanDraft(summary=_summary(merged), phases=merged,
                     notes=tuple(dict.fromkeys((RULES_NOT_AI, *notes))))


def _with_unique_keys(name: str, phases: Sequence[PhaseDraft]) -> list[PhaseDraft]:
    def renamed(task: TaskDraft) -> TaskDraft:
        return replace(task, key=f"{name}/{task.key}",
                       depends_on=tuple(f"{name}/{key}" for key in task.depends_on))

    return [replace(phase, tasks=tuple(map(renamed, phase.tasks))) for phase in phases]


def _share_one_phase(phases: Sequence[PhaseDraft]) -> tuple[PhaseDraft, ...]:
    """Phases of a single task go together into a last one: one diff to look at, not many."""
    single = [phase for phase in phases if len(phase.tasks) == 1]
    if len(single) < 2:
        return tuple(phases)
    tasks: list[TaskDraft] = []
    for phase in single:
        task = phase.tasks[0]
        rivals = tuple(t.key for t in tasks if set(t.owned_paths) & set(task.owned_paths))
        tasks.append(replace(task, depends_on=(*task.depends_on, *rivals)))
    shared = PhaseDraft(title=SHARED_PHASE, tasks=tuple(tasks))
    return (*(phase for phase in phases if len(phase.tasks) > 1), shared)


def _summary(phases: Sequence[PhaseDraft]) -> str:
    count = sum(len(phase.tasks) for phase in phases)
    titles = ", ".join(phase.title for phase in phases)
    return (f"{count} task{'s' if count != 1 else ''} in {len(phases)} "
            f"phase{'s' if len(phases) != 1 else ''}: {titles}.")


def _uncovered(request: str, facts: RepositoryFacts, recipes: Sequence[Recipe]) -> list[str]:
    """Imperative clauses that no recipe would take on by themselves."""
    clauses = [clause.strip(" .;,") for clause in _CLAUSE_END.split(request) if clause.strip()]
    if len(clauses) < 2:
        return []
    return [clause[:160] for clause in clauses if _IMPERATIVE.match(clause)
            and not any(recipe.matches(clause, facts) for recipe in recipes)]


def _answer(recipes: Sequence[Recipe], refusals: Sequence[str]) -> str:
    """The truth about what cannot be planned here, and what can."""
    said = ["The offline planner is a set of rules, not an AI: it does not understand requests in "
            "general."]
    if refusals:
        said.append("Here it cannot go on. " + " ".join(refusals))
    else:
        said.append("None of its rules fits this one.")
    offers = "\n".join(f"- {recipe.offer}" for recipe in recipes)
    said.append(f"What it can do:\n{offers}")
    said.append("An AI model can plan this: cockpit models list --all shows which there are, "
                "cockpit keys set PROVIDER keeps a provider's key, and cockpit models use NAME "
                "makes one of its models the lead (--model NAME: for one job only).")
    return "\n\n".join(said)
