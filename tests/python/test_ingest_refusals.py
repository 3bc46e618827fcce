"""Input that does not fit: what is said, and that nothing of it is in."""

from __future__ import annotations

import dataclasses

import laminardb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from laminardb import codes


@pytest.fixture
def strict(conn):
    """A source with a NOT NULL column."""
    conn.execute("CREATE SOURCE strict (id BIGINT NOT NULL, note VARCHAR)")
    return conn


def count(connection, source):
    return connection.query(f"SELECT count(*) FROM {source}").fetchone()[0]


@dataclasses.dataclass
class Empty:
    symbol: str


NOT_ROWS = {
    "int": 42,
    "float": 1.5,
    "None": None,
    "str": "symbol",
    "bytes": b"symbol",
    "empty list": [],
    "empty tuple": (),
    "empty dict": {},
    "list of ints": [1, 2],
    "list of lists": [["A", 1.0, 2]],
    "list with an int": [{"symbol": "A"}, 5],
    "set": {1},
    "range": range(3),
    "a class": Empty,
    "object": object(),
    "plain array": np.zeros(3),
    "matrix": np.zeros((2, 2), dtype=[("symbol", "U1")]),
    "series": pd.Series([1]),
    "polars series": pl.Series([1]),
    "Arrow array": pa.array([1]),
    "chunked array": pa.chunked_array([[1]]),
}


@pytest.mark.parametrize("data", NOT_ROWS.values(), ids=NOT_ROWS.keys())
def test_not_rows(trades, data):
    with pytest.raises(TypeError):
        trades.insert("trades", data)
    assert count(trades, "trades") == 0


def test_an_item_that_is_no_row_is_named(trades):
    with pytest.raises(TypeError, match=r"item 1.*int"):
        trades.insert("trades", [{"symbol": "A"}, 5])


UNKNOWN = {
    "row": {"symbol": "A", "prise": 1.0},
    "rows": [{"symbol": "A"}, {"symbol": "A", "prise": 1.0}],
    "columns": {"symbol": ["A"], "prise": [1.0]},
    "arrays": {"symbol": np.array(["A"]), "prise": np.array([1.0])},
    "pandas": pd.DataFrame({"symbol": ["A"], "prise": [1.0]}),
    "polars": pl.DataFrame({"symbol": ["A"], "prise": [1.0]}),
    "arrow": pa.table({"symbol": ["A"], "prise": [1.0]}),
    "structured array": np.array([("A", 1.0)], dtype=[("symbol", "U1"), ("prise", "f8")]),
    "generator": [{"symbol": "A", "prise": 1.0}],
}


@pytest.mark.parametrize("form", UNKNOWN.keys())
def test_unknown_column(trades, form):
    data = iter(UNKNOWN[form]) if form == "generator" else UNKNOWN[form]
    with pytest.raises(laminardb.IngestionError, match="prise") as info:
        trades.insert("trades", data)
    assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
    assert info.value.candidates[0] == "price"
    assert "price" in str(info.value)
    assert count(trades, "trades") == 0


@pytest.mark.parametrize("key", [1, None, ("symbol",), b"symbol", "\ud800", ""], ids=repr)
def test_keys_that_are_no_names(trades, key):
    with pytest.raises(laminardb.IngestionError) as info:
        trades.insert("trades", {key: "A"})
    assert info.value.code == codes.BATCH_SCHEMA_MISMATCH


@pytest.mark.parametrize(
    "data",
    [
        {"symbol": "A", "SYMBOL": "B"},
        [{"symbol": "A"}, {"Symbol": "A", "symbol": "B"}],
        {"symbol": ["A"], "SYMBOL": ["B"]},
        pa.table({"symbol": ["A"], "SYMBOL": ["B"]}),
    ],
    ids=["row", "rows", "columns", "arrow"],
)
def test_a_column_given_twice(trades, data):
    with pytest.raises(laminardb.IngestionError) as info:
        trades.insert("trades", data)
    assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
    assert count(trades, "trades") == 0


@pytest.mark.parametrize(
    "data",
    [
        {"note": "x"},
        {"id": None, "note": "x"},
        [{"id": 1}, {"note": "x"}],
        [{"id": 1}, {"id": None}],
        {"note": ["x"]},
        {"id": [1, None]},
        pa.table({"note": ["x"]}),
        pa.table({"id": pa.array([1, None])}),
        pd.DataFrame({"id": pd.array([1, None], dtype="Int64")}),
    ],
    ids=[
        "missing",
        "None",
        "missing later",
        "None later",
        "columns",
        "None in columns",
        "arrow",
        "arrow null",
        "pandas",
    ],
)
def test_not_null(strict, data):
    with pytest.raises(laminardb.IngestionError, match="id") as info:
        strict.insert("strict", data)
    assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
    assert count(strict, "strict") == 0


RAGGED = {
    "lists": {"symbol": ["A", "B"], "price": [1.0]},
    "an empty list": {"symbol": ["A"], "price": []},
    "list and array": {"symbol": ["A", "B"], "volume": np.array([1])},
    "arrays": {"symbol": np.array(["A", "B"]), "volume": np.array([1])},
}


@pytest.mark.parametrize("data", RAGGED.values(), ids=RAGGED.keys())
def test_ragged_columns(trades, data):
    with pytest.raises(laminardb.IngestionError, match="symbol") as info:
        trades.insert("trades", data)
    assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
    assert count(trades, "trades") == 0


def test_lists_among_scalars_are_no_columns(trades):
    with pytest.raises(laminardb.IngestionError, match="symbol"):
        trades.insert("trades", {"symbol": ["A", "B"], "price": 1.0})
    assert count(trades, "trades") == 0


def test_columns_of_no_rows(trades):
    assert trades.insert("trades", {"symbol": [], "price": []}) == 0


def test_an_error_in_the_last_row_leaves_nothing(trades):
    good = [{"symbol": "A", "price": 1.0, "volume": i} for i in range(9_999)]
    with pytest.raises(laminardb.IngestionError, match="row 10000"):
        trades.insert("trades", [*good, {"volume": "many"}])
    assert count(trades, "trades") == 0
    assert trades.insert("trades", good) == 9_999
    assert count(trades, "trades") == 9_999


def test_an_error_in_the_last_batch_leaves_nothing(trades):
    table = pa.table({"volume": pa.chunked_array([["1"], ["x"]])})
    with pytest.raises(laminardb.IngestionError):
        trades.insert("trades", table)
    assert count(trades, "trades") == 0


def test_a_refused_call_changes_no_stream(trades):
    trades.execute("CREATE STREAM totals AS SELECT symbol, sum(volume) AS total FROM trades GROUP BY symbol")
    subscription = trades.subscribe_stream("totals")
    trades.insert("trades", {"symbol": "A", "volume": 1})
    with pytest.raises(laminardb.IngestionError):
        trades.insert("trades", [{"symbol": "A", "volume": 5}, {"symbol": "A", "volume": "x"}])
    trades.insert("trades", {"symbol": "A", "volume": 2})
    assert trades.query_stream("totals").fetchall() == [("A", 3)]
    assert trades.metrics().total_events_ingested == 2
    subscription.cancel()


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.insert("trade", {"symbol": "A"}),
        lambda c: c.insert("trade", [{"symbol": "A"}]),
        lambda c: c.insert("trade", pa.table({"symbol": ["A"]})),
        lambda c: c.insert_json("trade", '{"symbol": "A"}'),
        lambda c: c.insert_csv("trade", "symbol\nA\n"),
        lambda c: c.writer("trade"),
        lambda c: c.schema("trade"),
    ],
    ids=["row", "rows", "arrow", "json", "csv", "writer", "schema"],
)
def test_unknown_source(trades, call):
    with pytest.raises(laminardb.SchemaError) as info:
        call(trades)
    assert info.value.code == codes.TABLE_NOT_FOUND
    assert "trades" in info.value.candidates


def test_insert_into_a_stream(trades):
    trades.execute("CREATE STREAM s AS SELECT symbol FROM trades")
    with pytest.raises(laminardb.LaminarError):
        trades.insert("s", {"symbol": "A"})


def test_a_source_that_is_replaced_between_inserts(conn):
    """The builder that the connection keeps is of the old source, and must not be used for the new one."""
    conn.execute("CREATE SOURCE t (v BIGINT)")
    conn.insert("t", {"v": 1})
    conn.execute("DROP SOURCE t")
    with pytest.raises(laminardb.SchemaError):
        conn.insert("t", {"v": 1})
    conn.execute("CREATE SOURCE t (v VARCHAR, w BIGINT)")
    conn.insert("t", {"w": 1, "v": "text"})
    assert conn.query("SELECT v, w FROM t").fetchall() == [("text", 1)]
    conn.execute("CREATE OR REPLACE SOURCE t (x DOUBLE)")
    conn.insert("t", {"x": 0.5})
    assert conn.query("SELECT * FROM t").fetchall() == [(0.5,)]


def test_values_that_misbehave(trades):
    class Bad:
        def __repr__(self):
            raise RuntimeError("no")

    with pytest.raises(laminardb.IngestionError, match="Bad"):
        trades.insert("trades", {"symbol": Bad()})
