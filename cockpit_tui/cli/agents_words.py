"""Agents at work as rows, as one page, and as JSON."""

from __future__ import annotations

from datetime import datetime

from cockpit_tui.cli.output import as_json, fields, output_width, table
from cockpit_tui.domain.agent import AgentView
from cockpit_tui.domain.event import event_to_wire
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.presentation.agent_words import (
    changes,
    ended,
    holds_up,
    last_words,
    state_sign,
    task_words,
    waits_for,
)
from cockpit_tui.presentation.glyphs import UNICODE
from cockpit_tui.presentation.spending import short_model
from cockpit_tui.presentation.time import age, money, tokens, when

_MAX_FILES = 12
WIDE = 120
_ONLY_WIDE = frozenset({"role", "model", "holds up"})


def agent_table(views: tuple[AgentView, ...], now: datetime) -> list[str]:
    """One row each, in the order of `views`; what a narrow terminal has no room for is left out."""
    is_wide = output_width() >= WIDE
    header = ("job", "agent", "role", "state", "for", "task", "model", "steps", "cost", "holds up",
              "waits for")
    rows = [(f"#{view.job_number}", view.agent.name, view.agent.role,
             state_sign(view, UNICODE).word, age(view.agent.since, now), task_words(view) or "-",
             short_model(view.model) or "-", str(view.steps), money(view.cost_microusd),
             holds_up(view) or "-", waits_for(view)) for view in views]
    kept = [at for at, name in enumerate(header) if is_wide or name not in _ONLY_WIDE]
    return table([[row[at] for at in kept] for row in rows], header=[header[at] for at in kept])


def agent_page(view: AgentView, now: datetime) -> list[str]:
    """All there is to say of one."""
    word, text = last_words(view, UNICODE)
    sign = state_sign(view, UNICODE)
    last = f"{when(view.last.at, now)}: {word} {text}" if view.last is not None else ""
    attempt = f"{view.attempt}: {_count(view.steps, 'step')}, {tokens(view.tokens)} tokens, " \
              f"{money(view.cost_microusd)}"
    lines = [f"{view.agent.name} of job #{view.job_number} {sanitize_line(view.job_title)}",
             *fields([("role", sanitize_line(view.agent.role)),
                      ("state", f"{sign.word}, for {age(view.agent.since, now)}"),
                      ("waits for", waits_for(view)),
                      ("task", task_words(view)),
                      ("ended", ended(view)),
                      ("attempt", attempt if view.task_number else ""),
                      ("model", sanitize_line(view.model)),
                      ("worktree", sanitize_line(view.worktree)),
                      ("changes", changes(view)),
                      ("last", last),
                      ("holds up", holds_up(view, 20)),
                      ("so far", f"{_count(view.tasks_done, 'task')} done, "
                                 f"{money(view.total_microusd)}")],
                     indent="  ")]
    shown = view.files[:_MAX_FILES]
    if shown:
        lines += ["", *table([(file.path, f"+{file.added}", f"-{file.removed}") for file in shown],
                             header=("file", "added", "removed"))]
    if len(view.files) > len(shown):
        lines.append(f"and {len(view.files) - len(shown)} more")
    return lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def agent_wire(view: AgentView) -> dict[str, object]:
    """The agent as JSON: its fields, `state` as it is shown, and its last event."""
    wire: dict[str, object] = as_json(view)
    agent = wire.pop("agent")
    wire.pop("last")
    assert isinstance(agent, dict)
    return {**agent, "state": state_sign(view, UNICODE).word, **wire,
            "last": event_to_wire(view.last) if view.last is not None else None}
