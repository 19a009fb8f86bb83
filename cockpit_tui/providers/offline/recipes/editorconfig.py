"""An `.editorconfig` from what the files do already, never from taste.

Format: spec.editorconfig.org, version 0.17.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass

from cockpit_tui.providers.offline.reading import read_if_present
from cockpit_tui.providers.offline.recipe import ToolReply, ToolUse
from cockpit_tui.providers.offline.recipes.tree import Tree

_GROUPS = (("py", "pyi"), ("js", "jsx", "mjs", "cjs", "ts", "tsx"), ("go",), ("rs",),
           ("java", "kt"), ("c", "h", "cc", "cpp", "hpp"), ("cs",), ("rb",), ("php",), ("sh",),
           ("css", "scss"), ("html",), ("json",), ("yml", "yaml"), ("toml",))
_SAMPLES = 3
_MAX_GROUPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Indent:
    style: str
    """`space` or `tab`."""
    size: int = 0


def sample_files(tree: Tree) -> Generator[ToolUse, ToolReply, dict[tuple[str, ...], list[str]]]:
    """Texts of a few files for each group of suffixes, the groups with most files first."""
    found = []
    for suffixes in _GROUPS:
        paths = [path for path in sorted(tree.files) if path.rpartition(".")[2] in suffixes
                 and not path.endswith(("__init__.py", "-lock.json", "lock.yaml", ".min.js"))]
        if paths:
            found.append((suffixes, paths))
    found.sort(key=lambda each: -len(each[1]))
    samples: dict[tuple[str, ...], list[str]] = {}
    for suffixes, paths in found[:_MAX_GROUPS]:
        for path in _spread(paths):
            text = yield from read_if_present(path)
            if text:
                samples.setdefault(suffixes, []).append(text)
    return samples


def _spread(paths: list[str]) -> list[str]:
    """The first, the middle and the last."""
    return list(dict.fromkeys((paths[0], paths[len(paths) // 2], paths[-1])))[:_SAMPLES]


def render_editorconfig(samples: Mapping[tuple[str, ...], list[str]], *,
                        has_makefile: bool) -> str:
    """The file's text. A rule stands in it only if no sample breaks it."""
    texts = [text for group in samples.values() for text in group]
    lines = ["root = true", "", "[*]", "charset = utf-8"]
    endings = {"crlf" if "\r\n" in text else "lf" for text in texts if "\n" in text}
    if len(endings) == 1:
        lines.append(f"end_of_line = {endings.pop()}")
    if texts and all(text.endswith("\n") for text in texts):
        lines.append("insert_final_newline = true")
    if texts and not any(line.rstrip("\r") != line.rstrip() for text in texts
                         for line in text.split("\n")):
        lines.append("trim_trailing_whitespace = true")
    for suffixes, group in samples.items():
        indent = observe_indent(group)
        if indent is None:
            continue
        name = suffixes[0] if len(suffixes) == 1 else "{" + ",".join(suffixes) + "}"
        lines += ["", f"[*.{name}]", f"indent_style = {indent.style}"]
        if indent.style == "space":
            lines.append(f"indent_size = {indent.size}")
    if has_makefile:
        lines += ["", "[Makefile]", "indent_style = tab"]
    if "trim_trailing_whitespace = true" in lines:
        lines += ["", "[*.md]", "trim_trailing_whitespace = false"]
    return "\n".join(lines) + "\n"


def observe_indent(texts: list[str]) -> Indent | None:
    """What most deepening lines do; None where files disagree or nothing is indented."""
    steps: Counter[Indent] = Counter()
    for text in texts:
        before = 0
        for line in text.splitlines():
            if not line.strip():
                continue
            if line.startswith("\t"):
                steps[Indent(style="tab")] += 1
                continue
            depth = len(line) - len(line.lstrip(" "))
            if depth - before in {2, 3, 4, 8}:
                steps[Indent(style="space", size=depth - before)] += 1
            before = depth
    if not steps:
        return None
    (best, votes), *_ = steps.most_common(1)
    return best if votes * 3 >= sum(steps.values()) * 2 else None
