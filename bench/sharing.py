"""What equal streams cost beside one: time to create them, memory, and throughput of one insert after the other.

Every run is a process of its own, so that memory is that of the streams alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

QUERY = "SELECT k, sum(v) AS total, count(*) AS n FROM t GROUP BY k"
GROUPS = 10_000
ROWS = 1_000_000
BATCH = 10_000
SINGLES = 2_000
FURTHER = 64 * 1024  # bytes that a further stream may cost: a plan and its text, not 10,000 groups


@dataclass
class Measured:
    streams: int
    create: float  # seconds
    state: int  # bytes of resident memory that streams and their state added
    batches: float  # rows/s, in calls of BATCH rows
    singles: float  # rows/s, in calls of one row


def resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def measure(streams: int) -> Measured:
    import laminardb
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng(7)
    rows = pa.table({"k": random.integers(0, GROUPS, ROWS), "v": random.integers(0, 100, ROWS)})
    batches = rows.to_batches(max_chunksize=BATCH)
    with laminardb.open(":memory:") as connection:
        connection.execute("CREATE SOURCE t (k BIGINT, v BIGINT)")
        connection.insert("t", rows)
        connection.query("SELECT count(*) FROM t")
        before, started = resident_bytes(), time.perf_counter()
        for i in range(streams):
            connection.execute(f"CREATE STREAM s{i} AS {QUERY}")
        create, state = time.perf_counter() - started, resident_bytes() - before
        started = time.perf_counter()
        for batch in batches:
            connection.insert("t", batch)
        connection.query("SELECT count(*) FROM s0")
        of_batches = time.perf_counter() - started
        row = pa.record_batch({"k": [1], "v": [1]}, schema=rows.schema)
        started = time.perf_counter()
        for _ in range(SINGLES):
            connection.insert("t", row)
        connection.query("SELECT count(*) FROM s0")
        of_singles = time.perf_counter() - started
        total = connection.query(f"SELECT sum(total), sum(n) FROM s{streams - 1}").fetchone()
        expected = 2 * sum(rows["v"].to_pylist()) + SINGLES, 2 * ROWS + SINGLES
        assert tuple(int(value) for value in total) == expected, f"{total} is not {expected}"
    return Measured(streams, create, state, ROWS / of_batches, SINGLES / of_singles)


def in_a_process(streams: int) -> Measured:
    output = subprocess.run([sys.executable, __file__, str(streams)], stdout=subprocess.PIPE, check=True, text=True)
    return Measured(**json.loads(output.stdout))


def run() -> bool:
    """Whether many streams need no more state than one, and large calls take as long."""
    print(f"equal streams over {GROUPS:,} groups, {ROWS:,} rows of history")
    one, many = (in_a_process(streams) for streams in (1, 1000))
    for m in (one, many):
        print(
            f"  {m.streams:>5} streams: created in {m.create * 1e3:8.1f} ms, {m.state / 2**20:6.1f} MiB, "
            f"{m.batches / 1e6:5.2f} M rows/s in calls of {BATCH:,}, {m.singles / 1e3:6.1f} k rows/s one by one"
        )
    each = (many.state - one.state) / (many.streams - one.streams)
    print(f"  each further stream: {each / 1024:.1f} KiB")
    return each < FURTHER and many.batches > 0.5 * one.batches


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(asdict(measure(int(sys.argv[1])))))
    else:
        run()
