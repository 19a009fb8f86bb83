"""What a seat is told of the repository besides its task: instructions, skills, a map of symbols.

Made from one commit's snapshot, which is read once a commit and job run. The same task always gets
the same bytes, so that a provider's prompt cache holds and a resumed job says what it said before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from cockpit_tui.agents.roles import Role
from cockpit_tui.agents.skill_tool import LOAD_SKILL, LoadSkill
from cockpit_tui.config.paths import Paths
from cockpit_tui.context.assembly import PromptBudgets, assemble
from cockpit_tui.context.instructions import find_instructions
from cockpit_tui.context.skill_choice import choose_skills
from cockpit_tui.context.skills import Skill, SkillShelf, find_skills
from cockpit_tui.context.symbols.lexical import WordBook
from cockpit_tui.context.symbols.mentions import read_request
from cockpit_tui.context.symbols.ranking import Prepared, rank_prepared
from cockpit_tui.context.symbols.reading import Before, read_files
from cockpit_tui.context.symbols.render import render
from cockpit_tui.domain.model import ModelProfile, Wire
from cockpit_tui.domain.plan import Task
from cockpit_tui.domain.tree import TreeSnapshot
from cockpit_tui.gitops.hub import Hub

_SMALL_WINDOW = 20_000
_SMALL_BUDGETS = PromptBudgets(instructions=600, skills_index=0, skills=0, symbol_map=800)
_KEPT_COMMITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefed:
    system: str
    load_skill: LoadSkill | None = None
    """The tool that loads a further skill; None where there is none to load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReadCommit:
    before: Before
    prepared: Prepared

    @property
    def snapshot(self) -> TreeSnapshot:
        return self.before.snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefings:
    """The briefings of one job run. `paths` say where the person's skills and the cache lie."""

    hub: Hub
    paths: Paths
    _read: dict[str, _ReadCommit] = field(default_factory=dict)
    _words: WordBook = field(default_factory=WordBook)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def lead(self, prompt: str, profile: ModelProfile, commit: str, request: str) -> Briefed:
        """For the reviewer and the planner: instructions at the root, and a map for the request."""
        if not _reads_briefings(profile):
            return Briefed(system=prompt)
        read = await self._commit(commit)
        budgets = _budgets(profile)
        system = await asyncio.to_thread(
            self._assemble, prompt, read, budgets, request=request, owned=(), index=(),
            loaded=())
        return Briefed(system=system)

    async def agent(self, prompt: str, profile: ModelProfile, commit: str, task: Task,
                    role: Role) -> Briefed:
        """For an agent: the instructions nearest to its paths, the skills that its task needs."""
        if not _reads_briefings(profile):
            return Briefed(system=prompt)
        read = await self._commit(commit)
        budgets = _budgets(profile)
        skills = (await asyncio.to_thread(find_skills, self.paths, read.snapshot)).skills
        words = f"{task.title}\n{task.instructions}"
        chosen = await asyncio.to_thread(choose_skills, skills, role.skills, task.task_class, words)
        has_room = budgets.skills > 0
        system = await asyncio.to_thread(
            self._assemble, prompt, read, budgets, request=words, owned=task.owned_paths,
            index=skills if has_room else (), loaded=chosen if has_room else ())
        shelf = SkillShelf(skills)
        return Briefed(system=system, load_skill=LoadSkill(shelf) if skills and has_room else None)

    def _assemble(self, prompt: str, read: _ReadCommit, budgets: PromptBudgets, *,
                  request: str, owned: Sequence[str], index: Sequence[Skill],
                  loaded: Sequence[Skill]) -> str:
        ranked = rank_prepared(read.prepared, request, mentioned_paths=owned)
        tree = render(read.prepared.files, ranked, read_request(request),
                      budget_tokens=budgets.symbol_map)
        return assemble(prompt, instructions=find_instructions(read.snapshot, owned),
                        skills_index=index, loaded_skills=loaded, symbol_map=tree,
                        budgets=budgets, load_tool=LOAD_SKILL if index else "").text

    def _prepare(self, snapshot: TreeSnapshot) -> _ReadCommit:
        """Most files of a commit are those of the last one that was read."""
        last = next(reversed(self._read.values()), None)
        before = last.before if last is not None else None
        files = read_files(snapshot, cache_dir=self.paths.symbol_cache, before=before)
        old = set(map(id, before.files)) if before is not None else set()
        self._words.learn(file for file in files if id(file) not in old)
        return _ReadCommit(before=Before(snapshot, files), prepared=Prepared(files, self._words))

    async def _commit(self, commit: str) -> _ReadCommit:
        """One reading of a commit, however many agents ask for it at once; the last few stay."""
        async with self._reading:
            if commit not in self._read:
                snapshot = await self.hub.snapshot(commit)
                self._read[commit] = await asyncio.to_thread(self._prepare, snapshot)
                for old in list(self._read)[:-_KEPT_COMMITS]:
                    del self._read[old]
            return self._read[commit]


def _reads_briefings(profile: ModelProfile) -> bool:
    """Rules look into the worktree themselves."""
    return profile.wire is not Wire.RULES


def _budgets(profile: ModelProfile) -> PromptBudgets:
    return _SMALL_BUDGETS if profile.context_tokens <= _SMALL_WINDOW else PromptBudgets()
