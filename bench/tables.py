"""Deletions and updates of a table that streams follow, beside DuckDB changing its table and asking anew: one
processor, default configuration, `:memory:`, answers compared."""

from __future__ import annotations

import gc
import time

import duckdb
import laminardb
import numpy as np
import pyarrow as pa
from timing import one_cpu

ROWS = 10_000_000
CHANGED = 1_000_000
STREAMS = {
    "aggregate": "SELECT g, count(*) AS n, sum(v) AS total FROM t GROUP BY g",
    "join": "SELECT d.name, count(*) AS n, sum(t.v) AS total FROM t JOIN d ON t.g = d.g GROUP BY d.name",
}
WORKS = [
    ("1 M deletes", "DELETE FROM t WHERE k % 10 = 3", 1e6),
    ("1 M updates", "UPDATE t SET v = v + 1 WHERE k % 10 = 4", 0.0),
]


def tables() -> tuple[pa.Table, pa.Table]:
    random = np.random.default_rng(1)
    groups = np.arange(1000)
    rows = {"k": random.permutation(ROWS), "g": random.integers(0, 1000, ROWS), "v": random.integers(0, 1000, ROWS)}
    return pa.table(rows), pa.table({"g": groups, "name": [f"group {g // 10}" for g in groups]})


def run() -> bool:
    rows, groups = tables()
    met = True
    print(
        f"{ROWS:,} rows (k BIGINT PRIMARY KEY, g BIGINT, v BIGINT), then {CHANGED:,} of them changed in one statement"
    )
    print(f"{'':24}{'laminardb':>14}{'rows/s':>12}{'DuckDB':>12}   target")
    for name, query in STREAMS.items():
        with laminardb.open(":memory:") as conn, duckdb.connect(":memory:", config={"threads": 1}) as duck, one_cpu():
            duck.execute("SET enable_progress_bar = false")
            for system in (conn, duck):
                system.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, g BIGINT, v BIGINT)")
                system.execute("CREATE TABLE d (g BIGINT PRIMARY KEY, name VARCHAR)")
            conn.execute(f"CREATE MATERIALIZED VIEW w AS {query}")
            conn.insert("d", groups)
            conn.insert("t", rows)
            duck.register("given_rows", rows)
            duck.register("given_groups", groups)
            duck.execute("INSERT INTO t SELECT * FROM given_rows; INSERT INTO d SELECT * FROM given_groups")
            conn.query("SELECT count(*) FROM w")
            for what, statement, floor in WORKS:
                gc.collect()
                started = time.perf_counter()
                changed = conn.execute(statement).rows_affected
                found = sorted(conn.query("SELECT * FROM w").fetchall())
                seconds = time.perf_counter() - started
                started = time.perf_counter()
                duck.execute(statement)
                expected = sorted(duck.execute(query).fetchall())
                peer = time.perf_counter() - started
                assert changed == CHANGED, changed
                assert found == expected, f"{what} under {name}: the answers differ"
                good = changed / seconds >= floor
                met &= good
                target = f"≥ {floor / 1e6:.0f} M rows/s{'' if good else ' NOT MET'}" if floor else "–"
                print(f"{what + ', ' + name:24}{seconds:12.3f} s{changed / seconds:12,.0f}{peer:10.3f} s   {target}")
    return met


if __name__ == "__main__":
    run()
