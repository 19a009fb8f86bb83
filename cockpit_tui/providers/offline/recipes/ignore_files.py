"""The recipe "add a .gitignore or an .editorconfig": for the languages and habits found."""

from __future__ import annotations

import re
import shlex
from collections.abc import Generator

from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.drafts import PhaseDraft, TaskDraft
from cockpit_tui.domain.review import RepositoryFacts
from cockpit_tui.providers.offline.reading import read_if_present
from cockpit_tui.providers.offline.recipe import (
    CannotWork,
    Planned,
    Planning,
    ToolReply,
    ToolUse,
    Working,
    WorkOrder,
    instructions_with_order,
)
from cockpit_tui.providers.offline.recipes.editorconfig import render_editorconfig, sample_files
from cockpit_tui.providers.offline.recipes.ignore_patterns import (
    PROBES,
    is_ignored,
    sample_path,
    wanted_groups,
)
from cockpit_tui.providers.offline.recipes.tree import Tree, list_tree
from cockpit_tui.providers.offline.recipes.wording import Verb, read_clauses, word_set

_IGNORE = frozenset({".gitignore", "gitignore"})
_EDITOR = frozenset({".editorconfig", "editorconfig"})
_VOCABULARY = _IGNORE | _EDITOR | word_set(
    "file files ignore patterns pattern entries entry rules editor settings language languages "
    "tool tools we use used found generated artifacts build cache caches root python node node.js "
    "nodejs javascript typescript go golang rust java kotlin ruby php c c++ add create update "
    "complete setup if up date not exist exists more")
_VERBS = (Verb.ADD, Verb.COMPLETE, Verb.FIX)
_EXPLICIT = re.compile(
    r"(?:^|[.;:,\n]|\band\b)\s*(?:please\s+)?(?:add|put)\s+((?:(?!\badd\b)[^;:\n])+?)\s+"
    r"(?:in)?to\s+(?:the\s+|our\s+|my\s+)?\.?gitignore\b", re.I)
_PATTERN = re.compile(r"[\w.*?/@+-]+")
_PATTERN_FILLERS = word_set("the a an and folder folders directory directories file files also")

_FOLDER_WORDS = word_set("build dist target coverage venv logs tmp out bin obj vendor")


class IgnoreFiles:
    name = "ignore-files"
    offer = "Add or complete .gitignore and .editorconfig for the languages and tools it finds."

    def matches(self, request: str, facts: RepositoryFacts) -> bool:
        return bool(_asked_files(request) or _explicit_patterns(request))

    def plan(self, request: str, facts: RepositoryFacts) -> Planning:
        tree = yield from list_tree()
        asked, explicit = _asked_files(request), _explicit_patterns(request)
        tasks: list[TaskDraft] = []
        notes: list[str] = []
        reasons: list[str] = []
        if explicit or ".gitignore" in asked:
            try:
                tasks.append((yield from self._plan_gitignore(facts, tree, explicit, notes)))
            except CannotWork as nothing:
                reasons.append(str(nothing))
        if ".editorconfig" in asked:
            try:
                tasks.append((yield from self._plan_editorconfig(tree)))
            except CannotWork as nothing:
                reasons.append(str(nothing))
        if not tasks:
            raise CannotWork(" ".join(reasons))
        return Planned(phases=(PhaseDraft(title="Ignore and editor files", tasks=tuple(tasks)),),
                       notes=(*notes, *reasons))

    def _plan_gitignore(self, facts: RepositoryFacts, tree: Tree, explicit: tuple[str, ...],
                        said: list[str]) -> Generator[ToolUse, ToolReply, TaskDraft]:
        text = (yield from read_if_present(".gitignore")) if ".gitignore" in tree else None
        lines = (text or "").splitlines()
        groups = ((("Asked for", explicit),) if explicit else
                  tuple((group.name, group.patterns) for group in wanted_groups(facts, tree)))
        wanted, held_back = [], []
        for name, patterns in groups:
            missing = [p for p in patterns if not is_ignored(sample_path(p), lines)]
            blocked = [p for p in missing if any(is_ignored(path, [p]) for path in tree.files)]
            held_back += blocked
            if kept := [p for p in missing if p not in blocked]:
                wanted.append([name, kept])
        notes = [f"Left out, because committed files match: {', '.join(held_back)}."] \
            if held_back else []
        if not wanted:
            raise CannotWork(" ".join([".gitignore already covers what was asked for." if explicit
                                       else ".gitignore already covers what the languages and "
                                            "tools here leave behind.", *notes]))
        said += notes
        verb = "Complete" if text is not None else "Add"
        listed = "; ".join(f"{name}: {' '.join(patterns)}" for name, patterns in wanted)
        words = [f"{verb} .gitignore. Nothing is removed; appended is: {listed}.", *notes]
        order = WorkOrder(recipe=self.name, data={"file": ".gitignore", "groups": wanted,
                                                  "notes": notes})
        probes = [sample_path(explicit[0])] if explicit else [
            PROBES[share.name] for share in facts.languages if share.name in PROBES]
        planned = [*lines, *(p for _, patterns in wanted for p in patterns)]
        probes = [p for p in dict.fromkeys(probes) if is_ignored(p, planned)] \
            or [sample_path(wanted[0][1][0])]
        return TaskDraft(
            key="gitignore", title=f"{verb} .gitignore", role="DevOpsEngineer",
            instructions=instructions_with_order("\n".join(words), order),
            owned_paths=(".gitignore",), minutes=1.0, task_class="simple-crud",
            acceptance=tuple(f"git check-ignore -q --no-index {shlex.quote(probe)}"
                             for probe in probes))

    def _plan_editorconfig(self, tree: Tree) -> Generator[ToolUse, ToolReply, TaskDraft]:
        if ".editorconfig" in tree:
            raise CannotWork("There is an .editorconfig already; it stays as it is.")
        samples = yield from sample_files(tree)
        if not samples:
            raise CannotWork("No source files were found from which an .editorconfig could be "
                             "observed.")
        content = render_editorconfig(samples, has_makefile="Makefile" in tree)
        order = WorkOrder(recipe=self.name, data={"file": ".editorconfig", "content": content})
        words = ("Write .editorconfig from what a few files of each language do already "
                 "(indentation, line ends, final newline).")
        return TaskDraft(
            key="editorconfig", title="Add .editorconfig", role="DevOpsEngineer",
            instructions=instructions_with_order(words, order), owned_paths=(".editorconfig",),
            acceptance=("grep -qx 'root = true' .editorconfig",), minutes=1.0,
            task_class="simple-crud")

    def work(self, order: JsonObject) -> Working:
        path = order["file"]
        if path == ".editorconfig":
            content, said = order["content"], (
                "Wrote .editorconfig from what the sampled files do; a rule that some of them "
                "break was left out.")
        else:
            text = yield from read_if_present(path)
            content, added = _append_missing(text or "", order["groups"])
            if not added:
                raise CannotWork(".gitignore covers all of this by now; nothing was changed.")
            verb = "Added" if text is None else "Completed"
            said = " ".join([f"{verb} .gitignore with {', '.join(added)}; nothing was removed.",
                             *order["notes"]])
        reply = yield ToolUse(name="write_file", arguments={"path": path, "content": content})
        if reply.is_error:
            raise CannotWork(f"{path} could not be written: {reply.text}")
        return said


def _append_missing(text: str, groups: list[tuple[str, list[str]]]) -> tuple[str, list[str]]:
    """(the new text, the patterns added); what is there stays byte for byte."""
    newline = "\r\n" if "\r\n" in text else "\n"
    added: list[str] = []
    content = text
    for name, patterns in groups:
        missing = [p for p in patterns if not is_ignored(sample_path(p), content.splitlines())]
        if not missing:
            continue
        if content and not content.endswith("\n"):
            content += newline
        gap = newline if content else ""
        content += gap + newline.join((f"# {name}", *missing)) + newline
        added += missing
    return content, added


def _asked_files(request: str) -> frozenset[str]:
    asked = set()
    for clause in read_clauses(request):
        words = set(clause.lower)
        if not clause.asks(*_VERBS) or clause.unknown(_VOCABULARY):
            continue
        if words & _IGNORE or {"ignore", "file"} <= words or {"ignore", "files"} <= words:
            asked.add(".gitignore")
        if words & _EDITOR:
            asked.add(".editorconfig")
    return frozenset(asked)


def _explicit_patterns(request: str) -> tuple[str, ...]:
    """`node_modules`, `*.log` of "add node_modules and *.log to .gitignore"."""
    found = _EXPLICIT.search(request)
    if found is None:
        return ()
    tokens = [token.strip("`'\"") for token in re.split(r"[\s,]+", found.group(1))]
    names = [token for token in tokens if token.lower() not in _PATTERN_FILLERS and token]
    if not names or all(name.lower() in _VOCABULARY and "." not in name for name in names) \
            or not all(_PATTERN.fullmatch(name) for name in names):
        return ()
    says_folder = re.search(r"\b(folder|director)", found.group(1), re.I) is not None
    is_clear = all(re.search(r"[./*_]", name) or name in _FOLDER_WORDS or says_folder
                   for name in names)
    return tuple(names) if is_clear else ()
