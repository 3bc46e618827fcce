"""Lists, structs, maps: in through every door, out as they were declared."""

from __future__ import annotations

import datetime
import decimal

import laminardb
import pyarrow as pa
import pytest

ROWS = [
    {
        "tags": ["a", None, "a text of more than twelve bytes"],
        "at": {"x": 1, "y": 2.5},
        "counts": [("k", 1), ("l", None)],
    },
    {"tags": [], "at": {"x": None, "y": None}, "counts": []},
    {"tags": None, "at": None, "counts": None},
]
SCHEMA = pa.schema(
    [
        ("tags", pa.list_(pa.string())),
        ("at", pa.struct([("x", pa.int64()), ("y", pa.float64())])),
        ("counts", pa.map_(pa.string(), pa.int32())),
    ]
)

TYPES = [
    (pa.list_(pa.int32()), [[1, None], [], None]),
    (pa.large_list(pa.string()), [["x"], [None], None]),
    (pa.list_view(pa.int64()), [[1, 2], [], None]),
    (pa.list_(pa.float32(), 2), [[1.5, None], None, [0.0, -1.0]]),
    (pa.list_(pa.list_(pa.bool_())), [[[True], None, []], [], None]),
    (pa.struct([("a", pa.int8()), ("b", pa.list_(pa.string()))]), [{"a": 1, "b": ["x"]}, {"a": None, "b": None}, None]),
    (pa.map_(pa.string(), pa.struct([("n", pa.uint64())])), [[("k", {"n": 2**64 - 1})], [], None]),
    (pa.list_(pa.binary()), [[b"\0\x01\0", b"", b"\0"], None]),
    (pa.list_(pa.decimal128(20, 2)), [[decimal.Decimal("-1.25"), decimal.Decimal("99.99")], None]),
    (pa.list_(pa.timestamp("us", "Europe/Paris")), [[datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC)], None]),
    (pa.list_(pa.date32()), [[datetime.date(1969, 12, 31), None], []]),
    (pa.struct([("t", pa.time64("ns")), ("d", pa.date64())]), [{"t": datetime.time(1, 2), "d": None}, None]),
    (pa.list_(pa.large_string()), [["x", None]]),
    (pa.list_(pa.dictionary(pa.int32(), pa.string())), [["x", "y", "x"], None]),
]


@pytest.mark.parametrize(("arrow_type", "values"), TYPES, ids=[str(arrow_type)[:40] for arrow_type, _ in TYPES])
def test_arrow_types_pass_through_unchanged(conn, arrow_type, values):
    table = pa.table({"v": pa.array(values, arrow_type)})
    conn.create_table("t", table.schema)
    assert conn.schema("t") == table.schema
    conn.insert("t", table)
    conn.insert("t", table.slice(1))  # arrays that begin somewhere
    out = conn.query("SELECT v FROM t").arrow()
    assert out.schema == table.schema
    assert out.column("v").to_pylist() == [*table["v"].to_pylist(), *table["v"].to_pylist()[1:]]
    out.validate(full=True)
    stored = conn.query("SELECT DISTINCT v FROM t").arrow()
    assert stored.schema == table.schema
    assert sorted(map(repr, stored.column("v").to_pylist())) == sorted(map(repr, table["v"].to_pylist()))


@pytest.mark.parametrize("form", ["dicts", "arrow", "columns"])
def test_rows_in_and_out(conn, form):
    conn.create_table("t", SCHEMA)
    table = pa.Table.from_pylist(ROWS, schema=SCHEMA)
    conn.insert("t", {"dicts": ROWS, "arrow": table, "columns": table.to_pydict()}[form])
    assert conn.query("SELECT * FROM t").to_pylist() == ROWS
    assert conn.query("SELECT tags, at FROM t").fetchone() == (ROWS[0]["tags"], ROWS[0]["at"])


def test_columns_are_converted_element_by_element(conn):
    conn.execute("CREATE SOURCE t (v DOUBLE[], s STRUCT(a BIGINT, b TIMESTAMP))")
    conn.insert("t", pa.table({"v": pa.array([[1, 2]], pa.list_(pa.int8())), "s": [{"b": "2026-01-05 09:30:00"}]}))
    assert conn.query("SELECT * FROM t").fetchone() == (
        [1.0, 2.0],
        {"a": None, "b": datetime.datetime(2026, 1, 5, 9, 30)},
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (pa.array([["x"]], pa.list_(pa.string())), r"column \"v\" of t: row 2: .* is not a BIGINT\[\]"),
        (pa.array([[2**63]], pa.list_(pa.uint64())), r"column \"v\" of t: row 2: .* is out of range for BIGINT\[\]"),
        (pa.array([5], pa.int64()), r"column \"v\" of t: row 2: 5 is not a BIGINT\[\]"),
    ],
)
def test_what_does_not_fit_is_refused_whole(conn, column, value):
    conn.execute("CREATE SOURCE t (v BIGINT[])")
    first = pa.array([None], column.type)
    with pytest.raises(laminardb.IngestionError, match=value) as refused:
        conn.insert("t", pa.table({"v": pa.chunked_array([first, column])}))
    assert refused.value.code == 302
    assert conn.query("SELECT count(*) FROM t").fetchone() == (0,)


def test_a_map_has_each_key_once(conn):
    conn.execute("CREATE SOURCE t (m MAP(VARCHAR, INT))")
    table = pa.table({"m": pa.array([[("k", 1), ("k", 2)]], pa.map_(pa.string(), pa.int32()))})
    with pytest.raises(laminardb.IngestionError, match="row 1"):
        conn.insert("t", table)


def test_json(conn):
    conn.execute("CREATE SOURCE t (v BIGINT[], s STRUCT(a DOUBLE, b VARCHAR[]), m MAP(VARCHAR, INT))")
    text = '[{"v": [1, null], "s": {"b": ["x"], "a": 1}, "m": {"k": 1, "l": null}}, {"v": [], "s": {}}, {"v": null}]'
    assert conn.insert_json("t", text) == 3
    assert conn.query("SELECT * FROM t").fetchall() == [
        ([1, None], {"a": 1.0, "b": ["x"]}, [("k", 1), ("l", None)]),
        ([], {"a": None, "b": None}, None),
        (None, None, None),
    ]
    for bad in ('{"v": [1.5]}', '{"v": {"a": 1}}', '{"s": {"c": 1}}', '{"v": ["x"]}', '{"m": [1]}'):
        with pytest.raises(laminardb.IngestionError, match="row 1"):
            conn.insert_json("t", bad)
    with pytest.raises(laminardb.IngestionError, match="line 1"):
        conn.insert_json("t", '{"v": [1,}')


def test_subscription_delivers_nested_values(conn):
    conn.create_table("t", SCHEMA)
    changes = conn.subscribe("SELECT at.x AS x, tags FROM t WHERE list_contains(tags, 'a')")
    conn.insert("t", ROWS)
    assert changes.next().to_pylist() == [{"x": 1, "tags": ROWS[0]["tags"]}]


def test_parquet_keeps_nested_columns(conn, tmp_path):
    conn.create_table("t", SCHEMA)
    conn.insert("t", ROWS)
    conn.execute(f"COPY t TO '{tmp_path}/t.parquet'")
    out = conn.query(f"SELECT * FROM '{tmp_path}/t.parquet'")
    assert out.to_pylist() == ROWS
    assert conn.query(f"SELECT at FROM '{tmp_path}/t.parquet'").to_pylist() == [{"at": row["at"]} for row in ROWS]


def test_json_files_hold_nested_values_as_json(conn, tmp_path):
    conn.execute("CREATE SOURCE t (v BIGINT[], s STRUCT(a VARCHAR, d DATE), m MAP(VARCHAR, DOUBLE))")
    conn.execute("INSERT INTO t VALUES ([1, NULL], {'a': 'x\"y', 'd': DATE '2026-01-05'}, MAP {'k': 0.5})")
    conn.execute(f"COPY t TO '{tmp_path}/t.json'")
    assert (tmp_path / "t.json").read_text() == ('{"v":[1,null],"s":{"a":"x\\"y","d":"2026-01-05"},"m":{"k":0.5}}\n')


def test_polars_and_pandas_take_them(conn):
    pytest.importorskip("polars")
    pytest.importorskip("pandas")
    conn.execute("CREATE SOURCE t (v BIGINT[], s STRUCT(a INT))")
    conn.execute("INSERT INTO t VALUES ([1, 2], {'a': 1}), ([], NULL)")
    frame = conn.query("SELECT * FROM t").pl()
    assert frame.to_dicts() == [{"v": [1, 2], "s": {"a": 1}}, {"v": [], "s": None}]
    conn.insert("t", frame)
    assert conn.query("SELECT count(*), sum(len(v)) FROM t").fetchone() == (4, 4)
    assert list(conn.query("SELECT v FROM t").df()["v"][0]) == [1, 2]


def test_empty_result_keeps_its_types(conn):
    conn.create_table("t", SCHEMA)
    empty = conn.query("SELECT * FROM t WHERE false").arrow()
    assert empty.schema == SCHEMA
    assert empty.num_rows == 0


def test_the_columns_beside_them_are_coerced_as_everywhere(conn):
    conn.execute("CREATE SOURCE t (v BIGINT[], ts TIMESTAMP, f DOUBLE)")
    conn.insert("t", [{"v": [1], "ts": "2026-01-01 00:00:01", "f": 2}, {"v": None, "ts": None}])
    assert conn.query("SELECT * FROM t").fetchall()[0][1:] == (datetime.datetime(2026, 1, 1, 0, 0, 1), 2.0)


def test_nested_rows_leave_generated_columns_alone(conn):
    conn.execute("CREATE SOURCE made (a INT, list INT[], twice INT GENERATED ALWAYS AS (a * 2))")
    conn.insert("made", [{"a": 1, "list": [1]}, {"a": 2, "list": None}])
    assert conn.query("SELECT a, twice FROM made ORDER BY a").fetchall() == [(1, 2), (2, 4)]
