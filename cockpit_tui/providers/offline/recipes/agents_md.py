"""The recipe "add an AGENTS.md": what the facts tell an agent that comes here for the first time.

Format: agents.md, plain Markdown without required fields.
"""

from __future__ import annotations

import shlex
from collections import Counter

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import ClassFact, CommandKind, RepositoryFacts
from cockpit_tui.providers.offline.recipe import (
    CannotWork,
    Planning,
    ToolUse,
    Working,
    WorkOrder,
    instructions_with_order,
)
from cockpit_tui.providers.offline.recipes.project_card import ProjectCard, read_card
from cockpit_tui.providers.offline.recipes.stack import read_sources
from cockpit_tui.providers.offline.recipes.tree import list_tree
from cockpit_tui.providers.offline.recipes.wording import Verb, read_clauses, word_set

_VOCABULARY = word_set(
    "agents.md agents agent file instructions guide coding ai assistants describing conventions "
    "root about describe")
_KINDS = ((CommandKind.TEST, "Test"), (CommandKind.LINT, "Lint"),
          (CommandKind.FORMAT, "Formatting"), (CommandKind.TYPES, "Types"),
          (CommandKind.BUILD, "Build"))
_HANDS_OFF = {"lockfile": "written by the package manager", "vendored": "other people's code",
              "build output": "written by the build", "licence": "legal text"}


class AgentsMd:
    name = "agents-md"
    offer = "Add an AGENTS.md: what the repository is, its layout, commands, habits and patterns."

    def matches(self, request: str, facts: RepositoryFacts) -> bool:
        return any("agents.md" in clause.lower and clause.asks(Verb.ADD)
                   and not clause.unknown(_VOCABULARY) for clause in read_clauses(request))

    def plan(self, request: str, facts: RepositoryFacts) -> Planning:
        tree = yield from list_tree()
        present = next((path for path in sorted(tree.files) if path.lower() == "agents.md"), "")
        if present:
            raise CannotWork(f"There is an {present} already; it stays as it is.")
        card = read_card((yield from read_sources(tree)))
        content = render_agents_md(card, facts)
        test = facts.command(CommandKind.TEST)
        acceptance = ["test -s AGENTS.md"]
        if test is not None:
            acceptance.append(f"grep -qF -- {shlex.quote(test.command)} AGENTS.md")
        task = TaskDraft(
            key="agents-md", title="Add AGENTS.md", role="CodeArchitect",
            instructions=instructions_with_order(
                "Write AGENTS.md from the facts of the review: what this is, layout, commands, "
                "habits, patterns, what to leave alone. Nothing in it is a guess.",
                WorkOrder(recipe=self.name, data={"content": content})),
            owned_paths=("AGENTS.md",), acceptance=tuple(acceptance), minutes=2.0,
            task_class="simple-crud")
        return (PhaseDraft(title="Instructions for agents", tasks=(task,)),)

    def work(self, order: JsonObject) -> Working:
        reply = yield ToolUse(name="write_file", arguments={
            "path": "AGENTS.md", "content": order["content"]})
        if reply.is_error:
            raise CannotWork(f"AGENTS.md could not be written: {reply.text}")
        return ("Wrote AGENTS.md from facts of the repository: what it says was found, not judged. "
                "Add what only people know (why things are so, what is planned).")


def render_agents_md(card: ProjectCard, facts: RepositoryFacts) -> str:
    """The file's text; sections without facts are left out."""
    sections = (("Layout", _layout(facts)), ("Commands", _commands(card, facts)),
                ("Conventions", [f"- {each}" for each in facts.conventions]),
                ("Patterns", _patterns(facts)), ("Leave alone", _hands_off(facts)))
    parts = [f"# {card.name or 'This repository'}", *_about(card, facts)]
    parts += ["\n".join((f"## {title}", "", *lines)) for title, lines in sections if lines]
    return "\n\n".join(parts) + "\n"


def _about(card: ProjectCard, facts: RepositoryFacts) -> list[str]:
    said = [card.description] if card.description else []
    if facts.languages:
        listed = ", ".join(f"{share.name} ({share.lines:,} lines)" for share in facts.languages[:4])
        said.append(f"Written in {listed}.")
    if facts.frameworks:
        said.append(f"Uses {', '.join(facts.frameworks[:10])}.")
    parts = ["\n\n".join(said)] if said else []
    if facts.entry_points:
        parts.append("\n".join(("It starts here:", "",
                                *(f"- {entry}" for entry in facts.entry_points[:8]))))
    return parts


def _layout(facts: RepositoryFacts) -> list[str]:
    folders = [entry for entry in facts.layout if entry.path.endswith("/")]
    return [f"- `{entry.path}`: {entry.role or 'other'} ({_count(entry.files, 'file')})"
            for entry in folders[:20]]


def _commands(card: ProjectCard, facts: RepositoryFacts) -> list[str]:
    lines = [f"- Set up: `{command}`" for command in card.develop]
    for kind, title in _KINDS:
        fact = facts.command(kind)
        if fact is not None:
            lines.append(f"- {title}: `{fact.command}`")
    if facts.command(CommandKind.TEST) is not None:
        lines.append("- Run the tests before you hand in a change.")
    return lines


def _patterns(facts: RepositoryFacts) -> list[str]:
    """How a class of each family is added, read off its members."""
    families: dict[str, list[ClassFact]] = {}
    for fact in facts.classes:
        for base in fact.bases:
            families.setdefault(base, []).append(fact)
    own = {fact.name: fact for fact in facts.classes}
    ranked = sorted((item for item in families.items() if item[0] in own and len(item[1]) > 1),
                    key=lambda item: (-len(item[1]), item[0]))
    return [_family(own[base], members) for base, members in ranked[:8]]


def _family(base: ClassFact, members: list[ClassFact]) -> str:
    names = ", ".join(f"`{member.name}`" for member in members[:4])
    more = f" and {len(members) - 4} more" if len(members) > 4 else ""
    folders = Counter(member.path.rpartition("/")[0] for member in members)
    folder = folders.most_common(1)[0][0]
    said = [f"- `{base.name}` (`{base.path}`) is extended by {names}{more}, "
            f"{'all' if len(folders) == 1 else 'mostly'} in `{folder + '/' if folder else './'}`."]
    tested = [member for member in members if member.tested_by]
    if tested:
        said.append(f"{_of(len(tested), len(members))} tested, e.g. "
                    f"`{tested[0].name}` by `{tested[0].tested_by[0]}`.")
    exports = Counter(path for member in members for path in member.exported_in)
    if exports:
        path, count = exports.most_common(1)[0]
        too = "; a new one belongs there too" if count * 2 > len(members) else ""
        said.append(f"{_of(count, len(members))} exported in `{path}`{too}.")
    return " ".join(said)


def _hands_off(facts: RepositoryFacts) -> list[str]:
    return [f"- `{entry.path}`: {_HANDS_OFF[entry.role]}" for entry in facts.layout
            if entry.role in _HANDS_OFF]


def _of(part: int, whole: int) -> str:
    if part == whole:
        return f"All {whole} are"
    return f"{part} of {whole} {'is' if part == 1 else 'are'}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
