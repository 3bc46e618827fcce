"""Parameters of SQL text: values for `?`, `$1`, `$name` and `:name`."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import laminardb
import numpy
import pyarrow as pa
import pytest
from laminardb import codes


@pytest.fixture
def t(conn):
    conn.execute("CREATE TABLE t (k VARCHAR, v INT, d DECIMAL(10,2), ts TIMESTAMP, PRIMARY KEY (k))")
    conn.execute(
        "INSERT INTO t VALUES ('a', 1, 1.50, '2024-01-01'), ('b', 2, 2.50, '2024-01-02'), "
        "('c', NULL, NULL, '2024-01-03')"
    )
    return conn


def keys(result):
    return [row[0] for row in result.fetchall()]


@pytest.mark.parametrize(
    ("sql", "given"),
    [
        ("SELECT k FROM t WHERE v = ? AND k <> ?", [2, "x"]),
        ("SELECT k FROM t WHERE v = ? AND k <> ?", (2, "x")),
        ("SELECT k FROM t WHERE k <> $2 AND v = $1", [2, "x"]),
        ("SELECT k FROM t WHERE v = $2 - $1 AND $1 = 1", [1, 3]),
        ("SELECT k FROM t WHERE v = $v AND k <> $other", {"v": 2, "other": "x"}),
        ("SELECT k FROM t WHERE v = :v AND k <> :other", {"v": 2, "other": "x"}),
        ("SELECT k FROM t WHERE v = $V", {"v": 2}),
        ("SELECT k FROM t WHERE v = ? AND k > $name", {1: 2, "name": "a"}),
        ("SELECT k FROM t WHERE v = ? AND k > $name", {"1": 2, "name": "a"}),
        ("SELECT k FROM t WHERE v = $1", {1: 2}),
    ],
)
def test_the_forms_of_parameters(t, sql, given):
    assert keys(t.query(sql, given)) == ["b"]
    assert keys(t.sql(sql, given)) == ["b"]
    assert keys(t.execute(sql, given).to_query_result()) == ["b"]
    assert [key for batch in t.stream(sql, given) for key in keys(batch)] == ["b"]


@pytest.mark.parametrize(
    ("value", "type_name"),
    [
        (None, pa.string()),
        (True, pa.bool_()),
        (7, pa.int32()),
        (2**40, pa.int64()),
        (2**70, pa.decimal128(22, 0)),
        (1.5, pa.float64()),
        (float("inf"), pa.float64()),
        (Decimal("12.340"), pa.decimal128(5, 3)),
        (Decimal("-0.05"), pa.decimal128(2, 2)),
        (Decimal("1e3"), pa.decimal128(4, 0)),
        ("it's; DROP TABLE t --", pa.string()),
        (b"\x00\xff", pa.binary()),
        (date(2024, 2, 29), pa.date32()),
        (datetime(1969, 12, 31, 23, 59, 59, 999999), pa.timestamp("us")),
        (time(23, 59, 59, 1), pa.time64("us")),
        (numpy.float64(2.5), pa.float64()),
        (numpy.int16(5), pa.int32()),
    ],
)
def test_a_value_keeps_its_type_and_comes_back(conn, value, type_name):
    for sql, given in (("SELECT ? AS x", [value]), ("SELECT $x AS x", {"x": value})):
        result = conn.query(sql, given)
        assert result.schema.field(0).type == type_name
        assert result.fetchone() == (value,)


def test_values_with_forms_of_their_own(conn):
    at = datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert conn.query("SELECT ?", [at]).fetchone()[0] == datetime(2024, 5, 1, 10, tzinfo=UTC)
    key = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
    assert conn.query(
        "SELECT CAST(? AS VARCHAR), ? = UUID '6ba7b810-9dad-11d1-80b4-00c04fd430c8'", [key, key]
    ).fetchone() == (
        str(key),
        True,
    )
    assert conn.query(
        "SELECT TIMESTAMP '2024-01-01' + ? = TIMESTAMP '2024-01-02 01:00:00'", [timedelta(hours=25)]
    ).fetchone() == (True,)
    assert conn.query("SELECT ? = TIMESTAMP '2024-01-01'", [numpy.datetime64("2024-01-01", "ns")]).fetchone() == (True,)
    assert conn.query("SELECT ?", [pa.scalar(5)]).fetchone() == (5,)
    assert conn.query("SELECT ?", [bytearray(b"ab")]).fetchone() == (b"ab",)


def test_text_takes_the_type_of_its_place(t):
    assert keys(t.query("SELECT k FROM t WHERE ts = ?", ["2024-01-02"])) == ["b"]
    assert keys(t.query("SELECT k FROM t WHERE v = ?", ["2"])) == ["b"]
    assert keys(t.query("SELECT k FROM t WHERE d = ?", ["2.50"])) == ["b"]
    with pytest.raises(laminardb.QueryError, match="two") as caught:
        t.query("SELECT k FROM t WHERE v = ?", ["two"])
    assert caught.value.code == codes.QUERY_FAILED
    assert caught.value.position == len("SELECT k FROM t WHERE v = ")


def test_numbers_and_points_in_time_compare_as_literals_do(t):
    assert keys(t.query("SELECT k FROM t WHERE ts > ?", [datetime(2024, 1, 2)])) == ["c"]
    assert keys(t.query("SELECT k FROM t WHERE ts = ?", [date(2024, 1, 2)])) == ["b"]
    assert keys(t.query("SELECT k FROM t WHERE d = ?", [Decimal("2.5")])) == ["b"]
    assert keys(t.query("SELECT k FROM t WHERE v < ?", [1.5])) == ["a"]
    assert keys(t.query("SELECT k FROM t WHERE v = ?", [None])) == []


def test_values_are_never_read_as_sql(t):
    assert keys(t.query("SELECT k FROM t WHERE k = ?", ["a' OR '1' = '1"])) == []
    assert t.query("SELECT count(*) FROM t").fetchone() == (3,)


def test_a_list_behind_in_any_and_all(t):
    assert keys(t.query("SELECT k FROM t WHERE k IN ? ORDER BY k", [["a", "c", "z"]])) == ["a", "c"]
    assert keys(t.query("SELECT k FROM t WHERE k IN (?) ORDER BY k", [("a", "c")])) == ["a", "c"]
    assert keys(t.query("SELECT k FROM t WHERE k NOT IN $keys ORDER BY k", {"keys": {"a"}})) == ["b", "c"]
    assert keys(t.query("SELECT k FROM t WHERE k = ANY (?)", [numpy.array(["b"])])) == ["b"]
    assert keys(t.query("SELECT k FROM t WHERE k <> ALL ($1) ORDER BY k", [["a", "b"]])) == ["c"]
    assert keys(t.query("SELECT k FROM t WHERE v > ALL (?)", [[0, 1]])) == ["b"]
    assert keys(t.query("SELECT k FROM t WHERE v IN ?", [[]])) == []
    assert keys(t.query("SELECT k FROM t WHERE v NOT IN ? ORDER BY k", [[]])) == ["a", "b", "c"]
    assert keys(t.query("SELECT k FROM t WHERE v NOT IN ?", [[1, None]])) == []
    assert keys(t.query("SELECT k FROM t WHERE v IN ?", [2])) == ["b"]
    with pytest.raises(laminardb.QueryError, match="behind IN"):
        t.query("SELECT ?", [[1, 2]])
    with pytest.raises(laminardb.QueryError, match="ANY and ALL stands a list"):
        t.query("SELECT k FROM t WHERE v = ANY (?)", [1])
    with pytest.raises(laminardb.QueryError, match="list in a list"):
        t.query("SELECT k FROM t WHERE v IN ?", [[[1]]])


def test_a_parameter_folds_into_the_plan(t):
    plan = t.explain("SELECT k FROM t WHERE v > ? + ?", [1, 2])
    assert "v > 3" in plan
    assert "v > 3" in t.explain("EXPLAIN SELECT k FROM t WHERE v > $a + $b", {"a": 1, "b": 2})


def test_places_that_want_a_constant(t):
    assert keys(t.query("SELECT k FROM t ORDER BY k LIMIT ? OFFSET ?", [1, 1])) == ["b"]
    t.execute("CREATE SOURCE s (ts TIMESTAMP, WATERMARK FOR ts)")
    t.execute("INSERT INTO s VALUES ('2024-01-01 00:00:30'), ('2024-01-01 00:01:30')")
    counts = t.query("SELECT count(*) FROM s GROUP BY TUMBLE(ts, ?)", [timedelta(minutes=1)]).fetchall()
    assert counts == [(1,), (1,)]


def test_a_parameter_names_a_file(conn, tmp_path):
    path = tmp_path / "it's.csv"
    path.write_text("a\n1\n2\n")
    assert conn.query("SELECT sum(a) FROM read_csv(?)", [str(path)]).fetchone() == (3,)


def test_changes_of_rows(t):
    assert t.execute("INSERT INTO t (k, v) VALUES (?, ?), (?, ?)", ["x", 7, "y", None]).rows_affected == 2
    assert t.execute("UPDATE t SET v = $v WHERE k = $k", {"k": "x", "v": 8}).rows_affected == 1
    assert t.query("SELECT v FROM t WHERE k = 'x'").fetchone() == (8,)
    assert t.execute("DELETE FROM t WHERE k IN ?", [["x", "y"]]).rows_affected == 2
    t.execute("CREATE TABLE u AS SELECT k, v + ? AS w FROM t WHERE v = ?", [10, 2])
    assert t.query("SELECT * FROM u").fetchall() == [("b", 12)]
    assert "?" not in t.query("SHOW CREATE TABLE u").fetchone()[0]


def test_question_marks_count_over_all_statements(conn):
    conn.execute(
        "CREATE SOURCE s (v INT); INSERT INTO s VALUES (?); INSERT INTO s VALUES (?), (?)",
        [1, 2, 3],
    )
    assert sorted(conn.query("SELECT v FROM s").fetchall()) == [(1,), (2,), (3,)]
    conn.execute("INSERT INTO s VALUES ($v); INSERT INTO s VALUES ($v)", {"v": 9})
    assert conn.query("SELECT count(*) FROM s WHERE v = 9").fetchone() == (2,)


def test_nothing_runs_when_a_value_is_missing(conn):
    with pytest.raises(laminardb.QueryError):
        conn.execute("CREATE SOURCE s (v INT); INSERT INTO s VALUES (?)")
    assert conn.list_tables() == []


def test_executemany(t):
    result = t.executemany("INSERT INTO t (k, v) VALUES (?, ?)", [["x", 1], ("y", 2)])
    assert result.rows_affected == 2
    assert (
        t.executemany("UPDATE t SET v = $v WHERE k = $k", [{"k": "x", "v": 5}, {"k": "y", "v": 6}]).rows_affected == 2
    )
    assert t.query("SELECT k, v FROM t WHERE k IN ('x', 'y') ORDER BY k").fetchall() == [("x", 5), ("y", 6)]
    assert t.executemany("DELETE FROM t WHERE k = ?", (key for key in (["x"], ["y"]))).rows_affected == 2


def test_executemany_is_one_epoch_or_nothing(t):
    with _closing(t.subscribe("SELECT k FROM t", snapshot=False)) as changes:
        t.executemany("INSERT INTO t (k, v) VALUES (?, ?)", [["x", 1], ["y", 2]])
        assert changes.next().num_rows == 2
        with pytest.raises(laminardb.IngestionError, match="set 2 of 2"):
            t.executemany("INSERT INTO t (k, v) VALUES (?, ?)", [["z", 1], ["x", 2]])
        assert changes.try_next() is None
    assert t.query("SELECT count(*) FROM t WHERE k = 'z'").fetchone() == (0,)


def test_executemany_into_a_source(conn):
    conn.execute("CREATE SOURCE s (v INT)")
    assert conn.executemany("INSERT INTO s VALUES (?)", [[i] for i in range(10)]).rows_affected == 10
    assert conn.query("SELECT sum(v) FROM s").fetchone() == (45,)


def test_executemany_refuses(t):
    with pytest.raises(laminardb.QueryError, match="no set of parameters"):
        t.executemany("INSERT INTO t (k) VALUES (?)", [])
    with pytest.raises(laminardb.QueryError, match="set 2 of 2: the parameter"):
        t.executemany("INSERT INTO t (k) VALUES (?)", [["x"], []])
    with pytest.raises(laminardb.QueryError, match="only an INSERT, UPDATE or DELETE"):
        t.executemany("SELECT ?", [[1]])
    with pytest.raises(TypeError, match="executemany takes a list"):
        t.executemany("INSERT INTO t (k) VALUES (?)", "abc")
    assert t.query("SELECT count(*) FROM t").fetchone() == (3,)


class _closing:
    """A subscription that is cancelled at the end."""

    def __init__(self, subscription):
        self.subscription = subscription

    def __enter__(self):
        return self.subscription

    def __exit__(self, *_):
        self.subscription.cancel()


def test_subscriptions_take_parameters(t):
    subscription = t.subscribe("SELECT k FROM t WHERE v = ?", [2])
    assert subscription.next().to_pylist() == [{"k": "b", "__weight": 1}]
    subscription.cancel()
    seen = []
    callback = t.subscribe_callback("SELECT k FROM t WHERE v = $v", seen.append, parameters={"v": 1})
    t.execute("UPDATE t SET v = 3 WHERE k = 'a'")
    t.shutdown()
    callback.wait()
    assert [row["k"] for item in seen for row in item.to_pylist()] == ["a", "a"]


async def _first(conn):
    subscription = await conn.subscribe_async("SELECT k FROM t WHERE v = ?", [2])
    item = await subscription.next()
    subscription.cancel()
    return item


def test_async_subscriptions_take_parameters(t):
    assert asyncio.run(_first(t)).to_pylist() == [{"k": "b", "__weight": 1}]


def test_query_stream_takes_a_condition_with_parameters(t):
    t.execute("CREATE MATERIALIZED VIEW m AS SELECT k, v FROM t WHERE v > 0")
    assert t.query_stream("m", "v > ?", [1]).to_pylist() == [{"k": "b", "v": 2}]
    assert t.query_stream("m", "v > $least", {"least": 1}).to_pylist() == [{"k": "b", "v": 2}]
    assert t.query_stream("m").num_rows == 2
    with pytest.raises(laminardb.QueryError) as caught:
        t.query_stream("m", "w > 1")
    assert caught.value.position == 0
    with pytest.raises(laminardb.QueryError):
        t.query_stream("m", "v > 1 UNION ALL SELECT 'x', 1")
    with pytest.raises(laminardb.SchemaError) as missing:
        t.query_stream("nothing", "v > ?", [1])
    assert missing.value.code == codes.TABLE_NOT_FOUND


@pytest.mark.parametrize(
    ("sql", "given", "message", "position"),
    [
        ("SELECT ?, ?", None, "parameter \\? has no value", 7),
        ("SELECT ?, ?", [1], "it is number 2, and 1 value is given", 10),
        ("SELECT $3", [1, 2], "it is number 3, and 2 values are given", 7),
        ("SELECT ?", [1, 2], "2 values are given, but no parameter takes number 2", 8),
        ("SELECT 1", [1], "1 value is given, but no parameter takes number 1", 8),
        ("SELECT $1, $3", [1, 2, 3], "no parameter takes number 2", 13),
        ("SELECT $name", [1], "it has a name, and values are given in order", 7),
        ("SELECT ?, $name", [1], "it has a name, and values are given in order", 10),
        ("SELECT ?", {"name": 1}, "values are given by name, where 1 is its name", 7),
        ("SELECT $nam", {"name": 1}, "the parameter \\$nam has no value", 7),
        ("SELECT $a", {"a": 1, "aa": 2}, "no parameter is called \\$aa", 9),
    ],
)
def test_values_that_do_not_fit_the_parameters(conn, sql, given, message, position):
    for call in (conn.query, conn.execute, conn.explain, conn.stream, conn.subscribe):
        with pytest.raises(laminardb.QueryError, match=message) as caught:
            call(sql, given)
        assert caught.value.code == codes.QUERY_FAILED
        assert caught.value.position == position


def test_a_misspelt_name_names_the_nearest(conn):
    with pytest.raises(laminardb.QueryError) as caught:
        conn.query("SELECT $leest", {"least": 1})
    assert caught.value.candidates == ["least"]


def test_mixed_styles_are_a_syntax_error(conn):
    with pytest.raises(laminardb.QueryError, match="cannot be mixed") as caught:
        conn.execute("SELECT ?, $1", [1])
    assert caught.value.code == codes.SQL_PARSE_ERROR


@pytest.mark.parametrize("given", [5, "abc", object(), {(1, 2): 3}])
def test_what_is_no_set_of_parameters(conn, given):
    with pytest.raises(TypeError):
        conn.query("SELECT ?", given)


@pytest.mark.parametrize("value", [object(), 2**200, Decimal("1e50"), {"a": 1}, 1j])
def test_values_without_a_type(conn, value):
    with pytest.raises(laminardb.QueryError) as caught:
        conn.query("SELECT ?", [value])
    assert caught.value.code == codes.QUERY_FAILED


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE STREAM x AS SELECT * FROM t WHERE v > ?",
        "CREATE MATERIALIZED VIEW x AS SELECT * FROM t WHERE v > ?",
        "CREATE VIEW x AS SELECT * FROM t WHERE v > ?",
        "CREATE SINK x INTO FILE (path = 'x.csv') AS SELECT * FROM t WHERE v > ?",
        "CREATE TABLE x (a INT DEFAULT ?)",
        "EXPLAIN CREATE STREAM x AS SELECT * FROM t WHERE v > ?",
    ],
)
def test_definitions_keep_their_text(t, sql):
    with pytest.raises(laminardb.QueryError, match="text is kept") as caught:
        t.execute(sql, [1])
    assert caught.value.position == sql.index("?")
    assert t.list_streams() == []


def test_the_module_functions_take_parameters():
    assert laminardb.sql("SELECT ? + 1", [1]).fetchone() == (2,)
    assert laminardb.execute("SELECT $x", {"x": 3}).to_query_result().fetchone() == (3,)
