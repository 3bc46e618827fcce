"""Every public name of the published package, 0.17: signatures, keyword names, defaults, aliases, reprs.

The tables below were read off the published type stub, once, as facts; the package itself is not needed. What stands
here may grow optional parameters, and never loses any.
"""

from __future__ import annotations

import asyncio
import inspect
import re

import laminardb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

FUNCTIONS = {
    "open": "(path, *, config=None)",
    "connect": "(uri)",
    "sql": "(query)",
    "execute": "(query)",
    "mv": "(conn, name, sql_def=None)",
}

# A property is None.
MEMBERS = {
    "LaminarConfig": {
        "__init__": "(*, buffer_size=65536, storage_dir=None, checkpoint_interval_ms=None)",
        "buffer_size": None,
        "storage_dir": None,
        "checkpoint_interval_ms": None,
    },
    "CheckpointResult": {
        "checkpoint_id": None,
    },
    "ExecuteResult": {
        "result_type": None,
        "rows_affected": None,
        "ddl_type": None,
        "ddl_object": None,
        "to_query_result": "()",
    },
    "Connection": {
        "is_closed": None,
        "is_checkpoint_enabled": None,
        "pipeline_state": None,
        "pipeline_watermark": None,
        "total_events_processed": None,
        "source_count": None,
        "sink_count": None,
        "active_query_count": None,
        "insert": "(table, data)",
        "insert_json": "(table, data)",
        "insert_csv": "(table, data)",
        "writer": "(table)",
        "query": "(sql)",
        "stream": "(sql)",
        "subscribe": "(sql)",
        "subscribe_async": "(sql)",
        "subscribe_stream": "(name)",
        "subscribe_stream_async": "(name)",
        "subscribe_callback": "(sql, on_data, on_error=None)",
        "subscribe_stream_callback": "(name, on_data, on_error=None)",
        "query_stream": "(name, filter=None)",
        "schema": "(table)",
        "create_table": "(name, schema)",
        "list_tables": "()",
        "list_streams": "()",
        "list_sinks": "()",
        "start": "()",
        "checkpoint": "()",
        "execute": "(sql)",
        "sql": "(query)",
        "tables": "()",
        "materialized_views": "()",
        "explain": "(query)",
        "stats": "(table)",
        "sources": "()",
        "sinks": "()",
        "streams": "()",
        "queries": "()",
        "topology": "()",
        "metrics": "()",
        "source_metrics": "(name)",
        "all_source_metrics": "()",
        "stream_metrics": "(name)",
        "all_stream_metrics": "()",
        "cancel_query": "(query_id)",
        "shutdown": "()",
        "close": "()",
    },
    "Writer": {
        "name": None,
        "schema": None,
        "current_watermark": None,
        "insert": "(data)",
        "flush": "()",
        "watermark": "(timestamp)",
        "close": "()",
    },
    "QueryResult": {
        "schema": None,
        "num_rows": None,
        "num_columns": None,
        "num_batches": None,
        "columns": None,
        "to_arrow": "()",
        "to_pandas": "()",
        "to_polars": "()",
        "to_dicts": "()",
        "to_df": "()",
        "df": "()",
        "pl": "(*, lazy=False)",
        "arrow": "()",
        "fetchall": "()",
        "fetchone": "()",
        "fetchmany": "(size=1)",
        "show": "(max_rows=20)",
        "_repr_html_": "()",
    },
    "QueryStreamIter": {
        "is_active": None,
        "try_next": "()",
        "cancel": "()",
    },
    "Subscription": {
        "is_active": None,
        "try_next": "()",
        "cancel": "()",
    },
    "AsyncSubscription": {
        "is_active": None,
        "cancel": "()",
    },
    "StreamSubscription": {
        "is_active": None,
        "schema": None,
        "next": "()",
        "next_timeout": "(timeout_ms)",
        "try_next": "()",
        "cancel": "()",
    },
    "CallbackSubscription": {
        "is_active": None,
        "cancel": "()",
        "wait": "()",
    },
    "AsyncStreamSubscription": {
        "is_active": None,
        "schema": None,
        "next": "()",
        "next_timeout": "(timeout_ms)",
        "try_next": "()",
        "cancel": "()",
    },
    "SourceInfo": {
        "name": None,
        "schema": None,
        "watermark_column": None,
    },
    "SinkInfo": {
        "name": None,
    },
    "StreamInfo": {
        "name": None,
        "sql": None,
    },
    "QueryInfo": {
        "id": None,
        "sql": None,
        "active": None,
    },
    "PipelineNode": {
        "name": None,
        "node_type": None,
        "schema": None,
        "sql": None,
    },
    "PipelineEdge": {
        "from_node": None,
        "to_node": None,
    },
    "PipelineTopology": {
        "nodes": None,
        "edges": None,
    },
    "PipelineMetrics": {
        "total_events_ingested": None,
        "total_events_emitted": None,
        "total_events_dropped": None,
        "total_cycles": None,
        "total_batches": None,
        "uptime_secs": None,
        "state": None,
        "source_count": None,
        "stream_count": None,
        "sink_count": None,
        "pipeline_watermark": None,
    },
    "SourceMetrics": {
        "name": None,
        "total_events": None,
        "pending": None,
        "capacity": None,
        "is_backpressured": None,
        "watermark": None,
        "utilization": None,
    },
    "StreamMetrics": {
        "name": None,
        "total_events": None,
        "pending": None,
        "capacity": None,
        "is_backpressured": None,
        "watermark": None,
        "sql": None,
    },
    "Column": {
        "__init__": "(name, type, nullable=True)",
    },
    "Schema": {
        "__init__": "(arrow_schema)",
        "arrow_schema": None,
        "columns": None,
        "names": None,
    },
    "TableStats": {
        "__init__": "(row_count, size_bytes)",
    },
    "Watermark": {
        "__init__": "(current, lag_ms=0)",
    },
    "CheckpointStatus": {
        "__init__": "(checkpoint_id, enabled)",
    },
    "Metrics": {
        "__init__": "(pipeline_metrics)",
        "events_per_second": None,
        "total_events": None,
        "uptime_secs": None,
        "state": None,
    },
    "ChangeRow": {
        "__init__": "(op, data)",
        "keys": "()",
        "values": "()",
        "to_dict": "()",
    },
    "ChangeEvent": {
        "__init__": "(query_result, op='Insert')",
        "df": "()",
        "pl": "(*, lazy=False)",
        "arrow": "()",
    },
    "MaterializedView": {
        "__init__": "(conn, name, sql=None)",
        "name": None,
        "sql": None,
        "query": "(where='')",
        "schema": "()",
        "subscribe": "(handler=None)",
    },
}

EXCEPTIONS = [
    "LaminarError",
    "ConnectionError",
    "QueryError",
    "IngestionError",
    "SchemaError",
    "SubscriptionError",
    "StreamError",
    "CheckpointError",
    "ConnectorError",
]

ALIASES = {"Config": "LaminarConfig", "BatchWriter": "Writer", "SubscriptionHandle": "CallbackSubscription"}


def accepts(callable_, published: str) -> None:
    """Every call that the published signature allows is one that `callable_` allows, with the same meaning."""
    scope: dict = {}
    exec(f"def published{published}: ...", scope)
    theirs = inspect.signature(scope["published"])
    ours = inspect.signature(callable_)
    mine = list(ours.parameters.values())
    for place, parameter in enumerate(theirs.parameters.values()):
        found = ours.parameters.get(parameter.name)
        assert found is not None, f"{parameter.name} of {published} is not in {ours}"
        assert (found.kind, found.default) == (parameter.kind, parameter.default), f"{parameter.name} in {ours}"
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            assert mine[place].name == parameter.name, ours
    for parameter in mine:
        added = parameter.name not in theirs.parameters
        assert not added or parameter.default is not parameter.empty, f"{parameter.name} is required in {ours}"


@pytest.mark.parametrize(("name", "signature"), FUNCTIONS.items(), ids=FUNCTIONS)
def test_function(name, signature):
    assert name in laminardb.__all__
    accepts(getattr(laminardb, name), signature)


@pytest.mark.parametrize(
    ("owner", "member", "signature"),
    [(owner, member, signature) for owner, members in MEMBERS.items() for member, signature in members.items()],
    ids=[f"{owner}.{member}" for owner, members in MEMBERS.items() for member in members],
)
def test_member(owner, member, signature):
    assert owner in laminardb.__all__
    class_ = getattr(laminardb, owner)
    if signature is None:
        assert isinstance(inspect.getattr_static(class_, member), property) or member in class_.__slots__
    elif member == "__init__":
        accepts(class_, signature)
    else:
        method = getattr(class_, member)
        unbound = inspect.signature(method)
        if "args" in unbound.parameters:
            with laminardb.open(":memory:") as conn, pytest.raises(laminardb.LaminarError, match="not supported yet"):
                method(conn)
            pytest.skip("not supported yet, and says so")
        accepts(_without_self(method, unbound), signature)


def _without_self(method, unbound: inspect.Signature):
    def call(*arguments, **keywords):
        return method(*arguments, **keywords)

    call.__signature__ = unbound.replace(parameters=list(unbound.parameters.values())[1:])
    return call


def test_aliases():
    for alias, name in ALIASES.items():
        assert getattr(laminardb, alias) is getattr(laminardb, name)
        assert alias in laminardb.__all__


def test_codes(published_codes):
    from laminardb import error_codes

    assert {name: getattr(laminardb.codes, name) for name in published_codes} == published_codes
    assert {name: getattr(error_codes, name) for name in published_codes} == published_codes


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_exceptions(name):
    class_ = getattr(laminardb, name)
    assert issubclass(class_, laminardb.LaminarError)
    assert issubclass(class_, Exception)
    assert class_("made by a program").code == 900


def test_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", laminardb.__version__)


@pytest.fixture
def sensors(conn):
    conn.execute("CREATE SOURCE sensors (name VARCHAR, value DOUBLE)")
    conn.execute("CREATE STREAM hot AS SELECT name, value FROM sensors WHERE value > 30")
    return conn


def test_a_program_by_keywords(sensors):
    """Calls with the published keyword names, and answers in the published types."""
    conn = sensors
    assert conn.insert(table="sensors", data={"name": "a", "value": 10.0}) == 1
    assert conn.insert_json(table="sensors", data='{"name": "b", "value": 40}') == 1
    assert conn.insert_csv(table="sensors", data="name,value\nc,50\n") == 1
    with conn.writer(table="sensors") as writer:
        writer.insert(data=[{"name": "d", "value": 60.0}])
        writer.watermark(timestamp=100)
        assert writer.current_watermark == 100
        assert isinstance(writer.flush(), int)
    assert conn.query(sql="SELECT count(*) FROM sensors").fetchone() == (4,)
    assert conn.sql(query="SELECT count(*) FROM hot").fetchone() == (3,)
    assert [len(batch) for batch in conn.stream(sql="SELECT * FROM sensors")] == [4]
    assert conn.query_stream(name="hot", filter="value > 45").num_rows == 2
    assert "sensors" in conn.explain(query="SELECT * FROM sensors")
    assert conn.schema(table="sensors").names == ["name", "value"]
    conn.create_table(name="made", schema=pa.schema({"v": pa.int64()}))
    assert sorted(conn.list_tables()) == sorted(conn.tables()) == ["made", "sensors"]
    assert conn.list_streams() == conn.materialized_views() == ["hot"]
    assert conn.list_sinks() == []
    conn.start()
    result = conn.execute(sql="SELECT 1 AS one")
    assert (result.result_type, int(result), bool(result)) == ("query", 0, True)
    assert (result.ddl_type, result.ddl_object) == (None, None)
    assert result.to_query_result().fetchall() == [(1,)]
    made = conn.execute("CREATE SOURCE other (v BIGINT)")
    assert (made.result_type, made.ddl_type, made.ddl_object) == ("ddl", "CREATE SOURCE", "other")
    assert conn.execute("INSERT INTO other VALUES (1), (2)").rows_affected == 2
    with pytest.raises(laminardb.SchemaError, match="not found"):
        conn.cancel_query(query_id=10**6)


def test_a_program_that_subscribes(sensors):
    conn = sensors
    received, errors = [], []
    query = conn.subscribe(sql="SELECT name FROM sensors")
    stream = conn.subscribe_stream(name="hot")
    by_query = conn.subscribe_callback(
        sql="SELECT name FROM sensors", on_data=lambda rows: received.extend(rows.fetchall()), on_error=errors.append
    )
    by_stream = conn.subscribe_stream_callback(
        name="hot", on_data=lambda rows: received.extend(rows.fetchall()), on_error=errors.append
    )
    assert [repr(s) for s in (query, stream)] == ["Subscription(active)", "StreamSubscription(active)"]
    assert all(s.is_active for s in (query, stream, by_query, by_stream))
    assert stream.schema.names == ["name", "value"]
    assert query.try_next() is None
    conn.insert("sensors", {"name": "a", "value": 99.0})
    assert next(iter(query)).fetchall() == [("a",)]
    assert stream.next_timeout(timeout_ms=30_000).fetchall() == [("a", 99.0)]
    conn.shutdown()
    by_query.wait()
    by_stream.wait()
    assert sorted(received) == [("a",), ("a", 99.0)]
    assert errors == []
    for subscription in (query, stream):
        subscription.cancel()
        assert not subscription.is_active


async def test_an_asynchronous_program(sensors):
    async with laminardb.open(":memory:") as other:
        assert not other.is_closed
    assert other.is_closed
    query = await sensors.subscribe_async(sql="SELECT name FROM sensors")
    stream = await sensors.subscribe_stream_async(name="hot")
    sensors.insert("sensors", {"name": "a", "value": 99.0})
    assert (await anext(aiter(query))).fetchall() == [("a",)]
    assert (await asyncio.wait_for(anext(aiter(stream)), 30)).fetchall() == [("a", 99.0)]
    for subscription in (query, stream):
        subscription.cancel()
        assert [item async for item in subscription] == []


def test_a_program_that_reads_results(sensors):
    sensors.insert("sensors", [{"name": "a", "value": 1.0}, {"name": "b", "value": None}])
    result = sensors.query("SELECT * FROM sensors")
    assert (result.num_rows, result.num_columns, len(result), result.columns) == (2, 2, 2, ["name", "value"])
    assert result.num_batches >= 1
    assert result.schema.names == ["name", "value"]
    assert result.to_arrow() == result.arrow() == pa.table(result)
    assert result.to_pandas().equals(result.df())
    assert isinstance(result.df(), pd.DataFrame)
    assert result.to_polars().equals(result.pl())
    assert isinstance(result.pl(lazy=True), pl.LazyFrame)
    assert result.to_dicts() == {"name": ["a", "b"], "value": [1.0, None]}
    assert isinstance(result.to_df(), pl.DataFrame)
    assert list(result) == [("a", 1.0), ("b", None)]
    assert (result.fetchone(), result.fetchmany(size=5), result.fetchall()) == (("a", 1.0), [("b", None)], [])
    assert "<table" in result._repr_html_()


def test_a_program_that_looks_around(sensors):
    sensors.insert("sensors", {"name": "a", "value": 99.0})
    (source,) = sensors.sources()
    assert (source.name, source.schema.names, source.watermark_column) == ("sensors", ["name", "value"], None)
    (stream,) = sensors.streams()
    assert stream.name == "hot"
    assert "FROM sensors" in stream.sql
    topology = sensors.topology()
    assert [(node.name, node.node_type) for node in topology.nodes] == [("sensors", "source"), ("hot", "stream")]
    assert [(edge.from_node, edge.to_node) for edge in topology.edges] == [("sensors", "hot")]
    metrics = sensors.metrics()
    assert (metrics.total_events_ingested, metrics.source_count, metrics.stream_count) == (1, 1, 1)
    assert sensors.source_metrics("sensors").total_events == 1
    assert sensors.stream_metrics("hot").total_events == 1
    assert sensors.source_metrics("nothing") is sensors.stream_metrics("nothing") is None
    assert [m.name for m in sensors.all_source_metrics()] == ["sensors"]
    assert [m.name for m in sensors.all_stream_metrics()] == ["hot"]
    assert (sensors.source_count, sensors.sink_count, sensors.active_query_count) == (1, 0, 0)
    assert sensors.pipeline_state in ("Created", "Running")
    assert isinstance(sensors.pipeline_watermark, int)
    assert sensors.total_events_processed == 1
    assert not sensors.is_checkpoint_enabled
    assert sensors.queries() == [] or all(isinstance(q, laminardb.QueryInfo) for q in sensors.queries())


def test_reprs_start_with_their_class(sensors):
    config = laminardb.LaminarConfig(buffer_size=1024, storage_dir=None, checkpoint_interval_ms=None)
    objects = [
        config,
        *sensors.sources(),
        *sensors.streams(),
        sensors.topology(),
        *sensors.topology().nodes,
        *sensors.topology().edges,
        sensors.metrics(),
        *sensors.all_source_metrics(),
        *sensors.all_stream_metrics(),
        sensors.execute("SELECT 1"),
        *sensors.queries(),
        sensors.writer("sensors"),
        sensors.query("SELECT 1"),
        sensors.subscribe("SELECT * FROM sensors"),
        sensors.subscribe_stream("hot"),
        sensors.subscribe_callback("SELECT * FROM sensors", print),
        laminardb.mv(sensors, "hot"),
    ]
    for value in objects:
        assert repr(value).startswith(f"{type(value).__name__}(")
    assert (repr(sensors), sensors.close(), repr(sensors)) == ("Connection(open)", None, "Connection(closed)")


def test_the_default_connection():
    laminardb.execute(query="CREATE SOURCE IF NOT EXISTS published (v BIGINT)")
    assert laminardb.sql(query="SELECT count(*) AS n FROM published").columns == ["n"]
    with laminardb.connect(uri=":memory:") as conn:
        assert conn.list_tables() == []
