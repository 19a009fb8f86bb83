"""Habits of a repository, measured: each one a sentence with its evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from cockpit_tui.context.classes_javascript import JAVASCRIPT
from cockpit_tui.context.corpus import Corpus, SourceFile
from cockpit_tui.context.manifests import Manifests, dig
from cockpit_tui.context.modules import SourceModule
from cockpit_tui.domain.review import CommitFact

_SAMPLE = 80
_SAMPLE_CHARACTERS = 40_000
_CLEAR = 0.7
"""A habit is one when at least this share follows it."""
_LEADING = re.compile(r"^(\t+| +)\S", re.MULTILINE)
_STRING = re.compile(
    r"""(?<![\w"'\\`])(?:[rbfuRBFU]{0,2})("(?!"")[^"'\\\n]*"|'(?!'')[^"'\\\n]*')""")
_CONVENTIONAL = re.compile(
    r"(feat|fix|docs|style|refactor|perf|test|build|ci|chore|revert)(\([^)]*\))?!?: .+")
_AREA = re.compile(r"[\w./*-]+(, [\w./*-]+)*: \S.*")
_STYLES: Mapping[str, re.Pattern[str]] = {
    "Google": re.compile(r"^\s*(Args|Returns|Raises|Yields|Attributes):\s*$", re.MULTILINE),
    "NumPy": re.compile(r"^\s*(Parameters|Returns|Raises)\n\s*-{3,}\s*$", re.MULTILINE),
    "reStructuredText field": re.compile(r"^\s*:(param|returns?|raises|rtype)\b", re.MULTILINE),
}
_CASES = (
    ("kebab-case", re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")),
    ("snake_case", re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")),
    ("PascalCase", re.compile(r"[A-Z][a-z0-9]+[A-Za-z0-9]*")),
    ("camelCase", re.compile(r"[a-z][a-z0-9]*([A-Z][a-z0-9]*)+")),
)


def find_conventions(corpus: Corpus, manifests: Manifests, modules: Mapping[str, SourceModule],
                     commits: Sequence[CommitFact]) -> tuple[str, ...]:
    """Only habits that are clear; a repository without any has none listed."""
    lines = Counter[str]()
    for source in corpus.sources:
        lines[source.language] += source.lines
    main = [language for language, _ in lines.most_common(2)
            if language not in {"HTML", "CSS", "Dockerfile", "Makefile"}]
    said = [*_layout(corpus)]
    for language in main:
        sample = _sample(corpus.product(language) or corpus.tests(language))
        said += _indent(language, sample)
        if language in {"Python", *JAVASCRIPT}:
            said += _quotes(language, sample)
        if language in JAVASCRIPT:
            said += _javascript(language, sample, modules)
        said += _file_names(corpus, language)
    said += [*_line_length(corpus, manifests, main), *_python(corpus, modules),
             *_test_names(corpus), *_commits(commits)]
    return tuple(said)


def _sample(sources: Sequence[SourceFile]) -> list[SourceFile]:
    """At most `_SAMPLE` files with text, evenly spread."""
    readable = [source for source in sources if source.text]
    return readable[:: max(1, len(readable) // _SAMPLE)][:_SAMPLE]


def _clearest(counted: Counter[str], at_least: int = 3) -> tuple[str, int, int] | None:
    """(the habit, how many follow it, of how many), or None where nothing is clear."""
    total = sum(counted.values())
    if total < at_least:
        return None
    name, count = min(counted.items(), key=lambda each: (-each[1], each[0]))
    return (name, count, total) if count >= _CLEAR * total else None


def _layout(corpus: Corpus) -> Iterator[str]:
    packages = sorted({path.split("/")[1] for path in corpus.paths
                       if re.fullmatch(r"src/[^/]+/__init__\.py", path)})
    if packages:
        yield f"The Python package stands under src/ (src/{packages[0]}/__init__.py)."


def _indent(language: str, sample: Sequence[SourceFile]) -> Iterator[str]:
    found = _clearest(Counter(filter(None, (_indent_of(source.text) for source in sample))), 2)
    if found:
        yield f"{language} is indented with {found[0]} ({found[1]} of {found[2]} files read)."


def _indent_of(text: str) -> str:
    leading = _LEADING.findall(text[:_SAMPLE_CHARACTERS])
    if len(leading) < 3:
        return ""
    if sum(each[0] == "\t" for each in leading) * 2 > len(leading):
        return "tabs"
    steps = Counter(len(each) for each in leading if each[0] == " " and len(each) > 1)
    for width in (2, 3, 4, 8):
        if steps[width] >= max(2, 0.04 * len(leading)):
            return f"{width} spaces"
    return ""


def _quotes(language: str, sample: Sequence[SourceFile]) -> Iterator[str]:
    counted: Counter[str] = Counter()
    for source in sample:
        for found in _STRING.findall(source.text[:_SAMPLE_CHARACTERS]):
            counted["double" if found[0] == '"' else "single"] += 1
    clear = _clearest(counted, 10)
    if clear:
        yield f"{language} strings take {clear[0]} quotes ({clear[1] / clear[2]:.0%})."


def _javascript(language: str, sample: Sequence[SourceFile],
                modules: Mapping[str, SourceModule]) -> Iterator[str]:
    semicolons: Counter[str] = Counter()
    styles: Counter[str] = Counter()
    for source in sample:
        statements = re.findall(r"^\s*(?:const|let|return|import)\b[^\n{(\[,]*([;\w\"')])$",
                                source.text[:_SAMPLE_CHARACTERS], re.MULTILINE)
        semicolons["with"] += sum(end == ";" for end in statements)
        semicolons["without"] += sum(end != ";" for end in statements)
        text = source.text
        if re.search(r"^(import|export)\b", text, re.MULTILINE):
            styles["ES modules (import/export)"] += 1
        elif "require(" in text or "module.exports" in text:
            styles["CommonJS (require/module.exports)"] += 1
    for counted, sentence in ((semicolons, "{} statements end {} semicolons ({:.0%})."),
                              (styles, "{} uses {} ({:.0%} of the files read).")):
        clear = _clearest(counted)
        if clear:
            yield sentence.format(language, clear[0], clear[1] / clear[2])
    exported = [source.text for source in sample if re.search(r"^export\b", source.text, re.M)]
    defaults = sum("export default" in text for text in exported)
    if len(exported) >= 3 and (defaults <= 0.2 * len(exported) or defaults >= 0.8 * len(exported)):
        kind = "named" if defaults <= 0.2 * len(exported) else "default"
        yield f"{language} modules use {kind} exports ({len(exported)} files with exports)."


def _file_names(corpus: Corpus, language: str) -> Iterator[str]:
    stems = [re.sub(r"(\.(test|spec|d|config))?\.\w+$", "", source.path.rpartition("/")[2])
             for source in corpus.product(language)]
    counted = Counter(name for stem in stems for name, pattern in _CASES
                      if pattern.fullmatch(stem.strip("_")))
    clear = _clearest(counted)
    if clear:
        yield (f"{language} files of several words are named in {clear[0]} "
               f"({clear[1]} of {clear[2]}).")


def _line_length(corpus: Corpus, manifests: Manifests, main: Sequence[str]) -> Iterator[str]:
    tool = dig(manifests.table("pyproject.toml"), "tool")
    settings = [(f"pyproject.toml, [tool.{name}]", dig(tool, name).get("line-length"))
                for name in ("ruff", "black")]
    settings += [(path, manifests.ini[path].get("flake8", "max-line-length", fallback=None))
                 for path in ("setup.cfg", "tox.ini", ".flake8") if path in manifests.ini]
    for source, value in settings:
        if isinstance(value, int | str) and str(value).isdecimal() and len(str(value)) < 5:
            yield f"Lines have at most {value} columns ({source})."
            return
    lengths = sorted(len(line) for language in main[:1]
                     for source in _sample(corpus.product(language))
                     for line in source.text[:_SAMPLE_CHARACTERS].splitlines())
    if len(lengths) >= 100:
        limit = lengths[int(len(lengths) * 0.99)]
        usual = next((width for width in (79, 80, 88, 90, 99, 100, 110, 120, 140)
                      if width >= limit), 0)
        if usual:
            yield f"Lines stay within {usual} columns (99 % of {len(lengths):,} read)."


def _python(corpus: Corpus, modules: Mapping[str, SourceModule]) -> Iterator[str]:
    read = [modules[source.path] for source in corpus.product("Python")
            if source.path in modules]
    functions = sum(module.functions for module in read)
    annotated = sum(module.annotated_functions for module in read)
    if functions >= 10:
        share = annotated / functions
        if share >= _CLEAR:
            yield f"Python functions carry type annotations ({annotated:,} of {functions:,})."
        elif share <= 0.1:
            yield f"Python functions carry no type annotations ({annotated:,} of {functions:,} do)."
    counted: Counter[str] = Counter()
    for module in read:
        for docstring in module.docstrings:
            counted.update(name for name, style in _STYLES.items() if style.search(docstring))
    clear = _clearest(counted, 5)
    if clear:
        yield f"Docstrings follow the {clear[0]} style ({clear[1]} of {clear[2]} with sections)."


def _test_names(corpus: Corpus) -> Iterator[str]:
    forms: Sequence[tuple[str, Callable[[str], bool]]] = (
        ("test_*.py", lambda name: bool(re.fullmatch(r"test_.*\.py", name))),
        ("*_test.py", lambda name: name.endswith("_test.py")),
        ("*.test.*", lambda name: ".test." in name),
        ("*.spec.*", lambda name: ".spec." in name),
        ("*_test.go", lambda name: name.endswith("_test.go")),
        ("*Test.java", lambda name: name.endswith(("Test.java", "Tests.java"))),
        ("*_spec.rb", lambda name: name.endswith("_spec.rb")),
    )
    counted: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for test in corpus.tests():
        directory, _, name = test.path.rpartition("/")
        form = next((form for form, fits in forms if fits(name)), "")
        if form:
            counted[form] += 1
            top = f"{directory.split('/')[0]}/"
            places["beside the code" if not _is_test_directory(directory) else f"in {top}"] += 1
    clear, place = _clearest(counted, 1), _clearest(places, 1)
    if clear:
        where = f", {place[0]}" if place else ""
        yield f"Tests are named {clear[0]}{where} ({clear[1]} of {clear[2]})."


def _is_test_directory(directory: str) -> bool:
    return any(part in {"test", "tests", "spec", "__tests__", "e2e"}
               for part in directory.split("/"))


def _commits(commits: Sequence[CommitFact]) -> Iterator[str]:
    subjects = [c.subject for c in commits if c.subject and not c.subject.startswith("Merge ")]
    if len(subjects) < 3:
        return
    for says, pattern in (
            ("follow Conventional Commits, e.g. {!r}", _CONVENTIONAL),
            ("name the area first, e.g. {!r}", _AREA),
            ("are short sentences with a capital and no full stop, e.g. {!r}",
             re.compile(r"[A-Z].*[^.]"))):
        fitting = [subject for subject in subjects if pattern.fullmatch(subject)]
        if len(fitting) >= _CLEAR * len(subjects):
            example = fitting[0] if len(fitting[0]) <= 60 else fitting[0][:59] + "…"
            yield (f"Commit subjects {says.format(example)} "
                   f"({len(fitting)} of {len(subjects)}).")
            return
