"""The contract's section *Ingestion: T*, and the ingestion group of *Connection*: every sentence an assertion.

What each form of input is read as stands in `test_ingest_forms.py`, what each value becomes in `test_ingest_values.py`;
here are the sentences, and the types that pandas, polars, NumPy and Arrow bring along.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import laminardb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pydantic
import pytest
from laminardb import codes

UTC = dt.timezone.utc  # noqa: UP017
PARIS = "Europe/Paris"


@dataclasses.dataclass
class Inner:
    a: int


@dataclasses.dataclass
class Trade:
    symbol: str
    price: float | None = None
    detail: Inner | None = None


class TradeModel(pydantic.BaseModel):
    symbol: str
    price: float | None = None


class NestedModel(pydantic.BaseModel):
    symbol: str
    detail: TradeModel


class InterchangeOnly:
    """A frame that offers nothing but the interchange protocol."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        return self._frame.__dataframe__(nan_as_null, allow_copy)


def rows_after(conn, column_types: str, data: Any) -> list[tuple]:
    """What is in a source of these columns after `data` went in; `insert` returned how many."""
    conn.execute(f"CREATE SOURCE t ({column_types})")
    inserted = conn.insert("t", data)
    rows = conn.query("SELECT * FROM t").fetchall()
    assert inserted == len(rows)
    return rows


def refused(conn, column_types: str, data: Any) -> str:
    """The message of error 302, after which nothing is in."""
    conn.execute(f"CREATE SOURCE t ({column_types})")
    with pytest.raises(laminardb.IngestionError) as info:
        conn.insert("t", data)
    assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
    assert conn.query("SELECT count(*) FROM t").fetchone() == (0,)
    return str(info.value)


# One dict, a list of dicts, a dict of columns


def test_one_dict_a_list_of_dicts_a_dict_of_columns(trades, rows):
    assert trades.insert("trades", {"symbol": "A", "price": 1.5, "volume": 1}) == 1
    assert trades.insert("trades", [{"symbol": "B", "price": 2.5, "volume": 2}]) == 1
    assert trades.insert("trades", {"symbol": ["C"], "price": [3.5], "volume": [3]}) == 1
    assert rows(trades) == [("A", 1.5, 1), ("B", 2.5, 2), ("C", 3.5, 3)]


def test_named_tuples_are_rows(trades, rows):
    row = collections.namedtuple("Row", "symbol volume")
    assert trades.insert("trades", row("A", 1)) == 1
    assert trades.insert("trades", [row("B", 2), row("C", 3)]) == 2
    assert rows(trades) == [("A", None, 1), ("B", None, 2), ("C", None, 3)]


# pandas


def objects(*values: Any) -> pd.Series:
    return pd.Series(list(values), dtype=object)


PANDAS = {
    "categorical": ("VARCHAR", pd.Categorical(["a", "b", None, "a"]), ["a", "b", None, "a"]),
    "categorical of integers": ("BIGINT", pd.Categorical([1, 2, None]), [1, 2, None]),
    "categorical of times": ("DATE", pd.Categorical([dt.date(2024, 1, 1), None]), [dt.date(2024, 1, 1), None]),
    "Int64": ("BIGINT", pd.array([1, None, 3], "Int64"), [1, None, 3]),
    "UInt8": ("BIGINT", pd.array([1, None, 3], "UInt8"), [1, None, 3]),
    "Float64": ("DOUBLE", pd.array([1.5, None], "Float64"), [1.5, None]),
    "boolean": ("BOOLEAN", pd.array([True, None, False], "boolean"), [True, None, False]),
    "string": ("VARCHAR", pd.array(["a", None], "string"), ["a", None]),
    "string[pyarrow]": ("VARCHAR", pd.array(["a", None], "string[pyarrow]"), ["a", None]),
    "uint8": ("BIGINT", np.array([1, 2], "u1"), [1, 2]),
    "float16": ("DOUBLE", np.array([1.5], "f2"), [1.5]),
    "NaN for no integer": ("BIGINT", [1.0, np.nan, 3.0], [1, None, 3]),
    "NaN for no float": ("DOUBLE", [1.0, np.nan], [1.0, None]),
    "NaT": ("TIMESTAMP", pd.to_datetime(["2024-01-01", None]), [dt.datetime(2024, 1, 1), None]),
    "sparse": ("BIGINT", pd.arrays.SparseArray([0, 0, 1]), [0, 0, 1]),
    "zone": (
        "TIMESTAMP WITH TIME ZONE",
        pd.to_datetime(["2024-01-01 12:00", "2024-07-01 12:00"]).tz_localize(PARIS),
        [dt.datetime(2024, 1, 1, 11, tzinfo=UTC), dt.datetime(2024, 7, 1, 10, tzinfo=UTC)],
    ),
    "zone into TIMESTAMP": (
        "TIMESTAMP",
        pd.to_datetime(["2024-07-01 12:00"]).tz_localize(PARIS),
        [dt.datetime(2024, 7, 1, 10)],
    ),
    "nanoseconds that are microseconds": (
        "TIMESTAMP",
        pd.to_datetime(["2024-01-01 12:00:00.123456"]).astype("datetime64[ns]"),
        [dt.datetime(2024, 1, 1, 12, 0, 0, 123456)],
    ),
    "Arrow integers": ("BIGINT", pd.array([1, None], pd.ArrowDtype(pa.int16())), [1, None]),
    "Arrow strings": ("VARCHAR", pd.array(["a", None], pd.ArrowDtype(pa.large_string())), ["a", None]),
    "Arrow decimals": (
        "DECIMAL(10, 2)",
        pd.array([Decimal("1.5"), None], pd.ArrowDtype(pa.decimal128(10, 2))),
        [Decimal("1.50"), None],
    ),
    "Arrow dictionary": (
        "VARCHAR",
        pd.array(["a", "b"], pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))),
        ["a", "b"],
    ),
    "Arrow times with a zone": (
        "TIMESTAMP WITH TIME ZONE",
        pd.array([dt.datetime(2024, 1, 1, tzinfo=UTC)], pd.ArrowDtype(pa.timestamp("us", PARIS))),
        [dt.datetime(2024, 1, 1, tzinfo=UTC)],
    ),
    "objects: text and None": ("VARCHAR", objects("a", None), ["a", None]),
    "objects: text and NaN": ("VARCHAR", objects("a", np.nan), ["a", None]),
    "objects: integers and None": ("BIGINT", objects(1, None), [1, None]),
    "objects: integers and NaN": ("BIGINT", objects(1, np.nan), [1, None]),
    "objects: integers and pd.NA": ("BIGINT", objects(1, pd.NA), [1, None]),
    "objects: booleans and None": ("BOOLEAN", objects(True, None), [True, None]),
    "objects: Decimal and NaN": ("DECIMAL(10, 2)", objects(Decimal("1.5"), np.nan), [Decimal("1.50"), None]),
    "objects: dates": ("DATE", objects(dt.date(2024, 1, 1), None), [dt.date(2024, 1, 1), None]),
    "objects: datetimes": ("TIMESTAMP", objects(dt.datetime(2024, 1, 1), pd.NaT), [dt.datetime(2024, 1, 1), None]),
    "objects: datetimes of several zones": (
        "TIMESTAMP WITH TIME ZONE",
        objects(
            dt.datetime(2024, 1, 1, tzinfo=UTC), dt.datetime(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2)))
        ),
        [dt.datetime(2024, 1, 1, tzinfo=UTC), dt.datetime(2023, 12, 31, 22, tzinfo=UTC)],
    ),
    "objects: bytes": ("BLOB", objects(b"ab", None), [b"ab", None]),
    "objects: UUIDs": ("UUID", objects(uuid.UUID(int=5), None), [uuid.UUID(int=5), None]),
    "objects: UUIDs into text": ("VARCHAR", objects(uuid.UUID(int=5)), [str(uuid.UUID(int=5))]),
    "objects: dicts": ("JSON", objects({"a": [1, None]}, None), ['{"a": [1, null]}', None]),
    "objects: lists": ("JSON", objects([1, 2], []), ["[1, 2]", "[]"]),
    "objects: integers and floats": ("DOUBLE", objects(1, 2.5), [1.0, 2.5]),
    "objects: numbers and text of numbers are not mixed": ("VARCHAR", objects("1", None, "x"), ["1", None, "x"]),
    "nothing but None": ("VARCHAR", [None, None], [None, None]),
    "no rows": ("BIGINT", pd.Series([], dtype=object), []),
}


@pytest.mark.parametrize(("type_", "values", "expected"), PANDAS.values(), ids=PANDAS)
def test_pandas(conn, type_, values, expected):
    assert [row[0] for row in rows_after(conn, f"c {type_}", pd.DataFrame({"c": values}))] == expected


def test_intervals_of_pandas(conn):
    rows_after(conn, "c INTERVAL", pd.DataFrame({"c": pd.to_timedelta(["1 day", None])}))
    found = conn.query("SELECT TIMESTAMP '2024-01-01 00:00:00' + c FROM t").fetchall()
    assert found == [(dt.datetime(2024, 1, 2),), (None,)]


PANDAS_REFUSED = {
    "mixed objects": ("VARCHAR", objects("a", 1), "row 2", "1"),
    "periods": ("VARCHAR", pd.period_range("2024-01", periods=2, freq="M"), "row 1", "2024-01"),
    "complex": ("DOUBLE", np.array([1j]), "row 1", "1j"),
    "fractions": ("BIGINT", [1.0, 1.5], "row 2", "1.5"),
    "nanoseconds": ("TIMESTAMP", pd.to_datetime(["2024-01-01 00:00:00.123456789"]), "row 1", "123456789"),
}


@pytest.mark.parametrize(("type_", "values", "row", "value"), PANDAS_REFUSED.values(), ids=PANDAS_REFUSED)
def test_pandas_refused(conn, type_, values, row, value):
    """Column, row and value are named, also where Arrow itself cannot read the column."""
    message = refused(conn, f"c {type_}", pd.DataFrame({"c": values}))
    assert '"c"' in message
    assert row in message
    assert value in message


def test_a_frame_with_a_column_twice(conn):
    assert '"c" is given twice' in refused(conn, "c BIGINT", pd.DataFrame([[1, 2]], columns=["c", "c"]))


def test_a_wide_frame_of_objects_keeps_its_other_columns(conn):
    frame = pd.DataFrame({"a": [1, 2], "o": objects({"x": 1}, None), "z": pd.to_datetime(["2024-01-01", None])})
    assert rows_after(conn, "a BIGINT, o JSON, z TIMESTAMP", frame) == [
        (1, '{"x": 1}', dt.datetime(2024, 1, 1)),
        (2, None, None),
    ]


@pytest.mark.parametrize("empty", [pd.DataFrame(), pl.DataFrame(), pa.table({})], ids=["pandas", "polars", "pyarrow"])
def test_frames_without_columns_have_no_rows(conn, empty):
    assert rows_after(conn, "c BIGINT", empty) == []


# polars


POLARS = {
    "categorical": ("VARCHAR", pl.Series(["a", None, "b"], dtype=pl.Categorical), ["a", None, "b"]),
    "enum": ("VARCHAR", pl.Series(["a", None], dtype=pl.Enum(["a", "b"])), ["a", None]),
    "integers with null": ("BIGINT", pl.Series([1, None]), [1, None]),
    "Int128": ("BIGINT", pl.Series([1, None], dtype=pl.Int128), [1, None]),
    "NaN is a value": ("VARCHAR", pl.Series(["a"]), ["a"]),
    "dates": ("DATE", pl.Series([dt.date(2024, 1, 1), None]), [dt.date(2024, 1, 1), None]),
    "times": ("TIME", pl.Series([dt.time(1, 2, 3), None]), [dt.time(1, 2, 3), None]),
    "milliseconds": (
        "TIMESTAMP",
        pl.Series([dt.datetime(2024, 1, 1)], dtype=pl.Datetime("ms")),
        [dt.datetime(2024, 1, 1)],
    ),
    "zone": (
        "TIMESTAMP WITH TIME ZONE",
        pl.Series([dt.datetime(2024, 7, 1, 12)]).dt.replace_time_zone(PARIS),
        [dt.datetime(2024, 7, 1, 10, tzinfo=UTC)],
    ),
    "decimals": ("DECIMAL(10, 2)", pl.Series([Decimal("1.5")], dtype=pl.Decimal(10, 2)), [Decimal("1.50")]),
    "binary": ("BLOB", pl.Series([b"ab", None]), [b"ab", None]),
    "null": ("VARCHAR", pl.Series([None, None]), [None, None]),
    "objects": ("UUID", pl.Series([uuid.UUID(int=5)], dtype=pl.Object), [uuid.UUID(int=5)]),
    "lists": ("JSON", pl.Series([[1, 2], None]), ["[1, 2]", None]),
    "structs": ("JSON", pl.Series([{"a": 1, "b": "x"}]), ['{"a": 1, "b": "x"}']),
}


@pytest.mark.parametrize(("type_", "values", "expected"), POLARS.values(), ids=POLARS)
def test_polars(conn, type_, values, expected):
    assert [row[0] for row in rows_after(conn, f"c {type_}", pl.DataFrame({"c": values}))] == expected


def test_a_lazy_frame(conn):
    lazy = pl.LazyFrame({"c": [1, 2]}).filter(pl.col("c") > 1)
    assert rows_after(conn, "c BIGINT", lazy) == [(2,)]


# pyarrow


ARROW = {
    "dictionary": ("VARCHAR", pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
    "dictionary of integers": ("BIGINT", pa.array([7, 8, 7]).dictionary_encode(), [7, 8, 7]),
    "dictionary with a null value": (
        "VARCHAR",
        pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None])),
        ["a", None],
    ),
    "run ends": ("BIGINT", pa.RunEndEncodedArray.from_arrays([2, 3], [7, None]), [7, 7, None]),
    "string view": (
        "VARCHAR",
        pa.array(["a", "longer than twelve bytes"], pa.string_view()),
        ["a", "longer than twelve bytes"],
    ),
    "large string": ("VARCHAR", pa.array(["a", None], pa.large_string()), ["a", None]),
    "binary view": ("BLOB", pa.array([b"x", None], pa.binary_view()), [b"x", None]),
    "fixed binary": ("BLOB", pa.array([b"xx"], pa.binary(2)), [b"xx"]),
    "decimal32": ("DECIMAL(10, 2)", pa.array([Decimal("1.5")], pa.decimal32(5, 1)), [Decimal("1.50")]),
    "decimal256": ("DECIMAL(10, 2)", pa.array([Decimal("1.5")], pa.decimal256(40, 2)), [Decimal("1.50")]),
    "a scale that loses nothing": ("DECIMAL(10, 2)", pa.array([Decimal("1.550")]), [Decimal("1.55")]),
    "date64": ("DATE", pa.array([dt.date(2024, 1, 1)], pa.date64()), [dt.date(2024, 1, 1)]),
    "time32": ("TIME", pa.array([dt.time(1, 2)], pa.time32("s")), [dt.time(1, 2)]),
    "half floats": ("DOUBLE", pa.array([np.float16(1.5)], pa.float16()), [1.5]),
    "zone": (
        "TIMESTAMP WITH TIME ZONE",
        pa.array([0], pa.timestamp("s", PARIS)),
        [dt.datetime(1970, 1, 1, tzinfo=UTC)],
    ),
    "uuid": ("UUID", pa.array([uuid.UUID(int=5).bytes], pa.uuid()), [uuid.UUID(int=5)]),
    "json": ("JSON", pa.array(['{"a":1}'], pa.json_(pa.string())), ['{"a":1}']),
    "lists": ("JSON", pa.array([[1, None], None]), ["[1, null]", None]),
    "structs": ("JSON", pa.array([{"a": [1]}]), ['{"a": [1]}']),
    "null": ("BIGINT", pa.nulls(2), [None, None]),
}


@pytest.mark.parametrize(("type_", "values", "expected"), ARROW.values(), ids=ARROW)
def test_pyarrow(conn, type_, values, expected):
    """`RecordBatch`, `Table` and `RecordBatchReader` alike."""
    table = pa.table({"c": values})
    assert [row[0] for row in rows_after(conn, f"c {type_}", table)] == expected
    for other in (table.to_batches()[0], table.to_reader()):
        assert conn.insert("t", other) == len(expected)
    assert conn.query("SELECT count(*) FROM t").fetchone() == (3 * len(expected),)


def test_json_of_arrow_names_what_does_not_fit(conn):
    message = refused(conn, "c JSON", pa.table({"c": pa.array([[1.5], [float("nan")]])}))
    assert '"c": row 2' in message


# NumPy structured arrays


NUMPY = {
    "integers": ("BIGINT", [1, 2], "i4", [1, 2]),
    "text": ("VARCHAR", ["a", "bcd"], "U5", ["a", "bcd"]),
    "booleans": ("BOOLEAN", [True, False], "?", [True, False]),
    "float16": ("DOUBLE", [1.5], "f2", [1.5]),
    "longdouble": ("DOUBLE", [1.5], "g", [1.5]),
    "bytes": ("BLOB", [b"ab"], "S4", [b"ab"]),
    "objects": ("VARCHAR", ["ab", None], "O", ["ab", None]),
    "datetime64[s]": ("TIMESTAMP", ["2024-01-01T10:00", "NaT"], "M8[s]", [dt.datetime(2024, 1, 1, 10), None]),
    "datetime64[10ms]": (
        "TIMESTAMP",
        ["2024-01-01T10:00:00.5"],
        "M8[10ms]",
        [dt.datetime(2024, 1, 1, 10, 0, 0, 500000)],
    ),
    "datetime64[ns]": ("TIMESTAMP", ["2024-01-01T00:00:00.5"], "M8[ns]", [dt.datetime(2024, 1, 1, 0, 0, 0, 500000)]),
    "datetime64[ps]": ("TIMESTAMP", ["1970-01-02T00:00:00.5"], "M8[ps]", [dt.datetime(1970, 1, 2, 0, 0, 0, 500000)]),
    "datetime64[h]": ("TIMESTAMP", ["2024-01-01T05"], "M8[h]", [dt.datetime(2024, 1, 1, 5)]),
    "datetime64[D]": ("TIMESTAMP", ["2024-01-01", "NaT"], "M8[D]", [dt.datetime(2024, 1, 1), None]),
    "datetime64[D] as a date": ("DATE", ["2024-01-01", "NaT"], "M8[D]", [dt.date(2024, 1, 1), None]),
    "datetime64[M]": ("DATE", ["2024-02", "NaT"], "M8[M]", [dt.date(2024, 2, 1), None]),
    "datetime64[Y]": ("DATE", ["2024"], "M8[Y]", [dt.date(2024, 1, 1)]),
    "big-endian datetime64": ("TIMESTAMP", ["2024-01-01"], ">M8[us]", [dt.datetime(2024, 1, 1)]),
}


@pytest.mark.parametrize(("type_", "values", "dtype", "expected"), NUMPY.values(), ids=NUMPY)
def test_numpy_structured_array(conn, type_, values, dtype, expected):
    array = np.array([(value,) for value in values], dtype=[("c", dtype)])
    assert [row[0] for row in rows_after(conn, f"c {type_}", array)] == expected


def test_numpy_fields_side_by_side(conn):
    array = np.array(
        [("A", 1.5, "2024-01-01T10:00"), ("B", 2.5, "NaT")], dtype=[("s", "U3"), ("p", "f8"), ("at", "M8[us]")]
    )
    assert rows_after(conn, "at TIMESTAMP, s VARCHAR, p DOUBLE", array) == [
        (dt.datetime(2024, 1, 1, 10), "A", 1.5),
        (None, "B", 2.5),
    ]


# Any object with __arrow_c_stream__/__arrow_c_array__/__dataframe__


@pytest.mark.filterwarnings("ignore:The Dataframe Interchange Protocol is deprecated")
@pytest.mark.parametrize(
    ("column_types", "frame", "expected"),
    [
        ("a BIGINT, s VARCHAR", pd.DataFrame({"a": [1, 2], "s": ["x", None]}), [(1, "x"), (2, None)]),
        ("a BOOLEAN, s DOUBLE", pd.DataFrame({"a": [True, False], "s": [1.5, 2.0]}), [(True, 1.5), (False, 2.0)]),
        ("s VARCHAR", pd.DataFrame({"s": pd.Categorical(["x", "y"])}), [("x",), ("y",)]),
        ("s TIMESTAMP", pd.DataFrame({"s": pd.to_datetime(["2024-01-01"])}), [(dt.datetime(2024, 1, 1),)]),
        ("a BIGINT, s VARCHAR", pa.table({"a": [1, 2], "s": ["x", None]}), [(1, "x"), (2, None)]),
        ("a BIGINT", pd.DataFrame({"a": np.array([], "i8")}), []),
    ],
    ids=["pandas", "booleans", "categorical", "times", "pyarrow", "empty"],
)
def test_interchange_only(conn, column_types, frame, expected):
    assert rows_after(conn, column_types, InterchangeOnly(frame)) == expected


# Dataclass instances or pydantic models or a list of them (new)


@pytest.mark.parametrize(
    "data",
    [
        Trade("A", 1.5),
        [Trade("A", 1.5)],
        TradeModel(symbol="A", price=1.5),
        [TradeModel(symbol="A", price=1.5)],
    ],
    ids=["dataclass", "list of dataclasses", "model", "list of models"],
)
def test_dataclasses_and_models(conn, data):
    assert rows_after(conn, "symbol VARCHAR, price DOUBLE, detail JSON", data) == [("A", 1.5, None)]


def test_dataclasses_and_models_within_them_are_json(conn):
    rows_after(conn, "symbol VARCHAR, detail JSON, price DOUBLE", Trade("A", detail=Inner(2)))
    conn.insert("t", NestedModel(symbol="B", detail=TradeModel(symbol="C")))
    assert conn.query("SELECT symbol, detail FROM t").fetchall() == [
        ("A", '{"a": 2}'),
        ("B", '{"symbol": "C", "price": null}'),
    ]


def test_json_refuses_what_it_does_not_have(conn):
    assert "datetime is not JSON" in refused(conn, "c JSON", {"c": {"at": dt.datetime(2024, 1, 1)}})


# A generator or reader of any of these (new, streamed: each item is one commit, and an error carries .rows_inserted)


def test_a_generator_is_streamed(trades):
    """Each item is one commit, visible before the next is asked for."""
    seen = []

    def items():
        for i in range(3):
            yield [{"volume": i}, {"volume": i}]
            seen.append(trades.query("SELECT count(*) FROM trades").fetchone()[0])

    assert trades.insert("trades", items()) == 6
    assert seen == [2, 4, 6]
    assert trades.metrics().total_batches == 3


def test_a_reader_is_streamed(trades):
    table = pa.table({"volume": list(range(10))})
    changes = trades.subscribe("SELECT volume FROM trades")
    assert trades.insert("trades", table.to_reader(max_chunksize=4)) == 10
    trades.shutdown()
    assert [len(change) for change in changes] == [4, 4, 2]


@pytest.mark.parametrize(
    "bad", [{"volume": "x"}, {"colour": 1}, pa.table({"volume": ["x"]})], ids=["value", "column", "table"]
)
def test_an_error_carries_rows_inserted(trades, rows, bad):
    with pytest.raises(laminardb.IngestionError) as info:
        trades.insert("trades", iter([{"volume": 1}, [{"volume": 2}, {"volume": 3}], bad, {"volume": 4}]))
    assert info.value.rows_inserted == 3
    assert [volume for _, _, volume in rows(trades)] == [1, 2, 3]


def test_a_single_call_inserts_nothing_of_it_on_an_error(trades, rows):
    with pytest.raises(laminardb.IngestionError) as info:
        trades.insert("trades", [{"volume": 1}, {"volume": "x"}])
    assert info.value.rows_inserted == 0
    assert rows(trades) == []


def test_a_generator_of_models_and_frames(conn):
    items = (item for item in [Trade("A"), TradeModel(symbol="B"), pd.DataFrame({"symbol": ["C", "D"]})])
    conn.execute("CREATE SOURCE t (symbol VARCHAR, price DOUBLE, detail JSON)")
    assert conn.insert("t", items) == 4


# Columns


def test_columns_are_matched_by_name_in_any_order(trades, rows):
    trades.insert("trades", {"volume": 1, "symbol": "A", "price": 1.5})
    trades.insert("trades", pd.DataFrame({"volume": [2], "price": [2.5], "symbol": ["B"]}))
    trades.insert("trades", pa.table({"price": [3.5], "volume": [3], "symbol": ["C"]}))
    assert rows(trades) == [("A", 1.5, 1), ("B", 2.5, 2), ("C", 3.5, 3)]


def test_a_missing_nullable_column_is_null(conn):
    conn.execute("CREATE SOURCE t (a BIGINT, b BIGINT NOT NULL)")
    for data in ({"b": 1}, [{"b": 1}], {"b": [1]}, pd.DataFrame({"b": [1]}), pa.table({"b": [1]})):
        conn.insert("t", data)
    assert conn.query("SELECT * FROM t").fetchall() == [(None, 1)] * 5
    for data in ({"a": 1}, [{"a": 1}], {"a": [1]}, pd.DataFrame({"a": [1]}), pa.table({"a": [1]})):
        with pytest.raises(laminardb.IngestionError, match='"b"') as info:
            conn.insert("t", data)
        assert info.value.code == codes.BATCH_SCHEMA_MISMATCH


@pytest.mark.parametrize(
    "data",
    [{"volum": 1}, [{"volum": 1}], {"volum": [1]}, pd.DataFrame({"volum": [1]}), pa.table({"volum": [1]})],
    ids=["dict", "list", "columns", "pandas", "pyarrow"],
)
def test_an_unknown_column_is_an_error(trades, rows, data):
    with pytest.raises(laminardb.IngestionError, match="volum") as info:
        trades.insert("trades", data)
    assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
    assert rows(trades) == []


# Conversions


MOMENT = dt.datetime(2024, 1, 2, 3, 4, 5)
CONVERSIONS = {
    "ints widen": ("BIGINT", np.array([1, 2], "i1"), [1, 2]),
    "ints become floats": ("DOUBLE", [1, 2], [1.0, 2.0]),
    "dates become timestamps": ("TIMESTAMP", [dt.date(2024, 1, 2)], [dt.datetime(2024, 1, 2)]),
    "datetimes become timestamps": ("TIMESTAMP", [MOMENT], [MOMENT]),
    "ISO strings become timestamps": ("TIMESTAMP", ["2024-01-02T03:04:05", "2024-01-02 03:04:05"], [MOMENT, MOMENT]),
    "integers become timestamps, in microseconds": ("TIMESTAMP", [1_000_000], [dt.datetime(1970, 1, 1, 0, 0, 1)]),
    "integers become timestamps, in milliseconds": ("TIMESTAMP(3)", [1_000], [dt.datetime(1970, 1, 1, 0, 0, 1)]),
    "integers become timestamps, in seconds": ("TIMESTAMP(0)", [1], [dt.datetime(1970, 1, 1, 0, 0, 1)]),
}
AS_COLUMNS = {
    "a dict each": lambda values: [
        {"c": value} for value in (values.tolist() if hasattr(values, "tolist") else values)
    ],
    "a dict of columns": lambda values: {"c": values},
    "pandas": lambda values: pd.DataFrame({"c": values}),
    "polars": lambda values: pl.DataFrame({"c": values}),
    "pyarrow": lambda values: pa.table({"c": values}),
}


@pytest.mark.parametrize("form", AS_COLUMNS.values(), ids=AS_COLUMNS)
@pytest.mark.parametrize(("type_", "values", "expected"), CONVERSIONS.values(), ids=CONVERSIONS)
def test_conversion(conn, form, type_, values, expected):
    assert [row[0] for row in rows_after(conn, f"c {type_}", form(values))] == expected


LOSSES = {
    "fractions": ("BIGINT", [1.0, 1.5]),
    "too large": ("SMALLINT", [1, 40_000]),
    "no float": ("DOUBLE", [1, 2**53 + 1]),
    "digits": ("DECIMAL(10, 2)", [Decimal("1.00"), Decimal("1.005")]),
    "microseconds": ("TIMESTAMP(3)", [MOMENT, MOMENT.replace(microsecond=1)]),
    "no number": ("BIGINT", ["1", "x"]),
}


@pytest.mark.parametrize("form", AS_COLUMNS.values(), ids=AS_COLUMNS)
@pytest.mark.parametrize(("type_", "values"), LOSSES.values(), ids=LOSSES)
def test_lossy_conversions_are_errors(conn, form, type_, values):
    message = refused(conn, f"c {type_}", form(values))
    assert '"c"' in message
    assert "row " in message


# Keys, upsert, delete, transaction


@pytest.fixture
def prices(conn):
    """`create_table(…, primary_key=[…])` makes a TABLE."""
    conn.create_table("prices", {"symbol": "VARCHAR", "price": "DOUBLE"}, primary_key=["symbol"])
    conn.execute("UPDATE prices SET price = 0")  # which a source has not
    return conn


def all_forms(*rows: tuple[str, float]) -> list[Any]:
    dicts = [{"symbol": symbol, "price": price} for symbol, price in rows]
    columns = {"symbol": [symbol for symbol, _ in rows], "price": [price for _, price in rows]}
    frames = [pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns)]
    models = [TradeModel(symbol=symbol, price=price) for symbol, price in rows]
    return [dicts, columns, *frames, models, np.array(list(rows), dtype=[("symbol", "U4"), ("price", "f8")])]


@pytest.mark.parametrize("form", range(7))
def test_a_conflicting_primary_key_is_302(prices, rows, form):
    assert prices.insert("prices", {"symbol": "A", "price": 1.0}) == 1
    with pytest.raises(laminardb.IngestionError, match="A") as info:
        prices.insert("prices", all_forms(("B", 2.0), ("A", 9.0))[form])
    assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
    assert rows(prices, "prices") == [("A", 1.0)]


@pytest.mark.parametrize("form", range(7))
def test_upsert_takes_every_form(prices, rows, form):
    prices.insert("prices", {"symbol": "A", "price": 1.0})
    assert prices.upsert("prices", all_forms(("A", 5.0), ("B", 2.0))[form]) == 2
    assert rows(prices, "prices") == [("A", 5.0), ("B", 2.0)]


def test_upsert_from_a_generator(prices, rows):
    assert prices.upsert("prices", ({"symbol": "A", "price": float(i)} for i in range(3))) == 3
    assert rows(prices, "prices") == [("A", 2.0)]


KEYS = {
    "one key": "A",
    "a list": ["A"],
    "tuples": [("A",)],
    "a dict": {"symbol": "A"},
    "dicts": [{"symbol": "A"}],
    "columns": {"symbol": ["A"]},
    "pandas": pd.DataFrame({"symbol": ["A"]}),
    "polars": pl.DataFrame({"symbol": ["A"]}),
    "pyarrow": pa.table({"symbol": ["A"]}),
}


@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
def test_delete(prices, rows, keys):
    prices.insert("prices", all_forms(("A", 1.0), ("B", 2.0))[0])
    assert prices.delete("prices", keys) == 1
    assert prices.delete("prices", keys) == 0
    assert rows(prices, "prices") == [("B", 2.0)]


def test_a_source_has_no_keys(trades):
    for change in (trades.upsert, trades.delete):
        with pytest.raises(laminardb.IngestionError) as info:
            change("trades", [{"symbol": "A"}])
        assert info.value.code == codes.BATCH_SCHEMA_MISMATCH


def test_a_transaction_is_one_epoch_across_sources(prices):
    prices.execute("CREATE SOURCE trades (symbol VARCHAR, volume BIGINT)")
    prices.execute(
        "CREATE STREAM joined AS SELECT p.symbol, price, volume FROM prices p JOIN trades t ON p.symbol = t.symbol"
    )
    changes = prices.subscribe_stream("joined")
    with prices.transaction():
        prices.insert("trades", [{"symbol": "A", "volume": 7}])
        prices.upsert("prices", {"symbol": "A", "price": 1.0})
        assert changes.try_next() is None
    (change,) = [changes.next().to_pylist()]
    assert [{**row, "__weight": 1} for row in change] == [{"symbol": "A", "price": 1.0, "volume": 7, "__weight": 1}]
    assert changes.try_next() is None


def test_a_transaction_that_raises_leaves_nothing(prices, rows):
    with pytest.raises(ZeroDivisionError), prices.transaction():
        prices.insert("prices", {"symbol": "A", "price": 1.0})
        1 / 0  # noqa: B018
    assert rows(prices, "prices") == []


# What there is nothing to insert of


def test_what_is_no_rows_is_a_type_error(trades):
    for data in (42, [], None, "text", b"bytes", object(), {1}, dict, pd.Series([1]), pl.Series([1]), pa.array([1])):
        with pytest.raises(TypeError):
            trades.insert("trades", data)


def test_writer_insert_of_nothing_returns_quietly(trades):
    with trades.writer("trades") as writer:
        assert writer.insert([]) == 0


def test_insert_returns_the_number_of_rows(trades):
    assert trades.insert("trades", pa.table({"volume": np.arange(1234)})) == 1234
    assert trades.insert_json("trades", '{"volume": 1}\n{"volume": 2}') == 2
    assert trades.insert_json("trades", '[{"volume": 1}]') == trades.insert_json("trades", '{"volume": 1}') == 1
    assert trades.insert_csv("trades", "volume\n1\n2\n3\n") == 3


@pytest.mark.parametrize(
    ("insert", "text", "line", "column"),
    [("insert_json", '{"volume": 1}\n{"volume": }', 2, 12), ("insert_csv", 'volume,symbol\n1,"x', 2, 3)],
)
def test_malformed_text_is_300_with_line_and_column(trades, rows, insert, text, line, column):
    with pytest.raises(laminardb.IngestionError) as info:
        getattr(trades, insert)("trades", text)
    assert info.value.code == codes.INGESTION_FAILED
    assert f"line {line}" in str(info.value)
    assert f"column {column}" in str(info.value)
    assert rows(trades) == []


def test_an_unknown_table_is_200(conn):
    calls = [
        lambda: conn.insert("nowhere", {"a": 1}),
        lambda: conn.insert("nowhere", pa.table({"a": [1]})),
        lambda: conn.insert_json("nowhere", '{"a": 1}'),
        lambda: conn.insert_csv("nowhere", "a\n1\n"),
        lambda: conn.schema("nowhere"),
        lambda: conn.writer("nowhere"),
    ]
    for call in calls:
        with pytest.raises(laminardb.SchemaError, match="nowhere") as info:
            call()
        assert info.value.code == codes.TABLE_NOT_FOUND
