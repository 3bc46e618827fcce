"""Statements: what they answer, and how they fail."""

from __future__ import annotations

import laminardb
import pytest
from laminardb import codes


def test_ddl(conn):
    result = conn.execute("CREATE SOURCE sensors (id BIGINT, t DOUBLE)")
    assert result.result_type == "ddl"
    assert result.ddl_type == "CREATE SOURCE"
    assert result.ddl_object == "sensors"
    assert result.rows_affected == 0
    assert result.to_query_result() is None
    assert isinstance(result.warnings, list)
    assert bool(result) is True
    assert int(result) == 0
    assert repr(result).startswith("ExecuteResult(") and "\n" not in repr(result)


def test_insert_counts_rows(trades):
    result = trades.execute("INSERT INTO trades VALUES ('A', 1.5, 1), ('B', 2.5, 2)")
    assert result.result_type == "rows_affected"
    assert result.rows_affected == 2
    assert int(result) == 2
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (2,)


def test_query(conn):
    result = conn.execute("SELECT 1 AS one")
    assert result.result_type == "query"
    assert result.rows_affected == 0
    assert bool(result) is True
    assert result.to_query_result().to_pylist() == [{"one": 1}]


def test_metadata(trades):
    result = trades.execute("SHOW SOURCES")
    assert result.result_type == "metadata"
    assert "trades" in str(result.to_query_result().fetchall())


def test_several_statements_give_the_last_result(conn):
    result = conn.execute("CREATE SOURCE a (v BIGINT); CREATE SOURCE b (v BIGINT)")
    assert result.ddl_object == "b"
    assert sorted(conn.list_tables()) == ["a", "b"]


def test_the_first_error_stops(conn):
    with pytest.raises(laminardb.LaminarError):
        conn.execute("CREATE SOURCE a (v BIGINT); CREATE SOURCE a (v BIGINT); CREATE SOURCE c (v BIGINT)")
    assert conn.list_tables() == ["a"]


def test_parse_error_of_execute_is_401(conn):
    with pytest.raises(laminardb.QueryError) as info:
        conn.execute("BAD")
    assert info.value.code == codes.SQL_PARSE_ERROR


def test_parse_error_of_query_is_400(conn):
    with pytest.raises(laminardb.QueryError) as info:
        conn.query("BAD")
    assert info.value.code == codes.QUERY_FAILED


def test_an_error_points_into_the_sql(trades):
    sql = "SELECT symbol,\n       prise\nFROM trades"
    with pytest.raises(laminardb.QueryError) as info:
        trades.query(sql)
    error = info.value
    assert error.position == sql.index("prise")
    assert "price" in error.candidates
    assert "price" in str(error)
    assert "^" in str(error)
    assert "       prise" in str(error)


def test_positions_count_characters(trades):
    sql = "SELECT 'żółć – 鳥', prise FROM trades"
    with pytest.raises(laminardb.QueryError) as info:
        trades.query(sql)
    assert info.value.position == sql.index("prise")


def test_unknown_table_in_a_query(trades):
    with pytest.raises(laminardb.QueryError) as info:
        trades.query("SELECT * FROM trade")
    assert info.value.code == codes.QUERY_FAILED
    assert "trades" in info.value.candidates


def test_create_of_a_name_that_exists(trades):
    with pytest.raises(laminardb.SchemaError) as info:
        trades.execute("CREATE SOURCE TRADES (v BIGINT)")
    assert info.value.code == codes.TABLE_EXISTS


def test_drop_of_what_is_read_is_refused(trades):
    trades.execute("CREATE STREAM s AS SELECT symbol FROM trades")
    with pytest.raises(laminardb.LaminarError, match="s"):
        trades.execute("DROP SOURCE trades")
    trades.execute("DROP SOURCE trades CASCADE")
    assert trades.list_tables() == []
    assert trades.list_streams() == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM trades t",
        "select * from TRADES",
        'SELECT * FROM "Trades"',
        "SELECT SYMBOL, Price, vOLUME FROM tRADES",
    ],
)
def test_names_in_any_case_and_quoting(trades, sql):
    trades.insert("TRADES", {"SYMBOL": "A", "price": 1.0, "Volume": 2})
    assert trades.query(sql).fetchall() == [("A", 1.0, 2)]


STATEMENTS = [
    "CREATE SOURCE s (k VARCHAR NOT NULL, v DECIMAL(10, 2), ts TIMESTAMP, "
    "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)",
    "CREATE STREAM w AS SELECT k, TUMBLE_START(ts, INTERVAL '1' MINUTE) AS m, count(*) FILTER (WHERE v > 1.5) FROM s "
    "GROUP BY k, TUMBLE(ts, INTERVAL '1' MINUTE) HAVING count(*) > 1 EMIT ON WINDOW CLOSE",
    "SELECT CASE WHEN a.v IN (1, 2) THEN 'ü' ELSE \"k\" END FROM (SELECT * FROM s) AS a "
    "/* – */ ORDER BY 1 LIMIT 3 -- x",
]


@pytest.mark.parametrize("sql", STATEMENTS, ids=["create source", "create stream", "select"])
def test_sql_cut_off_anywhere(sql):
    """Every beginning of a statement either runs or is refused with a LaminarError; nothing else ever comes out."""
    with laminardb.open(":memory:") as conn:
        if "FROM s" in sql:
            conn.execute("CREATE SOURCE s (k VARCHAR, v DECIMAL(10, 2), ts TIMESTAMP, WATERMARK FOR ts)")
        for end in range(len(sql)):
            try:
                result = conn.execute(sql[:end])
            except laminardb.LaminarError as error:
                assert error.code != codes.INTERNAL_ERROR, sql[:end]
                assert str(error)
            else:
                if result.result_type == "ddl":
                    conn.execute(f"DROP {result.ddl_type.removeprefix('CREATE ')} {result.ddl_object}")


def test_text_that_is_no_utf8_cannot_be_given(conn):
    with pytest.raises((UnicodeError, TypeError, laminardb.QueryError)):
        conn.execute("SELECT '\ud800'")


@pytest.mark.parametrize("sql", ["", ";", "   ", "-- only a comment"])
def test_no_statement(conn, sql):
    with pytest.raises(laminardb.QueryError):
        conn.query(sql)


def test_explain(trades):
    text = trades.explain("SELECT symbol, sum(volume) FROM trades GROUP BY symbol")
    assert "trades" in text
    with pytest.raises(laminardb.QueryError):
        trades.explain("SELECT nothing FROM trades")


def test_stream_is_finite(trades):
    trades.insert("trades", [{"symbol": "A", "price": float(i), "volume": i} for i in range(1000)])
    stream = trades.stream("SELECT volume FROM trades")
    assert repr(stream) == "QueryStreamIter(active)"
    assert stream.is_active
    assert sorted(v for batch in stream for (v,) in batch) == list(range(1000))
    assert repr(stream) == "QueryStreamIter(finished)"
    assert not stream.is_active
    assert stream.try_next() is None


def test_stream_can_be_cancelled(trades):
    trades.insert("trades", [{"symbol": "A", "price": float(i), "volume": i} for i in range(1000)])
    stream = trades.stream("SELECT volume FROM trades")
    stream.cancel()
    stream.cancel()
    assert repr(stream) == "QueryStreamIter(cancelled)"
    assert stream.try_next() is None
    assert list(stream) == []


def test_query_stream(trades):
    trades.execute("CREATE STREAM totals AS SELECT symbol, sum(volume) AS total FROM trades GROUP BY symbol")
    trades.insert("trades", {"symbol": ["A", "B", "A"], "price": [1.0, 2.0, 3.0], "volume": [1, 2, 3]})
    assert sorted(trades.query_stream("totals").fetchall()) == [("A", 4), ("B", 2)]
    assert trades.query_stream("totals", "total > 3").fetchall() == [("A", 4)]
    assert trades.query_stream("totals", filter="symbol = 'B'").fetchall() == [("B", 2)]


def test_cancel_of_an_unknown_query(conn):
    with pytest.raises(laminardb.SchemaError, match="not found"):
        conn.cancel_query(123456)


def test_division_by_zero_in_a_query(trades):
    trades.insert("trades", {"symbol": "A", "price": 1.0, "volume": 0})
    with pytest.raises(laminardb.QueryError) as info:
        trades.query("SELECT 10 / volume FROM trades")
    assert info.value.code == codes.QUERY_FAILED


def test_division_by_zero_in_a_stream_sets_the_row_aside(trades):
    trades.execute("CREATE STREAM inverse AS SELECT symbol, 10 / volume AS part FROM trades")
    trades.execute("CREATE STREAM beside AS SELECT symbol FROM trades")
    trades.insert("trades", {"symbol": ["A", "B", "C"], "price": [1.0, 1.0, 1.0], "volume": [5, 0, 2]})
    assert sorted(trades.query("SELECT * FROM inverse").fetchall()) == [("A", 2), ("C", 5)]
    assert trades.stream_metrics("inverse").error_events == 1
    assert trades.metrics().total_events_dropped == 1
    assert trades.query("SELECT count(*) FROM beside").fetchone() == (3,)
    assert trades.stream_metrics("beside").error_events == 0
