"""The reviewer: the lead's judgement over the facts of a repository."""

from __future__ import annotations

from cockpit_tui.agents.lead.structured import ask_for
from cockpit_tui.agents.loop import Conversation
from cockpit_tui.context.facts_text import facts_as_json, facts_in_brief
from cockpit_tui.domain.drafts import ReviewDraft
from cockpit_tui.domain.fences import fence
from cockpit_tui.domain.model import ModelProfile, Wire
from cockpit_tui.domain.review import RepositoryFacts, Review


def facts_block(facts: RepositoryFacts, profile: ModelProfile) -> str:
    """The facts as the fenced JSON block that the lead's prompts carry: all for rules, which know
    nothing else of the repository, in brief for a model."""
    is_rules = profile.wire is Wire.RULES
    return fence("facts", facts_as_json(facts) if is_rules else facts_in_brief(facts))


async def review(conversation: Conversation, facts: RepositoryFacts, request: str) -> Review:
    """Ask the lead for its review. Raises ProviderError."""
    text = (f"# Request\n{fence('request', request)}\n\n"
            f"# Facts\n{facts_block(facts, conversation.profile)}\n")
    draft = await ask_for(conversation, text, ReviewDraft)
    return Review(
        facts=facts, summary=draft.summary, patterns=draft.patterns, findings=draft.findings,
        architecture=draft.architecture,
        author=conversation.model_used,
    )
