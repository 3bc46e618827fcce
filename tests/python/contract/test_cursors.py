"""DECLARE c CURSOR FOR SUBSCRIBE …, FETCH n FROM c, CLOSE c."""

from __future__ import annotations

import laminardb
import pytest


@pytest.fixture
def base(conn):
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    conn.execute("CREATE STREAM totals AS SELECT k, sum(v) AS total FROM t GROUP BY k")
    conn.execute("CREATE STREAM rows WITH (retain_history = '1mb') AS SELECT v FROM t")
    return conn


def fetch(connection, sql):
    result = connection.execute(sql)
    assert result.result_type == "query"
    return result.to_query_result()


def test_a_cursor_from_beginning_to_end(base):
    base.insert("t", {"k": "a", "v": 1})
    declared = base.execute("DECLARE c CURSOR FOR SUBSCRIBE totals")
    assert (declared.result_type, declared.ddl_type, declared.ddl_object) == ("ddl", "DECLARE CURSOR", "c")
    first = fetch(base, "FETCH 10 FROM c")
    assert first.columns == ["k", "total", "__weight"]
    assert first.fetchall() == [("a", 1, 1)]
    assert first.is_snapshot
    assert fetch(base, "FETCH 10 FROM c").num_rows == 0, "it does not wait"
    base.insert("t", {"k": "a", "v": 2})
    base.insert("t", {"k": "b", "v": 3})
    change = fetch(base, "FETCH ALL FROM C")
    assert change.fetchall() == [("a", 1, -1), ("a", 3, 1), ("b", 3, 1)]
    assert not change.is_snapshot
    assert base.execute("CLOSE c").ddl_type == "CLOSE CURSOR"
    with pytest.raises(laminardb.QueryError, match="no cursor"):
        base.execute("FETCH 1 FROM c")


def test_fetching_row_by_row_and_resuming_where_it_was(base):
    base.execute("DECLARE c CURSOR FOR SUBSCRIBE rows")
    for call in range(4):
        base.insert("t", [{"v": call * 3 + i} for i in range(3)])
        base.query("SELECT 1")
    seen = []
    for sql in ["FETCH NEXT FROM c", "FETCH 4 FROM c", "FETCH FORWARD 2 FROM c"]:
        result = fetch(base, sql)
        seen += [v for (v,) in result]
    assert seen == list(range(7))
    # The epoch is that of the last change fetched whole: the one after it is given again, from its beginning.
    base.execute(f"DECLARE again CURSOR FOR SUBSCRIBE rows AS OF EPOCH {result.epoch}")
    assert [v for (v,) in fetch(base, "FETCH ALL FROM again")] == list(range(6, 12))
    assert [v for (v,) in fetch(base, "FETCH ALL FROM c")] == list(range(7, 12))


def test_a_condition_and_query(base):
    base.execute("DECLARE c CURSOR FOR SUBSCRIBE rows WHERE v > 1")
    base.insert("t", [{"v": 1}, {"v": 2}])
    assert base.query("FETCH ALL FROM c").fetchall() == [(2,)]


def test_in_a_transaction(base):
    base.execute("DECLARE c CURSOR FOR SUBSCRIBE rows")
    base.insert("t", {"v": 1})
    with base.transaction():
        base.insert("t", {"v": 2})
        assert fetch(base, "FETCH ALL FROM c").fetchall() == [(1,)], "what is not committed is not there"
    assert fetch(base, "FETCH ALL FROM c").fetchall() == [(2,)]


def test_the_end_of_the_stream_comes_behind_its_rows(base):
    base.execute("DECLARE c CURSOR FOR SUBSCRIBE rows")
    base.insert("t", {"v": 1})
    base.execute("DROP STREAM rows")
    assert fetch(base, "FETCH ALL FROM c").fetchall() == [(1,)]
    with pytest.raises(laminardb.SubscriptionError) as info:
        base.execute("FETCH ALL FROM c")
    assert info.value.code == 501


def test_mistakes(base):
    base.execute("DECLARE totals_now CURSOR FOR SUBSCRIBE totals")
    with pytest.raises(laminardb.QueryError, match="already"):
        base.execute("DECLARE totals_now CURSOR FOR SUBSCRIBE totals")
    with pytest.raises(laminardb.QueryError) as info:
        base.execute("FETCH 1 FROM totals_no")
    assert info.value.candidates == ["totals_now"]
    with pytest.raises(laminardb.QueryError, match="no cursor"):
        base.execute("CLOSE other")
    with pytest.raises(laminardb.LaminarError):
        base.execute("DECLARE x CURSOR FOR SUBSCRIBE nothing")
    with pytest.raises(laminardb.QueryError, match="no cursor"):
        base.execute("CLOSE x")


def test_cursors_belong_to_a_connection_and_end_with_it():
    conn = laminardb.open(":memory:")
    conn.execute("CREATE SOURCE t (v BIGINT); DECLARE c CURSOR FOR SUBSCRIBE t")
    assert conn.active_query_count == 1
    conn.close()
    with pytest.raises(laminardb.ConnectionError, match="closed"):
        conn.execute("FETCH 1 FROM c")
