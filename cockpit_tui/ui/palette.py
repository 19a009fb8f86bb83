"""The command palette: every action that can be done here, the jobs, the themes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Matcher, Provider
from textual.content import Content
from textual.types import IgnoreReturnCallbackType
from textual.widget import Widget

from cockpit_tui.domain.job import Job
from cockpit_tui.ui.actions import ACTIONS, BY_ID, Scope
from cockpit_tui.ui.keymap import key_label
from cockpit_tui.ui.lines import foreign
from cockpit_tui.ui.widgets.log_pane import LogPane
from cockpit_tui.ui.widgets.plan_pane import PlanPane
from cockpit_tui.ui.widgets.repos_pane import ReposPane

_OWNERS: dict[Scope, type[Widget]] = {Scope.RUN: PlanPane, Scope.REPOS: ReposPane,
                                      Scope.LOG: LogPane}
"""Whose actions can be done although the focus is elsewhere. Decisions are not among them."""


class PaletteHost(Protocol):
    """What the palette needs of the app beside Textual's own."""

    @property
    def known_jobs(self) -> tuple[Job, ...]: ...

    def show_job(self, job: Job) -> None: ...

    def replay_job(self, job: Job) -> None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    text: str
    help: str
    run: IgnoreReturnCallbackType


class Everything(Provider):
    """Actions with their keys, `job: #41 Google login`, `replay: #41 …`, `theme: nord`."""

    def _entries(self) -> Iterator[Entry]:
        seen: set[str] = set()
        for key, active in self.screen.active_bindings.items():
            action = BY_ID.get(active.binding.id or "")
            if action is None or action.id in seen or not active.enabled:
                continue
            seen.add(action.id)
            label = "" if key.startswith("palette_") else f"  ({key_label(key)})"
            yield Entry(f"{action.scope.value}: {action.title}{label}", action.help,
                        partial(self.app.run_action, active.binding.action, active.node))
        for action in ACTIONS:
            owner = _OWNERS.get(action.scope)
            found = self.screen.query(owner) if owner is not None else None
            if action.id in seen or not found:
                continue
            node = found.first()
            if node.check_action(action.call, ()):
                yield Entry(f"{action.scope.value}: {action.title}", action.help,
                            partial(self.app.run_action, action.call, node))
        host = cast("PaletteHost", self.app)
        for job in host.known_jobs:
            yield Entry(f"job: #{job.number} {foreign(job.title)}", "Show this job on Home.",
                        partial(host.show_job, job))
            yield Entry(f"replay: #{job.number} {foreign(job.title)}",
                        "Show this job again as it happened.", partial(host.replay_job, job))
        for name in sorted(self.app.available_themes):
            yield Entry(f"theme: {name}", "Change the colours.", partial(self._theme, name))

    def _theme(self, name: str) -> None:
        self.app.theme = name

    async def discover(self) -> Hits:
        for entry in self._entries():
            yield DiscoveryHit(Content(entry.text), entry.run, text=entry.text, help=entry.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for entry in self._entries():
            score = matcher.match(entry.text)
            if score > 0:
                yield Hit(score, _marked(entry.text, matcher), entry.run, text=entry.text,
                          help=entry.help)


def _marked(text: str, matcher: Matcher) -> Content:
    """The matched letters underlined. Textual's own `highlight` would read `text` as markup."""
    _, offsets = matcher.fuzzy_search.match(matcher.query, text)
    content = Content(text)
    for offset in offsets:
        content = content.stylize("underline", offset, offset + 1)
    return content
