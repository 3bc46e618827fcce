"""The contract's section *High-level types*: every sentence an assertion."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading

import laminardb
import laminardb.types
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from laminardb import (
    ChangeEvent,
    ChangeRow,
    CheckpointResult,
    CheckpointStatus,
    Column,
    MaterializedView,
    Metrics,
    Schema,
    TableStats,
    Watermark,
)

NAMES = [
    "ChangeEvent",
    "ChangeRow",
    "CheckpointStatus",
    "Column",
    "MaterializedView",
    "Metrics",
    "Schema",
    "TableStats",
    "Watermark",
]


@pytest.fixture
def totals(conn):
    """A source t(k, v) and a view totals(k, total) over it."""
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    conn.execute("CREATE MATERIALIZED VIEW totals AS SELECT k, sum(v) AS total FROM t GROUP BY k")
    return laminardb.mv(conn, "totals")


@pytest.mark.parametrize("name", NAMES)
def test_in_types_and_in_the_package(name):
    assert getattr(laminardb, name) is getattr(laminardb.types, name)
    assert name in laminardb.__all__
    assert name in laminardb.types.__all__


# Schema, Column


ARROW = pa.schema([pa.field("k", pa.string(), nullable=False), pa.field("v", pa.int64())])


def test_column():
    column = Column("k", "string", False)
    assert (column.name, column.type, column.nullable) == ("k", "string", False)
    assert Column("k", "string") == Column(name="k", type="string", nullable=True)
    assert repr(column) == "Column(name='k', type='string', nullable=False)"
    with pytest.raises(dataclasses.FrozenInstanceError):
        column.name = "other"


def test_schema():
    schema = Schema(ARROW)
    assert schema.arrow_schema is ARROW
    assert schema.columns == list(schema) == [Column("k", "string", False), Column("v", "int64")]
    assert schema.names == ["k", "v"]
    assert len(schema) == 2
    assert "v" in schema
    assert "V" not in schema
    assert repr(schema) == "Schema(k: string, v: int64)"
    assert schema == Schema(pa.schema(schema)) != Schema(pa.schema([]))
    assert hash(schema) == hash(Schema(ARROW))


def test_schema_by_position_and_by_name():
    schema = Schema(ARROW)
    assert schema[0] == schema["k"] == schema[-2]
    with pytest.raises(IndexError):
        schema[2]
    with pytest.raises(KeyError, match="did you mean 'v'"):
        schema["vv"]
    with pytest.raises(KeyError, match="2 columns"):
        Schema(pa.schema([("a", pa.int8()), ("a", pa.int8())]))["a"]


def test_schema_of_a_result(conn):
    assert repr(Schema(conn.query("SELECT 1 AS one"))) == "Schema(one: int32)"


# MaterializedView


def test_mv_is_a_handle_and_creates_nothing(conn):
    view = laminardb.mv(conn, "later", sql_def="SELECT 1")
    assert isinstance(view, MaterializedView)
    assert (view.name, view.sql) == ("later", "SELECT 1")
    assert repr(view) == "MaterializedView(name='later')"
    assert conn.list_streams() == []
    assert MaterializedView(conn, "later").sql is None
    assert MaterializedView(conn=conn, name="later", sql="SELECT 2").sql == "SELECT 2"


def test_query(conn, totals):
    conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 5}])
    assert sorted(totals.query().fetchall()) == [("a", 1), ("b", 5)]
    assert totals.query("total > 1").fetchall() == totals.query(where="k = 'b'").fetchall() == [("b", 5)]
    with pytest.raises(laminardb.QueryError):
        totals.query("total >")
    with pytest.raises(laminardb.LaminarError, match="nowhere"):
        laminardb.mv(conn, "nowhere").query()


def test_schema_of_a_view(conn, totals):
    assert totals.schema() == Schema(conn.schema("totals"))
    with pytest.raises(laminardb.SchemaError):
        laminardb.mv(conn, "nowhere").schema()


def test_subscribe_without_a_handler(conn, totals):
    subscription = totals.subscribe()
    assert isinstance(subscription, laminardb.StreamSubscription)
    conn.insert("t", {"k": "a", "v": 1})
    assert subscription.next().fetchall() == [("a", 1, 1)]


def test_subscribe_with_a_handler(conn, totals):
    """An update of a view whose key the engine knows is two rows, before and after."""
    events, arrived = [], threading.Semaphore(0)

    def handle(event):
        events.append(event)
        arrived.release()

    conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 5}])
    changes = totals.subscribe(handler=handle)
    assert arrived.acquire(timeout=30)  # the contents
    with conn.transaction():
        conn.insert("t", {"k": "a", "v": 2})
        conn.insert("t", {"k": "c", "v": 9})
    assert arrived.acquire(timeout=30)
    assert changes.is_active
    assert changes.is_alive()
    assert changes.daemon
    conn.shutdown()
    changes.join(30)
    assert not changes.is_active
    first, second = events
    assert sorted((row.op, *row.values()) for row in first) == [("Insert", "a", 1), ("Insert", "b", 5)]
    found = [(row.op, row["k"], row["total"]) for row in second]
    assert sorted(found) == [("Insert", "c", 9), ("UpdateAfter", "a", 3), ("UpdateBefore", "a", 1)]
    assert found.index(("UpdateAfter", "a", 3)) == found.index(("UpdateBefore", "a", 1)) + 1


def test_a_handler_may_cancel(conn, totals):
    called = threading.Event()
    ready = threading.Event()

    def handle(event):
        assert ready.wait(30)
        changes.cancel()
        called.set()

    conn.insert("t", {"k": "a", "v": 1})
    changes = totals.subscribe(handle)
    assert repr(changes) == "ChangeThread(totals, active)"
    ready.set()
    changes.wait()
    changes.cancel()
    assert called.is_set()
    assert repr(changes) == "ChangeThread(totals, finished)"


def test_a_handler_that_raises_ends_the_subscription(conn, totals, monkeypatch):
    reported = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: reported.append(arguments.exc_value))

    def handle(event):
        raise ZeroDivisionError("in the handler")

    conn.insert("t", {"k": "a", "v": 1})
    changes = totals.subscribe(handle)
    changes.wait()
    assert not changes.is_active
    assert [str(error) for error in reported] == ["in the handler"]


def test_a_program_may_end_with_a_handler_waiting():
    code = (
        "import laminardb\n"
        "conn = laminardb.open(':memory:')\n"
        "conn.execute('CREATE SOURCE t (v BIGINT)')\n"
        "conn.execute('CREATE STREAM s AS SELECT v FROM t')\n"
        "changes = laminardb.mv(conn, 's').subscribe(print)\n"
        "print('end')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "end\n", "")


def test_the_key_of_a_stream(conn, totals):
    conn.execute("CREATE STREAM plain AS SELECT v FROM t")
    conn.execute("CREATE STREAM one AS SELECT count(*) AS n FROM t")
    assert {stream.name: stream.key for stream in conn.streams()} == {"totals": ["k"], "plain": None, "one": []}


# ChangeEvent, ChangeRow


def test_change_row():
    row = ChangeRow(op="Delete", data={"k": "a", "v": None})
    assert row.op == "Delete"
    assert (row["k"], row["v"]) == ("a", None)
    assert row.keys() == ["k", "v"]
    assert row.values() == ["a", None]
    assert row.to_dict() == dict(row) == {"k": "a", "v": None}
    assert row.to_dict() is not row.to_dict()
    assert repr(row) == "ChangeRow(op='Delete', {'k': 'a', 'v': None})"
    assert row == ChangeRow("Delete", {"k": "a", "v": None}) != ChangeRow("Insert", {"k": "a", "v": None})
    with pytest.raises(KeyError):
        row["w"]


def test_change_event_of_appended_rows(conn):
    event = ChangeEvent(conn.query("VALUES (1, 'a'), (2, 'b')"))
    assert len(event) == 2
    assert [row.op for row in event] == ["Insert", "Insert"]
    assert [row.values() for row in event] == [[1, "a"], [2, "b"]]
    assert repr(event) == "ChangeEvent(rows=2, op='Insert')"
    assert [row.op for row in ChangeEvent(conn.query("SELECT 1 AS one"), op="Delete")] == ["Delete"]


def test_change_event_of_weights(conn):
    """Without a key, what came is inserted and what went is deleted, each as often as the weight says."""
    result = conn.query("SELECT * FROM (VALUES ('a', 2), ('b', -1), ('c', -2)) AS x (k, __weight)")
    event = ChangeEvent(result)
    assert [(row.op, row.keys(), row["k"]) for row in event] == [
        ("Insert", ["k"], "a"),
        ("Insert", ["k"], "a"),
        ("Delete", ["k"], "b"),
        ("Delete", ["k"], "c"),
        ("Delete", ["k"], "c"),
    ]
    assert len(event) == len(list(event)) == 5
    assert event[0] == event[1]
    assert event[0] is not event[1]
    assert [row.op for row in event[2:]] == ["Delete"] * 3


UPDATES = "SELECT * FROM (VALUES ('a', 1, -1), ('b', 1, -1), ('c', 1, 1), ('a', 2, 1), (NULL, 1, -1), (NULL, 2, 1))"


def test_change_event_of_updates(conn):
    event = ChangeEvent(conn.query(f"{UPDATES} AS x (k, v, __weight)"), key=["k"])
    assert [(row.op, *row.values()) for row in event] == [
        ("UpdateBefore", "a", 1),
        ("UpdateAfter", "a", 2),
        ("Delete", "b", 1),
        ("Insert", "c", 1),
        ("UpdateBefore", None, 1),
        ("UpdateAfter", None, 2),
    ]


def test_one_row_at_most_is_updated(conn):
    """The empty key: whatever goes and whatever comes is the same row."""
    result = conn.query("SELECT * FROM (VALUES (1, -1), (2, 1)) AS x (n, __weight)")
    assert [row.op for row in ChangeEvent(result, key=[])] == ["UpdateBefore", "UpdateAfter"]


def test_change_event_conversions(conn):
    event = ChangeEvent(conn.query("SELECT 1 AS one"))
    assert event.arrow().to_pydict() == {"one": [1]}
    assert event.df().equals(pd.DataFrame({"one": [1]}, dtype="int32"))
    assert event.pl().equals(pl.DataFrame({"one": [1]}, schema={"one": pl.Int32}))
    assert isinstance(event.pl(lazy=True), pl.LazyFrame)


# TableStats, Watermark, CheckpointStatus, CheckpointResult, Metrics


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        (TableStats(row_count=3, size_bytes=120), "TableStats(row_count=3, size_bytes=120)"),
        (Watermark(current=5), "Watermark(current=5, lag_ms=0)"),
        (Watermark(5, 7), "Watermark(current=5, lag_ms=7)"),
        (CheckpointStatus(checkpoint_id=None, enabled=False), "CheckpointStatus(checkpoint_id=None, enabled=False)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_records(record, shown):
    assert repr(record) == shown
    assert record == dataclasses.replace(record)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, dataclasses.fields(record)[0].name, 1)


def test_checkpoint_result():
    result = CheckpointResult(7)
    assert isinstance(result, int)
    assert result == int(result) == result.checkpoint_id == 7
    assert CheckpointResult(0)
    assert CheckpointResult(7) < CheckpointResult(8)
    assert repr(result) == "CheckpointResult(checkpoint_id=7)"


def test_metrics(conn, totals):
    conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 5}])
    pipeline = conn.metrics()
    metrics = Metrics(pipeline_metrics=pipeline)
    assert metrics.total_events == pipeline.total_events_ingested == 2
    assert metrics.uptime_secs == pipeline.uptime_secs > 0
    assert metrics.events_per_second == 2 / metrics.uptime_secs
    assert metrics.state == pipeline.state
    assert repr(metrics).startswith("Metrics(state='")


def test_metrics_before_any_time_has_passed():
    class Nothing:
        total_events_ingested = 5
        uptime_secs = 0
        state = "Created"

    assert Metrics(Nothing()).events_per_second == 0.0
    assert repr(Metrics(Nothing())) == "Metrics(state='Created', eps=0.0, uptime=0.0s)"
