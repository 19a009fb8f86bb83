"""Own time per model round trip, on the wire: end of a reply until the next request is there.

50 tool steps an agent (reads, searches, edits) for 1, 8 and 64 agents in one process, over both
wires, through the vendors' SDKs, ledger included; beside it the bare SDK in a loop, in the same
run. The server is a process of its own; it answers at once.
"""

from __future__ import annotations

import json
import statistics
import sys
from dataclasses import dataclass

from bench.model_process import TURNS, ModelProcess, Seen, model_process
from bench.places import base_of, fresh_paths, make_repository
from bench.processes import run_watched
from bench.report import Figure, percentiles, show

AGENTS = (1, 8, 64)
WIRES = ("messages", "chat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    seen: Seen
    cpu: float
    cpu_children: float
    peak_mb: float
    tree_mb: float

    @property
    def gaps(self) -> list[float]:
        return [gap for kind in self.seen.gaps.values() for gap in kind]


def measure(server: ModelProcess, who: str, wire: str, agents: int) -> Run:
    server.seen()
    with fresh_paths() as paths:
        repository = make_repository(base_of(paths) / "repository", 50)
        output, tree = run_watched([sys.executable, "-m", "bench.round_trip_child", who, wire,
                                    str(agents), server.url, str(repository)])
    figures = json.loads(output.splitlines()[-1])
    return Run(seen=server.seen(), tree_mb=tree, **figures)


def rows(agents: int, wire: str, ours: Run, bare: Run) -> list[Figure]:
    name = f"{wire}, {agents} agent(s)"
    ratio = statistics.median(ours.gaps) / statistics.median(bare.gaps)
    trips = len(ours.gaps)
    span = max(ours.seen.ended.values()) - min(ours.seen.began.values())
    return [
        Figure(name=f"{name}: round trip", value=percentiles(ours.gaps),
               target="≤ 8 ms p50" if agents == 1 else "",
               note=f"{ratio:.1f}x the bare SDK: {percentiles(bare.gaps)}"),
        Figure(name=f"{name}: by kind of step", value="; ".join(
            f"{kind} {statistics.median(gaps) * 1_000:.1f}"
            for kind, gaps in sorted(ours.seen.gaps.items())) + " ms p50"),
        Figure(name=f"{name}: all of it", value=f"{trips / span:,.0f} round trips/s",
               note=f"own CPU of the run {ours.cpu:.1f} s (bare {bare.cpu:.1f} s), "
                    f"git and proofs {ours.cpu_children:.1f} s"),
        Figure(name=f"{name}: memory, peak", value=f"{ours.peak_mb:.0f} MB",
               note=f"with all processes below {ours.tree_mb:.0f} MB; bare {bare.peak_mb:.0f} MB",
               target="< 400 MB in all" if agents == 64 else ""),
        *([_fairness(name, ours.seen)] if agents > 1 else []),
    ]


def _fairness(name: str, seen: Seen) -> Figure:
    took = [seen.ended[who] - seen.began[who] for who in seen.began]
    steps = sorted(seen.at_first_end.values())
    return Figure(
        name=f"{name}: fairness",
        value=f"agents took {min(took):.2f} to {max(took):.2f} s for {TURNS} steps",
        note=f"when the first ended: {len(steps)} had begun, "
             f"steps {steps[0]} to {steps[-1]}, median {statistics.median(steps):.0f}")


def main() -> None:
    with model_process() as server:
        for wire in WIRES:
            for agents in AGENTS:
                bare = measure(server, "bare", wire, agents)
                ours = measure(server, "cockpit", wire, agents)
                show(rows(agents, wire, ours, bare))


if __name__ == "__main__":
    main()
