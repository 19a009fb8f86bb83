"""JavaScript and TypeScript sources by careful patterns: classes, imports, exports.

There is no parser for these in the standard library. Comments, strings and regular expressions
are blanked first (same length, line ends kept), so what is matched is code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cockpit_tui.context.corpus import SourceFile
from cockpit_tui.context.modules import ClassDefinition, SourceModule

JAVASCRIPT = ("JavaScript", "TypeScript", "Vue", "Svelte")
_MAX_CHARACTERS = 400_000
_NAME = r"[A-Za-z_$][\w$]*"
_NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)"
    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\])*`'
    r"|(?<=[=(,:;!&|?{}\[\n])[ \t]*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n]){0,99}\]"
    r"|[^/\\\n\[]){1,300}/[a-z]*",
    re.DOTALL,
)
"""Every repetition that could fail late is bounded, so hostile text costs linear time."""
_COMMENT_OR_STRING = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\])*`', re.DOTALL)
_CLASS = re.compile(
    rf"class\b\s*(?P<name>(?!extends\b|implements\b){_NAME})?(?P<head>[^{{;]{{0,600}})\{{")
"""Begins with a plain word, so that the search is fast; what stands before is looked at after."""
_HEAD = re.compile(r"\s*(?:<|extends\b|implements\b|$)")
_ASSIGNED = re.compile(rf"(?:const|let|var|exports\.)\s*({_NAME})\s*(?::[^=]{{0,80}})?=\s*$")
_ABSTRACT = re.compile(r"(?<![\w$.])abstract\s+$")
_LOOK_BACK = 160
_PARENT = re.compile(rf"\s*({_NAME}(?:\.{_NAME})*)")
_FROM = re.compile(r"""from\s{0,9}["']([^"'\n]+)["']""")
_BARE_IMPORT = re.compile(r"""(?:^|;)\s{0,99}import\s{0,9}["']([^"'\n]+)["']"""
                          r"""|\brequire\(\s{0,9}["']([^"'\n]+)["']\s{0,9}\)""", re.MULTILINE)
_IMPORT_WORD = re.compile(r"\b(import|export)\b(\s+type\b)?")
_LONGEST_IMPORT = 2_000
_EXPORTED_NAME = re.compile(
    rf"export\s+(?:default\s+)?(?:abstract\s+)?(?:async\s+)?"
    rf"(?:class|function\*?|const|let|var|enum|interface|type)\s+({_NAME})")
_EXPORT_LIST = re.compile(r"export\s*(?:type\s*)?\{([^}]*)\}")
_COMMONJS_LIST = re.compile(r"module\.exports\s*=\s*\{([^}]*)\}")
_COMMONJS_NAME = re.compile(rf"exports\.({_NAME})\s*=")
_STAR = re.compile(r"""export\s*\*\s*(?:as\s+[\w$]+\s*)?from\s*["']([^"'\n]+)["']""")
_LIST_NAME = re.compile(rf"(?:({_NAME})\s+as\s+)?(?:type\s+)?({_NAME})\s*(?=[,:]|$)")


def read_javascript(sources: Iterable[SourceFile]) -> dict[str, SourceModule]:
    """Path → module, for every source with text. Never raises on any content."""
    return {source.path: _read(source) for source in sources if source.text}


def _read(source: SourceFile) -> SourceModule:
    text = source.text
    if len(text) > _MAX_CHARACTERS:
        return SourceModule(path=source.path)
    plain = _COMMENT_OR_STRING.sub(_blank_comment, text)
    has_class = "class" in plain and not source.is_test
    return SourceModule(
        path=source.path,
        classes=tuple(_classes(blank_javascript(plain))) if has_class else (),
        imports=tuple(dict.fromkeys(_imports(plain))),
        exports=frozenset(_exports(plain)) if "export" in plain else frozenset(),
        star_exports=tuple(_STAR.findall(plain)) if "export" in plain else (),
    )


def blank_javascript(text: str) -> str:
    """`text` with comments, strings and regular expressions replaced by spaces."""
    return _NOT_CODE.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    found = match.group()
    if "\n" not in found:
        return " " * len(found)
    return "\n".join(" " * len(line) for line in found.split("\n"))


def _blank_comment(match: re.Match[str]) -> str:
    return _blank(match) if match["comment"] is not None else match.group()


def _classes(code: str) -> Iterator[ClassDefinition]:
    seen: set[str] = set()
    for match in _CLASS.finditer(code):
        before = code[max(0, match.start() - _LOOK_BACK): match.start()]
        assigned = _ASSIGNED.search(before)
        name = assigned[1] if assigned else match["name"]
        is_class = _HEAD.match(match["head"]) and not re.search(r"[\w$.]$", before)
        if name and is_class and name not in seen:
            seen.add(name)
            yield ClassDefinition(name=name, line=code.count("\n", 0, match.start()) + 1,
                                  bases=_parents(match["head"]),
                                  is_abstract=_ABSTRACT.search(before) is not None)


def _parents(head: str) -> tuple[str, ...]:
    """Names behind `extends` and `implements`, type arguments and call arguments left out."""
    flat = _without_brackets(head)
    parents: list[str] = []
    for keyword, stop in (("extends", "implements"), ("implements", "extends")):
        _, found, rest = flat.partition(keyword)
        if found:
            for part in rest.split(stop)[0].split(","):
                name = _PARENT.match(part)
                if name:
                    parents.append(name[1])
    return tuple(dict.fromkeys(parents))


def _without_brackets(text: str) -> str:
    kept, depth = [], 0
    for at, character in enumerate(text):
        if character in "<([":
            depth += 1
        elif character in ")]" or (character == ">" and text[at - 1: at] != "="):
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(character)
    return "".join(kept)


def _imports(plain: str) -> Iterator[str]:
    """Specifiers of `import ... from`, `export ... from`, `import "x"`, `require("x")`."""
    end = 0
    for match in _FROM.finditer(plain):
        start = max(end, match.start() - _LONGEST_IMPORT)
        words = list(_IMPORT_WORD.finditer(plain, start, match.start()))
        if words and not words[-1][2]:  # `import type` is gone when the program runs.
            yield match[1]
        end = match.end()
    for bare, required in _BARE_IMPORT.findall(plain):
        yield bare or required


def _exports(plain: str) -> Iterator[str]:
    yield from _EXPORTED_NAME.findall(plain)
    yield from _COMMONJS_NAME.findall(plain)
    for names in _EXPORT_LIST.findall(plain) + _COMMONJS_LIST.findall(plain):
        for original, name in _LIST_NAME.findall(names):
            yield name if not original or name != "default" else original
