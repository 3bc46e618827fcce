"""What a value becomes in a column of another type, and what is refused."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import uuid
from decimal import Decimal

import laminardb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from laminardb import codes

UTC = dt.timezone.utc  # noqa: UP017
MOMENT = dt.datetime(2024, 2, 29, 12, 30, 15, 123456)


class Colour(enum.IntEnum):
    RED = 7


class Word(enum.StrEnum):
    HELLO = "hello"


ACCEPTED = [
    # column type, value, what a query gives
    ("BIGINT", 5, 5),
    ("BIGINT", -(2**63), -(2**63)),
    ("BIGINT", np.int8(-5), -5),
    ("BIGINT", np.uint64(5), 5),
    ("BIGINT", Colour.RED, 7),
    ("BIGINT", pa.scalar(9), 9),
    ("BIGINT", 5.0, 5),
    ("TINYINT", 127, 127),
    ("UBIGINT", 2**64 - 1, 2**64 - 1),
    ("USMALLINT", 65535, 65535),
    ("DOUBLE", 5, 5.0),
    ("DOUBLE", 2**53, float(2**53)),
    ("DOUBLE", 1.5, 1.5),
    ("DOUBLE", np.float32(1.5), 1.5),
    ("DOUBLE", np.float16(1.5), 1.5),
    ("DOUBLE", np.longdouble(1.5), 1.5),
    ("DOUBLE", np.int64(3), 3.0),
    ("DOUBLE", Decimal("1.5"), 1.5),
    ("DOUBLE", math.inf, math.inf),
    ("REAL", 0.1, float(np.float32(0.1))),
    ("BOOLEAN", True, True),
    ("BOOLEAN", np.bool_(False), False),
    ("VARCHAR", "żółć", "żółć"),
    ("VARCHAR", "", ""),
    ("VARCHAR", "a\0b", "a\0b"),
    ("VARCHAR", np.str_("text"), "text"),
    ("VARCHAR", Word.HELLO, "hello"),
    ("BLOB", b"\x00\xff", b"\x00\xff"),
    ("BLOB", bytearray(b"ab"), b"ab"),
    ("BLOB", memoryview(b"ab"), b"ab"),
    ("DECIMAL(10, 2)", Decimal("12.5"), Decimal("12.50")),
    ("DECIMAL(10, 2)", Decimal("1E+3"), Decimal("1000.00")),
    ("DECIMAL(10, 2)", Decimal("1.500"), Decimal("1.50")),
    ("DECIMAL(10, 2)", 7, Decimal("7.00")),
    ("DECIMAL(38, 0)", 10**37, Decimal(10**37)),
    ("DATE", dt.date(1969, 7, 20), dt.date(1969, 7, 20)),
    ("DATE", "2024-02-29", dt.date(2024, 2, 29)),
    ("DATE", np.datetime64("2024-02-29"), dt.date(2024, 2, 29)),
    ("TIMESTAMP", MOMENT, MOMENT),
    ("TIMESTAMP", dt.datetime(1, 1, 1), dt.datetime(1, 1, 1)),
    ("TIMESTAMP", dt.datetime(9999, 12, 31, 23, 59, 59, 999999), dt.datetime(9999, 12, 31, 23, 59, 59, 999999)),
    ("TIMESTAMP", dt.date(2024, 2, 29), dt.datetime(2024, 2, 29)),
    ("TIMESTAMP", "2024-02-29 12:30:15.123456", MOMENT),
    ("TIMESTAMP", "2024-02-29T12:30:15.123456", MOMENT),
    ("TIMESTAMP", pd.Timestamp(MOMENT), MOMENT),
    ("TIMESTAMP", np.datetime64(MOMENT), MOMENT),
    ("TIMESTAMP", np.datetime64("2024-02-29T12:30:15.123456000", "ns"), MOMENT),
    ("TIMESTAMP", 1_000_000, dt.datetime(1970, 1, 1, 0, 0, 1)),
    ("TIMESTAMP(3)", 1_000, dt.datetime(1970, 1, 1, 0, 0, 1)),
    ("TIMESTAMP(0)", 1, dt.datetime(1970, 1, 1, 0, 0, 1)),
    ("TIMESTAMP(3)", MOMENT.replace(microsecond=123000), MOMENT.replace(microsecond=123000)),
    ("TIMESTAMP WITH TIME ZONE", dt.datetime(2024, 1, 1, tzinfo=UTC), dt.datetime(2024, 1, 1, tzinfo=UTC)),
    (
        "TIMESTAMP WITH TIME ZONE",
        dt.datetime(2024, 1, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        dt.datetime(2024, 1, 1, tzinfo=UTC),
    ),
    ("TIME", dt.time(12, 30, 15, 123456), dt.time(12, 30, 15, 123456)),
    ("UUID", uuid.UUID("12345678-1234-5678-1234-567812345678"), None),
    ("VARCHAR", uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
]


def _shown(value):
    # Python does not write out integers of some thousand digits, and an id must be text that can be encoded.
    return "10**5000" if isinstance(value, int) and value > 2**128 else ascii(value)[:40]


@pytest.mark.parametrize(("column_type", "value", "expected"), ACCEPTED, ids=lambda v: _shown(v))
def test_accepted(conn, column_type, value, expected):
    conn.execute(f"CREATE SOURCE t (c {column_type} NOT NULL)")
    assert conn.insert("t", {"c": value}) == 1
    assert conn.insert("t", [{"c": value}]) == 1
    assert conn.insert("t", {"c": [value, value]}) == 2
    found = [row[0] for row in conn.query("SELECT c FROM t")]
    assert len(set(map(repr, found))) == 1
    if expected is not None:
        assert found[0] == expected
        assert isinstance(found[0], type(expected))


def test_uuid_is_the_uuid_again(conn):
    conn.execute("CREATE SOURCE t (c UUID)")
    value = uuid.UUID("12345678-1234-5678-1234-567812345678")
    conn.insert("t", {"c": value})
    conn.insert("t", {"c": str(value)})
    assert {row[0] for row in conn.query("SELECT CAST(c AS VARCHAR) FROM t")} == {str(value)}


def test_interval(conn):
    conn.execute("CREATE SOURCE t (c INTERVAL)")
    conn.insert("t", [{"c": dt.timedelta(days=1, hours=2)}, {"c": np.timedelta64(5, "s")}, {"c": pd.Timedelta("1min")}])
    later = conn.query("SELECT TIMESTAMP '2024-01-01 00:00:00' + c AS at FROM t ORDER BY at").to_dicts()["at"]
    assert later == [dt.datetime(2024, 1, 1, 0, 0, 5), dt.datetime(2024, 1, 1, 0, 1), dt.datetime(2024, 1, 2, 2)]


NULLS = [None, pd.NaT, pd.NA, np.datetime64("NaT"), pa.scalar(None)]


@pytest.mark.parametrize("value", NULLS, ids=repr)
def test_what_is_null(conn, value):
    conn.execute("CREATE SOURCE t (c TIMESTAMP)")
    conn.insert("t", {"c": value})
    assert conn.query("SELECT c FROM t").fetchall() == [(None,)]


def test_nan_is_a_value_and_not_null(conn):
    conn.execute("CREATE SOURCE t (c DOUBLE)")
    conn.insert("t", {"c": math.nan})
    conn.insert("t", {"c": np.array([math.nan])})
    assert [math.isnan(row[0]) for row in conn.query("SELECT c FROM t")] == [True, True]


def test_nanoseconds_are_kept(conn):
    conn.execute("CREATE SOURCE t (c TIMESTAMP(9))")
    conn.insert("t", {"c": pd.Timestamp("2024-01-01 00:00:00.123456789")})
    conn.insert("t", {"c": np.datetime64("2024-01-01T00:00:00.123456789", "ns")})
    conn.insert("t", pd.DataFrame({"c": [pd.Timestamp("2024-01-01 00:00:00.123456789")]}))
    values = conn.query("SELECT c FROM t").arrow()["c"].cast(pa.int64()).to_pylist()
    assert values == [1704067200123456789] * 3


def test_json_takes_containers(conn):
    conn.execute("CREATE SOURCE t (id BIGINT, c JSON)")
    conn.insert("t", {"id": 1, "c": {"a": [1, None, "x"]}})
    conn.insert("t", {"id": 2, "c": [1, 2]})
    assert conn.query("SELECT CAST(c AS VARCHAR) FROM t ORDER BY id").fetchall() == [
        ('{"a": [1, null, "x"]}',),
        ("[1, 2]",),
    ]


REFUSED = [
    ("BIGINT", "five"),
    ("BIGINT", 5.5),
    ("BIGINT", math.nan),
    ("BIGINT", True),
    ("BIGINT", 2**63),
    ("BIGINT", -(2**63) - 1),
    ("BIGINT", 10**5000),
    ("BIGINT", b"5"),
    ("BIGINT", Decimal("5.5")),
    ("BIGINT", dt.date(2024, 1, 1)),
    ("BIGINT", object()),
    ("BIGINT", 1j),
    ("BIGINT", {"a": 1}),
    ("BIGINT", {1, 2}),
    ("TINYINT", 128),
    ("TINYINT", -129),
    ("UBIGINT", -1),
    ("USMALLINT", 65536),
    ("DOUBLE", "1.5x"),
    ("DOUBLE", True),
    ("DOUBLE", 2**53 + 1),
    ("DOUBLE", np.longdouble(1) / 3),
    ("BOOLEAN", 1),
    ("BOOLEAN", "yes"),
    ("BOOLEAN", 0.0),
    ("VARCHAR", 5),
    ("VARCHAR", 1.5),
    ("VARCHAR", True),
    ("VARCHAR", b"bytes"),
    ("VARCHAR", MOMENT),
    ("VARCHAR", ["a"]),
    ("VARCHAR", "\ud800"),
    ("BLOB", 5),
    ("DECIMAL(4, 2)", Decimal("100")),
    ("DECIMAL(4, 2)", Decimal("1.234")),
    ("DECIMAL(4, 2)", Decimal("NaN")),
    ("DECIMAL(4, 2)", Decimal("1E+1000")),
    ("DECIMAL(4, 2)", Decimal("1E-1000")),
    ("DATE", "yesterday"),
    ("DATE", "2023-02-29"),
    ("DATE", 5.5),
    ("DATE", MOMENT),
    ("TIMESTAMP", "2024-13-01 00:00:00"),
    ("TIMESTAMP", "noon"),
    ("TIMESTAMP", 1.5),
    ("TIMESTAMP", dt.time(1, 2)),
    ("TIMESTAMP", pd.Timestamp("2024-01-01 00:00:00.000000001")),
    ("TIMESTAMP(0)", MOMENT),
    ("TIMESTAMP(3)", MOMENT),
    ("TIME", "25:00:00"),
    ("TIME", dt.time(1, 2, tzinfo=UTC)),
    ("UUID", "not-a-uuid"),
    ("UUID", 5),
]


@pytest.mark.parametrize(("column_type", "value"), REFUSED, ids=lambda v: _shown(v))
def test_refused(conn, column_type, value):
    """The error names column, row and value, and nothing of the call is in."""
    conn.execute(f"CREATE SOURCE t (other BIGINT, c {column_type})")
    for data in ({"other": 1, "c": value}, [{"other": 1}, {"other": 1, "c": value}]):
        with pytest.raises(laminardb.IngestionError) as info:
            conn.insert("t", data)
        assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
        assert '"c"' in str(info.value)
        assert f"row {len(data) if isinstance(data, list) else 1}" in str(info.value)
    assert conn.query("SELECT count(*) FROM t").fetchone() == (0,)
    assert conn.insert("t", {"other": 1}) == 1, "the source is as good as before"


def test_the_refused_value_is_shown(trades):
    with pytest.raises(laminardb.IngestionError, match="fifty"):
        trades.insert("trades", {"volume": "fifty"})
    with pytest.raises(laminardb.IngestionError, match="9223372036854775808"):
        trades.insert("trades", {"volume": 2**63})


ARROW_REFUSED = [
    ("BIGINT", pa.array(["1", "x"])),
    ("BIGINT", pa.array([1.0, 1.5])),
    ("TINYINT", pa.array([1, 300])),
    ("BIGINT", pa.array([1, 2**64 - 1], pa.uint64())),
    ("BOOLEAN", pa.array([1, 0])),
    ("VARCHAR", pa.array([1, 2])),
    ("TIMESTAMP(0)", pa.array([MOMENT.replace(microsecond=0), MOMENT])),
    ("TIMESTAMP", pa.array(["2024-01-01 00:00:00", "never"])),
    ("DECIMAL(4, 2)", pa.array([Decimal("1.00"), Decimal("100.00")])),
    ("BIGINT", pa.array(["1", "x"]).dictionary_encode()),
]


@pytest.mark.parametrize(("column_type", "column"), ARROW_REFUSED, ids=lambda v: str(getattr(v, "type", v)))
def test_refused_in_arrow_columns(conn, column_type, column):
    conn.execute(f"CREATE SOURCE t (c {column_type})")
    with pytest.raises(laminardb.IngestionError) as info:
        conn.insert("t", pa.table({"c": column}))
    assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
    assert '"c"' in str(info.value)
    assert conn.query("SELECT count(*) FROM t").fetchone() == (0,)


ARROW_ACCEPTED = [
    ("BIGINT", pa.array([1, 2], pa.int8())),
    ("BIGINT", pa.array([1, 2], pa.uint64())),
    ("DOUBLE", pa.array([1, 2])),
    ("DOUBLE", pa.array([1, 2], pa.float32())),
    ("TIMESTAMP", pa.array([0, 1_000_000])),
    ("TIMESTAMP", pa.array(["1970-01-01 00:00:00", "1970-01-01 00:00:01"])),
    ("TIMESTAMP", pa.array([0, 1], pa.timestamp("s"))),
    ("TIMESTAMP", pa.array([0, 1_000_000_000], pa.timestamp("ns"))),
    ("TIMESTAMP", pa.array([dt.date(1970, 1, 1), dt.date(1970, 1, 2)])),
    ("DATE", pa.array(["1970-01-01", "1970-01-02"])),
    ("DECIMAL(10, 2)", pa.array([Decimal("1.5"), Decimal("2")])),
    ("DECIMAL(10, 2)", pa.array([1, 2])),
    ("VARCHAR", pa.nulls(2)),
]


@pytest.mark.parametrize(("column_type", "column"), ARROW_ACCEPTED, ids=lambda v: str(getattr(v, "type", v)))
def test_accepted_in_arrow_columns(conn, column_type, column):
    """Columns are coerced like values: the same rows come out as for the values one by one."""
    conn.execute(f"CREATE SOURCE t (c {column_type})")
    conn.execute(f"CREATE SOURCE u (c {column_type})")
    assert conn.insert("t", pa.table({"c": column})) == 2
    assert conn.insert("u", [{"c": value} for value in column]) == 2
    of_columns, of_values = (conn.query(f"SELECT c FROM {name}").fetchall() for name in "tu")
    assert sorted(of_columns, key=repr) == sorted(of_values, key=repr)


def test_decimal_context_does_not_matter(conn):
    conn.execute("CREATE SOURCE t (c DECIMAL(38, 10))")
    with decimal.localcontext() as context:
        context.prec = 3
        conn.insert("t", {"c": Decimal("1234567890.0123456789")})
    assert conn.query("SELECT c FROM t").fetchone() == (Decimal("1234567890.0123456789"),)
