"""register_aggregate: Python aggregates in SQL (contract, Connection)."""

from __future__ import annotations

import itertools
import random
import statistics

import laminardb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest


class MySum:
    """Adds up."""

    def __init__(self) -> None:
        self.total = 0

    def step(self, value: int) -> None:
        self.total += value

    def finalize(self) -> int:
        return self.total


@pytest.fixture
def t(conn):
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    return conn


@pytest.fixture
def table(conn):
    conn.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, k VARCHAR, v BIGINT)")
    return conn


def test_a_class_with_step_and_finalize(t):
    t.register_aggregate("my_sum", MySum, ["BIGINT"], "BIGINT")
    t.insert("t", {"k": ["a", "b", "a"], "v": [1, 2, 3]})
    assert t.query("SELECT k, my_sum(v) AS s FROM t GROUP BY k ORDER BY k").fetchall() == [("a", 4), ("b", 2)]


def test_types_from_annotations_and_help_from_the_docstring(t):
    t.register_aggregate("my_sum", MySum)
    facts = "SELECT category, signature, help FROM laminar_catalog.functions WHERE name = 'my_sum'"
    assert t.query(facts).fetchone() == ("user-defined aggregate", "my_sum(BIGINT) → BIGINT", "Adds up.")


def test_a_function_of_the_whole_groups_arrays(t):
    def spread(values):
        assert isinstance(values, pa.Array)
        return pc.max(values).as_py() - pc.min(values).as_py()

    t.register_aggregate("spread", spread, ["BIGINT"], "BIGINT")
    t.insert("t", {"k": ["a", "b", "a"], "v": [1, 2, 30]})
    assert t.query("SELECT k, spread(v) AS s FROM t GROUP BY k ORDER BY k").fetchall() == [("a", 29), ("b", 0)]


@pytest.mark.parametrize("give", [pc.sum, lambda v: pc.sum(v).as_py(), lambda v: pa.array([pc.sum(v).as_py()])])
def test_what_it_may_return(t, give):
    t.register_aggregate("f", give, ["BIGINT"], "BIGINT")
    t.insert("t", {"v": [1, 2]})
    assert t.query("SELECT f(v) FROM t").fetchone() == (3,)


def test_numpy(t):
    t.register_aggregate("p90", lambda v: np.quantile(v, 0.9), ["DOUBLE"], "DOUBLE", arrays="numpy")
    t.insert("t", {"v": list(range(11))})
    assert t.query("SELECT p90(v) FROM t").fetchone() == (9.0,)


def test_several_arguments_of_several_types(t):
    class Best:
        def __init__(self):
            self.best = None

        def step(self, name, value):
            if self.best is None or value > self.best[1]:
                self.best = (name, value)

        def finalize(self):
            return self.best[0]

    t.register_aggregate("best", Best, [str, int], str)
    t.insert("t", {"k": ["a", "a rather long name of more than twelve bytes", "c"], "v": [1, 9, 3]})
    assert t.query("SELECT best(k, v) FROM t").fetchone() == ("a rather long name of more than twelve bytes",)


def test_nulls_do_not_count_and_no_rows_are_null(t):
    t.register_aggregate("my_sum", MySum, ["BIGINT"], "BIGINT")
    t.register_aggregate("rows", lambda v: len(v), ["BIGINT"], "BIGINT", null_handling="special")
    assert t.query("SELECT my_sum(v), rows(v) FROM t").fetchone() == (None, 0)
    t.insert("t", {"k": ["a", "a", "b"], "v": [1, None, None]})
    query = "SELECT k, my_sum(v) AS s, rows(v) AS n FROM t GROUP BY k ORDER BY k"
    assert t.query(query).fetchall() == [("a", 1, 2), ("b", None, 1)]
    with pytest.raises(laminardb.QueryError, match="DISTINCT in a call of rows, which takes NULLs, is not supported"):
        t.query("SELECT rows(DISTINCT v) FROM t")


def test_filter_distinct_having_and_order(t):
    t.register_aggregate("my_sum", MySum, ["BIGINT"], "BIGINT")
    t.register_aggregate("joined", lambda v: "".join(v.to_pylist()), ["VARCHAR"], "VARCHAR")
    t.insert("t", {"k": ["b", "a", "c", "a"], "v": [2, 1, 3, 1]})
    assert t.query("SELECT my_sum(v) FILTER (WHERE v > 1) AS f, my_sum(DISTINCT v) AS d FROM t").fetchone() == (5, 6)
    assert t.query("SELECT k FROM t GROUP BY k HAVING my_sum(v) > 2").fetchall() == [("c",)]
    assert t.query(
        "SELECT joined(k) AS a, joined(k ORDER BY v DESC, k) AS o, joined(DISTINCT k) AS d FROM t"
    ).fetchone()[:2] == ("baca", "cbaa")


def test_rows_come_in_the_order_of_event_time_then_arrival(conn):
    conn.execute("CREATE SOURCE t (ts TIMESTAMP, v BIGINT, WATERMARK FOR ts)")
    conn.register_aggregate("listed", lambda v: str(v.to_pylist()), ["BIGINT"], "VARCHAR")
    conn.execute("CREATE MATERIALIZED VIEW m AS SELECT listed(v) AS vs FROM t")
    conn.insert("t", {"ts": ["2026-01-01 00:00:03", "2026-01-01 00:00:01"], "v": [3, 1]})
    conn.insert("t", {"ts": ["2026-01-01 00:00:02", "2026-01-01 00:00:03"], "v": [2, 4]})
    assert conn.query("SELECT vs FROM m").fetchone() == ("[1, 2, 3, 4]",)


def test_in_windows(conn):
    conn.execute("CREATE SOURCE t (ts TIMESTAMP, v BIGINT, WATERMARK FOR ts)")
    conn.register_aggregate("my_sum", MySum, ["BIGINT"], "BIGINT")
    conn.execute(
        "CREATE STREAM closed AS SELECT window_end, my_sum(v) AS s FROM t GROUP BY TUMBLE(ts, INTERVAL '10' SECOND)"
    )
    conn.execute(
        "CREATE MATERIALIZED VIEW hops AS "
        "SELECT window_end, my_sum(v) AS s FROM t GROUP BY HOP(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND)"
    )
    conn.execute(
        "CREATE MATERIALIZED VIEW built_in AS "
        "SELECT window_end, sum(v) AS s FROM t GROUP BY HOP(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND)"
    )
    subscription = conn.subscribe_stream("closed")
    for second in range(25):
        conn.insert("t", {"ts": f"2026-01-01 00:00:{second:02}", "v": second})
    assert [item for batch in (subscription.next(), subscription.next()) for item in batch.to_dicts()["s"]] == [45, 145]
    order = " ORDER BY window_end"
    assert (
        conn.query("SELECT * FROM hops" + order).fetchall() == conn.query("SELECT * FROM built_in" + order).fetchall()
    )


@pytest.mark.parametrize("seed", range(4))
def test_it_follows_insertions_updates_and_deletions_as_sum_does(table, seed):
    """The law: after every change the aggregate is what the built-in one is, and empty groups are gone."""
    table.register_aggregate("my_sum", MySum, ["BIGINT"], "BIGINT")
    table.register_aggregate("my_median", lambda v: float(np.median(v)), ["BIGINT"], "DOUBLE", arrays="numpy")
    table.register_aggregate("my_joined", lambda k: ",".join(sorted(k.to_pylist())), ["VARCHAR"], "VARCHAR")
    for name, aggregates in {
        "mine": "my_sum(v) AS s, my_median(v) AS m, my_joined(k || 'a suffix that makes it long') AS j, "
        "my_sum(DISTINCT v) AS d, my_sum(v) FILTER (WHERE v > 5) AS f",
        "theirs": "sum(v) AS s, median(v) AS m, "
        "string_agg(k || 'a suffix that makes it long', ',' ORDER BY k || 'a suffix that makes it long') AS j, "
        "sum(DISTINCT v) AS d, sum(v) FILTER (WHERE v > 5) AS f",
    }.items():
        table.execute(f"CREATE STREAM {name} AS SELECT k, {aggregates} FROM t GROUP BY k")
        table.execute(f"CREATE STREAM {name}_all AS SELECT {aggregates} FROM t")
    changes = {name: table.subscribe_stream(name) for name in ("mine", "theirs")}
    chance = random.Random(seed)
    for _ in range(60):
        ids = [chance.randrange(30) for _ in range(chance.randrange(1, 6))]
        if chance.random() < 0.6:
            rows = {each: (chance.choice("abcd"), chance.choice([None, *range(12)])) for each in ids}
            table.upsert(
                "t",
                {"id": list(rows), "k": [row[0] for row in rows.values()], "v": [row[1] for row in rows.values()]},
            )
        else:
            table.delete("t", {"id": sorted(set(ids))})
        for suffix in ("", "_all"):
            mine, theirs = (table.query(f"SELECT * FROM {name}{suffix}").fetchall() for name in ("mine", "theirs"))
            assert sorted(mine, key=repr) == sorted(theirs, key=repr)
    table.execute("DELETE FROM t")
    assert table.query("SELECT * FROM mine").fetchall() == []
    assert table.query("SELECT * FROM mine_all").fetchall() == [(None,) * 5]
    summed = {}
    for name, subscription in changes.items():
        found = summed.setdefault(name, {})
        while (item := subscription.try_next()) is not None:
            for row in item.fetchall():
                found[row[:-1]] = found.get(row[:-1], 0) + row[-1]
        assert all(weight == 0 for weight in found.values())
    assert set(summed["mine"]) == set(summed["theirs"])


def test_over_a_retracting_stream(t):
    t.register_aggregate("my_sum", MySum, ["BIGINT"], "BIGINT")
    t.execute("CREATE STREAM counts AS SELECT k, count(*) AS n FROM t GROUP BY k")
    t.execute("CREATE STREAM s AS SELECT n, my_sum(n) AS s, sum(n) AS b FROM counts GROUP BY n")
    for k in "abcabcaab":
        t.insert("t", {"k": k})
        assert all(mine == theirs for _, mine, theirs in t.query("SELECT * FROM s").fetchall())
    assert sorted(t.query("SELECT n, s FROM s").fetchall()) == [(2, 2), (3, 3), (4, 4)]


def test_a_group_whose_code_fails_is_in_error_until_it_is_not(table):
    def strict(values):
        if 13 in values.to_pylist():
            raise ValueError("thirteen is unlucky")
        return pc.sum(values)

    table.register_aggregate("strict", strict, ["BIGINT"], "BIGINT")
    table.execute("CREATE STREAM s AS SELECT k, strict(v) AS s FROM t GROUP BY k")
    table.insert("t", {"id": [1, 2, 3], "k": ["a", "b", "b"], "v": [1, 2, 13]})
    assert table.query("SELECT * FROM s").fetchall() == [("a", 1)]
    message = table.query("SELECT message FROM laminar_catalog.errors").fetchone()[0]
    assert "ValueError: thirteen is unlucky" in message
    with pytest.raises(laminardb.QueryError, match="ValueError: thirteen") as raised:
        table.query("SELECT strict(v) FROM t")
    assert isinstance(raised.value.__cause__, ValueError)
    table.delete("t", {"id": [3]})
    assert sorted(table.query("SELECT * FROM s").fetchall()) == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(
    ("give", "message"),
    [
        (lambda v: v, "2 values were given for a group"),
        (lambda v: "x", "the result of f: 'x'"),
        (lambda v: [1], "the result of f: [1] (a list) does not fit BIGINT"),
    ],
)
def test_a_wrong_result_is_said(t, give, message):
    t.register_aggregate("f", give, ["BIGINT"], "BIGINT")
    t.insert("t", {"v": [1, 2]})
    with pytest.raises(laminardb.QueryError) as raised:
        t.query("SELECT f(v) FROM t")
    assert message in str(raised.value)


def test_results_of_every_size(t):
    t.register_aggregate("text", lambda v: "x" * len(v), ["BIGINT"], "VARCHAR")
    t.register_aggregate("flag", lambda v: len(v) > 1, ["BIGINT"], "BOOLEAN")
    t.register_aggregate("my_mean", lambda v: statistics.mean(v.to_pylist()), ["BIGINT"], "DECIMAL(20, 4)")
    t.execute("CREATE STREAM s AS SELECT text(v) AS x, flag(v) AS f, my_mean(v) AS m FROM t")
    t.insert("t", {"v": list(range(100))})
    x, f, m = t.query("SELECT * FROM s").fetchone()
    assert (x, f, float(m)) == ("x" * 100, True, 49.5)


def test_it_is_called_once_a_step_for_groups_that_changed(t):
    calls = []
    t.register_aggregate("f", lambda v: calls.append(len(v)) or len(v), ["BIGINT"], "BIGINT")
    t.execute("CREATE STREAM s AS SELECT k, f(v) AS n FROM t GROUP BY k")
    t.insert("t", {"k": ["a", "a", "b"], "v": [1, 2, 3]})
    assert sorted(calls) == [1, 2]
    calls.clear()
    t.insert("t", {"k": ["b"], "v": [4]})
    assert calls == [2]


def test_what_is_not_deterministic_is_stored_with_its_group(t):
    """Functions declared `deterministic=False`: their results are stored, and retracted as they were emitted."""
    count = itertools.count()
    t.register_aggregate("f", lambda v: next(count), ["BIGINT"], "BIGINT", deterministic=False)
    t.execute("CREATE STREAM s AS SELECT k, f(v) AS n FROM t GROUP BY k")
    changes = t.subscribe("SELECT * FROM s")
    t.insert("t", {"k": ["a", "b"], "v": [1, 2]})
    given = dict(changes.next().to_arrow().select(["k", "n"]).to_pandas().itertuples(index=False))
    assert dict(t.query("SELECT * FROM s").fetchall()) == given
    t.insert("t", {"k": ["a"], "v": [3]})
    assert sorted(changes.next().fetchall(), key=lambda row: row[2]) == [("a", given["a"], -1), ("a", 2, 1)]
    assert dict(t.query("SELECT * FROM s").fetchall()) == {"a": 2, "b": given["b"]}


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ((3, [int], int), TypeError, "an aggregate is a class"),
        ((len, [], int), laminardb.SchemaError, "needs an argument"),
        ((len,), TypeError, "give args"),
        ((type("NoEnd", (), {"step": lambda self, v: None}), [int], int), TypeError, "finalize"),
    ],
)
def test_what_is_refused_at_registration(conn, args, error, message):
    with pytest.raises(error, match=message):
        conn.register_aggregate("f", *args)


def test_where_an_aggregate_may_not_stand(t):
    t.register_aggregate("my_sum", MySum, ["BIGINT"], "BIGINT")
    with pytest.raises(laminardb.QueryError, match="aggregates are not allowed in WHERE"):
        t.query("SELECT v FROM t WHERE my_sum(v) > 1")
    with pytest.raises(laminardb.QueryError, match=r"no function my_sum\(VARCHAR\)"):
        t.query("SELECT my_sum(k) FROM t")


def test_it_cannot_use_its_own_database(t):
    def f(values):
        return t.query("SELECT 1").fetchone()[0]

    t.register_aggregate("f", f, ["BIGINT"], "BIGINT")
    t.insert("t", {"v": [1]})
    with pytest.raises(laminardb.QueryError, match="cannot use the database it is called by"):
        t.query("SELECT f(v) FROM t")
