"""The contract's section *Connection*, sentence by sentence.

Checkpoints, Python functions, writers, what may be inserted, and subscriptions have their own files.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime

import laminardb
import pyarrow as pa
import pytest
from laminardb import codes

NO_WATERMARK = -(2**63)


@pytest.fixture
def pipeline(conn):
    conn.execute("CREATE SOURCE sensors (k VARCHAR, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts)")
    conn.execute("CREATE STREAM totals AS SELECT k, sum(v) AS total FROM sensors GROUP BY k")
    conn.execute("CREATE MATERIALIZED VIEW top AS SELECT k, total FROM totals WHERE total > 1")
    return conn


# Lifecycle


def test_start(trades):
    """`start()` (idempotent; inserts and streams work without it)."""
    trades.execute("CREATE STREAM copy AS SELECT symbol FROM trades")
    trades.insert("trades", {"symbol": "A"})
    assert trades.query("SELECT * FROM copy").fetchall() == [("A",)]
    trades.start()
    trades.start()
    trades.insert("trades", {"symbol": "B"})
    assert trades.query("SELECT count(*) FROM copy").fetchone() == (2,)


def test_shutdown(trades):
    """`shutdown()` (stop intake, carry every in-flight event into subscriber queues and sinks without waiting for
    readers, then stop: queues stay readable and then end; `insert` after it raises 901)."""
    delivered = []
    subscription = trades.subscribe("SELECT symbol FROM trades")
    trades.create_sink("out", "SELECT symbol FROM trades", lambda change: delivered.extend(change.fetchall()))
    trades.insert("trades", [{"symbol": "A"}, {"symbol": "B"}])
    trades.shutdown()
    trades.shutdown()
    assert [row for item in subscription for row in item.fetchall()] == [("A",), ("B",)]
    assert subscription.next() is None
    assert delivered == [("A",), ("B",)]
    with pytest.raises(laminardb.LaminarError) as caught:
        trades.insert("trades", {"symbol": "C"})
    assert caught.value.code == codes.SHUTDOWN


def test_close_and_with(tmp_path):
    """`close()` (idempotent), `with`, `async with`, `is_closed`, `repr` is `Connection(open)` /
    `Connection(closed)`."""
    conn = laminardb.open(":memory:")
    assert (conn.is_closed, repr(conn)) == (False, "Connection(open)")
    conn.close()
    conn.close()
    assert (conn.is_closed, repr(conn)) == (True, "Connection(closed)")
    with laminardb.open(":memory:") as conn:
        assert not conn.is_closed
    assert conn.is_closed

    async def use():
        async with laminardb.open(":memory:") as conn:
            assert conn.query("SELECT 1").fetchone() == (1,)
        return conn

    assert asyncio.run(use()).is_closed


def test_threads(trades):
    """Every method may be called from any thread, the GIL is released around engine work."""

    def insert():
        for _ in range(20):
            trades.insert("trades", {"symbol": "A", "volume": 1})
            trades.query("SELECT count(*) FROM trades")

    threads = [threading.Thread(target=insert) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trades.query("SELECT sum(volume) FROM trades").fetchone() == (80,)


def test_a_method_never_deadlocks_with_a_callback(trades):
    """… and a method never deadlocks with a callback."""
    trades.execute("CREATE SOURCE echoes (symbol VARCHAR)")
    echoed = threading.Event()

    def echo(change):
        trades.insert("echoes", [{"symbol": row[0]} for row in change.fetchall()])
        trades.query("SELECT * FROM trades")
        trades.execute("CREATE SOURCE IF NOT EXISTS made_in_a_callback (v INT)")
        echoed.set()

    subscription = trades.subscribe_callback("SELECT symbol FROM trades", echo)
    trades.insert("trades", {"symbol": "A"})
    assert echoed.wait(60)
    subscription.cancel()
    assert trades.query("SELECT * FROM echoes").fetchall() == [("A",)]


# Ingestion


def test_insert_forms_return_how_many_rows(trades):
    """`insert(table, T) -> int`, `insert_json(table, str) -> int` (object, array, or JSON lines),
    `insert_csv(table, str) -> int` (header row), `writer(table) -> Writer`."""
    assert trades.insert("trades", {"symbol": "A"}) == 1
    assert trades.insert_json("trades", '{"symbol": "B"}') == 1
    assert trades.insert_json("trades", '[{"symbol": "C"}, {"symbol": "D"}]') == 2
    assert trades.insert_json("trades", '{"symbol": "E"}\n{"symbol": "F"}\n') == 2
    assert trades.insert_csv("trades", "symbol,price\nG,1.5\nH,2.5\n") == 2
    with trades.writer("trades") as writer:
        assert isinstance(writer, laminardb.Writer)
        writer.insert({"symbol": "I"})
    assert "".join(row[0] for row in trades.query("SELECT symbol FROM trades ORDER BY symbol")) == "ABCDEFGHI"


def test_upsert_and_delete(conn):
    """`upsert(table, T)`, `delete(table, keys)`."""
    conn.create_table("t", {"k": "string", "v": "int64"}, primary_key=["k"])
    assert conn.upsert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 2}]) == 2
    assert conn.upsert("t", {"k": "a", "v": 3}) == 1
    assert conn.delete("t", ["b", "z"]) == 1
    assert conn.query("SELECT * FROM t").fetchall() == [("a", 3)]


def test_transaction(trades):
    """`with conn.transaction():` (one epoch across sources)."""
    trades.execute("CREATE SOURCE other (v INT)")
    both = trades.subscribe("SELECT symbol FROM trades UNION ALL SELECT CAST(v AS VARCHAR) FROM other")
    with trades.transaction():
        trades.insert("trades", {"symbol": "A"})
        trades.insert("other", {"v": 1})
    assert sorted(both.next().fetchall()) == [("1",), ("A",)]
    with pytest.raises(ZeroDivisionError), trades.transaction():
        trades.insert("trades", {"symbol": "B"})
        raise ZeroDivisionError
    assert both.try_next() is None


# SQL


def test_sql_methods(pipeline):
    """`execute(sql) -> ExecuteResult`, `query(sql)`/`sql(sql) -> QueryResult`, `stream(sql) -> iterator of
    QueryResult`, `explain(sql) -> str`, `query_stream(name, filter=None) -> QueryResult`."""
    pipeline.insert("sensors", [{"k": "a", "v": 1}, {"k": "b", "v": 5}])
    assert isinstance(pipeline.execute("SELECT 1"), laminardb.ExecuteResult)
    assert isinstance(pipeline.query("SELECT 1"), laminardb.QueryResult)
    assert isinstance(pipeline.sql("SELECT 1"), laminardb.QueryResult)
    assert all(isinstance(batch, laminardb.QueryResult) for batch in pipeline.stream("SELECT * FROM sensors"))
    assert "sensors" in pipeline.explain("SELECT k FROM sensors")
    assert pipeline.query_stream("totals").num_rows == 2
    assert pipeline.query_stream("totals", "total > 2").fetchall() == [("b", 5)]
    assert pipeline.query_stream("totals", filter=None).num_rows == 2


def test_cancel_query_of_an_unknown_id(conn):
    """`cancel_query(id)` (unknown id: `SchemaError` "not found")."""
    with pytest.raises(laminardb.SchemaError, match="not found"):
        conn.cancel_query(10**9)


def test_parameters(pipeline):
    """**new**: parameters, `query("… WHERE k = ? AND v > $name", params)`."""
    pipeline.insert("sensors", [{"k": "a", "v": 1}, {"k": "a", "v": 2}, {"k": "b", "v": 3}])
    sql = "SELECT v FROM sensors WHERE k = ? AND v > $name"
    assert pipeline.query(sql, {1: "a", "name": 1}).fetchall() == [(2,)]
    assert pipeline.query("SELECT v FROM sensors WHERE k = ? AND v > ?", ["a", 1]).fetchall() == [(2,)]


def test_frames_in_scope(conn):
    """DataFrames and Arrow objects in the caller's scope usable as tables by name."""
    frame = pa.table({"v": [1, 2]}).to_pandas()
    arrow = pa.table({"w": [2, 3]})
    assert conn.query("SELECT v FROM frame JOIN arrow ON v = w").fetchall() == [(2,)]
    assert len(frame) == arrow.num_rows == 2


# Schema and catalog


class HasSchema:
    def __arrow_c_schema__(self):
        return pa.schema({"a": pa.int8()}).__arrow_c_schema__()


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (pa.schema({"a": pa.int64(), "b": pa.string()}), {"a": pa.int64(), "b": pa.string()}),
        ({"a": "int64", "b": "DOUBLE"}, {"a": pa.int64(), "b": pa.float64()}),
        (HasSchema(), {"a": pa.int8()}),
    ],
    ids=["pyarrow", "dict", "capsule"],
)
def test_create_table(conn, schema, expected):
    """`create_table(name, schema)` (pyarrow schema, dict of name → type name, or any `__arrow_c_schema__`),
    `schema(name) -> pyarrow.Schema`."""
    conn.create_table("t", schema)
    assert isinstance(conn.schema("t"), pa.Schema)
    assert {field.name: field.type for field in conn.schema("t")} == expected


def test_lists(pipeline):
    """`list_tables()`/`tables()` (sources and tables), `list_streams()`/`materialized_views()`, `list_sinks()`."""
    pipeline.execute("CREATE TABLE t (k INT)")
    pipeline.create_sink("out", "totals", lambda change: None)
    assert sorted(pipeline.list_tables()) == sorted(pipeline.tables()) == ["sensors", "t"]
    assert pipeline.list_streams() == pipeline.materialized_views() == ["totals", "top"]
    assert pipeline.list_sinks() == ["out"]


def test_stats(pipeline):
    """`stats(name) -> dict` (`name`, `row_count`, `size_bytes`, `watermark`, …)."""
    pipeline.insert("sensors", {"k": "a", "v": 1, "ts": datetime(2024, 1, 1)})
    stats = pipeline.stats("sensors")
    assert (stats["name"], stats["row_count"], stats["watermark"]) == ("sensors", 1, 1_704_067_200_000)
    assert stats["size_bytes"] > 0
    assert pipeline.stats("totals")["row_count"] == 1


def test_catalog(pipeline):
    """`sources() -> list[SourceInfo]` (`name, schema, watermark_column`), `sinks() -> list[SinkInfo]` (`name`),
    `streams() -> list[StreamInfo]` (`name, sql`)."""
    pipeline.create_sink("out", "totals", lambda change: None)
    [source] = pipeline.sources()
    assert isinstance(source, laminardb.SourceInfo)
    assert (source.name, source.schema.names, source.watermark_column) == ("sensors", ["k", "v", "ts"], "ts")
    [sink] = pipeline.sinks()
    assert isinstance(sink, laminardb.SinkInfo) and sink.name == "out"
    totals, top = pipeline.streams()
    assert isinstance(totals, laminardb.StreamInfo)
    assert (totals.name, top.name) == ("totals", "top")
    assert totals.sql == "SELECT k, sum(v) AS total FROM sensors GROUP BY k"


def test_topology(pipeline):
    """`.nodes: PipelineNode(name, node_type ∈ source/stream/sink, schema, sql)`, `.edges: PipelineEdge(from_node,
    to_node)`; **new** `to_mermaid()`, `_repr_html_`."""
    pipeline.create_sink("out", "totals", lambda change: None)
    topology = pipeline.topology()
    assert isinstance(topology, laminardb.PipelineTopology)
    kinds = {node.name: node.node_type for node in topology.nodes}
    assert kinds == {"sensors": "source", "totals": "stream", "top": "stream", "out": "sink"}
    [totals] = [node for node in topology.nodes if node.name == "totals"]
    assert isinstance(totals, laminardb.PipelineNode)
    assert totals.schema.names == ["k", "total"]
    assert totals.sql.startswith("SELECT k")
    edges = {(edge.from_node, edge.to_node) for edge in topology.edges}
    assert edges == {("sensors", "totals"), ("totals", "top"), ("totals", "out")}
    assert topology.to_mermaid().startswith("flowchart")
    assert "sensors" in topology._repr_html_()


# Queries


def test_queries(pipeline):
    """`queries() -> list[QueryInfo]` (`id, sql, active`): ad-hoc queries and subscriptions, never catalog streams."""
    assert pipeline.queries() == []
    pipeline.query("SELECT 1 AS one")
    subscription = pipeline.subscribe("SELECT k FROM sensors")
    by_sql = {query.sql: query for query in pipeline.queries()}
    assert set(by_sql) == {"SELECT 1 AS one", "SELECT k FROM sensors"}
    assert all(isinstance(query, laminardb.QueryInfo) and type(query.id) is int for query in by_sql.values())
    assert (by_sql["SELECT 1 AS one"].active, by_sql["SELECT k FROM sensors"].active) == (False, True)
    assert pipeline.active_query_count == 1
    pipeline.cancel_query(by_sql["SELECT k FROM sensors"].id)
    assert subscription.try_next() is None
    assert pipeline.active_query_count == 0


def test_queries_keeps_a_thousand(conn):
    """… the running ones and the last 1,000 finished."""
    subscription = conn.subscribe("SELECT 0 AS first")
    for i in range(1_010):
        conn.query(f"SELECT {i}")
    queries = conn.queries()
    assert len([query for query in queries if not query.active]) == 1_000
    assert [query.sql for query in queries if query.active] == ["SELECT 0 AS first"]
    assert max(query.id for query in queries) > 1_000
    subscription.cancel()


LONG = {
    "select": "SELECT count(*) FROM big a JOIN big b ON a.v % 2 = b.v % 2",
    "insert": "INSERT INTO target SELECT a.v FROM big a JOIN big b ON a.v % 2 = b.v % 2",
    "create table": "CREATE TABLE made AS SELECT a.v FROM big a JOIN big b ON a.v % 2 = b.v % 2",
    "aggregate": "SELECT string_agg(a.v::VARCHAR, ',') FROM big a JOIN big b ON a.v % 2 = b.v % 2",
    "groups": "SELECT a.v, b.v, count(*) FROM big a JOIN big b ON a.v % 2 = b.v % 2 GROUP BY ALL",
    "order": "SELECT a.v FROM big a JOIN big b ON a.v % 2 = b.v % 2 ORDER BY a.v - b.v",
    "update": "UPDATE held SET v = 1 WHERE v IN (SELECT a.v FROM big a JOIN big b ON a.v % 2 = b.v % 2)",
    "delete": "DELETE FROM held WHERE v IN (SELECT a.v FROM big a JOIN big b ON a.v % 2 = b.v % 2)",
    "copy": "COPY (SELECT a.v FROM big a JOIN big b ON a.v % 2 = b.v % 2) TO 'never.csv'",
}


@pytest.mark.parametrize("sql", LONG.values(), ids=LONG.keys())
def test_a_cancelled_query_raises_402(conn, sql, tmp_path, monkeypatch):
    """`cancel_query(id)`: the caller of a running query or INSERT … SELECT gets `QueryError` 402, and nothing is
    changed. How soon is measured by bench/cancellation.py."""
    monkeypatch.chdir(tmp_path)
    conn.execute("CREATE SOURCE big (v BIGINT); CREATE SOURCE target (v BIGINT); CREATE TABLE held (v BIGINT)")
    conn.execute("INSERT INTO held VALUES (1), (2)")
    conn.insert("big", {"v": list(range(100_000))})
    outcome = []

    def run():
        try:
            outcome.append(conn.execute(sql))
        except laminardb.LaminarError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not (running := [query for query in conn.queries() if query.active]):
        pass
    assert running[0].sql in sql
    conn.cancel_query(running[0].id)
    thread.join()
    assert isinstance(outcome[0], laminardb.QueryError) and outcome[0].code == codes.QUERY_CANCELLED
    assert conn.query("SELECT count(*) FROM target").fetchone() == (0,)
    assert sorted(conn.query("SELECT v FROM held").fetchall()) == [(1,), (2,)]
    assert sorted(conn.list_tables()) == ["big", "held", "target"]
    assert list(tmp_path.iterdir()) == []
    assert [query.active for query in conn.queries() if query.id == running[0].id] == [False]


# Metrics and properties


def test_metrics(pipeline):
    """`metrics() -> PipelineMetrics` (…), `source_metrics(name)` / `all_source_metrics()`, `stream_metrics(name)` /
    `all_stream_metrics()`; unknown name → `None`."""
    pipeline.insert("sensors", [{"k": "a", "v": 1, "ts": datetime(2024, 1, 1)}, {"k": "a", "v": 2}])
    pipeline.query("SELECT 1")
    metrics = pipeline.metrics()
    assert isinstance(metrics, laminardb.PipelineMetrics)
    assert (metrics.total_events_ingested, metrics.total_batches) == (2, 1)
    assert metrics.total_events_emitted >= 0 and metrics.total_events_dropped == 0
    assert metrics.total_cycles >= 1 and metrics.uptime_secs > 0
    assert (metrics.source_count, metrics.stream_count, metrics.sink_count) == (1, 2, 0)
    assert (metrics.state, metrics.pipeline_watermark) == ("Created", 1_704_067_200_000)
    source = pipeline.source_metrics("sensors")
    assert isinstance(source, laminardb.SourceMetrics)
    assert (source.name, source.total_events, source.pending) == ("sensors", 2, 0)
    assert (source.capacity, source.is_backpressured, source.utilization) == (65_536, False, 0.0)
    assert source.watermark == 1_704_067_200_000
    assert [each.name for each in pipeline.all_source_metrics()] == ["sensors"]
    stream = pipeline.stream_metrics("totals")
    assert isinstance(stream, laminardb.StreamMetrics)
    assert (stream.name, stream.pending, stream.is_backpressured) == ("totals", 0, False)
    assert stream.capacity > 0 and stream.total_events >= 0 and stream.sql.startswith("SELECT k")
    assert stream.watermark == 1_704_067_200_000
    assert [each.name for each in pipeline.all_stream_metrics()] == ["totals", "top"]
    assert pipeline.source_metrics("nothing") is None
    assert pipeline.stream_metrics("nothing") is None


def test_properties(pipeline):
    """`pipeline_state` (`Created, Running, ShuttingDown, Stopped`), `pipeline_watermark`, `total_events_processed`,
    `source_count`, `sink_count`, `active_query_count`, `is_checkpoint_enabled`."""
    assert pipeline.pipeline_state == "Created"
    pipeline.start()
    assert pipeline.pipeline_state == "Running"
    assert pipeline.pipeline_watermark == NO_WATERMARK
    pipeline.insert("sensors", {"k": "a", "v": 1, "ts": datetime(2024, 1, 1)})
    pipeline.query("SELECT * FROM sensors")
    assert pipeline.pipeline_watermark == 1_704_067_200_000
    assert pipeline.total_events_processed == 1
    assert (pipeline.source_count, pipeline.sink_count, pipeline.active_query_count) == (1, 0, 0)
    assert pipeline.is_checkpoint_enabled is False
    pipeline.shutdown()
    assert pipeline.pipeline_state == "Stopped"


def test_is_checkpoint_enabled(tmp_path):
    """`is_checkpoint_enabled` reports the configuration alone: True when `storage_dir` or an interval is set.
    `checkpoint()` is `None` exactly when it is not."""
    with laminardb.open(":memory:") as conn:
        assert conn.is_checkpoint_enabled is False
        assert conn.checkpoint() is None
    config = laminardb.LaminarConfig(storage_dir=str(tmp_path))
    try:
        durable = laminardb.open(":memory:", config=config)
    except laminardb.ConnectionError as error:
        assert "not supported yet" in str(error)
        pytest.skip("a database on disk is not supported yet")
    with durable as conn:
        assert conn.is_checkpoint_enabled is True


def test_reprs(pipeline):
    """Every info, metrics, topology and result class is exported by name and has a `repr` that starts with its class
    name (one line, but for `QueryResult`)."""
    pipeline.create_sink("out", "totals", lambda change: None)
    subscription = pipeline.subscribe("SELECT k FROM sensors")
    topology = pipeline.topology()
    objects = [
        pipeline.sources()[0],
        pipeline.streams()[0],
        pipeline.sinks()[0],
        pipeline.queries()[0],
        topology,
        topology.nodes[0],
        topology.edges[0],
        pipeline.metrics(),
        pipeline.source_metrics("sensors"),
        pipeline.stream_metrics("totals"),
        pipeline.execute("SELECT 1"),
        pipeline.query("SELECT 1"),
    ]
    for each in objects:
        name = type(each).__name__
        assert getattr(laminardb, name) is type(each)
        assert repr(each).startswith(f"{name}(")
        assert name == "QueryResult" or "\n" not in repr(each)
    subscription.cancel()


# Read your writes


def test_read_your_writes(pipeline):
    """After `insert` returns, `query` over the source, or over any stream or view fed by it, sees those rows."""
    pipeline.execute("CREATE VIEW doubled AS SELECT k, total * 2 AS total FROM totals")
    for i in range(1, 50):
        pipeline.insert("sensors", {"k": "a", "v": 1})
        assert pipeline.query("SELECT count(*) FROM sensors").fetchone() == (i,)
        assert pipeline.query("SELECT total FROM totals").fetchone() == (i,)
        assert pipeline.query("SELECT total FROM doubled").fetchone() == (2 * i,)


def test_read_your_writes_of_closed_windows(pipeline):
    """… (a stream that emits on window close shows the windows that are closed)."""
    pipeline.execute(
        "CREATE STREAM minutes AS SELECT window_start, sum(v) AS total FROM sensors "
        "GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)"
    )
    pipeline.insert("sensors", {"k": "a", "v": 1, "ts": datetime(2024, 1, 1)})
    assert pipeline.query("SELECT * FROM minutes").fetchall() == []
    pipeline.insert("sensors", {"k": "a", "v": 2, "ts": datetime(2024, 1, 1, 0, 1)})
    assert pipeline.query("SELECT * FROM minutes").fetchall() == [(datetime(2024, 1, 1), 1)]


def test_wait_for(pipeline):
    """**new** `wait_for(stream, epoch=None, watermark=None, timeout=None)` for rows that connectors bring."""
    pipeline.insert("sensors", {"k": "a", "v": 1, "ts": datetime(2024, 1, 1)})
    epoch = pipeline.wait_for("totals")
    assert pipeline.wait_for("totals", epoch=epoch, watermark=datetime(2024, 1, 1), timeout=10) == epoch
    with pytest.raises(laminardb.SubscriptionError, match="timeout"):
        pipeline.wait_for("totals", epoch=epoch + 1, timeout=0.01)
