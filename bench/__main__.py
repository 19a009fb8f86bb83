"""`python -m bench [NAME ...] [OPTION ...]`: run the named measurements, or all, each in its own
process, with the options that follow: what begins with a dash or a digit."""

from __future__ import annotations

import subprocess
import sys

MEASUREMENTS = ("ledger", "steps", "spawn", "checkpoints", "recovery", "locks", "screen", "recall",
                "merging", "cancelling", "round_trip", "first_request", "throughput", "soak")


def main() -> int:
    words = sys.argv[1:]
    if {"-h", "--help"} & set(words):
        sys.stdout.write(f"{__doc__}\n\nMeasurements: {', '.join(MEASUREMENTS)}\n"
                         "What each is for, and its target: bench/README.md\n")
        return 0
    first = next((at for at, word in enumerate(words)
                  if word.startswith("-") or word[0].isdigit()), len(words))
    chosen, options = words[:first] or MEASUREMENTS, words[first:]
    unknown = set(chosen) - set(MEASUREMENTS)
    if unknown:
        sys.stderr.write(f"No measurement {', '.join(sorted(unknown))}. "
                         f"There are: {', '.join(MEASUREMENTS)}\n")
        return 2
    codes = [subprocess.run([sys.executable, "-m", f"bench.{name}", *options],
                            check=False).returncode for name in chosen]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
