"""Holds the hourly stream against DuckDB's answer over the same accepted rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

HOUR = 3_600_000_000
SLACK = 2 * HOUR

DUCKDB_HOURLY = """
  SELECT origin, time_bucket(INTERVAL '1 hour', sched) AS hour, count(*) AS departures,
         avg(dep_delay) AS mean_delay, max(dep_delay) AS worst_delay
  FROM accepted
  WHERE NOT cancelled
  GROUP BY ALL
  ORDER BY origin, hour
"""


def late_rows(sched: np.ndarray, calls: np.ndarray, window: int) -> np.ndarray:
    """Which rows came after their window of `window` microseconds had closed: a boolean a row.

    sched: event times; calls: index of the insert call of each row, ascending. A row meets the watermark that the calls
    before its own had reached.
    """
    largest = np.full(int(calls[-1]) + 2, np.iinfo(np.int64).min)
    np.maximum.at(largest, calls + 1, sched)
    reached = np.maximum.accumulate(largest)
    before = reached[calls]
    watermark = np.where(before == np.iinfo(np.int64).min, before, before - SLACK)
    return (sched // window + 1) * window <= watermark


def same_as_duckdb(hourly: pa.Table, rows: pa.Table, late: np.ndarray) -> tuple[bool, int]:
    """Compares the stream's contents with DuckDB's answer; (equal, number of rows). Means within 1e-9 of their size."""
    import duckdb

    oracle = duckdb.connect()
    oracle.register("accepted", rows.filter(pa.array(~late)))
    expected = oracle.sql(DUCKDB_HOURLY).to_arrow_table()
    ours = hourly.sort_by([("origin", "ascending"), ("hour", "ascending")])
    if ours.num_rows != expected.num_rows:
        return False, ours.num_rows
    for name in ("origin", "hour", "departures", "worst_delay"):
        if ours[name].to_pylist() != expected[name].to_pylist():
            return False, ours.num_rows
    means = ours["mean_delay"].to_numpy(), expected["mean_delay"].to_numpy()
    return bool(np.allclose(*means, rtol=1e-9, atol=1e-9)), ours.num_rows
