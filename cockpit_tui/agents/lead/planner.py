"""The planner: a request and a review become a plan with phases, tasks and acceptance commands."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cockpit_tui.agents.lead.reviewer import facts_block
from cockpit_tui.agents.lead.structured import ask_for
from cockpit_tui.agents.loop import Conversation
from cockpit_tui.domain.codec import adapter
from cockpit_tui.domain.drafts import PlanDraft, ReviewDraft, TaskDraft
from cockpit_tui.domain.errors import MalformedReply, ProviderError, UsageError
from cockpit_tui.domain.fences import fence
from cockpit_tui.domain.ids import IdSource, JobId, PhaseId, PlanId, TaskId
from cockpit_tui.domain.model import Wire
from cockpit_tui.domain.plan import Estimate, Phase, Plan, Task, validate_plan
from cockpit_tui.domain.review import Review

OTHER_ROLE = "BackendDeveloper"
"""Who works where the plan names a role that there is not."""


class NothingPlanned(ProviderError):
    """The lead says that it cannot plan this; the message is its answer."""


async def draft_plan(conversation: Conversation, review: Review, request: str,
                     comments: Sequence[str]) -> PlanDraft:
    """Ask the lead for a plan. Raises NothingPlanned, ProviderError."""
    text = (f"# Request\n{fence('request', request)}\n\n"
            f"# Facts\n{facts_block(review.facts, conversation.profile)}\n")
    if conversation.profile.wire is not Wire.RULES:
        text += f"\n# Review\n{fence('review', _judgement(review))}\n"
    for comment in comments:
        text += f"\n# The person sent the plan back\n{fence('comment', comment)}\n"
    draft = await ask_for(conversation, text, PlanDraft)
    if not any(phase.tasks for phase in draft.phases):
        raise NothingPlanned(draft.answer or "The lead found nothing to plan.")
    return draft


def _judgement(review: Review) -> str:
    """What the lead itself said of the repository, without the facts below it."""
    draft = ReviewDraft(summary=review.summary, patterns=review.patterns,
                        findings=review.findings, architecture=review.architecture)
    return adapter(ReviewDraft).dump_json(draft, exclude_defaults=True).decode()


def build_plan(draft: PlanDraft, *, job_id: JobId, revision: int, author: str,
               new_id: IdSource, is_free: bool, roles: Collection[str]) -> Plan:
    """The draft as a validated plan with ids; who is none of `roles` becomes `OTHER_ROLE`.

    Raises MalformedReply for one that cannot run."""
    drafts = [task for phase in draft.phases for task in phase.tasks]
    ids = {task.key: TaskId(new_id()) for task in drafts}
    if len(ids) != len(drafts):
        raise MalformedReply("The plan uses one task key twice.")

    def task_from(task: TaskDraft) -> Task:
        unknown = [key for key in task.depends_on if key not in ids]
        if unknown:
            raise MalformedReply(f"{task.title!r} depends on {unknown[0]!r}, which is not there.")
        return Task(
            id=ids[task.key], title=task.title, instructions=task.instructions,
            role=task.role if task.role in roles else OTHER_ROLE,
            depends_on=tuple(ids[key] for key in task.depends_on),
            owned_paths=task.owned_paths, acceptance=task.acceptance, commands=task.commands,
            task_class=task.task_class, resources=task.resources,
            estimate=Estimate(minutes=task.minutes, tokens=task.tokens,
                              cost_microusd=0 if is_free else None),
        )

    plan = Plan(
        id=PlanId(new_id()), job_id=job_id, revision=revision, summary=draft.summary,
        phases=tuple(
            Phase(id=PhaseId(new_id()), title=phase.title,
                  tasks=tuple(task_from(task) for task in phase.tasks))
            for phase in draft.phases if phase.tasks),
        author=author, notes=draft.notes,
    )
    try:
        validate_plan(plan)
    except UsageError as error:
        raise MalformedReply(f"The plan cannot run: {error.message}") from error
    return plan
