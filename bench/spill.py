"""What a working set of ten times the memory limit costs, beside the same work with memory for all of it.

Every run is a process of its own: anonymous memory (RssAnon, highest seen between calls, above what the process had
before) is that of the database. Both runs of a case must give the same answer.

    python bench/spill.py [--case NAME] [--rows N]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

BATCH = 20_000
THRESHOLD = 100_000
SETS = 10  # working sets of so many times the limit


@dataclass
class Case:
    name: str
    setup: list[str]
    key: str  # how keys are drawn: "time", "zipf", "uniform"
    answer: str  # one row
    queries: int = 0  # so often the answer is asked for, and timed alone


CASES = [
    Case("history, scanned by queries", [], "uniform", "SELECT count(*), sum(v), max(k) FROM t", queries=5),
    Case(
        "windows of 1 s that close",
        ["CREATE STREAM s AS SELECT window_start, k, count(*) AS n, sum(v) AS total FROM t GROUP BY k, "
         "TUMBLE(ts, INTERVAL '1' SECOND), window_start"],
        "uniform",
        "SELECT count(*), sum(n), sum(total) FROM s",
    ),
    *(
        Case(
            f"groups, keys {keys}",
            ["CREATE STREAM s AS SELECT k, count(*) AS n, sum(v) AS total, max(v) AS most FROM t GROUP BY k"],
            keys,
            "SELECT count(*), sum(n), sum(total), sum(most) FROM s",
        )
        for keys in ("time", "zipf", "uniform")
    ),
    Case("table, upserts by key in time order", ["CREATE TABLE u (k BIGINT PRIMARY KEY, v BIGINT, note VARCHAR)"],
         "time", "SELECT count(*), sum(v), max(note) FROM u"),
]  # fmt: skip


@dataclass
class Measured:
    rows_a_second: float
    queries_a_second: float
    anonymous: int  # bytes, highest
    held: int  # bytes that the database says it holds, highest
    disk: int
    answer: str


def anonymous_bytes() -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon"))


def batches_of(case: Case, rows: int) -> Callable[[int], Any]:
    """The batch that begins at a row; the same in every run."""
    import numpy as np
    import pyarrow as pa

    keys = rows // 4
    ranks = np.arange(1, keys + 1, dtype=np.float64) ** -0.99
    cumulated = np.cumsum(ranks) / ranks.sum()

    def batch(first: int) -> pa.RecordBatch:
        random = np.random.default_rng(first)
        count = min(BATCH, rows - first)
        places = np.arange(first, first + count)
        if case.key == "time":
            k = places // 4 + random.integers(0, 100, count)
        elif case.key == "zipf":
            k = np.searchsorted(cumulated, random.random(count))
        else:
            k = random.integers(0, keys, count)
        ts = pa.array(1_700_000_000_000_000 + places * 200, pa.timestamp("us"))
        return pa.record_batch({"ts": ts, "k": pa.array(k), "v": pa.array(random.integers(0, 1000, count))})

    return batch


def run(case: Case, rows: int, limit: int | None) -> Measured:
    import laminardb
    import numpy as np
    import pyarrow as pa

    batch = batches_of(case, rows)
    batch(0)
    memory = "SELECT sum(memory_bytes), sum(disk_bytes) FROM laminar_catalog.memory"
    config = laminardb.LaminarConfig(memory_limit=limit, table_spill_threshold=THRESHOLD)
    with laminardb.open(":memory:", config=config) as conn:
        conn.execute(
            "CREATE SOURCE t (ts TIMESTAMP, k BIGINT, v BIGINT, WATERMARK FOR ts)"
            + (" WITH (retention = 'none')" if case.setup else "")
        )
        for statement in case.setup:
            conn.execute(statement)
        before, highest, held, disk, seconds = anonymous_bytes(), 0, 0, 0, 0.0
        for first in range(0, rows, BATCH):
            part = batch(first)
            if case.name.startswith("table"):
                distinct, places = np.unique(part["k"].to_numpy(), return_index=True)
                notes = pa.array([f"what is noted of number {k}" for k in distinct])
                part = pa.record_batch({"k": pa.array(distinct), "v": part["v"].take(places), "note": notes})
            started = time.perf_counter()
            if case.name.startswith("table"):
                conn.upsert("u", part)
            else:
                conn.insert("t", part)
                conn.query("SELECT 1 FROM t LIMIT 0")  # the step has been run
            seconds += time.perf_counter() - started
            highest = max(highest, anonymous_bytes() - before)
            if (first // BATCH) % 20 == 0:
                now, on_disk = conn.query(memory).fetchall()[0]
                held, disk = max(held, now or 0), max(disk, on_disk or 0)
        started = time.perf_counter()
        answer = conn.query(case.answer).fetchall()
        for _ in range(case.queries):
            assert conn.query(case.answer).fetchall() == answer
        asked = time.perf_counter() - started
        highest = max(highest, anonymous_bytes() - before)
    return Measured(rows / seconds, (case.queries + 1) / asked, highest, held, disk, repr(answer))


def in_process(case: Case, rows: int, limit: int | None) -> Measured:
    command = [sys.executable, __file__, "--run", case.name, "--rows", str(rows), "--limit", str(limit or 0)]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measured(**json.loads(found.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="", help="a part of the names of the cases to run")
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        (case,) = (case for case in CASES if case.name == arguments.run)
        print(json.dumps(asdict(run(case, arguments.rows, arguments.limit or None))))
        return
    print(
        f"{arguments.rows:,} rows of 24 bytes, in calls of {BATCH:,}; the limit is a {SETS}th of what is held without"
    )
    print(f"{'':38}{'held':>9}{'limit':>9}{'anon.':>9}{'disk':>9}{'rows/s':>12}{'of memory':>11}{'queries':>9}")
    for case in (case for case in CASES if arguments.case in case.name):
        free = in_process(case, arguments.rows, None)
        limit = free.held // SETS
        bound = in_process(case, arguments.rows, limit)
        assert free.answer == bound.answer, f"{case.name}: {free.answer} without a limit, {bound.answer} with one"
        for what, measured in (("in memory", free), ("spilled", bound)):
            of_memory = measured.rows_a_second / free.rows_a_second
            of_queries = measured.queries_a_second / free.queries_a_second
            print(
                f"{case.name + ', ' + what:38}"[:38]
                + f"{measured.held >> 20:>6} MB{(limit >> 20) if measured is bound else 0:>6} MB"
                + f"{measured.anonymous >> 20:>6} MB{measured.disk >> 20:>6} MB"
                + f"{measured.rows_a_second:>12,.0f}{of_memory:>11.2f}{of_queries:>9.2f}"
            )


if __name__ == "__main__":
    main()
