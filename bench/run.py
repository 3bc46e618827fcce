"""`make bench`: every table, with the peers of the same run. Pass names (throughput tables latency ingest sharing
published functions durability checkpoints micro) for some."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import checkpoints
import duckdb
import durability
import functions
import ingest
import laminardb
import latency
import published
import sharing
import tables
import throughput

BUILD = Path(__file__).parent.parent / "build" / "release"


def micro() -> bool:
    """The C++ micro-benchmarks: expressions, hashing, group tables."""
    for program in sorted(BUILD.glob("*_bench")):
        print(f"-- {program.name}", flush=True)
        subprocess.run([str(program), "--benchmark_min_time=0.2"], check=True)
    return True


PARTS = {
    "throughput": throughput.run,
    "tables": tables.run,
    "latency": latency.run,
    "ingest": ingest.run,
    "sharing": sharing.run,
    "published": published.run,
    "durability": durability.run,
    "checkpoints": checkpoints.run,
    "functions": functions.run,
    "micro": micro,
}


def main() -> int:
    wanted = sys.argv[1:] or list(PARTS)
    print(
        f"laminardb {laminardb.__version__}, DuckDB {duckdb.__version__}, Python {platform.python_version()}, "
        "default configuration\n"
    )
    results = {}
    for name in wanted:
        results[name] = PARTS[name]()
        print()
    print("targets: " + ", ".join(f"{name} {'met' if met else 'NOT MET'}" for name, met in results.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
