"""`python -m bench [NAME ...]`: run the named measurements, or all, each in its own process."""

from __future__ import annotations

import subprocess
import sys

MEASUREMENTS = ("ledger", "steps", "spawn", "checkpoints", "recovery", "locks", "screen", "recall",
                "round_trip", "first_request")


def main() -> int:
    chosen = sys.argv[1:] or MEASUREMENTS
    unknown = set(chosen) - set(MEASUREMENTS)
    if unknown:
        sys.stderr.write(f"No measurement {', '.join(sorted(unknown))}. "
                         f"There are: {', '.join(MEASUREMENTS)}\n")
        return 2
    codes = [subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode
             for name in chosen]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
