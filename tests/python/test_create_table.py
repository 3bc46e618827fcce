"""create_table, and what the catalog says of sources and streams."""

from __future__ import annotations

import laminardb
import pyarrow as pa
import pytest
from laminardb import codes

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        ("name", pa.string()),
        ("at", pa.timestamp("us")),
        ("kind", pa.dictionary(pa.int32(), pa.string())),
        ("view", pa.string_view()),
    ]
)


class SchemaOnly:
    def __arrow_c_schema__(self):
        return SCHEMA.__arrow_c_schema__()


@pytest.mark.parametrize("schema", [SCHEMA, SchemaOnly()], ids=["pyarrow", "__arrow_c_schema__"])
def test_from_an_arrow_schema(conn, schema):
    conn.create_table("t", schema)
    assert conn.schema("t") == SCHEMA, "Arrow types pass through unchanged"
    assert conn.list_tables() == ["t"]


def test_from_type_names(conn):
    conn.create_table("t", {"a": "BIGINT", "b": "float64", "c": "string", "d": "timestamp[us]", "e": "DECIMAL(10, 2)"})
    assert conn.schema("t") == pa.schema(
        {"a": pa.int64(), "b": pa.float64(), "c": pa.string(), "d": pa.timestamp("us"), "e": pa.decimal128(10, 2)}
    )


def test_it_is_a_source(conn):
    conn.create_table("t", {"v": "BIGINT"})
    assert [s.name for s in conn.sources()] == ["t"]
    conn.insert("t", {"v": 1})
    with pytest.raises(laminardb.LaminarError):
        conn.execute("DELETE FROM t")


def test_an_existing_name(conn):
    conn.create_table("t", {"v": "BIGINT"})
    with pytest.raises(laminardb.SchemaError) as info:
        conn.create_table("T", {"v": "BIGINT"})
    assert info.value.code == codes.TABLE_EXISTS


def test_an_unknown_type(conn):
    with pytest.raises(laminardb.LaminarError, match="BIGNT"):
        conn.create_table("t", {"v": "BIGNT"})
    assert conn.list_tables() == []


@pytest.mark.parametrize("schema", [42, "v BIGINT", None, {"v": 5}, {5: "BIGINT"}, [("v", "BIGINT")]], ids=repr)
def test_what_is_no_schema(conn, schema):
    with pytest.raises(TypeError):
        conn.create_table("t", schema)


@pytest.mark.parametrize("schema", [{}, pa.schema([])], ids=["dict", "pyarrow"])
def test_no_columns(conn, schema):
    with pytest.raises(laminardb.LaminarError):
        conn.create_table("t", schema)


def test_the_same_column_twice(conn):
    with pytest.raises(laminardb.LaminarError):
        conn.create_table("t", {"v": "BIGINT", "V": "BIGINT"})


def test_catalog(trades):
    trades.execute("CREATE STREAM big AS SELECT symbol FROM trades WHERE volume > 100")
    trades.execute("CREATE MATERIALIZED VIEW totals AS SELECT symbol, sum(volume) AS total FROM trades GROUP BY symbol")
    trades.execute("CREATE SOURCE timed (ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)")
    assert sorted(trades.list_tables()) == sorted(trades.tables()) == ["timed", "trades"]
    assert sorted(trades.list_streams()) == sorted(trades.materialized_views()) == ["big", "totals"]

    sources = {s.name: s for s in trades.sources()}
    assert sources["trades"].watermark_column is None
    assert sources["timed"].watermark_column == "ts"
    assert sources["trades"].schema.names == ["symbol", "price", "volume"]

    streams = {s.name: s for s in trades.streams()}
    assert "volume > 100" in streams["big"].sql
    assert trades.schema("totals").names == ["symbol", "total"]
    for info in [*sources.values(), *streams.values()]:
        assert repr(info).startswith(type(info).__name__ + "(")
        assert "\n" not in repr(info)


def test_queries_lists_what_runs(trades):
    trades.execute("CREATE STREAM s AS SELECT symbol FROM trades")
    assert trades.active_query_count == 0
    subscription = trades.subscribe("SELECT volume FROM trades")
    running = [q for q in trades.queries() if q.active]
    assert [q.sql for q in running] == ["SELECT volume FROM trades"]
    assert trades.active_query_count == 1
    assert repr(running[0]).startswith("QueryInfo(")
    subscription.cancel()
    assert trades.active_query_count == 0
    assert any(q.id == running[0].id and not q.active for q in trades.queries())


def test_metrics(trades):
    trades.execute("CREATE STREAM big AS SELECT symbol FROM trades WHERE volume > 1")
    trades.insert("trades", {"symbol": ["A", "B", "C"], "volume": [1, 2, 3]})
    trades.insert("trades", {"symbol": "D", "volume": 4})
    metrics = trades.metrics()
    assert metrics.total_events_ingested == 4
    assert metrics.total_events_dropped == 0
    assert metrics.total_batches == 2
    assert metrics.total_cycles >= 1
    assert metrics.uptime_secs >= 0
    assert (metrics.source_count, metrics.stream_count, metrics.sink_count) == (1, 1, 0)
    assert metrics.state == trades.pipeline_state in ("Created", "Running")
    assert metrics.pipeline_watermark == trades.pipeline_watermark == -(2**63)

    source = trades.source_metrics("trades")
    assert (source.name, source.total_events, source.is_backpressured) == ("trades", 4, False)
    assert source.capacity == 65_536
    assert source.utilization == source.pending / source.capacity
    stream = trades.stream_metrics("big")
    assert (stream.name, stream.total_events, stream.late_events) == ("big", 3, 0)
    assert "volume > 1" in stream.sql
    assert [m.name for m in trades.all_source_metrics()] == ["trades"]
    assert [m.name for m in trades.all_stream_metrics()] == ["big"]
    assert trades.total_events_processed == 4
    assert (trades.source_count, trades.sink_count) == (1, 0)
    for value in (metrics, source, stream):
        assert repr(value).startswith(type(value).__name__ + "(")
        assert "\n" not in repr(value)
    trades.shutdown()
    assert trades.metrics().state == "Stopped"


def test_metrics_of_unknown_names(trades):
    assert trades.source_metrics("nothing") is None
    assert trades.stream_metrics("nothing") is None


def test_watermark_in_metrics(conn):
    conn.execute("CREATE SOURCE t (ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)")
    assert conn.source_metrics("t").watermark == -(2**63)
    conn.insert("t", {"ts": "1970-01-01 00:00:10"})
    assert conn.source_metrics("t").watermark == 5000
    assert conn.pipeline_watermark == 5000
