"""What the Python API costs, by nothing but what the published package has too: `published.py` runs this file in both.

Usage: api_worker.py NAME SIZE. Prints one line of JSON: the figures, or why there are none.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import laminardb
import pandas as pd
import polars as pl
import pyarrow as pa
from timing import best_seconds, percentile

ROWS = [{"k": i, "v": i * 0.5, "s": "buy" if i % 2 else "sell"} for i in range(10_000)]
TABLE = pa.Table.from_pylist(ROWS)
NUMBERS = TABLE.select(["k", "v"]).to_pandas()
ARROW_BACKED = TABLE.to_pandas(types_mapper=pd.ArrowDtype)
POLARS = pl.from_arrow(TABLE)
DDL = "CREATE SOURCE t (k BIGINT, v DOUBLE, s VARCHAR)"


def insert_rate(value: Any, calls: int, rows: int, ddl: str = DDL) -> dict[str, float]:
    """Rows a second, until `insert` has returned. Ours are then in every stream and query; the package queues them."""

    def run() -> None:
        with laminardb.open(":memory:") as conn:
            conn.execute(ddl)
            for _ in range(calls):
                conn.insert("t", value)
            if hasattr(conn, "upsert"):  # ours
                assert conn.query("SELECT count(*) FROM t").fetchone() == (calls * rows,)

    return {"rows/s": calls * rows / best_seconds(run)}


def result_of(rows: int) -> Any:
    """A result of so many rows; the connection is kept with it."""
    conn = laminardb.open(":memory:")
    conn.execute("CREATE SOURCE t (k BIGINT, v DOUBLE)")
    for begin in range(0, rows, 1_000_000):
        part = range(begin, min(begin + 1_000_000, rows))
        conn.insert("t", pa.table({"k": pa.array(part, pa.int64()), "v": pa.array(part, pa.float64())}))
    result = conn.query("SELECT k, v FROM t")
    if len(result) != rows:
        raise RuntimeError(f"the query gave {len(result):,} rows")
    return conn, result


def to_arrow(rows: int) -> dict[str, float]:
    _conn, result = result_of(rows)
    assert result.to_arrow().num_rows == rows
    return {"ms": best_seconds(result.to_arrow, 7) * 1e3}


def fetchall(rows: int) -> dict[str, float]:
    """Beside what pyarrow takes for the same rows as dicts."""
    conn, result = result_of(rows)
    table = result.to_arrow()
    peer = best_seconds(table.to_pylist)
    seconds = float("inf")
    for _ in range(3):
        fresh = conn.query("SELECT k, v FROM t")
        started = time.perf_counter()
        fetched = fresh.fetchall()
        seconds = min(seconds, time.perf_counter() - started)
        assert len(fetched) == rows
        assert fetched[-1] == (rows - 1, float(rows - 1))
    return {"ms": seconds * 1e3, "× to_pylist": seconds / peer}


def event_to_async_for(events: int) -> dict[str, float]:
    """Microseconds from before `insert(dict)`, in another thread at 1 kHz, to the body of `async for`."""
    micros: list[float] = []

    def feed(conn: Any) -> None:
        due = time.perf_counter()
        for _ in range(events):
            due += 0.001
            while (left := due - time.perf_counter()) > 0:
                time.sleep(left)
            conn.insert("t", {"sent": time.perf_counter()})

    async def follow() -> None:
        conn = laminardb.open(":memory:")
        conn.execute("CREATE SOURCE t (sent DOUBLE)")
        conn.execute("CREATE STREAM f AS SELECT sent FROM t WHERE sent >= 0")
        conn.start()  # the package moves nothing before
        subscription = await conn.subscribe_stream_async("f")
        feeder = threading.Thread(target=feed, args=(conn,))
        feeder.start()
        async for change in subscription:
            now = time.perf_counter()
            micros.extend((now - sent) * 1e6 for (sent,) in change)
            if len(micros) == events:
                break
        micros.sort()
        # From within the loop, whose end waits for threads of the package that never end.
        finish({"p50 µs": percentile(micros, 0.5), "p99 µs": percentile(micros, 0.99)})

    asyncio.run(follow())
    return {}


MEASURES: dict[str, Callable[[int], dict[str, float]]] = {
    "one dict": lambda calls: insert_rate(ROWS[7], calls, 1),
    "list of 10,000 dicts": lambda calls: insert_rate(ROWS, calls, 10_000),
    "pandas, numbers": lambda calls: insert_rate(NUMBERS, calls, 10_000, "CREATE SOURCE t (k BIGINT, v DOUBLE)"),
    "pandas, Arrow-backed": lambda calls: insert_rate(ARROW_BACKED, calls, 10_000),
    "polars": lambda calls: insert_rate(POLARS, calls, 10_000),
    "to_arrow": to_arrow,
    "fetchall": fetchall,
    "async for": event_to_async_for,
}


def finish(answer: dict[str, Any]) -> None:
    """Prints the answer and ends the process, whatever its threads do."""
    print(json.dumps(answer), flush=True)
    os._exit(0)


def main() -> None:
    name, size = sys.argv[1], int(sys.argv[2])
    try:
        answer: dict[str, Any] = MEASURES[name](size)
    except Exception as error:
        answer = {"failed": f"{type(error).__name__}: {error}".splitlines()[0]}
    finish(answer)


if __name__ == "__main__":
    main()
