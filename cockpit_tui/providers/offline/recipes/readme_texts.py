"""The sections of a README that follow from facts, and where they stand in an existing one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cockpit_tui.domain.review import CommandKind, RepositoryFacts
from cockpit_tui.providers.offline.recipes.project_card import ProjectCard

TOPICS = ("installation", "usage", "development", "testing", "layout", "license")
"""In the order in which they stand in a new README."""

_PRESENT: Mapping[str, re.Pattern[str]] = {
    "installation": re.compile(r"install|set-?\s?up|getting started|quick ?start", re.I),
    "usage": re.compile(r"usage|how to use|getting started|quick ?start|examples?\b", re.I),
    "development": re.compile(r"develop|contribut|hacking", re.I),
    "testing": re.compile(r"\btests?\b|testing", re.I),
    "layout": re.compile(r"layout|structure|organi[sz]ation|what is where", re.I),
    "license": re.compile(r"licen[sc]e|copying", re.I),
}
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_KINDS = ((CommandKind.LINT, "lint"), (CommandKind.FORMAT, "check the formatting"),
          (CommandKind.TYPES, "check types"), (CommandKind.BUILD, "build"))


def headings(text: str) -> list[tuple[int, int, str]]:
    """(line index, level, title) of each heading outside of code blocks."""
    found = []
    fence = ""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        opening = re.match(r"\s{0,3}(`{3,}|~{3,})", line)
        if opening:
            if not fence:
                fence = opening[1][:3]
            elif opening[1].startswith(fence):
                fence = ""
            continue
        heading = None if fence else _HEADING.match(line)
        if heading:
            found.append((at, len(heading[1]), heading[2]))
        elif not fence and at and re.fullmatch(r"=+|-{3,}", line.strip()) and lines[at - 1].strip():
            found.append((at - 1, 1 if "=" in line else 2, lines[at - 1].strip()))
    return found


def has_topic(text: str, topic: str) -> bool:
    return any(_PRESENT[topic].search(title) for _, _, title in headings(text))


def write_section(topic: str, card: ProjectCard, facts: RepositoryFacts) -> str:
    """The section's text under its heading, or an empty string where the facts do not tell."""
    match topic:
        case "installation":
            return _installation(card)
        case "usage":
            return _usage(card, facts)
        case "development":
            return _development(card, facts)
        case "testing":
            test = facts.command(CommandKind.TEST)
            return f"Run the tests with:\n\n{shell([test.command])}" if test else ""
        case "layout":
            return _layout(facts)
        case "license":
            return _licence(card)
    raise ValueError(f"unknown topic {topic!r}")


def shell(commands: Iterable[str]) -> str:
    return "\n".join(("```sh", *commands, "```"))


def _installation(card: ProjectCard) -> str:
    if not card.install:
        return ""
    needs = f"It needs {' and '.join(card.requires)}. " if card.requires else ""
    return f"{needs}In a checkout of this repository:\n\n{shell(card.install)}"


def _usage(card: ProjectCard, facts: RepositoryFacts) -> str:
    if card.programs:
        lines = [f"- `{command}` runs `{target}`" for command, target in card.programs[:8]]
        return "\n".join(lines)
    if facts.entry_points:
        lines = [f"- {entry}" for entry in facts.entry_points[:8]]
        return "\n".join(("It starts here:", "", *lines))
    if card.packages:
        return "\n".join(("```python", *(f"import {name}" for name in card.packages), "```"))
    return ""


def _development(card: ProjectCard, facts: RepositoryFacts) -> str:
    parts = []
    if card.develop:
        parts.append(f"Set up:\n\n{shell(card.develop)}")
    checks = [(fact.command, words) for kind, words in _KINDS
              if (fact := facts.command(kind)) is not None]
    if checks:
        width = max(len(command) for command, _ in checks)
        parts.append("Check:\n\n" + shell(f"{command:<{width}}  # {words}"
                                          for command, words in checks))
    return "\n\n".join(parts)


def _layout(facts: RepositoryFacts) -> str:
    rows = [f"| `{entry.path}` | {entry.role or 'other'} |"
            for entry in facts.layout if entry.path.endswith("/") and entry.role != "vendored"]
    if not rows:
        return ""
    return "\n".join(("| Folder | What for |", "|---|---|", *rows[:20]))


def _licence(card: ProjectCard) -> str:
    if card.licence_file and card.licence:
        return f"{card.licence}, see [{card.licence_file}]({card.licence_file})."
    if card.licence_file:
        return f"See [{card.licence_file}]({card.licence_file})."
    return f"{card.licence}." if card.licence else ""


def insert_sections(text: str, sections: Mapping[str, str]) -> str:
    """`text` with the sections added: before a licence section at its end, else at the end.

    Every byte of `text` stays, in order; line ends and heading level are those in use.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    found = headings(text)
    levels = [level for _, level, _ in found if level > 1]
    level = "#" * (min(levels) if levels else 2)
    added = "\n\n".join(f"{level} {title.capitalize()}\n\n{body}"
                        for title, body in sections.items())
    added = added.replace("\n", newline)
    lines = text.splitlines(keepends=True)
    last = found[-1] if found else None
    if last and last[1] == len(level) and _PRESENT["license"].search(last[2]) \
            and "license" not in sections and last[0]:
        return "".join((*lines[:last[0]], added, newline * 2, *lines[last[0]:]))
    gap = "" if not text else newline if text.endswith(newline) else newline * 2
    return f"{text}{gap}{added}{newline}"
