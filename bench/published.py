"""The Python API beside the published package, 0.17, in the same run: rows in, rows out, a change to `async for`.

The package lives in an environment of its own, build/published, which `scripts/setup.sh published` makes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

WORKER = Path(__file__).parent / "api_worker.py"
PUBLISHED = Path(__file__).parent.parent / "build" / "published" / "bin" / "python"

# What is measured, how large for us and for the package, the figure that has a target, and the target.
MEASURES = [
    ("one dict", 20_000, 2_000, "rows/s", 200e3),
    ("list of 10,000 dicts", 20, 20, "rows/s", 2.5e6),
    ("pandas, numbers", 200, 200, "rows/s", 20e6),
    ("pandas, Arrow-backed", 200, 200, "rows/s", 20e6),
    ("polars", 200, 200, "rows/s", 20e6),
    ("to_arrow", 10_000_000, 10_000_000, "ms", 1.0),
    ("fetchall", 1_000_000, 1_000_000, "× to_pylist", 1.5),
    ("async for", 3_000, 300, "p50 µs", 80.0),
]


def measure(python: str, name: str, size: int) -> dict[str, float | str]:
    """What a worker of its own printed."""
    command = [python, str(WORKER), name, str(size)]
    # With a PYTHONPATH to another build of ours, the package would be compared with itself.
    environment = dict(os.environ) if python == sys.executable else {"PATH": os.environ["PATH"]}
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    except subprocess.TimeoutExpired:
        return {"failed": "no end within a minute"}
    if ran.returncode != 0 or not ran.stdout.strip():
        return {"failed": (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]}
    return json.loads(ran.stdout.splitlines()[-1])


def shown(figures: dict[str, float | str]) -> str:
    if "failed" in figures:
        return f"– ({str(figures['failed'])[:40]})"
    numbers = [(unit, float(value)) for unit, value in figures.items()]
    numbers = [(unit, float(value)) for unit, value in figures.items()]
    return ", ".join(f"{value:,.0f} {unit}" if value >= 1000 else f"{value:.3g} {unit}" for unit, value in numbers)


def run() -> bool:
    peer = str(PUBLISHED) if PUBLISHED.exists() else None
    if peer is None:
        print("the published package is not there: scripts/setup.sh published")
    print(f"{'Python API':<24}{'laminardb':<34}{'published 0.17':<46}target")
    met = True
    for name, size, peer_size, unit, target in MEASURES:
        ours = measure(sys.executable, name, size)
        theirs = measure(peer, name, peer_size) if peer else {"failed": "not installed"}
        figure = ours.get(unit)
        ok = isinstance(figure, float) and (figure >= target if unit == "rows/s" else figure <= target)
        met &= ok
        goal = f"{'≥' if unit == 'rows/s' else '≤'} {target:,.10g} {unit} {'met' if ok else 'NOT MET'}"
        print(f"{name:<24}{shown(ours):<34}{shown(theirs):<46}{goal}", flush=True)
    return met


if __name__ == "__main__":
    run()
