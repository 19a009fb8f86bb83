"""Statements that stand for one class: imports, exports, cases, branches, registering calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cockpit_tui.providers.offline.recipes.scaffold.blocks import Block, blocks_of
from cockpit_tui.providers.offline.recipes.scaffold.entries import Entry, Layout
from cockpit_tui.providers.offline.recipes.scaffold.renaming import Renaming
from cockpit_tui.providers.offline.recipes.scaffold.structure import Group, Kind, Source, Span

_IMPORT = re.compile(
    r"(?:from|import)\b|export\b[^=;]*\bfrom\b|export\s*\*"
    r"|(?:export\s+)?(?:const|let|var)\b[^=]*=\s*(?:await\s+import|require)\s*\(")
_EXPORT = re.compile(r"export\b")
_REGISTERS = re.compile(
    r"(?:await\s+)?(?:[\w$]+(?:\([^()]*\))?\.)*(?:register|add|set|append|push|bind|provide|include"
    r"|use|route|define|install|subscribe|on)\w*\s*\(")
_DEFINITION = re.compile(
    r"(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:def|function)\s+(?P<name>[\w$]+)")
_ASSIGNMENT = re.compile(
    r"(?P<export>export\s+)?(?P<word>(?:const|let|var|type|readonly|static)\s+)?"
    r"(?P<target>[\w$][\w$.]*(?:\[[^\]]*\])?)(?:\s*:[^=]*)?\s*=(?![=>])")
_BRANCH_OF_PYTHON = re.compile(r"(?:el)?if\b")
_LEAVES = re.compile(r"\b(?:return|raise|throw|continue|break|yield)\b")


def find_statement(source: Source, renaming: Renaming, position: int, *,
                   is_index: bool) -> Entry | None:
    """The statement around `position` as an entry, if it stands for the class."""
    if not source.is_python:
        entry = _case_of_script(source, renaming, position)
        if entry is not None:
            return entry
    found = source.statement_at(position)
    if found is None:
        return None
    span, statements = found
    code = source.masked[span.start:span.end]
    if _IMPORT.match(code):
        return _import(source, renaming, position, span, statements, is_index=is_index)
    if source.is_python and re.match(r"(?:case|if|elif)\b", code):
        return _branch_of_python(source, renaming, span, statements)
    if not source.is_python and re.match(r"if\b", code):
        return _branch_of_script(source, renaming, position, span)
    if definition := _DEFINITION.match(code):
        name = source.text[span.start + definition.start("name"):
                           span.start + definition.end("name")]
        return _definition(source, name, span) if renaming.positions(name) else None
    if assignment := _ASSIGNMENT.match(code):
        return _assignment(source, renaming, span, statements, assignment)
    if _REGISTERS.match(code):
        return _line_entry(source, span, statements, _REGISTERS)
    return None


def _line_entry(source: Source, span: Span, statements: list[Span], alike: re.Pattern[str], *,
                is_strong: bool = True, binds: tuple[str, ...] = (),
                names: tuple[Span, ...] = (), is_sortable: bool = True) -> Entry:
    return Entry(span=span, neighbours=tuple(_run(source, span, statements, alike)),
                 layout=Layout.LINES, is_strong=is_strong, binds=binds, names=names,
                 is_sortable=is_sortable)


def _run(source: Source, span: Span, statements: list[Span],
         alike: re.Pattern[str]) -> Iterator[Span]:
    """The statements of the same form directly around `span`, without a blank line between."""
    at = statements.index(span)
    indent = source.indent_at(span.start)

    def belongs(here: int, there: int) -> bool:
        one, other = statements[here], statements[there]
        between = source.text[min(one.end, other.end):max(one.start, other.start)]
        return (between.count("\n") == 1 and source.indent_at(other.start) == indent
                and alike.match(source.masked, other.start, other.end) is not None)

    first = last = at
    while first > 0 and belongs(first, first - 1):
        first -= 1
    while last + 1 < len(statements) and belongs(last, last + 1):
        last += 1
    yield from statements[first:last + 1]


def _import(source: Source, renaming: Renaming, position: int, span: Span,
            statements: list[Span], *, is_index: bool) -> Entry:
    names = _imported_names(source, span)
    head_end = names[0].start if names else span.end
    head_mentions = renaming.positions(source.text[span.start:head_end])
    is_export = bool(_EXPORT.match(source.masked, span.start, span.end))
    is_strong = is_export or is_index
    inline = source.is_python and len(names) > 0 and not head_mentions
    if inline and "(" not in source.masked[span.start:span.end]:
        element = next(name for name in names if name.contains(position))
        return Entry(span=element, neighbours=tuple(names), layout=Layout.INLINE, separator=",",
                     is_strong=is_strong, binds=(_bound(source[element]),))
    alike = _EXPORT if is_export else re.compile(r"from\b|import\b") if re.match(
        r"from\b|import\b", source.masked[span.start:span.end]) else _IMPORT
    own = tuple(name for name in names if renaming.positions(source[name]))
    return _line_entry(
        source, span, statements, alike, is_strong=is_strong,
        binds=tuple(_bound(source[name]) for name in own) or _bound_by_head(source[span]),
        names=tuple(names) if own and len(own) < len(names) else ())


def _bound(name: str) -> str:
    return re.split(r"\s+as\s+|\s*:\s*", name)[-1].strip()


def _bound_by_head(statement: str) -> tuple[str, ...]:
    """`import X from`, `const X = require(...)`, `import a.b as X`."""
    found = re.match(r"(?:import|const|let|var)\s+(?:\*\s+as\s+)?([\w$]+)", statement)
    return (found[1],) if found else ()


def _imported_names(source: Source, span: Span) -> list[Span]:
    group = next((g for g in source.groups() if g.kind is Kind.NAMES and span.contains(g.open)),
                 None)
    if group is not None:
        return source.elements(group)
    found = re.match(r"from\s+[\w.]+\s+import\s+", source.masked[span.start:span.end])
    if found is None:
        return []
    return source.split(Span(span.start + found.end(), span.end), [], ",")


def _suite_end(source: Source, at: int, statements: list[Span]) -> int:
    """The index behind the last logical line of the suite that line `at` opens."""
    width = len(source.indent_at(statements[at].start))
    end = at + 1
    while end < len(statements) and len(source.indent_at(statements[end].start)) > width:
        end += 1
    return end


def _branch_of_python(source: Source, renaming: Renaming, span: Span,
                      statements: list[Span]) -> Entry | None:
    if not renaming.mentions(source[span]):
        return None
    at = statements.index(span)
    is_case = source.text.startswith("case", span.start)
    width = len(source.indent_at(span.start))

    def block(index: int) -> Span:
        return Span(statements[index].start, statements[_suite_end(source, index,
                                                                   statements) - 1].end)

    def is_alike(index: int) -> bool:
        start = statements[index].start
        alike = r"case\b(?!\s+_\s*:)" if is_case else r"(?:el)?if\b"
        return (len(source.indent_at(start)) == width
                and re.match(alike, source.masked[start:statements[index].end]) is not None)

    first = at
    before = [i for i in range(at) if len(source.indent_at(statements[i].start)) <= width]
    for index in reversed(before):
        if not is_alike(index):
            break
        first = index
    blocks = []
    while first < len(statements) and is_alike(first):
        blocks.append(block(first))
        first = _suite_end(source, first, statements)
    return Entry(span=block(at), neighbours=tuple(blocks), layout=Layout.LINES,
                 is_sortable=is_case)


def branch_keyword(source: Source, entry: Entry) -> str:
    """`if`, `elif` or empty: how a new Python branch behind the entry's must begin."""
    text = source[entry.span]
    if not _BRANCH_OF_PYTHON.match(text):
        return ""
    rest = source.text[entry.neighbours[-1].end:].lstrip()
    last = text.rsplit("\n", 1)[-1].strip() if "\n" in text else text.rpartition(":")[2].strip()
    leaves = _LEAVES.match(last) is not None
    return "if" if leaves and text.startswith("if") and not rest.startswith(
        ("elif", "else")) else "elif"


def _branch_of_script(source: Source, renaming: Renaming, position: int,
                      span: Span) -> Entry | None:
    """`if (kind === "x") { ... }`, alone or in an else-if chain."""
    starts = [span.start + m.start() for m in
              re.finditer(r"\bif\s*(?=\()", source.masked[span.start:span.end])]
    start = max((s for s in starts if s <= position), default=span.start)
    groups = source.around(start)[0].children
    condition = next((g for g in groups if g.open > start and g.kind is Kind.CALL), None)
    if condition is None or not renaming.mentions(
            source.text[condition.open:condition.close]):
        return None
    body = next((g for g in groups if g.open > condition.close and g.kind is Kind.BLOCK), None)
    has_block = body is not None and not source.masked[condition.close + 1:body.open].strip()
    is_chain = start != span.start or "else" in source.masked[condition.close:span.end]
    if is_chain:
        if body is None or not has_block:
            return None
        branch = Span(start, body.close + 1)
        return Entry(span=branch, neighbours=(branch,), layout=Layout.CHAIN, is_sortable=False)
    if not _LEAVES.search(source.masked, condition.close, span.end):
        return None
    found = source.statement_at(span.start)
    run = _run(source, span, found[1] if found else [span], re.compile(r"if\b"))
    return Entry(span=span, neighbours=tuple(run), layout=Layout.LINES, is_sortable=False)


def _case_of_script(source: Source, renaming: Renaming, position: int) -> Entry | None:
    for group in source.around(position):
        if group.kind is Kind.BLOCK and (cases := _cases(source, group)):
            region = next((c for c in cases if c.contains(position)), None)
            if region is None or not source.text.startswith("case", region.start):
                return None
            label = source.text[region.start:source.masked.index(":", region.start)]
            if not renaming.mentions(label):
                return None
            labelled = [c for c in cases if source.text.startswith("case", c.start)]
            return Entry(span=region, neighbours=tuple(labelled), layout=Layout.LINES)
    return None


def _cases(source: Source, group: Group) -> list[Span]:
    """The parts of a `switch` body: each label with the statements behind it."""
    body = list(source.masked[group.open + 1:group.close])
    for child in group.children:
        for at in range(child.open - group.open, child.close - group.open - 1):
            body[at] = "_"
    labels = [group.open + 1 + m.start() for m in
              re.finditer(r"^[ \t]*(?:case\b|default\s*:)", "".join(body), re.MULTILINE)]
    starts = [source.trimmed(label, group.close).start for label in labels]
    ends = [*starts[1:], group.close]
    return [source.trimmed(start, ends[i]) for i, start in enumerate(starts)]


def _definition(source: Source, name: str, span: Span) -> Entry | None:
    """A function for the class at the top level, among the functions directly around it."""
    blocks = blocks_of(source)
    at = next((i for i, block in enumerate(blocks) if block.span.contains(span.start)
               and block.name == name), None)
    if at is None:
        return None
    first = last = at
    while first > 0 and _is_function(blocks[first - 1]):
        first -= 1
    while last + 1 < len(blocks) and _is_function(blocks[last + 1]):
        last += 1
    return Entry(span=blocks[at].span, neighbours=tuple(b.span for b in blocks[first:last + 1]),
                 layout=Layout.LINES, is_sortable=False, is_strong=False, binds=(name,))


def _is_function(block: Block) -> bool:
    return bool(block.name) and not block.is_class


def _assignment(source: Source, renaming: Renaming, span: Span, statements: list[Span],
                found: re.Match[str]) -> Entry | None:
    target = source.text[span.start + found.start("target"):span.start + found.end("target")]
    value = Span(span.start + found.end(), span.end)
    if not renaming.mentions(target):
        return _union(source, renaming, value)
    is_made = any(re.match(r"[\w$]*\s*\(", source.masked[value.start + p:value.end])
                  for p in renaming.positions(source[value]))
    is_literal = re.fullmatch(r"\s*[\w$.\"'()-]+;?\s*", source.masked[value.start:value.end])
    is_export = bool(found["export"]) or re.match(r"(?:module\.)?exports\b", target) is not None
    is_strong = not is_made and is_literal is not None and not re.match(r"(?:self|this)\.", target)
    return _line_entry(source, span, statements, _ASSIGNMENT, binds=(target,),
                       is_strong=is_strong or is_export)


def _union(source: Source, renaming: Renaming, value: Span) -> Entry | None:
    """`"a" | "b"`, on one line or one a line."""
    end = value.end - 1 if source.masked[value.end - 1] == ";" else value.end
    group = next(g for g in source.around(value.start) if g.kind in {Kind.BLOCK, Kind.ROOT})
    parts = source.split(Span(value.start, end), group.children, "|")
    about = [part for part in parts if renaming.positions(source[part])]
    is_type = "|" in source.masked[value.start:end] or source.text[:value.start].rsplit(
        "\n", 1)[-1].lstrip().startswith(("type ", "export type "))
    if not about or not is_type:
        return None
    before = source.text[source.line_start(about[0].start):about[0].start]
    layout = Layout.LINES if before.strip() == "|" else Layout.INLINE
    return Entry(span=about[0], neighbours=tuple(parts), layout=layout, separator="|")
