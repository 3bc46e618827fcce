"""How long a query that is cancelled goes on. Each statement is run once, then again and again, cancelled at
instants spread over that time. What is measured is the processor time of the calling thread between `cancel_query` and
the `QueryError` 402: on a quiet machine that is what the caller waits, and neighbours add nothing to it.

    .venv/bin/python bench/cancellation.py [case …]

The contract says 10 ms. `over` are the cancelled runs that took longer; the exit code says whether there was any.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import laminardb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from laminardb import codes
from timing import percentile

ROWS = 2_000_000
LIMIT_MS = 10.0
MOST_SECONDS = 5.0  # of a statement; it is cancelled then


@dataclass
class Case:
    """A statement; `undo` brings back what it changed when it ran to its end."""

    sql: str
    undo: str = ""
    fetch: Callable[[laminardb.Connection, str], object] = lambda conn, sql: conn.execute(sql)


def slow_of_one(value: int) -> int:
    return value + 1


def of_arrays(values: pa.Array) -> pa.Array:
    return pc.add(values, 1)


CASES = {
    "scan": Case("SELECT v * 2 + g, s FROM big WHERE v % 3 <> 1"),
    "scan of expressions": Case("SELECT sqrt(v) * ln(v + 1) + sin(v), upper(s) || s FROM big"),
    "pattern": Case("SELECT count(*) FROM texts WHERE s ~ '(x+x+)+y' OR s LIKE '%a%b%c%d%e%'"),
    "group by, many groups": Case("SELECT v, count(*), sum(g) FROM big GROUP BY v"),
    "group by text, many groups": Case("SELECT s, count(*), avg(g) FROM big GROUP BY s"),
    "group by, few groups": Case("SELECT g % 10, count(*), sum(v), avg(v) FROM big GROUP BY g % 10"),
    "count distinct": Case("SELECT count(DISTINCT v), count(DISTINCT s) FROM big"),
    "count distinct by group": Case("SELECT g, count(DISTINCT v) FROM big GROUP BY g"),
    "median of one group": Case("SELECT median(v) FROM big"),
    "median of many groups": Case("SELECT v / 2, median(g) FROM big GROUP BY v / 2"),
    "string_agg, one group": Case("SELECT length(string_agg(s, ',')) FROM big"),
    "string_agg, many groups": Case("SELECT v / 3, string_agg(s, ',') FROM big GROUP BY v / 3"),
    "array_agg, one group": Case("SELECT len(array_agg(v)) FROM big"),
    "distinct": Case("SELECT DISTINCT v, s FROM big"),
    "join, many matches": Case("SELECT count(*) FROM big a JOIN big b ON a.v % 20 = b.v % 20"),
    "join, large": Case("SELECT count(*) FROM big a JOIN big b ON a.v = b.v"),
    "join, left": Case("SELECT count(*) FROM big a LEFT JOIN big b ON a.v = b.v + 1000000"),
    "cross join": Case("SELECT count(*) FROM big a, big b WHERE a.v + b.v = 1"),
    "semi join": Case("SELECT count(*) FROM big WHERE v IN (SELECT v * 2 FROM big)"),
    "sort": Case("SELECT * FROM big ORDER BY h"),
    "sort by text": Case("SELECT * FROM big ORDER BY s, h"),
    "sort with limit": Case("SELECT * FROM big ORDER BY h LIMIT 200000"),
    "top-N of each key": Case("SELECT * FROM big QUALIFY row_number() OVER (PARTITION BY v / 4 ORDER BY h) <= 2"),
    "top-N of all, deep": Case("SELECT sum(v) FROM (SELECT v FROM big ORDER BY h LIMIT 500000)"),
    "except": Case("SELECT v, s FROM big EXCEPT SELECT v + 1, s FROM big"),
    "windows, many": Case("SELECT window_start, count(*) FROM big GROUP BY TUMBLE(ts, INTERVAL '2' SECOND)"),
    "windows, few": Case("SELECT g, window_start, sum(v) FROM big GROUP BY g, TUMBLE(ts, INTERVAL '1' DAY)"),
    "windows, overlapping": Case(
        "SELECT window_start, sum(v) FROM big GROUP BY HOP(ts, INTERVAL '1' MINUTE, INTERVAL '20' MINUTE)"
    ),
    "function of arrays": Case("SELECT sum(of_arrays(v)) FROM big"),
    "function of rows": Case("SELECT sum(of_one(v)) FROM big"),
    "aggregate of arrays, few groups": Case("SELECT g % 10, total(v) FROM big GROUP BY g % 10"),
    "aggregate of arrays, many groups": Case("SELECT v / 10, total(v) FROM big GROUP BY v / 10"),
    "contents of a stream": Case("SELECT * FROM sums"),
    "insert into a source": Case("INSERT INTO into_source SELECT v, s FROM big"),
    "insert into a table": Case("INSERT INTO into_table SELECT v, s FROM big", "TRUNCATE into_table"),
    "insert on conflict": Case(
        "INSERT INTO t SELECT v, s FROM big ON CONFLICT (v) DO UPDATE SET s = excluded.s WHERE false"
    ),
    "update": Case("UPDATE t SET s = s || 'x' WHERE v % 2 = 0", "UPDATE t SET s = 'back'"),
    "update of keys": Case("UPDATE t SET v = v + 1", "UPDATE t SET v = v - 1"),
    "delete": Case("DELETE FROM t WHERE v >= 0", "INSERT INTO t SELECT v, s FROM big"),
    "create table as": Case("CREATE TABLE made AS SELECT v, s FROM big", "DROP TABLE made"),
    "read CSV": Case("SELECT count(*), sum(v) FROM '{folder}/big.csv'"),
    "read JSON": Case("SELECT count(*), sum(v) FROM '{folder}/big.jsonl'"),
    "read Parquet": Case("SELECT count(*), sum(v), max(s) FROM '{folder}/big.parquet'"),
    "copy to CSV": Case("COPY big TO '{folder}/out.csv'"),
    "copy to Parquet": Case("COPY big TO '{folder}/out.parquet'"),
    "whole result": Case("SELECT * FROM big"),
}


def fill(conn: laminardb.Connection, folder: Path) -> None:
    generator = np.random.default_rng(1)
    values = np.arange(ROWS)
    rows = pa.table(
        {
            "g": generator.integers(0, 1000, ROWS),
            "v": values,
            "h": generator.integers(0, 1 << 40, ROWS),
            "s": pa.array([f"some text that is not short {value}" for value in generator.permutation(ROWS)]),
            "ts": pa.array(values * 1_000_000, pa.timestamp("us")),
        }
    )
    conn.execute("CREATE SOURCE big (g BIGINT, v BIGINT, h BIGINT, s VARCHAR, ts TIMESTAMP)")
    conn.insert("big", rows)
    conn.execute("CREATE SOURCE texts (s VARCHAR)")
    conn.insert("texts", {"s": ["xabcd" * 2000] * 5000})
    conn.execute("CREATE SOURCE into_source (v BIGINT, s VARCHAR)")
    conn.execute("CREATE TABLE into_table (v BIGINT PRIMARY KEY, s VARCHAR)")
    conn.execute("CREATE TABLE t (v BIGINT PRIMARY KEY, s VARCHAR)")
    conn.execute("INSERT INTO t SELECT v, s FROM big")
    conn.execute("CREATE STREAM sums AS SELECT v, sum(g) AS total FROM big GROUP BY v")
    for kind in ("csv", "jsonl", "parquet"):
        conn.execute(f"COPY (SELECT v, s, h FROM big) TO '{folder}/big.{kind}'")
    conn.register_function("of_arrays", of_arrays, ["BIGINT"], "BIGINT")
    conn.register_function("of_one", slow_of_one, vectorized=False)
    conn.register_aggregate("total", pc.sum, ["BIGINT"], "BIGINT")


def cancelled_after(conn: laminardb.Connection, case: Case, sql: str, seconds: float) -> tuple[float, float] | None:
    """Milliseconds of processor and of wall time from the cancellation to the error; None when it came too late."""
    ended: list[tuple[float, float]] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            case.fetch(conn, sql)
        except laminardb.QueryError as error:
            ended.append((time.thread_time(), time.perf_counter()))
            if error.code != codes.QUERY_CANCELLED:
                failures.append(error)

    thread = threading.Thread(target=run)
    began = time.perf_counter()
    thread.start()
    assert thread.ident is not None
    running: list[laminardb.QueryInfo] = []
    while not (running := [query for query in conn.queries() if query.active]) and thread.is_alive():
        pass
    # The time to wait is the thread's own: neighbours make it wait, not the query shorter.
    try:
        clock = time.pthread_getcpuclockid(thread.ident)
        while time.clock_gettime(clock) < seconds and thread.is_alive() and time.perf_counter() - began < 60:
            time.sleep(0.0005)
        processor, wall = time.clock_gettime(clock), time.perf_counter()
    except OSError:
        thread.join()
        running = []
    if running and not ended:
        conn.cancel_query(running[0].id)
    thread.join()
    if failures:
        raise failures[0]
    if not running or not ended:
        return None
    return (ended[0][0] - processor) * 1e3, (ended[0][1] - wall) * 1e3


def measure(conn: laminardb.Connection, name: str, case: Case, sql: str, times: int) -> int:
    """Prints a line, and answers how many runs went on for too long."""
    whole: list[float] = []

    def once() -> None:
        began = time.thread_time()
        with suppress(laminardb.QueryError):
            case.fetch(conn, sql)
        whole.append(time.thread_time() - began)

    thread = threading.Thread(target=once)
    thread.start()
    thread.join(MOST_SECONDS)
    to_its_end = not thread.is_alive()
    for query in conn.queries():
        if query.active:
            conn.cancel_query(query.id)
    thread.join()
    if to_its_end and case.undo:
        conn.execute(case.undo)
    taken: list[float] = []
    walls: list[float] = []
    share = random.Random(7)
    for turn in range(times):
        seconds = whole[0] * (turn + share.random()) / times
        result = cancelled_after(conn, case, sql, seconds)
        if result is None:
            if case.undo:
                conn.execute(case.undo)
            continue
        taken.append(result[0])
        walls.append(result[1])
    if not taken:
        print(f"{name:34}{whole[0] * 1e3:9.0f}  was never in time", flush=True)
        return 0
    over = sum(value > LIMIT_MS for value in taken)
    taken.sort()
    walls.sort()
    print(
        f"{name:34}{whole[0] * 1e3:9.0f}{len(taken):6}{percentile(taken, 0.5):9.2f}{percentile(taken, 0.9):9.2f}"
        f"{taken[-1]:9.2f}{walls[-1]:9.2f}{over:6}",
        flush=True,
    )
    return over


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("cases", nargs="*", help="parts of names; default: all")
    parser.add_argument("--times", type=int, default=30)
    arguments = parser.parse_args()
    chosen = {
        name: case for name, case in CASES.items() if not arguments.cases or any(c in name for c in arguments.cases)
    }
    over = 0
    with tempfile.TemporaryDirectory() as folder, laminardb.open(":memory:") as conn:
        fill(conn, Path(folder))
        print(f"{'milliseconds':34}{'whole':>9}{'runs':>6}{'p50':>9}{'p90':>9}{'most':>9}{'wall':>9}{'over':>6}")
        for name, case in chosen.items():
            over += measure(conn, name, case, case.sql.replace("{folder}", folder), arguments.times)
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
