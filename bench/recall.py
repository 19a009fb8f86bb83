"""Does the symbol map name the right files? Recall at ten files and within a token budget.

The tasks: this repository's own history (or the repositories given as arguments), each commit's
message against the files it changed, seen from its parent; and, as synthetic tasks in larger and
foreign code, sentences of documentation blanked where they stood. Every second commit was used to
tune the weights; the figures are of the others.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from bench.recall_rivals import by_name, by_path, by_search, listed
from bench.recall_tasks import Task, commit_tasks, docstring_tasks, snapshot_of
from bench.report import Figure, show
from cockpit_tui.context.symbols.mentions import read_request
from cockpit_tui.context.symbols.ranking import DEFAULT_WEIGHTS, Weights, rank_read
from cockpit_tui.context.symbols.reading import read_files
from cockpit_tui.context.symbols.render import render, symbol_map

BUDGETS = (2_000, 8_000)
PACKAGES = ("textual", "hypothesis", "pydantic", "_pytest")
BESIDE = (*PACKAGES, "openai", "anthropic")
"""What lies in the same snapshot, so that there is something to choose from."""
SIZES = (2_000, 20_000)


@dataclass(slots=True)
class Recall:
    """Sums over tasks of the share of answers found; each task counts the same."""

    tasks: int = 0
    at_ten: float = 0.0
    within: dict[int, float] = field(default_factory=lambda: dict.fromkeys(BUDGETS, 0.0))

    def add(self, task: Task, ranked: list[str], texts: dict[int, str]) -> None:
        self.tasks += 1
        self.at_ten += len(task.answers & set(ranked[:10])) / len(task.answers)
        for budget, text in texts.items():
            lines = set(text.split("\n"))
            self.within[budget] += len(task.answers & lines) / len(task.answers)

    def __str__(self) -> str:
        shares = [f"{self.at_ten / max(1, self.tasks):.0%} at 10 files"]
        shares += [f"{found / max(1, self.tasks):.0%} in {budget // 1000}k"
                   for budget, found in self.within.items()]
        return f"{', '.join(shares)} (n={self.tasks})"


def measure(tasks: Iterable[Task], cache_dir: Path,
            weights: Weights = DEFAULT_WEIGHTS) -> dict[str, Recall]:
    """Way of finding → its recall."""
    found: defaultdict[str, Recall] = defaultdict(Recall)
    for task in tasks:
        files = read_files(task.snapshot, cache_dir=cache_dir)
        ways = {"symbol map, with history": task.history, "symbol map": ()}
        for name, history in list(ways.items())[not task.history:]:
            ranked = rank_read(files, task.request, history=history, weights=weights)
            mentions = read_request(task.request)
            found[name].add(task, [file.path for file in ranked], {
                budget: render(files, ranked, mentions, budget_tokens=budget)
                for budget in BUDGETS})
        for name, paths in (("text search", by_search(task.snapshot, task.request)),
                            ("paths that match", by_path(task.snapshot, task.request)),
                            ("paths by name", by_name(task.snapshot))):
            found[name].add(task, paths, {budget: listed(paths, budget) for budget in BUDGETS})
    return found


def timings(cache_dir: Path) -> list[Figure]:
    """Cold and cached, on copies of installed Python sources of usual size under other names."""
    sources = [data for name in PACKAGES for path in sorted(_package(name).rglob("*.py"))
               if 200 < len(data := path.read_bytes()) < 12_000]
    figures = []
    for size in SIZES:
        contents = {f"d{number // 50}/f{number}.py":
                    sources[number % len(sources)] + f"\ndef only_{number}(): ...\n".encode()
                    for number in range(size)}
        snapshot = snapshot_of("timing", contents)
        for state in ("cold", "cached"):
            began = time.perf_counter()
            symbol_map(snapshot, "Keep the scroll position when a widget is refreshed",
                       budget_tokens=2_000, cache_dir=cache_dir)
            figures.append(Figure(
                name=f"symbol map of {size:,} files, {sum(map(len, contents.values())) >> 20} MiB,"
                     f" {state}", value=f"{time.perf_counter() - began:.2f} s"))
    return figures


def _package(name: str) -> Path:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def main(repositories: list[Path]) -> None:
    with tempfile.TemporaryDirectory(prefix="cockpit-bench-") as directory:
        cache_dir = Path(directory)
        for repository in repositories:
            held_out = list(commit_tasks(repository))[1::2]
            for way, recall in measure(held_out, cache_dir).items():
                show([Figure(name=f"{repository.name} commits, held out: {way}",
                             value=str(recall))])
        beside = [_package(name) for name in BESIDE]
        for name in PACKAGES[2:]:  # The first two were used to tune the weights.
            tasks = docstring_tasks(_package(name), beside, 30)
            for way, recall in measure(tasks, cache_dir).items():
                show([Figure(name=f"{name} docstrings (synthetic): {way}", value=str(recall))])
        show(timings(cache_dir))


if __name__ == "__main__":
    main([Path(each).resolve() for each in sys.argv[1:]] or [Path(__file__).resolve().parents[1]])
