"""The contract's section *Error codes and exceptions*, sentence by sentence."""

from __future__ import annotations

import laminardb
import pytest
from laminardb import codes

CLASSES = [
    laminardb.ConnectionError,
    laminardb.QueryError,
    laminardb.IngestionError,
    laminardb.SchemaError,
    laminardb.SubscriptionError,
    laminardb.StreamError,
    laminardb.CheckpointError,
    laminardb.ConnectorError,
]


def test_the_codes(published_codes):
    """`CONNECTION_FAILED 100, … SHUTDOWN 901`."""
    assert {name: getattr(codes, name) for name in dir(codes) if name.isupper()} == published_codes


@pytest.mark.parametrize("cls", CLASSES)
def test_the_classes(cls):
    """`LaminarError(Exception)` ← …; every instance has `.code: int`, also when a user constructs one (default 900)."""
    assert issubclass(cls, laminardb.LaminarError)
    assert issubclass(laminardb.LaminarError, Exception)
    assert cls("text").code == 900
    assert cls("text", code=400).code == 400
    assert str(cls("text")) == "text"


def test_query_errors_have_a_place(trades):
    """`QueryError` has `.position` (offset in the SQL), and its message shows the line, a caret and, for a misspelt
    name, the nearest existing one."""
    sql = "SELECT symbol,\n       prise FROM trades"
    with pytest.raises(laminardb.QueryError) as caught:
        trades.query(sql)
    assert caught.value.position == sql.index("prise")
    lines = str(caught.value).splitlines()
    assert 'did you mean "price"?' in lines[0]
    assert lines[1] == "LINE 2:        prise FROM trades"
    assert lines[2].index("^") == lines[1].index("prise")
    assert laminardb.QueryError("text").position is None


def test_positions_count_characters(trades):
    """Offset in the SQL: of the `str` that was given, whatever its bytes."""
    sql = "SELECT 'äöü€', prise FROM trades"
    with pytest.raises(laminardb.QueryError) as caught:
        trades.query(sql)
    assert caught.value.position == sql.index("prise")


def test_bad_sql(conn):
    """`conn.query("BAD")` raises `QueryError` with `code == 400`; `conn.execute("BAD")` raises `QueryError` with
    `code == 401`."""
    with pytest.raises(laminardb.QueryError) as caught:
        conn.query("BAD")
    assert caught.value.code == 400
    with pytest.raises(laminardb.QueryError) as caught:
        conn.execute("BAD")
    assert caught.value.code == 401


@pytest.mark.parametrize(
    "call",
    [lambda c: c.insert("nothing", {"v": 1}), lambda c: c.schema("nothing"), lambda c: c.writer("nothing")],
    ids=["insert", "schema", "writer"],
)
def test_unknown_table_of_a_call(trades, call):
    """Unknown table: `SchemaError` 200 from `insert`/`schema`/`writer`."""
    with pytest.raises(laminardb.SchemaError) as caught:
        call(trades)
    assert caught.value.code == 200


def test_unknown_table_of_a_query(trades):
    """… `QueryError` 400 from a query."""
    with pytest.raises(laminardb.QueryError) as caught:
        trades.query("SELECT * FROM nothing")
    assert caught.value.code == 400


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE SOURCE trades (v INT)",
        "CREATE TABLE trades (v INT)",
        "CREATE STREAM trades AS SELECT 1 AS one",
        "CREATE MATERIALIZED VIEW trades AS SELECT 1 AS one",
        "CREATE VIEW trades AS SELECT 1 AS one",
    ],
)
def test_create_of_a_name_that_exists(trades, sql):
    """`CREATE` of a name that exists: `SchemaError` 201."""
    with pytest.raises(laminardb.SchemaError) as caught:
        trades.execute(sql)
    assert caught.value.code == 201
    with pytest.raises(laminardb.SchemaError) as caught:
        trades.create_table("trades", {"v": "int64"})
    assert caught.value.code == 201


def test_rows_that_do_not_fit(trades):
    """Rows that do not fit the schema: `IngestionError` 302 naming the column, the row and the value, and nothing of
    that call is inserted."""
    rows = [{"symbol": "A", "price": 1.0, "volume": 1}, {"symbol": "B", "price": 1.0, "volume": "many"}]
    with pytest.raises(laminardb.IngestionError) as caught:
        trades.insert("trades", rows)
    assert caught.value.code == 302
    for part in ("volume", "row 2", "many"):
        assert part in str(caught.value)
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (0,)


CALLS = {
    "execute": lambda c: c.execute("SELECT 1"),
    "executemany": lambda c: c.executemany("INSERT INTO trades VALUES (?, ?, ?)", [["A", 1.0, 1]]),
    "query": lambda c: c.query("SELECT 1"),
    "sql": lambda c: c.sql("SELECT 1"),
    "stream": lambda c: c.stream("SELECT 1"),
    "explain": lambda c: c.explain("SELECT 1"),
    "query_stream": lambda c: c.query_stream("trades"),
    "cancel_query": lambda c: c.cancel_query(1),
    "insert": lambda c: c.insert("trades", {"symbol": "A"}),
    "insert_json": lambda c: c.insert_json("trades", "{}"),
    "insert_csv": lambda c: c.insert_csv("trades", "symbol\nA\n"),
    "upsert": lambda c: c.upsert("trades", {"symbol": "A"}),
    "delete": lambda c: c.delete("trades", "A"),
    "writer": lambda c: c.writer("trades"),
    "create_table": lambda c: c.create_table("t", {"v": "int64"}),
    "subscribe": lambda c: c.subscribe("SELECT 1"),
    "subscribe_stream": lambda c: c.subscribe_stream("trades"),
    "subscribe_callback": lambda c: c.subscribe_callback("SELECT 1", print),
    "subscribe_stream_callback": lambda c: c.subscribe_stream_callback("trades", print),
    "schema": lambda c: c.schema("trades"),
    "list_tables": lambda c: c.list_tables(),
    "list_streams": lambda c: c.list_streams(),
    "list_sinks": lambda c: c.list_sinks(),
    "stats": lambda c: c.stats("trades"),
    "wait_for": lambda c: c.wait_for("trades"),
    "sources": lambda c: c.sources(),
    "sinks": lambda c: c.sinks(),
    "streams": lambda c: c.streams(),
    "queries": lambda c: c.queries(),
    "topology": lambda c: c.topology(),
    "metrics": lambda c: c.metrics(),
    "source_metrics": lambda c: c.source_metrics("trades"),
    "stream_metrics": lambda c: c.stream_metrics("trades"),
    "all_source_metrics": lambda c: c.all_source_metrics(),
    "all_stream_metrics": lambda c: c.all_stream_metrics(),
    "start": lambda c: c.start(),
    "shutdown": lambda c: c.shutdown(),
    "checkpoint": lambda c: c.checkpoint(),
    "pipeline_state": lambda c: c.pipeline_state,
    "pipeline_watermark": lambda c: c.pipeline_watermark,
    "total_events_processed": lambda c: c.total_events_processed,
    "source_count": lambda c: c.source_count,
    "sink_count": lambda c: c.sink_count,
    "active_query_count": lambda c: c.active_query_count,
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_closed_connection(trades, call):
    """Anything on a closed connection: `ConnectionError` 101, message contains "closed"."""
    trades.close()
    with pytest.raises(laminardb.ConnectionError, match="closed") as caught:
        call(trades)
    assert caught.value.code == 101


@pytest.mark.parametrize("data", [42, []])
def test_what_is_no_rows(trades, data):
    """`insert(t, 42)` and `insert(t, [])`: `TypeError`."""
    with pytest.raises(TypeError):
        trades.insert("trades", data)


def test_malformed_text(trades):
    """Malformed text in `insert_json`/`insert_csv`: `IngestionError` 300 with line and column."""
    with pytest.raises(laminardb.IngestionError, match="line 2, column") as caught:
        trades.insert_json("trades", '{"symbol": "A"}\n{"symbol": A}')
    assert caught.value.code == 300
    with pytest.raises(laminardb.IngestionError, match="line 2, column") as caught:
        trades.insert_csv("trades", 'symbol,price\n"A,1\n')
    assert caught.value.code == 300
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (0,)
