"""The recipe "add or complete a README": sections that follow from facts, nothing else."""

from __future__ import annotations

import re
import shlex

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import RepositoryFacts
from cockpit_tui.providers.offline.reading import read_if_present
from cockpit_tui.providers.offline.recipe import (
    CannotWork,
    Planned,
    Planning,
    ToolUse,
    Working,
    WorkOrder,
    instructions_with_order,
)
from cockpit_tui.providers.offline.recipes.project_card import read_card
from cockpit_tui.providers.offline.recipes.readme_texts import (
    TOPICS,
    has_topic,
    insert_sections,
    write_section,
)
from cockpit_tui.providers.offline.recipes.stack import read_sources
from cockpit_tui.providers.offline.recipes.tree import list_tree
from cockpit_tui.providers.offline.recipes.wording import (
    Clause,
    Verb,
    read_clauses,
    word_set,
)

_README = word_set("readme readme.md")
_TOPIC_WORDS = {
    word: topic
    for topic, words in {
        "installation": "installation install installing", "usage": "usage use using run running",
        "development": "development developing develop contributing contribution contributors",
        "testing": "testing test tests", "layout": "layout structure",
        "license": "license licence licensing",
    }.items()
    for word in words.split()
}
_VOCABULARY = _README | frozenset(_TOPIC_WORDS) | word_set(
    "section sections file instructions instruction instructing information info about howto "
    "describing describe explaining document documenting notes guide directory folder project's "
    "on how add create update complete write improve or up if not exist it more")
_VERBS = (Verb.ADD, Verb.COMPLETE, Verb.DOCUMENT)


class ReadmeSection:
    name = "readme-section"
    offer = ("Add a README or complete one: installation, usage, development, testing, layout, "
             "license, from facts only.")

    def matches(self, request: str, facts: RepositoryFacts) -> bool:
        return _asked(request) is not None

    def plan(self, request: str, facts: RepositoryFacts) -> Planning:
        asked, may_complete = _asked(request) or ((), False)
        tree = yield from list_tree()
        path = next((each for each in sorted(tree.files) if each.lower() == "readme.md"), "")
        other = next((each for each in sorted(tree.files)
                      if re.fullmatch(r"readme(\.\w+)?", each, re.I)), "")
        if other and not path:
            raise CannotWork(f"The README here is {other}; only README.md can be completed by "
                             "rules.")
        text = (yield from read_if_present(path)) if path else None
        if text is not None and not may_complete:
            raise CannotWork(f"There is a {path} already. Say which section it should get: "
                             f"{', '.join(TOPICS)}; or ask to complete it.")
        card = read_card((yield from read_sources(tree)))
        wanted = [topic for topic in asked or TOPICS if not has_topic(text or "", topic)]
        sections = {topic: body for topic in wanted if (body := write_section(topic, card, facts))}
        untold = [topic for topic in wanted if topic not in sections]
        if not sections:
            there = [topic for topic in asked or TOPICS if topic not in wanted]
            reasons = [f"{path} has it already: {', '.join(there)}."] if there else []
            reasons += [f"Nothing in the repository tells: {', '.join(untold)}."] if untold else []
            raise CannotWork(f"No README section can be added by rules. {' '.join(reasons)}")
        target = path or "README.md"
        intro = "" if text is not None else _intro(card.name, card.description)
        notes = [f"Left out, because nothing in the repository tells: {', '.join(untold)}."] \
            if untold else []
        order = WorkOrder(recipe=self.name, data={
            "path": target, "intro": intro, "sections": sections, "notes": notes})
        verb = "Complete" if text is not None else "Add"
        words = [f"{verb} {target} with the sections {', '.join(sections)}, from the manifests, "
                 "the layout and the commands found. What is there stays as it is.", *notes]
        # Any heading level counts, and a carriage return at the end.
        checks = [f"grep -qE '^#+ {topic.capitalize()}[[:space:]]*$' {shlex.quote(target)}"
                  for topic in sections]
        task = TaskDraft(
            key="readme", title=f"{verb} {target}: {', '.join(sections)}", role="CodeArchitect",
            instructions=instructions_with_order("\n".join(words), order), owned_paths=(target,),
            acceptance=tuple(checks), minutes=2.0, task_class="simple-crud")
        return Planned(phases=(PhaseDraft(title="README", tasks=(task,)),), notes=tuple(notes))

    def work(self, order: JsonObject) -> Working:
        path = order["path"]
        text = yield from read_if_present(path)
        sections = {topic: order["sections"][topic] for topic in TOPICS
                    if topic in order["sections"] and not has_topic(text or "", topic)}
        if not sections:
            raise CannotWork(f"{path} has these sections by now; nothing was changed.")
        content = insert_sections(order["intro"] if text is None else text, sections)
        reply = yield ToolUse(name="write_file", arguments={"path": path, "content": content})
        if reply.is_error:
            raise CannotWork(f"{path} could not be written: {reply.text}")
        verb = "Wrote" if text is None else "Completed"
        return " ".join([f"{verb} {path}: {', '.join(sections)}, from facts of the repository "
                         "only. The commands in it were found, not run.", *order["notes"]])


def _intro(name: str, description: str) -> str:
    title = f"# {name or 'About this repository'}\n"
    return f"{title}\n{description}\n" if description else title


def _asked(request: str) -> tuple[tuple[str, ...], bool] | None:
    """(topics, may an existing README be changed); None where no README is asked for.

    The clauses that are all about a README count together: "improve the README: add usage, tests".
    """
    run: list[Clause] = []
    for clause in (*read_clauses(request), None):
        if clause is not None and clause.asks(*_VERBS) and not clause.unknown(_VOCABULARY) \
                and (not run or run[-1].sentence == clause.sentence):
            run.append(clause)
            continue
        words = [word for each in run for word in each.lower]
        if _README & set(words):
            topics = [_TOPIC_WORDS[word] for word in words if word in _TOPIC_WORDS]
            changes = any(each.verb in {Verb.COMPLETE, Verb.DOCUMENT} for each in run)
            return tuple(dict.fromkeys(topics)), bool(topics) or changes or (
                bool({"section", "sections"} & set(words)))
        run = [clause] if clause is not None and clause.asks(*_VERBS) \
            and not clause.unknown(_VOCABULARY) else []
    return None
