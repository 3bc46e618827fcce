"""Streaming throughput beside DuckDB's one-shot answer over the same rows: one processor, default configuration,
`:memory:`, history retained, answers compared."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import laminardb
import numpy as np
import pyarrow as pa
from timing import best_seconds, one_cpu

BATCH = 10_000


@dataclass
class Work:
    name: str
    rows: int
    ddl: str
    stream: str
    table: Callable[[], pa.Table]
    duckdb_sql: str
    answer: str  # over the stream, comparable with DuckDB's answer
    target: str
    floor: float  # rows/s, or as a share of DuckDB's time when below 100
    subscribe: bool = False
    other: Callable[[], pa.Table] | None = None  # rows of a second source `u`, which come in turn with those of `t`


def filter_table() -> pa.Table:
    random = np.random.default_rng(1)
    n = 10_000_000
    words = pa.array(["buy", "sell", "hold", "cancel", "amend"]).take(pa.array(random.integers(0, 5, n)))
    return pa.table({"k": random.integers(0, 1_000_000, n), "v": random.random(n), "s": words})


def group_table(groups: int) -> Callable[[], pa.Table]:
    def make() -> pa.Table:
        random = np.random.default_rng(2)
        return pa.table({"k": random.integers(0, groups, 10_000_000), "v": random.integers(0, 1000, 10_000_000)})

    return make


def window_table() -> pa.Table:
    random = np.random.default_rng(3)
    n = 5_000_000
    micros = np.sort(random.integers(0, 500 * 1_000_000, n))
    return pa.table(
        {"ts": pa.array(micros, pa.timestamp("us")), "k": random.integers(0, 1000, n), "v": random.integers(0, 1000, n)}
    )


def join_table(seed: int) -> Callable[[], pa.Table]:
    def make() -> pa.Table:
        random = np.random.default_rng(seed)
        n = 1_000_000
        return pa.table({"k": random.permutation(n), "v": random.integers(0, 1000, n), "w": random.integers(0, 9, n)})

    return make


JOIN = "SELECT count(*) AS n, sum(t.v) AS total, sum(u.w) AS weight FROM t JOIN u ON t.k = u.k"


def keyed_table() -> pa.Table:
    random = np.random.default_rng(4)
    n = 10_000_000
    return pa.table({"k": random.integers(0, 10_000, n), "v": random.integers(0, 2**40, n), "id": np.arange(n)})


GROUP = "SELECT k, sum(v) AS total, count(*) AS n FROM t GROUP BY k"
VIEW = f"CREATE MATERIALIZED VIEW w AS {GROUP}"
TOP = "SELECT k, v, id FROM t QUALIFY row_number() OVER (PARTITION BY k ORDER BY v DESC) <= 10"
CHECK = "SELECT count(*) AS groups, sum(total) AS total, sum(n) AS n FROM {}"

WORKS = [
    Work("filter → count", 10_000_000, "CREATE SOURCE t (k BIGINT, v DOUBLE, s VARCHAR)",
         "CREATE MATERIALIZED VIEW w AS SELECT count(*) AS n FROM t WHERE v > 0.5", filter_table,
         "SELECT count(*) AS n FROM t WHERE v > 0.5", "SELECT n FROM {}", "≥ 30 M rows/s", 30e6),
    Work("group by, 1 k keys", 10_000_000, "CREATE SOURCE t (k BIGINT, v BIGINT)", VIEW,
         group_table(1_000), GROUP, CHECK, "≤ 1.0× DuckDB", 1.0),
    Work("group by, 1 M keys", 10_000_000, "CREATE SOURCE t (k BIGINT, v BIGINT)", VIEW,
         group_table(1_000_000), GROUP, CHECK, "≤ 1.5× DuckDB", 1.5),
    Work("group by, 1 M keys, subscriber", 10_000_000, "CREATE SOURCE t (k BIGINT, v BIGINT)",
         VIEW, group_table(1_000_000), GROUP, CHECK, "≤ 3.0× DuckDB", 3.0, subscribe=True),
    Work("tumble 1 s × 1 k keys, on close", 5_000_000,
         "CREATE SOURCE t (ts TIMESTAMP, k BIGINT, v BIGINT, WATERMARK FOR ts)",
         "CREATE STREAM w AS SELECT window_start, k, count(*) AS n, sum(v) AS total FROM t "
         "GROUP BY k, TUMBLE(ts, INTERVAL '1' SECOND)", window_table,
         "SELECT date_trunc('second', ts) AS w, k, count(*) AS n, sum(v) AS total FROM t GROUP BY ALL", CHECK,
         "≤ 1.0× DuckDB", 1.0),
    Work("join of two sources, 1 M keys each", 2_000_000,
         "CREATE SOURCE t (k BIGINT, v BIGINT, w BIGINT); CREATE SOURCE u (k BIGINT, v BIGINT, w BIGINT)",
         f"CREATE MATERIALIZED VIEW w AS {JOIN}", join_table(4), JOIN, "SELECT n, total, weight FROM {}",
         "≥ 4 M rows/s", 4e6, other=join_table(5)),
    Work("top 10 of each of 10 k keys", 10_000_000, "CREATE SOURCE t (k BIGINT, v BIGINT, id BIGINT)",
         f"CREATE MATERIALIZED VIEW w AS {TOP}", keyed_table, TOP,
         "SELECT count(*) AS n, sum(k) AS k, sum(v) AS v, sum(id) AS id FROM {}", "≤ 1.5× DuckDB", 1.5),
]  # fmt: skip


def stream_once(work: Work, tables: dict[str, pa.Table]) -> tuple[float, list[tuple]]:
    """Seconds from the first insert until the answer can be read, and the answer."""
    with laminardb.open(":memory:") as conn:
        for statement in work.ddl.split(";"):
            conn.execute(statement)
        conn.execute(work.stream)
        subscription = conn.subscribe_stream("w") if work.subscribe else None
        batches = {name: table.to_batches(max_chunksize=BATCH) for name, table in tables.items()}
        in_turn = [
            pair
            for pairs in zip(*([(n, b) for b in each] for n, each in batches.items()), strict=True)
            for pair in pairs
        ]
        seen = 0
        gc.collect()
        started = time.perf_counter()
        for name, batch in in_turn:
            conn.insert(name, batch)
            while subscription is not None and (change := subscription.try_next()) is not None:
                seen += change.num_rows
        if "WATERMARK" in work.ddl:
            with conn.writer("t") as writer:
                writer.watermark(10**12)
        conn.query("SELECT count(*) FROM w")
        while subscription is not None and (change := subscription.try_next()) is not None:
            seen += change.num_rows
        seconds = time.perf_counter() - started
        if subscription is not None:
            assert seen > work.rows, "a subscriber saw too little"
        return seconds, conn.query(work.answer.format("w")).fetchall()


def run(only: str = "", times: int = 3) -> bool:
    print(f"{'work':<36}{'rows':>12}{'M rows/s':>10}{'seconds':>9}{'DuckDB s':>10}{'ratio':>8}   target")
    met = True
    for work in WORKS:
        if only not in work.name:
            continue
        tables = {"t": work.table()} | ({"u": work.other()} if work.other else {})
        with one_cpu():
            oracle = duckdb.connect(config={"threads": 1})
            for name, table in tables.items():
                oracle.register("arrow_rows", table)
                oracle.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow_rows")
            theirs = best_seconds(lambda: oracle.execute(work.duckdb_sql).to_arrow_table(), times)  # noqa: B023
            runs = [stream_once(work, tables) for _ in range(times)]
        ours = min(seconds for seconds, _ in runs)
        expected = oracle.execute(work.answer.format(f"({work.duckdb_sql})")).fetchall()
        assert all(
            [tuple(map(int, row)) for row in answer] == [tuple(map(int, row)) for row in expected] for _, answer in runs
        ), f"{work.name}: {runs[0][1]} is not {expected}"
        ok = work.rows / ours >= work.floor if work.floor > 100 else ours / theirs <= work.floor
        met &= ok
        print(
            f"{work.name:<36}{work.rows:>12,}{work.rows / ours / 1e6:>10.1f}{ours:>9.3f}{theirs:>10.3f}"
            f"{ours / theirs:>7.2f}×   {work.target} {'met' if ok else 'NOT MET'}",
            flush=True,
        )
    return met


if __name__ == "__main__":
    run()
