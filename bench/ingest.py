"""Rows a second into a source, per kind of input (three columns: BIGINT, DOUBLE, VARCHAR)."""

from __future__ import annotations

import laminardb
import pandas as pd
import polars as pl
import pyarrow as pa
from timing import best_seconds

DDL = "CREATE SOURCE t (k BIGINT, v DOUBLE, s VARCHAR)"


def run() -> bool:
    single = {"k": 7, "v": 1.5, "s": "buy"}
    rows = [{"k": i, "v": i * 0.5, "s": "buy" if i % 2 else "sell"} for i in range(10_000)]
    table = pa.Table.from_pylist(rows)
    frame = table.to_pandas()
    inputs = {
        "one dict": (single, 20_000, 1, 150e3),
        "list of 10,000 dicts": (rows, 20, 10_000, 2e6),
        "Arrow table of 10,000": (table, 200, 10_000, None),
        "pandas frame of 10,000": (frame, 50, 10_000, None),
        "polars frame of 10,000": (pl.from_arrow(table), 100, 10_000, None),
        "dict of columns of 10,000": ({c: frame[c].to_numpy() for c in ("k", "v")}, 100, 10_000, None),
    }
    assert isinstance(frame, pd.DataFrame)
    print(f"{'input':<34}{'rows/s':>14}   target")
    met = True
    for name, (value, calls, per_call, floor) in inputs.items():

        def insert_all(value: object = value, calls: int = calls, per_call: int = per_call) -> None:
            with laminardb.open(":memory:") as conn:
                conn.execute(DDL)
                for _ in range(calls):
                    conn.insert("t", value)
                assert conn.query("SELECT count(*) FROM t").fetchone()[0] == calls * per_call

        rate = calls * per_call / best_seconds(insert_all)
        ok = floor is None or rate >= floor
        met &= ok
        target = "" if floor is None else f"≥ {floor / 1e6:g} M rows/s {'met' if ok else 'NOT MET'}"
        print(f"{name:<34}{rate:>14,.0f}   {target}", flush=True)
    return met


if __name__ == "__main__":
    run()
