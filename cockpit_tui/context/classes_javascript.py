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
    rf"(?<![\w$.])(?P<abstract>abstract\s+)?class\s+(?!extends\b|implements\b)(?P<name>{_NAME})"
    r"(?P<head>[^{;]{0,600})\{")
_CLASS_VALUE = re.compile(
    rf"(?<![\w$.])(?:const|let|var|exports\.|module\.exports\.)\s*(?P<name>{_NAME})\s*="
    rf"\s*class\s*(?:{_NAME}\s*)?(?P<head>(?:extends|implements)\b[^{{;]{{0,600}}|\s*)\{{")
_PARENT = re.compile(rf"\s*({_NAME}(?:\.{_NAME})*)")
_IMPORT = re.compile(
    r"""(?:^|[;\s}])(?:import|export)\s*(?P<type>type\s)?(?P<names>[^'"();=]{0,1500}?)"""
    r"""\bfrom\s*["'](?P<from>[^"'\n]+)["']"""
    r"""|(?:^|[;\s])import\s*["'](?P<bare>[^"'\n]+)["']"""
    r"""|\brequire\(\s*["'](?P<required>[^"'\n]+)["']\s*\)""", re.MULTILINE)
_EXPORTED_NAME = re.compile(
    rf"\bexport\s+(?:default\s+)?(?:abstract\s+)?(?:async\s+)?"
    rf"(?:class|function\*?|const|let|var|enum|interface|type)\s+({_NAME})")
_EXPORT_LIST = re.compile(r"\bexport\s*(?:type\s*)?\{([^}]*)\}")
_COMMONJS_LIST = re.compile(r"\bmodule\.exports\s*=\s*\{([^}]*)\}")
_COMMONJS_NAME = re.compile(rf"\b(?:module\.)?exports\.({_NAME})\s*=")
_STAR = re.compile(r"""\bexport\s*\*\s*(?:as\s+[\w$]+\s*)?from\s*["']([^"'\n]+)["']""")
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
    return "\n".join(" " * len(line) for line in found.split("\n"))


def _blank_comment(match: re.Match[str]) -> str:
    return _blank(match) if match["comment"] is not None else match.group()


def _classes(code: str) -> Iterator[ClassDefinition]:
    found = [(match.start("name"), match, bool(match["abstract"]))
             for match in _CLASS.finditer(code)]
    found += [(match.start("name"), match, False) for match in _CLASS_VALUE.finditer(code)]
    seen: set[str] = set()
    for start, match, is_abstract in sorted(found, key=lambda each: each[0]):
        if match["name"] not in seen:
            seen.add(match["name"])
            yield ClassDefinition(name=match["name"], line=code.count("\n", 0, start) + 1,
                                  bases=_parents(match["head"]), is_abstract=is_abstract)


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
    for match in _IMPORT.finditer(plain):
        if not match["type"]:
            yield match["from"] or match["bare"] or match["required"]


def _exports(plain: str) -> Iterator[str]:
    yield from _EXPORTED_NAME.findall(plain)
    yield from _COMMONJS_NAME.findall(plain)
    for names in _EXPORT_LIST.findall(plain) + _COMMONJS_LIST.findall(plain):
        for original, name in _LIST_NAME.findall(names):
            yield name if not original or name != "default" else original
