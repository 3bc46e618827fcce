"""register_function: Python functions in SQL (contract, Connection; sql.md, Errors in data)."""

from __future__ import annotations

import collections
import contextlib
import datetime
import decimal
import itertools
import random
import threading
import uuid

import laminardb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest


@pytest.fixture
def t(conn):
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    return conn


def double(values: pa.Array) -> pa.Array:
    return pc.multiply(values, 2)


# ------------------------------------------------------------------------------------------------ calls


def test_a_vectorised_function_is_called_once_a_batch(t):
    batches = []

    def twice(values):
        assert isinstance(values, pa.Array)
        batches.append(len(values))
        return pc.multiply(values, 2)

    t.register_function("twice", twice, ["BIGINT"], "BIGINT")
    t.insert("t", {"v": list(range(2000))})
    assert t.query("SELECT sum(twice(v)) FROM t").fetchone() == (2 * sum(range(2000)),)
    assert batches == [2000]


def test_large_input_comes_in_batches_of_at_most_2048(t):
    batches = []

    def same(values):
        batches.append(len(values))
        return values

    t.register_function("same", same, ["BIGINT"], "BIGINT")
    t.insert("t", {"v": list(range(10_000))})
    assert t.query("SELECT count(*) FROM t WHERE same(v) = v").fetchone() == (10_000,)
    assert max(batches) <= 2048
    assert sum(batches) == 10_000


def test_a_function_of_rows_gets_python_values(conn):
    seen = []

    def show(b, i, d, s, raw, ts, day, n, key):
        seen.append((b, i, d, s, raw, ts, day, n, key))
        return "ok"

    types = ["BOOLEAN", "INT", "DOUBLE", "VARCHAR", "BLOB", "TIMESTAMP", "DATE", "DECIMAL(10, 2)", "UUID"]
    conn.register_function("show", show, types, str, vectorized=False)
    key = uuid.uuid4()
    sql = f"SELECT show(true, 1, 1.5, 'x', 'ab', '2026-01-02 03:04:05', '2026-01-02', 1.25, '{key}')"
    assert conn.query(sql).fetchone() == ("ok",)
    (row,) = seen
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5)
    assert row[:4] == (True, 1, 1.5, "x")
    assert row[4:8] == (b"ab", moment, moment.date(), decimal.Decimal("1.25"))
    assert str(row[8]) == str(key)


@pytest.mark.parametrize(
    ("give", "returns", "shown"),
    [
        (lambda v: v, "BIGINT", [1, 2, 3]),
        (lambda v: pa.chunked_array([v]), "BIGINT", [1, 2, 3]),
        (lambda v: v.cast(pa.int8()), "BIGINT", [1, 2, 3]),
        (lambda v: v, "DOUBLE", [1.0, 2.0, 3.0]),
        (lambda v: np.asarray(v) * 0.5, "DOUBLE", [0.5, 1.0, 1.5]),
        (lambda v: [1, None, 3], "BIGINT", [1, None, 3]),
        (lambda v: [datetime.date(2026, 1, 1)] * 3, "DATE", [datetime.date(2026, 1, 1)] * 3),
        (lambda v: pc.cast(v, pa.string()), "VARCHAR", ["1", "2", "3"]),
        (lambda v: ["2026-01-01"] * 3, "DATE", [datetime.date(2026, 1, 1)] * 3),
        (lambda v: 7, "BIGINT", [7, 7, 7]),
        (lambda v: pa.scalar(7), "BIGINT", [7, 7, 7]),
        (lambda v: np.float64(0.5), "DOUBLE", [0.5, 0.5, 0.5]),
        (lambda v: "x", "VARCHAR", ["x", "x", "x"]),
        (lambda v: None, "BIGINT", [None, None, None]),
        (lambda v: pc.greater(v, 1), "BOOLEAN", [False, True, True]),
        (lambda v: (1, 2, 3), "BIGINT", [1, 2, 3]),
        (lambda v: pa.array(["a", "b", "a"]).dictionary_encode(), "VARCHAR", ["a", "b", "a"]),
    ],
)
def test_what_a_vectorised_function_may_return(t, give, returns, shown):
    t.register_function("f", give, ["BIGINT"], returns)
    t.insert("t", {"v": [1, 2, 3]})
    assert t.query("SELECT f(v) AS r FROM t").to_dicts()["r"] == shown


def test_pandas_and_polars_results(t):
    pd = pytest.importorskip("pandas")
    pl = pytest.importorskip("polars")
    t.insert("t", {"v": [1, 2, 3]})
    t.register_function("f", lambda v: pd.Series(v.to_pylist()) + 1, ["BIGINT"], "BIGINT")
    t.register_function("g", lambda v: pl.Series(v.to_pylist()) + 2, ["BIGINT"], "BIGINT")
    assert t.query("SELECT f(v) AS f, g(v) AS g FROM t").fetchall() == [(2, 3), (3, 4), (4, 5)]


def test_numpy_arrays_when_asked_for(t):
    def f(v):
        assert isinstance(v, np.ndarray)
        return np.sqrt(v)

    t.register_function("root", f, ["DOUBLE"], "DOUBLE", arrays="numpy")
    t.insert("t", {"v": [1, 4]})
    assert t.query("SELECT root(v) AS r FROM t").fetchall() == [(1.0,), (2.0,)]


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("BIGINT", "BIGINT"),
        ("int64", "BIGINT"),
        (int, "BIGINT"),
        (pa.int64(), "BIGINT"),
        (float, "DOUBLE"),
        (pa.float32(), "FLOAT"),
        (str, "VARCHAR"),
        (pa.large_string(), "VARCHAR"),
        (bool, "BOOLEAN"),
        (bytes, "BLOB"),
        (datetime.datetime, "TIMESTAMP(6)"),
        (pa.timestamp("ms"), "TIMESTAMP(3)"),
        (pa.timestamp("us", "UTC"), "TIMESTAMP(6) WITH TIME ZONE"),
        (datetime.date, "DATE"),
        (datetime.time, "TIME"),
        (datetime.timedelta, "INTERVAL"),
        (pa.decimal128(10, 2), "DECIMAL(10, 2)"),
        ("DECIMAL(10,2)", "DECIMAL(10, 2)"),
        (uuid.UUID, "UUID"),
        (int | None, "BIGINT"),
    ],
)
def test_types_by_name_by_arrow_and_by_python(conn, type_, name):
    conn.register_function("f", lambda v: v, [type_], type_)
    facts = conn.query("SELECT signature FROM laminar_catalog.functions WHERE name = 'f'").fetchone()[0]
    found = facts.replace("DECIMAL(10,2)", "DECIMAL(10, 2)").replace("REAL", "FLOAT")
    assert found.startswith(f"f({name}"), facts


def test_types_from_annotations(conn):
    def label(n: int, name: str | None, scale: float = 1.0) -> str:
        """Says who has how many.

        More.
        """
        return f"{name}: {n * scale:g}"

    conn.register_function("label", label, vectorized=False)
    assert conn.query("SELECT label(3, 'a')").fetchone() == ("a: 3",)
    facts = "SELECT category, signature, help FROM laminar_catalog.functions WHERE name = 'label'"
    assert conn.query(facts).fetchone() == (
        "user-defined",
        "label(BIGINT, VARCHAR) → VARCHAR",
        "Says who has how many.",
    )


def test_nulls_are_not_seen_by_default(t):
    seen = []

    def f(v):
        seen.extend(v.to_pylist())
        return v

    t.register_function("f", f, ["BIGINT"], "BIGINT")
    t.insert("t", {"v": [1, None, 3]})
    assert t.query("SELECT f(v) AS r FROM t").to_dicts()["r"] == [1, None, 3]
    assert seen == [1, 3]


def test_nulls_are_seen_when_asked_for(t):
    t.register_function("f", lambda v: pc.fill_null(v, -1), ["BIGINT"], "BIGINT", null_handling="special")
    t.register_function("g", lambda v: v is None, ["BIGINT"], bool, vectorized=False, null_handling="special")
    t.insert("t", {"v": [1, None, 3]})
    assert t.query("SELECT f(v) AS f, g(v) AS g FROM t").fetchall() == [(1, False), (-1, True), (3, False)]


def test_a_function_may_keep_what_it_is_given(t):
    kept = []
    t.register_function("f", lambda v: kept.append(v) or v, ["VARCHAR"], "VARCHAR")
    t.insert("t", {"k": [f"a rather long text number {i}" for i in range(3000)]})
    t.query("SELECT f(k) FROM t")
    t.query("SELECT upper(k) FROM t")
    assert pa.concat_arrays(kept).to_pylist() == [f"a rather long text number {i}" for i in range(3000)]


def test_no_arguments(conn):
    conn.register_function("answer", lambda: 42, [], int, vectorized=False)
    assert conn.query("SELECT answer() + 1").fetchone() == (43,)
    with pytest.raises(ValueError, match="vectorized=False"):
        conn.register_function("f", lambda: 42, [], int)


def test_constants_are_computed_once(t):
    calls = []
    t.register_function("f", lambda v: calls.append(v) or v, [int], int, vectorized=False)
    t.insert("t", {"v": [1, 2, 3]})
    assert t.query("SELECT f(7) AS r FROM t").fetchall() == [(7,)] * 3
    assert set(calls) == {7}
    assert len(calls) < 3


def test_a_function_that_is_not_deterministic_is_asked_for_every_row(t):
    count = iter(range(1000))
    t.register_function("tick", lambda v: next(count), [int], int, vectorized=False, deterministic=False)
    t.insert("t", {"v": [1, 1, 1]})
    assert sorted(t.query("SELECT tick(v) AS r FROM t").fetchall()) == [(0,), (1,), (2,)]
    assert sorted(t.query("SELECT tick(1) AS r FROM t").fetchall()) == [(3,), (4,), (5,)]


# ------------------------------------------------------------------------------------------------ where


def test_everywhere_in_a_query(t):
    t.register_function("twice", double, ["BIGINT"], "BIGINT")
    t.insert("t", {"k": ["a", "b", "a"], "v": [1, 2, 3]})
    assert t.query("SELECT v FROM t WHERE twice(v) > 3 ORDER BY twice(v) DESC").fetchall() == [(3,), (2,)]
    assert t.query("SELECT twice(v) AS d, count(*) FROM t GROUP BY twice(v) ORDER BY d").fetchall() == [
        (2, 1),
        (4, 1),
        (6, 1),
    ]
    assert t.query("SELECT k, sum(twice(v)) AS s FROM t GROUP BY k ORDER BY k").fetchall() == [("a", 8), ("b", 4)]
    assert t.query("SELECT a.v, b.v FROM t a JOIN t b ON twice(a.v) = b.v").fetchall() == [(1, 2)]
    assert t.query("SELECT twice(sum(v)) FROM t HAVING twice(count(*)) = 6").fetchone() == (12,)
    assert t.query("SELECT CASE WHEN v > 1 THEN twice(v) ELSE 0 END AS c FROM t ORDER BY c").fetchall() == [
        (0,),
        (4,),
        (6,),
    ]


def test_in_streams_views_and_subscriptions(t):
    t.register_function("twice", double, ["BIGINT"], "BIGINT")
    t.execute("CREATE STREAM s AS SELECT k, twice(v) AS d FROM t WHERE twice(v) > 2")
    t.execute("CREATE MATERIALIZED VIEW m AS SELECT twice(v) AS d, count(*) AS n FROM t GROUP BY twice(v)")
    t.execute("CREATE VIEW w AS SELECT twice(v) AS d FROM t")
    subscription = t.subscribe("SELECT twice(v) AS d FROM t")
    t.insert("t", {"k": ["a", "b", "c"], "v": [1, 2, 2]})
    assert t.query("SELECT * FROM s").fetchall() == [("b", 4), ("c", 4)]
    assert t.query("SELECT * FROM m ORDER BY d").fetchall() == [(2, 1), (4, 2)]
    assert t.query("SELECT sum(d) FROM w").fetchone() == (10,)
    assert subscription.next().to_dicts()["d"] == [2, 4, 4]


def test_a_stream_gives_the_same_for_the_retraction(conn):
    conn.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v BIGINT)")
    conn.register_function("bucket", lambda v: pc.divide(v, 10), ["BIGINT"], "BIGINT")
    conn.execute("CREATE STREAM s AS SELECT bucket(v) AS b, count(*) AS n, sum(v) AS total FROM t GROUP BY bucket(v)")
    conn.execute("CREATE STREAM p AS SELECT k, bucket(v) AS b FROM t")
    conn.upsert("t", {"k": [1, 2, 3], "v": [1, 2, 15]})
    conn.upsert("t", {"k": [1], "v": [17]})
    conn.delete("t", {"k": [2]})
    assert conn.query("SELECT * FROM s").fetchall() == [(1, 2, 32)]
    assert sorted(conn.query("SELECT * FROM p").fetchall()) == [(1, 1), (3, 1)]
    conn.execute("DELETE FROM t")
    assert conn.query("SELECT * FROM s").fetchall() == []
    assert conn.query("SELECT * FROM p").fetchall() == []


def test_in_insert_update_and_delete(conn):
    conn.execute("CREATE TABLE t (k BIGINT PRIMARY KEY, v BIGINT)")
    conn.register_function("twice", double, ["BIGINT"], "BIGINT")
    conn.execute("INSERT INTO t VALUES (1, twice(1)), (2, twice(2)), (3, 5)")
    conn.execute("UPDATE t SET v = twice(v) WHERE twice(k) = 4")
    conn.execute("DELETE FROM t WHERE twice(k) = 6")
    assert sorted(conn.query("SELECT * FROM t").fetchall()) == [(1, 2), (2, 8)]


# ------------------------------------------------------------------------------------------------ not deterministic


@pytest.fixture
def ticking(conn):
    """A table, and a function that never gives the same twice; what it gave is appended to `conn.given`."""
    conn.execute("CREATE TABLE t (k BIGINT, v BIGINT)")
    given = []

    def tick(value):
        given.append(len(given))
        return given[-1]

    conn.register_function("tick", tick, [int], int, vectorized=False, deterministic=False)
    return conn, given


def test_a_deletion_gives_back_what_was_given_out(ticking):
    """Functions declared `deterministic=False`: their results are stored with the row, and retracted as they were
    emitted."""
    conn, given = ticking
    conn.execute("CREATE STREAM s AS SELECT k, tick(v) AS n FROM t")
    changes = conn.subscribe("SELECT * FROM s", weights=True)
    conn.execute("INSERT INTO t VALUES (1, 10), (2, 20), (3, NULL)")
    assert sorted(changes.next().fetchall()) == [(1, 0, 1), (2, 1, 1), (3, None, 1)]
    conn.execute("UPDATE t SET v = 11 WHERE k = 1")
    assert sorted(changes.next().fetchall()) == [(1, 0, -1), (1, 2, 1)]
    conn.execute("DELETE FROM t WHERE k <> 1")
    assert sorted(changes.next().fetchall(), key=str) == [(2, 1, -1), (3, None, -1)]
    assert conn.query("SELECT * FROM s").fetchall() == [(1, 2)]
    assert given == [0, 1, 2]


def test_of_equal_rows_the_last_result_goes_first(ticking):
    conn, given = ticking
    conn.execute("CREATE STREAM s AS SELECT tick(v) AS n FROM t")
    for _ in range(3):
        conn.execute("INSERT INTO t VALUES (1, 1)")
    assert sorted(conn.query("SELECT * FROM s").fetchall()) == [(0,), (1,), (2,)]
    conn.execute("DELETE FROM t")
    assert conn.query("SELECT * FROM s").fetchall() == []
    assert given == [0, 1, 2]


def test_a_condition_that_is_not_deterministic_holds_for_good(ticking):
    conn, given = ticking
    conn.register_function(
        "odd", lambda v: given.append(v) or len(given) % 2, [int], int, deterministic=False, vectorized=False
    )
    conn.execute("CREATE STREAM s AS SELECT k, v FROM t WHERE odd(v) = 1")
    conn.execute("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")
    assert sorted(conn.query("SELECT * FROM s").fetchall()) == [(1, 1), (3, 3)]
    conn.execute("DELETE FROM t WHERE k = 1")
    conn.execute("DELETE FROM t WHERE k = 2")
    assert conn.query("SELECT * FROM s").fetchall() == [(3, 3)]
    assert len(given) == 3


def test_an_argument_of_an_aggregate_is_stored(ticking):
    conn, _ = ticking
    conn.execute(
        "CREATE STREAM s AS SELECT k, sum(tick(v)) AS total, count(*) FILTER (WHERE v > 1) AS n FROM t GROUP BY k"
    )
    conn.execute("INSERT INTO t VALUES (1, 1), (1, 2), (2, 3)")
    assert sorted(conn.query("SELECT * FROM s").fetchall()) == [(1, 1, 1), (2, 2, 1)]
    conn.execute("DELETE FROM t WHERE v = 2")
    assert sorted(conn.query("SELECT * FROM s").fetchall()) == [(1, 0, 0), (2, 2, 1)]
    conn.execute("DELETE FROM t")
    assert conn.query("SELECT * FROM s").fetchall() == []


def test_rows_that_fail_go_without_a_trace(ticking):
    conn, _ = ticking
    calls = itertools.count()

    def fragile(value):
        if value == 13:
            raise ValueError("unlucky")
        return next(calls)

    conn.register_function("fragile", fragile, [int], int, vectorized=False, deterministic=False)
    conn.execute("CREATE STREAM s AS SELECT k, fragile(v) AS n FROM t")
    conn.execute("INSERT INTO t VALUES (1, 13), (2, 5)")
    assert conn.query("SELECT * FROM s").fetchall() == [(2, 0)]
    assert conn.stream_metrics("s").error_events == 1
    conn.execute("UPDATE t SET v = 14 WHERE k = 1")
    assert sorted(conn.query("SELECT * FROM s").fetchall()) == [(1, 1), (2, 0)]
    conn.execute("DELETE FROM t")
    assert conn.query("SELECT * FROM s").fetchall() == []


def test_over_a_source_results_are_stored_too(t):
    count = itertools.count()
    t.register_function("tick", lambda v: next(count), [int], int, vectorized=False, deterministic=False)
    t.insert("t", {"k": ["a"], "v": [1]})
    t.execute("CREATE STREAM s AS SELECT k, tick(v) AS n FROM t")
    changes = t.subscribe("SELECT * FROM s")
    t.insert("t", {"k": ["b", "c"], "v": [2, 3]})
    assert changes.schema.names == ["k", "n"]
    assert changes.next().fetchall() == [("a", 0)]
    assert changes.next().fetchall() == [("b", 1), ("c", 2)]
    for _ in range(2):
        assert t.query("SELECT * FROM s").fetchall() == [("a", 0), ("b", 1), ("c", 2)]


def test_proctime_of_rows_that_are_taken_back(conn):
    """`PROCTIME()`: its results are stored with the row."""
    conn.execute("CREATE TABLE t (k BIGINT PRIMARY KEY)")
    conn.execute("CREATE STREAM s AS SELECT k, PROCTIME() AS at FROM t")
    conn.execute("INSERT INTO t VALUES (1), (2)")
    rows = sorted(conn.query("SELECT * FROM s").fetchall())
    conn.execute("CREATE STREAM j AS SELECT a.k, PROCTIME() AS at FROM t a JOIN t b ON a.k = b.k")
    conn.execute("DELETE FROM t WHERE k = 1")
    assert conn.query("SELECT * FROM s").fetchall() == rows[1:]
    assert conn.query("SELECT k FROM j").fetchall() == [(2,)]


@pytest.mark.parametrize("seed", range(4))
def test_any_changes_sum_to_what_is_stored(ticking, seed):
    """The law, for results that cannot be computed again: changes sum to the contents, and each was given once."""
    conn, _ = ticking
    conn.execute("CREATE STREAM s AS SELECT k, v, tick(v) AS n FROM t WHERE k <> 3")
    changes = conn.subscribe("SELECT * FROM s")
    rng = random.Random(seed)
    for _ in range(60):
        k, v = rng.randrange(5), rng.choice([None, 0, 1, 2])
        choice = rng.random()
        if choice < 0.5:
            conn.execute("INSERT INTO t VALUES (?, ?), (?, ?)", [k, v, k, rng.randrange(3)])
        elif choice < 0.7:
            conn.execute("UPDATE t SET v = ? WHERE k = ?", [v, k])
        elif choice < 0.9:
            conn.execute("DELETE FROM t WHERE k = ?", [k])
        else:
            conn.execute("BEGIN; INSERT INTO t VALUES (9, 9); DELETE FROM t WHERE k = 9; COMMIT")
    contents = sorted(conn.query("SELECT * FROM s").fetchall(), key=str)
    seen = collections.Counter()
    while (item := changes.try_next()) is not None:
        for *row, weight in item.fetchall():
            seen[tuple(row)] += weight
            assert seen[tuple(row)] >= 0
    assert sorted(seen.elements(), key=str) == contents
    rows = conn.query("SELECT k, v, count(*) FROM t WHERE k <> 3 GROUP BY ALL").fetchall()
    assert collections.Counter((k, v) for k, v, _ in contents) == {(k, v): n for k, v, n in rows}
    # Rows that are told apart, or came in another step, have results of their own.
    results = collections.defaultdict(set)
    for k, v, n in contents:
        results[n].add((k, v))
    assert all(len(keys) == 1 for n, keys in results.items() if n is not None)
    conn.execute("DELETE FROM t")
    assert conn.query("SELECT * FROM s").fetchall() == []


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT tick(v) AS g, count(*) AS n FROM t GROUP BY tick(v)", "as a key of GROUP BY in a stream"),
        ("SELECT a.k FROM t a JOIN t b ON a.k = tick(b.k)", "is not supported yet: select it below the join"),
    ],
)
def test_where_it_makes_no_sense_it_is_refused(ticking, sql, message):
    """A non-deterministic `random()` in a key is refused with the reason and what to write instead."""
    conn, _ = ticking
    with pytest.raises(laminardb.QueryError, match=message):
        conn.execute(f"CREATE STREAM s AS {sql}")


# ------------------------------------------------------------------------------------------------ errors in data


def fragile(values):
    if 13 in values.to_pylist():
        raise ValueError("thirteen is unlucky")
    return values


def test_a_query_raises_from_the_exception(t):
    t.register_function("fragile", fragile, ["BIGINT"], "BIGINT")
    t.insert("t", {"v": [1, 13]})
    with pytest.raises(laminardb.QueryError, match="ValueError: thirteen is unlucky") as raised:
        t.query("SELECT fragile(v) FROM t")
    assert raised.value.code == laminardb.codes.QUERY_FAILED
    assert isinstance(raised.value.__cause__, ValueError)
    assert "v = 13" in str(raised.value)


def test_a_query_over_rows_raises_from_the_exception(t):
    t.register_function("inverse", lambda v: 1 / v, [int], float, vectorized=False)
    t.insert("t", {"v": [1, 0]})
    with pytest.raises(laminardb.QueryError, match="ZeroDivisionError") as raised:
        t.query("SELECT inverse(v) FROM t")
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


def test_an_error_that_is_not_the_functions_has_no_cause(t):
    t.register_function("fragile", fragile, ["BIGINT"], "BIGINT")
    t.insert("t", {"v": [13]})
    with pytest.raises(laminardb.QueryError) as raised:
        t.query("SELECT CASE WHEN v = 13 THEN 1 / (v - 13) ELSE fragile(v) END FROM t")
    assert "division by zero" in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("vectorized", [True, False])
def test_a_stream_sets_aside_the_rows_that_fail_and_no_others(t, vectorized):
    def one(value):
        if value == 13:
            raise ValueError("thirteen is unlucky")
        return value

    t.register_function("fragile", fragile if vectorized else one, ["BIGINT"], "BIGINT", vectorized=vectorized)
    t.execute("CREATE STREAM s AS SELECT fragile(v) AS r FROM t")
    values = [i % 20 for i in range(1000)]
    t.insert("t", {"v": values})
    assert sorted(t.query("SELECT r FROM s").to_dicts()["r"]) == sorted(v for v in values if v != 13)
    assert t.metrics().total_events_dropped == 50
    messages = t.query("SELECT message FROM laminar_catalog.errors WHERE stream = 's'").to_dicts()["message"]
    assert len(messages) == 50
    assert all("ValueError: thirteen is unlucky" in message and "v = 13" in message for message in messages)
    t.insert("t", {"v": [1]})
    assert t.query("SELECT count(*) FROM s WHERE r = 1").fetchone() == (51,)


@pytest.mark.parametrize("wrong", [lambda v: v[:1], lambda v: [1], lambda v: np.arange(5), lambda v: []])
def test_a_wrong_number_of_results_is_said(t, wrong):
    calls = []
    t.register_function("f", lambda v: calls.append(1) or wrong(v), ["BIGINT"], "BIGINT")
    t.insert("t", {"v": [1, 2, 3]})
    with pytest.raises(laminardb.QueryError, match=r"f gave \d results? for 3 rows"):
        t.query("SELECT f(v) FROM t")
    assert len(calls) == 1, "no part of the rows would make it right"


@pytest.mark.parametrize(
    ("wrong", "returns", "message"),
    [
        (lambda v: "abc", "BIGINT", "the result of f: 'abc'"),
        (lambda v: 1.5, "BIGINT", "the result of f: 1.5"),
        (lambda v: 2**70, "BIGINT", "the result of f: 1180591620717411303424"),
        (lambda v: 300, "TINYINT", "the result of f: 300 is out of range for TINYINT"),
        (lambda v: [1], "BIGINT", "the result of f: [1] (a list) does not fit BIGINT"),
        (lambda v: object(), "VARCHAR", "the result of f"),
    ],
)
def test_a_result_of_the_wrong_type_is_said(t, wrong, returns, message):
    t.register_function("f", wrong, [int], returns, vectorized=False)
    t.insert("t", {"v": [1]})
    with pytest.raises(laminardb.QueryError) as raised:
        t.query("SELECT f(v) FROM t")
    assert message in str(raised.value)


def test_a_vectorised_result_of_the_wrong_type_is_said(t):
    t.register_function("f", lambda v: pc.cast(v, pa.string()), ["BIGINT"], "BIGINT")
    t.insert("t", {"v": [1, 2]})
    with pytest.raises(laminardb.QueryError, match="the result of f: '1' is not a BIGINT"):
        t.query("SELECT f(v) FROM t")


def test_errors_are_masked_as_any_other(t):
    t.register_function("fragile", fragile, ["BIGINT"], "BIGINT")
    t.insert("t", {"v": [12, 13, 14]})
    assert t.query("SELECT CASE WHEN v <> 13 THEN fragile(v) END AS r FROM t").to_dicts()["r"] == [12, None, 14]
    assert t.query("SELECT v FROM t WHERE v <> 13 AND fragile(v) > 0").fetchall() == [(12,), (14,)]


def test_an_error_of_an_argument_is_not_the_functions(t):
    seen = []
    t.register_function("f", lambda v: seen.extend(v.to_pylist()) or v, ["BIGINT"], "BIGINT", null_handling="special")
    t.execute("CREATE STREAM s AS SELECT f(10 / v) AS r FROM t")
    t.insert("t", {"v": [1, 0, None]})
    assert sorted(t.query("SELECT r FROM s").to_dicts()["r"], key=str) == [10, None]
    assert t.metrics().total_events_dropped == 1
    assert set(seen) == {10, None}


def test_an_interrupt_is_no_error_in_the_data(t):
    calls = []

    def f(values):
        calls.append(len(values))
        raise KeyboardInterrupt

    t.register_function("f", f, ["BIGINT"], "BIGINT")
    t.insert("t", {"v": [1, 2, 3]})

    def ask():
        with contextlib.suppress(laminardb.QueryError):
            t.query("SELECT f(v) FROM t")
        for _ in range(1000):
            pass  # a signal is handled between two instructions

    with pytest.raises(KeyboardInterrupt):
        ask()
    assert calls == [3], "it is not called again for halves"


# ------------------------------------------------------------------------------------------------ names


def test_overloads_by_types(conn):
    conn.register_function("f", lambda v: "whole", [int], str, vectorized=False)
    conn.register_function("f", lambda v: "text", [str], str, vectorized=False)
    conn.register_function("f", lambda v, w: "two", [int, int], str, vectorized=False)
    assert conn.query("SELECT f(1) AS a, f('x'), f(1, 2), f(CAST(1 AS SMALLINT))").fetchone() == (
        "whole",
        "text",
        "two",
        "whole",
    )
    with pytest.raises(laminardb.QueryError, match=r"no function f\(DATE\); there are: f\(BIGINT\) → VARCHAR, f\("):
        conn.query("SELECT f(DATE '2026-01-01')")


def test_a_name_that_is_taken(conn):
    conn.register_function("f", lambda v: v, [int], int, vectorized=False)
    with pytest.raises(laminardb.SchemaError, match=r"function f\(BIGINT\) → BIGINT already exists") as taken:
        conn.register_function("F", lambda v: v + 1, [int], int, vectorized=False)
    assert taken.value.code == laminardb.codes.TABLE_EXISTS
    conn.register_function("f", lambda v: v + 1, [int], int, vectorized=False, replace=True)
    assert conn.query("SELECT f(1)").fetchone() == (2,)
    with pytest.raises(laminardb.SchemaError, match="there is a built-in function upper"):
        conn.register_function("upper", lambda v: v, [str], str, replace=True)
    with pytest.raises(laminardb.SchemaError, match="a name stands for one kind of function"):
        conn.register_aggregate("f", len, [int], int)
    with pytest.raises(laminardb.SchemaError, match="a name stands for one kind of function"):
        conn.execute("CREATE FUNCTION f(x INT, y INT) RETURNS INT AS x")


def test_a_misspelt_name(conn):
    conn.register_function("haversine", lambda v: v, [float], float, vectorized=False)
    with pytest.raises(laminardb.QueryError) as unknown:
        conn.query("SELECT haversin(1.0)")
    assert unknown.value.candidates == ["haversine"]


@pytest.mark.parametrize(
    ("args", "kwargs", "error", "message"),
    [
        ((3, [int], int), {}, TypeError, "a function must be callable"),
        ((double, "BIGINT", "BIGINT"), {}, TypeError, "args is a list"),
        ((double, ["NONSENSE"], "BIGINT"), {}, laminardb.SchemaError, "argument 1"),
        ((double, ["BIGINT"], "NONSENSE"), {}, laminardb.SchemaError, "result"),
        ((double, [3], "BIGINT"), {}, TypeError, "3 is no type"),
        ((double, [decimal.Decimal], "BIGINT"), {}, TypeError, "DECIMAL"),
        ((double, ["BIGINT[]"], "BIGINT"), {}, laminardb.SchemaError, "not supported yet"),
        ((double,), {}, TypeError, "give args"),
        ((double, ["BIGINT"]), {}, TypeError, "give returns"),
        ((lambda v: v,), {"vectorized": False}, TypeError, "argument 1 has no annotation"),
        ((double, ["BIGINT"], "BIGINT"), {"null_handling": "skip"}, ValueError, "null_handling"),
        ((double, ["BIGINT"], "BIGINT"), {"arrays": "jax"}, ValueError, "arrays"),
    ],
)
def test_what_is_refused_at_registration(conn, args, kwargs, error, message):
    with pytest.raises(error, match=message):
        conn.register_function("f", *args, **kwargs)
    with pytest.raises(laminardb.QueryError, match="there is no function f"):
        conn.query("SELECT f(1)")


def test_unregister(t):
    t.register_function("twice", double, ["BIGINT"], "BIGINT")
    t.execute("CREATE STREAM s AS SELECT twice(v) AS d FROM t")
    with pytest.raises(laminardb.QueryError, match='cannot drop function "twice": stream "s" uses it'):
        t.unregister_function("twice")
    with pytest.raises(laminardb.QueryError, match='cannot replace function "twice": stream "s" uses it'):
        t.register_function("twice", double, ["BIGINT"], "BIGINT", replace=True)
    t.execute("DROP STREAM s")
    t.unregister_function("twice")
    with pytest.raises(laminardb.QueryError, match="there is no function twice"):
        t.query("SELECT twice(1)")
    with pytest.raises(laminardb.SchemaError) as unknown:
        t.unregister_function("twice")
    assert unknown.value.code == laminardb.codes.TABLE_NOT_FOUND


def test_drop_function_takes_a_registered_one_and_what_uses_it(t):
    t.register_function("twice", double, ["BIGINT"], "BIGINT")
    t.execute("CREATE FUNCTION four_times(x BIGINT) RETURNS BIGINT AS twice(twice(x))")
    t.execute("CREATE STREAM s AS SELECT four_times(v) AS d FROM t")
    t.create_sink("z", "SELECT twice(v) AS d FROM t", print)
    with pytest.raises(laminardb.QueryError, match='function "four_times" and sink "z" use it'):
        t.execute("DROP FUNCTION twice")
    t.execute("DROP FUNCTION twice CASCADE")
    assert t.list_streams() == []
    assert t.list_sinks() == []


def test_a_subscription_keeps_its_function(t):
    t.register_function("twice", double, ["BIGINT"], "BIGINT")
    subscription = t.subscribe("SELECT twice(v) AS d FROM t")
    t.unregister_function("twice")
    t.insert("t", {"v": [4]})
    assert subscription.next().to_dicts()["d"] == [8]


def test_equal_texts_over_other_functions_share_nothing(t):
    """Streams share the state of equal parts; the same name may mean another function by then."""
    query = "SELECT k, sum(f(v)) AS s, g(v) AS g FROM t GROUP BY k"
    for factor in (1, 10):
        t.register_function("f", lambda v, factor=factor: v * factor, [int], int, vectorized=False)
        t.register_aggregate("g", lambda v, factor=factor: pc.sum(v).as_py() * factor, [int], int)
        if factor == 1:
            old = t.subscribe(query)
            t.unregister_function("f")
            t.unregister_function("g")
    t.execute(f"CREATE STREAM new AS {query}")
    t.execute(f"CREATE STREAM again AS {query}")
    t.insert("t", {"k": "a", "v": 3})
    assert old.next().to_dicts()["s"] == [3]
    assert t.query("SELECT * FROM new").fetchall() == t.query("SELECT * FROM again").fetchall() == [("a", 30, 30)]


def test_show_create_function(conn):
    conn.register_function("f", lambda v: v, [int], int, vectorized=False)
    conn.execute("CREATE FUNCTION g(x BIGINT) RETURNS BIGINT AS f(x) + 1")
    assert conn.execute("SHOW CREATE FUNCTION g").to_query_result().fetchone() == (
        "g",
        "CREATE FUNCTION g(x BIGINT) RETURNS BIGINT AS f(x) + 1",
    )
    with pytest.raises(laminardb.QueryError, match="f was registered by the program"):
        conn.execute("SHOW CREATE FUNCTION f")
    with pytest.raises(laminardb.SchemaError, match='there is no function named "h"'):
        conn.execute("SHOW CREATE FUNCTION h")


def test_functions_belong_to_one_database(conn):
    conn.register_function("f", lambda v: v, [int], int, vectorized=False)
    with laminardb.open(":memory:") as other, pytest.raises(laminardb.QueryError, match="there is no function f"):
        other.query("SELECT f(1)")


def test_closed(conn):
    conn.close()
    with pytest.raises(laminardb.ConnectionError) as closed:
        conn.register_function("f", lambda v: v, [int], int, vectorized=False)
    assert closed.value.code == laminardb.codes.CONNECTION_CLOSED


# ------------------------------------------------------------------------------------------------ threads


USES = {
    "query": lambda conn, subscription: conn.query("SELECT 1"),
    "insert": lambda conn, subscription: conn.insert("t", {"v": 1}),
    "execute": lambda conn, subscription: conn.execute("CREATE SOURCE u (v INT)"),
    "next": lambda conn, subscription: subscription.next(),
    "cancel": lambda conn, subscription: subscription.cancel(),
    "register": lambda conn, subscription: conn.register_function("g", lambda v: v, [int], int),
    "close": lambda conn, subscription: conn.close(),
    "shutdown": lambda conn, subscription: conn.shutdown(),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("where", ["query", "stream"])
def test_a_function_cannot_use_its_own_database(t, use, where):
    subscription = t.subscribe("SELECT count(*) AS n FROM t")
    raised = []

    def f(v):
        try:
            USES[use](t, subscription)
        except laminardb.QueryError as error:
            raised.append(error)
        return v

    t.register_function("f", f, [int], int, vectorized=False)
    if where == "stream":
        t.execute("CREATE STREAM s AS SELECT f(v) AS r FROM t")
    t.insert("t", {"v": 1})
    assert t.query("SELECT f(v) FROM t" if where == "query" else "SELECT r FROM s").fetchall() == [(1,)]
    assert "a user-defined function cannot use the database it is called by" in str(raised[0])


def test_a_function_may_use_another_database(t):
    with laminardb.open(":memory:") as other:
        other.execute("CREATE TABLE names (id BIGINT PRIMARY KEY, name VARCHAR)")
        other.insert("names", {"id": [1, 2], "name": ["one", "two"]})

        def name(value):
            return other.query(f"SELECT name FROM names WHERE id = {value}").fetchone()[0]

        t.register_function("name_of", name, [int], str, vectorized=False)
        t.insert("t", {"v": [1, 2]})
        assert t.query("SELECT name_of(v) AS n FROM t").fetchall() == [("one",), ("two",)]


def test_what_is_thrown_away_inside_a_function_goes_later(t):
    """The garbage collector may come in the middle of a function, with the locks of a step held."""
    held = [[t.subscribe("SELECT v FROM t"), t.writer("t"), t.stream("SELECT v FROM t")]]
    held[0][1].insert({"v": 5})

    def f(v):
        held.clear()
        return v

    t.register_function("f", f, [int], int, vectorized=False)
    t.execute("CREATE STREAM s AS SELECT f(v) AS r FROM t")
    t.insert("t", {"v": 1})
    assert held == []
    t.query("SELECT 1")
    assert sorted(t.query("SELECT r FROM s").fetchall()) == [(1,), (5,)]
    assert [query.active for query in t.queries() if query.sql == "SELECT v FROM t"] == [False, False]


def test_functions_while_others_insert_query_and_close(t):
    t.register_function("twice", double, ["BIGINT"], "BIGINT")
    t.register_function("slow", lambda v: sum(range(100)) + v, [int], int, vectorized=False)
    t.execute("CREATE STREAM s AS SELECT k, twice(v) AS d, slow(v) AS w FROM t")
    t.execute("CREATE STREAM g AS SELECT twice(v) AS d, count(*) AS n FROM t GROUP BY twice(v)")
    writer = t.writer("t")

    def insert():
        for i in range(100):
            t.insert("t", {"k": "a", "v": i % 7})

    def write():
        for i in range(100):
            writer.insert({"k": "b", "v": i % 7})
            writer.flush()

    def look():
        for _ in range(200):
            assert not writer.is_closed if hasattr(writer, "is_closed") else "open" in repr(writer)
            _ = writer.current_watermark

    def ask():
        for _ in range(50):
            t.query("SELECT twice(v) AS d, slow(v) AS w FROM t")
            t.query("SELECT sum(n) FROM g")

    def define():
        for i in range(20):
            t.execute(f"CREATE STREAM more{i} AS SELECT twice(v) AS d FROM t WHERE slow(v) > 3 AND twice(3) = 6")
            t.execute(f"DROP STREAM more{i}")

    def register():
        for i in range(20):
            t.register_function(f"f{i}", double, ["BIGINT"], "BIGINT")
            t.unregister_function(f"f{i}")

    raised = []

    def guard(function):
        try:
            function()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guard, args=(f,)) for f in (insert, write, look, ask, define, register)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "deadlock"
    assert not raised, raised
    assert t.query("SELECT sum(n) FROM g").fetchone() == (200,)


@pytest.mark.parametrize("end", ["close", "shutdown"])
def test_the_end_comes_while_a_function_runs(t, end):
    running, go_on = threading.Event(), threading.Event()

    def f(v):
        running.set()
        assert go_on.wait(30)
        return v

    t.register_function("f", f, [int], int, vectorized=False)
    t.execute("CREATE STREAM s AS SELECT f(v) AS r FROM t")
    subscription = t.subscribe_stream("s")
    insert = threading.Thread(target=t.insert, args=("t", {"v": 1}))
    insert.start()
    assert running.wait(30)
    ending = threading.Thread(target=getattr(t, end))
    ending.start()
    go_on.set()
    ending.join(30)
    insert.join(30)
    assert not ending.is_alive()
    assert not insert.is_alive()
    assert subscription.next().to_dicts()["r"] == [1]


def test_a_connection_that_its_function_holds_goes_with_close():
    import gc
    import weakref

    class Marker:
        pass

    conn = laminardb.open(":memory:")
    marker = Marker()
    seen = weakref.ref(marker)
    conn.register_function("f", lambda v, held=(conn, marker): v, [int], int, vectorized=False)
    del marker
    conn.close()
    with laminardb.open(":memory:"):
        pass  # what was let go of goes with the next call
    gc.collect()
    assert seen() is None
