"""What the README prints is so: its commands parse, its tables are the product's, its links exist.

The two tables are written by `README_UPDATE=1 python -m pytest tests/unit/test_readme.py`.
"""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cyclopts import CycloptsError

from cockpit_tui.cli.config_values import setting_rows, value_text
from cockpit_tui.cli.tree import NOUNS, app
from cockpit_tui.config.settings import Settings
from cockpit_tui.domain.policy import Gate
from cockpit_tui.ui.actions import ACTIONS, BY_ID
from cockpit_tui.ui.keymap import checked_keymap, key_label, single_keys

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCUMENTS = (README, ROOT / "CHANGELOG.md", ROOT / ".github/CONTRIBUTING.md")
_CONTROL = frozenset({"|", "||", "&&", "&", ";", "<", ">", ">>"})
_NEED_A_WORD = frozenset({"run", "plan", "show", "events", "retry", "trust"})


def fenced(text: str, *languages: str) -> Iterator[str]:
    for language, body in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language in languages:
            yield body


def cockpit_commands(text: str) -> list[str]:
    """Every `cockpit ...` that a reader may type: lines of shell blocks, and spans in the text."""
    lines = [line for block in fenced(text, "sh") for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose)
    found = [re.sub(r"^([A-Z_]+=\S+ )+", "", line.strip()) for line in (*lines, *spans)]
    return list(dict.fromkeys(line for line in found if re.match(r"cockpit( |$)", line)))


def arguments_of(command: str) -> list[str]:
    """What `cockpit` itself gets of a shell line: up to a pipe, a redirection or a comment."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word in _CONTROL:
            break
        words.append(word)
    return words[1:]


def parse(arguments: Sequence[str]) -> None:
    """Raises CycloptsError for a noun, verb, flag or value that does not exist."""
    if arguments in (["--version"], ["--help"]):
        return
    app.parse_args(arguments, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_printed_command_parses(document: Path) -> None:
    wrong = []
    for command in cockpit_commands(document.read_text("utf-8")):
        try:
            parse(arguments_of(command))
        except CycloptsError as error:
            wrong.append(f"{command}: {' '.join(str(error).split())}")
    assert wrong == []


def test_the_parser_of_this_test_refuses_what_does_not_exist() -> None:
    text = "```sh\ncockpit jobs list --jsn | cat\ncockpit jbos list\n```\nand `cockpit jobs shw 1`"
    commands = cockpit_commands(text)
    assert commands == ["cockpit jobs list --jsn | cat", "cockpit jbos list",
                        "cockpit jobs shw 1"]
    for command in commands:
        with pytest.raises(CycloptsError):
            parse(arguments_of(command))


def test_every_noun_and_verb_is_in_the_readme() -> None:
    commands = [arguments_of(command) for command in cockpit_commands(README.read_text("utf-8"))]
    told = {tuple(words[:2]) for words in commands} | {tuple(words[:1]) for words in commands}
    wanted = {(noun, *verb) for noun in NOUNS for verb in _verbs(noun)}
    assert wanted - told == set()


def _verbs(noun: str) -> list[tuple[str, ...]]:
    names = [name for name in app[noun] if not name.startswith("-")]
    return [(name,) for name in names] or [()]


def test_the_named_json_commands_have_json() -> None:
    text = " ".join(README.read_text("utf-8").split())
    (sentence,) = re.findall(r"`--json` works on (.*?)\. On ", text)
    spans = re.findall(r"`([^`]+)`", sentence)
    assert spans
    for span in spans:
        noun, _, verbs = span.partition(" ")
        for verb in verbs.split("|"):
            needs = ["x"] if (verb or noun) in _NEED_A_WORD else []
            parse([noun, *filter(None, [verb]), *needs, "--json"])


def keys_table() -> str:
    """Every action, in the registry's order, scope by scope."""
    rows = ["| where | key | action | what it does | id |", "|---|---|---|---|---|"]
    for scope in dict.fromkeys(action.scope for action in ACTIONS):
        for action in (action for action in ACTIONS if action.scope is scope):
            keys = " ".join(f"`{key_label(key)}`" for key in single_keys(action))
            rows.append(f"| {scope.value} | {keys or 'by name, `:`'} | {action.title} | "
                        f"{action.help} | `{action.id}` |")
    return "\n".join(rows) + "\n"


def settings_table() -> str:
    """Every setting; the gates share a line, because their table stands under approvals."""
    settings = [row for row in setting_rows(Settings(), {}) if not row.key.startswith("gates.")]
    gates = ", ".join(f"`gates.{gate.value}`" for gate in Gate)
    rows = ["| setting | default | what it is |", "|---|---|---|",
            *(f"| `{row.key}` | {value_text(row.value)} | {row.help} |" for row in settings),
            f"| {gates} | - | ask, allow or deny; unset, the mode decides. |"]
    return "\n".join(rows) + "\n"


TABLES = {"keys": keys_table, "settings": settings_table}


@pytest.mark.parametrize("name", TABLES)
def test_the_table_is_the_products(name: str) -> None:
    text = README.read_text("utf-8")
    found = re.search(rf"<!-- {name}(?::[^>]*)? -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert found is not None
    wanted = TABLES[name]()
    if os.environ.get("README_UPDATE"):
        README.write_text(text[:found.start(1)] + wanted + text[found.end(1):], "utf-8")
        return
    assert found.group(1) == wanted


def test_the_short_list_of_keys_names_keys_that_exist() -> None:
    text = README.read_text("utf-8")
    short = text[text.index("## Keys"):text.index("<details>")]
    named = set(re.findall(r"`([^`]+)`", short))
    assert named <= {key_label(key) for action in ACTIONS for key in single_keys(action)}


def test_the_example_of_a_key_file_is_taken_without_a_warning() -> None:
    (example,) = [tomllib.loads(body) for body in fenced(README.read_text("utf-8"), "toml")]
    assert set(example) <= set(BY_ID)
    assert checked_keymap(example)[1] == ()


def anchors(text: str) -> set[str]:
    """Headings as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_pictures_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    missing = []
    for target in targets:
        path, _, anchor = target.partition("#")
        if re.match(r"https?:", target):
            continue
        file = document.parent / path if path else document
        if not file.exists() or (anchor and anchor not in anchors(file.read_text("utf-8"))):
            missing.append(target)
    assert missing == []
    assert document != README or any(target.endswith(".svg") for target in targets)
