"""A verdict by rules on a task's diff: proofs, scope, leftovers. No opinion on the code itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cockpit_tui.config.redaction import REDACTED, Redactor
from cockpit_tui.domain.conversation import JsonObject
from cockpit_tui.domain.diff import FileChange, LineKind, parse_diff
from cockpit_tui.domain.drafts import JudgeDraft
from cockpit_tui.domain.errors import CockpitError
from cockpit_tui.domain.globs import is_owned
from cockpit_tui.domain.sanitize import sanitize_line
from cockpit_tui.domain.secret_names import looks_like_secret_file

_MARKER = re.compile(r"(<{7}|>{7}|\|{7}) \S.*|(<{7}|>{7})")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_TAKEN_OUT = re.compile(rf"(.*[=:]\s*|\s*)[\"'`]?{re.escape(REDACTED)}.*")
"""A secret that was redacted on its way into the prompt: a value, or a line of its own."""
_OMISSION = re.compile(
    r"\s*(#|//|/\*|<!--|--)\s*(\.\.\.|…)\s*\(?\s*(rest|remaining|existing|other|same|unchanged)\b.*"
    r"|\s*(#|//|/\*|<!--|--)\s*(rest|remainder) of (the )?(code|file|function|class|method|"
    r"implementation)\b.*\b(unchanged|same|here|as before)\b.*", re.IGNORECASE)
_MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Change:
    path: str
    is_added: bool
    added: tuple[tuple[int, str], ...]
    """(line number in the new file, or 0 where it is not known; text) of every added line."""
    old_path: str
    is_deleted: bool


def judge(diff_text: str, proofs: Sequence[JsonObject], task_title: str,
          owned_paths: Sequence[str]) -> JudgeDraft:
    """`pass`, or `revise` with everything that is wrong, one line each.

    `proofs` are objects with `command` and `exit_code`; an exit code of None means that the
    command could not run here, which is mentioned but counts as no failure. Without `owned_paths`
    the scope is not checked.
    """
    changes, is_whole = _read(diff_text)
    secret_in = Redactor()
    wrong = [*_failed(proofs)]
    if not changes:
        wrong.append("The diff is empty: nothing was changed.")
    wrong += _outside(changes, owned_paths)
    for change in changes:
        wrong += _in_lines(change, secret_in)
        if change.is_added and looks_like_secret_file(change.path):
            wrong.append(f"{_shown(change.path)} looks by its name like a file with secrets; it "
                         "must not be committed.")
    if wrong:
        return JudgeDraft(verdict="revise", comment="\n".join(["By rules, not AI:", *wrong]))
    return JudgeDraft(verdict="pass", comment=_passed(changes, proofs, task_title, owned_paths,
                                                      is_whole))


def _read(diff_text: str) -> tuple[list[_Change], bool]:
    """The changes, and whether all of the diff was there: prompts cut very long ones."""
    if not diff_text.strip():
        return [], True
    try:
        diff = parse_diff(diff_text)
    except CockpitError:
        return list(_scan(diff_text)), False
    return [
        _Change(path=file.path, old_path=file.old_path, is_added=file.change is FileChange.ADDED,
                is_deleted=file.change is FileChange.DELETED,
                added=tuple((line.new, line.text) for hunk in file.hunks for line in hunk.lines
                            if line.kind is LineKind.ADDED))
        for file in diff.files], True


def _scan(diff_text: str) -> Iterator[_Change]:
    """What can be told of a diff with a piece cut out: names and added lines, not their places."""
    for section in re.split(r"^(?=diff --git )", diff_text, flags=re.MULTILINE):
        named = re.match(r"diff --git a/(.+) b/(.+)", section)
        if named:
            head, _, body = section.partition("\n@@ ")
            added = tuple((0, line[1:]) for line in body.split("\n") if line.startswith("+"))
            yield _Change(path=named[2], old_path=named[1], is_added="\nnew file mode" in head,
                          is_deleted="\ndeleted file mode" in head, added=added)


def _failed(proofs: Sequence[JsonObject]) -> Iterator[str]:
    for proof in proofs:
        code = proof.get("exit_code")
        if code is not None and code != 0:
            yield f"`{_shown(proof.get('command', '?'))}` failed with exit code {code}."


def _outside(changes: Sequence[_Change], owned_paths: Sequence[str]) -> Iterator[str]:
    if not owned_paths:
        return
    touched = dict.fromkeys(path for change in changes for path in (change.old_path, change.path))
    outside = [path for path in touched if not is_owned(path, owned_paths)]
    if outside:
        yield (f"Outside the task's paths ({_named(owned_paths)}): {_named(outside)}. "
               "Take those changes back.")


def _in_lines(change: _Change, secret_in: Redactor) -> Iterator[str]:
    """At most one remark a kind and file; a secret's text is never repeated."""
    said: set[str] = set()
    for number, text in change.added:
        remark = _remark(text, secret_in)
        if remark and remark not in said:
            said.add(remark)
            place = _shown(change.path) + (f":{number}" if number else "")
            yield f"{place} {remark}"


def _remark(text: str, secret_in: Redactor) -> str:
    if _MARKER.fullmatch(text.rstrip("\r")):
        return "leaves a merge marker in the file."
    if (_PRIVATE_KEY.search(text) or _TAKEN_OUT.fullmatch(text)
            or secret_in.redact(text) != text):
        return "adds what looks like a secret key; take it out, also of the commit."
    if _OMISSION.fullmatch(text):
        return "stands in for code that was left out; write the code."
    return ""


def _passed(changes: Sequence[_Change], proofs: Sequence[JsonObject], task_title: str,
            owned_paths: Sequence[str], is_whole: bool) -> str:
    passed = sum(proof.get("exit_code") == 0 for proof in proofs)
    missing = [proof for proof in proofs if proof.get("exit_code") is None]
    checked = ["within the task's paths"] if owned_paths else []
    checked += ["no merge markers", "no secrets", "no left-out code"]
    if passed:
        checked.insert(0, f"{passed} of {len(proofs)} commands passed")
    elif not proofs:
        checked.insert(0, "no command was named to prove it")
    added = sum(len(change.added) for change in changes)
    files = f"{len(changes)} file{'' if len(changes) == 1 else 's'}"
    comment = (f"By rules, not AI: {_shown(task_title)!r} changes {files}, adds {added:,} lines; "
               f"checked: {', '.join(checked)}.")
    if missing:
        named = _named([str(proof.get("command", "?")) for proof in missing])
        comment += f" Could not run here: {named}."
    if not is_whole:
        comment += " The diff was cut or unusual, so only a part of it was read."
    return comment


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(_shown_all(names[:_MAX_NAMED])) + more


def _shown_all(names: Iterable[object]) -> Iterator[str]:
    return map(_shown, names)


def _shown(text: object) -> str:
    return sanitize_line(str(text))
