"""What a Python function costs a row, beside the same work built in and beside DuckDB's Python functions: one
processor, `:memory:`, answers compared. Asked once, and through a stream; an aggregate over the rows of a thousand
groups."""

from __future__ import annotations

from functools import partial

import duckdb
import laminardb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from timing import best_seconds, one_cpu

ROWS = 1_000_000
SOME_ROWS = 100_000  # for what is called row by row
GROUPS = 1000


def twice(values: pa.Array) -> pa.Array:
    return pc.multiply(values, 2)


def twice_of_one(value: int) -> int:
    return value * 2


class Sum:
    def __init__(self) -> None:
        self.total = 0

    def step(self, value: int) -> None:
        self.total += value

    def finalize(self) -> int:
        return self.total


def show(what: str, seconds: float, rows: int, peer: float | None = None) -> None:
    beside = "" if peer is None else f"{peer / rows * 1e9:12.1f}"
    print(f"{what:44}{seconds / rows * 1e9:12.1f}{beside}")


def queries(conn: laminardb.Connection, duck: duckdb.DuckDBPyConnection) -> None:
    for what, function, table, rows in (
        ("built in: v * 2", "v * 2", "t", ROWS),
        ("arrays: twice(v)", "twice(v)", "t", ROWS),
        ("rows: twice_of_one(v)", "twice_of_one(v)", "few", SOME_ROWS),
    ):
        query = f"SELECT sum({function}) FROM {table}"
        expected = 2 * sum(range(rows))
        assert conn.query(query).fetchone()[0] == expected
        assert duck.execute(query).fetchone()[0] == expected
        mine, peer = (best_seconds(partial(ask, query)) for ask in (conn.query, lambda q: duck.execute(q).fetchall()))
        show(what, mine, rows, peer)


def streams(rows: pa.Table) -> None:
    for what, function in (
        ("stream, built in: v * 2", "v * 2"),
        ("stream, arrays: twice(v)", "twice(v)"),
    ):

        def feed(function: str = function) -> None:
            with laminardb.open(":memory:") as conn:
                conn.register_function("twice", twice, ["BIGINT"], "BIGINT")
                conn.execute("CREATE SOURCE t (g BIGINT, v BIGINT)")
                conn.execute(f"CREATE STREAM s AS SELECT sum({function}) AS total FROM t")
                conn.insert("t", rows)
                assert conn.query("SELECT total FROM s").fetchone()[0] == 2 * sum(range(ROWS))

        show(what, best_seconds(feed), ROWS)


def aggregates(conn: laminardb.Connection) -> None:
    expected = sorted(conn.query("SELECT g, sum(v) FROM few GROUP BY g").fetchall())
    for what, call in (
        ("built in: sum(v)", "sum(v)"),
        ("built in, keeps all values: median(v)", "median(v)"),
        ("a function of the group's arrays", "sum_of_arrays(v)"),
        ("a class with step", "sum_of_steps(v)"),
    ):
        query = f"SELECT g, {call} FROM few GROUP BY g"
        if not call.startswith("median"):
            assert sorted(conn.query(query).fetchall()) == expected
        show(f"{what}, {GROUPS:,} groups", best_seconds(partial(conn.query, query)), SOME_ROWS)


def run() -> bool:
    random = np.random.default_rng(1)
    rows = pa.table({"g": random.integers(0, GROUPS, ROWS), "v": np.arange(ROWS)})
    print(f"{'nanoseconds a row':44}{'laminardb':>12}{'DuckDB':>12}")
    with laminardb.open(":memory:") as conn, duckdb.connect(":memory:", config={"threads": 1}) as duck, one_cpu():
        for name, part in (("t", rows), ("few", rows.slice(0, SOME_ROWS))):
            conn.execute(f"CREATE SOURCE {name} (g BIGINT, v BIGINT)")
            conn.insert(name, part)
            duck.register("given", part)
            duck.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        conn.register_function("twice", twice, ["BIGINT"], "BIGINT")
        conn.register_function("twice_of_one", twice_of_one, vectorized=False)
        conn.register_aggregate("sum_of_arrays", pc.sum, ["BIGINT"], "BIGINT")
        conn.register_aggregate("sum_of_steps", Sum)
        duck.create_function("twice", twice, ["BIGINT"], "BIGINT", type="arrow")
        duck.create_function("twice_of_one", twice_of_one)
        queries(conn, duck)
        streams(rows)
        aggregates(conn)
    return True


if __name__ == "__main__":
    run()
