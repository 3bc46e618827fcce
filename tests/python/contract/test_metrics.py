"""Metrics count rows, per source and stream, and add up."""

from __future__ import annotations

import laminardb
import pytest
from laminardb import _testing

NOTHING = -(2**63)


@pytest.fixture
def stepped():
    """A database that steps by hand, with two sources."""
    with _testing.open(manual_steps=True, config=laminardb.LaminarConfig(buffer_size=100)) as connection:
        connection.execute("CREATE SOURCE a (v BIGINT); CREATE SOURCE b (v BIGINT, ts TIMESTAMP, WATERMARK FOR ts)")
        yield connection


def check(connection):
    metrics = connection.metrics()
    sources = connection.all_source_metrics()
    assert metrics.total_events_ingested == sum(s.total_events for s in sources)
    assert metrics.total_events_ingested == metrics.total_events_processed + sum(s.pending for s in sources)
    assert connection.total_events_processed == metrics.total_events_processed
    assert metrics.total_events_dropped == sum(metrics.dropped.values())
    for stream in connection.all_stream_metrics():
        assert stream.dropped["late"] == stream.late_events
        assert stream.dropped["error"] == stream.error_events
    return metrics


def test_ingested_is_processed_and_pending(stepped):
    assert check(stepped).total_events_ingested == 0
    stepped.insert("a", [{"v": i} for i in range(7)])
    stepped.insert("b", {"v": 1, "ts": "2024-01-01"})
    metrics = check(stepped)
    assert (metrics.total_events_ingested, metrics.total_events_processed) == (8, 0)
    assert stepped.source_metrics("a").pending == 7
    assert stepped.source_metrics("a").utilization == 0.07
    _testing.step(stepped)
    metrics = check(stepped)
    assert (metrics.total_events_ingested, metrics.total_events_processed) == (8, 8)
    assert stepped.source_metrics("a").pending == 0
    assert stepped.source_metrics("a").total_events == 7
    assert (metrics.total_batches, metrics.total_cycles) == (2, 1)


def test_a_full_source_is_backpressured(stepped):
    stepped.insert("a", [{"v": i} for i in range(99)])
    assert not stepped.source_metrics("a").is_backpressured
    stepped.insert("a", {"v": 1})
    facts = stepped.source_metrics("a")
    assert (facts.is_backpressured, facts.pending, facts.capacity) == (True, 100, 100)
    _testing.step(stepped)
    assert not stepped.source_metrics("a").is_backpressured


def test_dropped_is_explained(stepped):
    stepped.execute("CREATE STREAM w AS SELECT count(*) AS n FROM b GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)")
    stepped.execute("CREATE STREAM d AS SELECT 10 / v AS d FROM a")
    stepped.insert("b", {"v": 1, "ts": "2024-01-01 00:05:00"})
    stepped.insert("b", [{"v": 1, "ts": "2024-01-01 00:00:00"}] * 3)
    stepped.insert("a", [{"v": 0}, {"v": 0}, {"v": 1}])
    _testing.step(stepped)
    metrics = check(stepped)
    assert metrics.dropped == {"late": 3, "error": 2, "overflow": 0}
    assert stepped.stream_metrics("w").dropped == {"late": 3, "error": 0, "overflow": 0}
    assert stepped.stream_metrics("d").dropped == {"late": 0, "error": 2, "overflow": 0}
    rows = stepped.query("SELECT name, late_events, error_events, overflow_events FROM laminar_catalog.streams")
    assert sorted(rows.fetchall()) == [("d", 0, 2, 0), ("w", 3, 0, 0)]
    stepped.execute("DROP STREAM w")
    assert check(stepped).dropped["late"] == 3, "counts do not go back"


def test_a_slow_subscriber_shows(stepped):
    stepped.execute("CREATE STREAM s AS SELECT v FROM a")
    by_name = stepped.subscribe_stream("s")
    by_query = stepped.subscribe("SELECT v + 1 AS v FROM s")
    for _ in range(3):
        stepped.insert("a", [{"v": i} for i in range(40)])
        _testing.step(stepped)
    facts = stepped.stream_metrics("s")
    assert (facts.pending, facts.capacity, facts.is_backpressured) == (120, 100, True)
    while by_name.try_next() is not None:
        pass
    assert stepped.stream_metrics("s").pending == 120, "the query's subscriber has read nothing"
    by_query.next()
    facts = stepped.stream_metrics("s")
    assert (facts.pending, facts.is_backpressured) == (80, False)
    assert stepped.query("SELECT pending FROM laminar_catalog.streams").fetchone() == (80,)
    by_query.cancel()
    assert stepped.stream_metrics("s").pending == 0


def test_emitted_counts_rows_of_change(stepped):
    stepped.execute("CREATE STREAM s AS SELECT v, count(*) AS n FROM a GROUP BY v")
    subscription = stepped.subscribe_stream("s")
    for _ in range(2):
        stepped.insert("a", [{"v": 1}, {"v": 2}])
        _testing.step(stepped)
    delivered = 0
    while (item := subscription.try_next()) is not None:
        delivered += item.num_rows
    assert delivered == 6, "two rows that come, then two that go and two that come"
    assert stepped.stream_metrics("s").total_events == 6
    assert check(stepped).total_events_emitted == 6


def test_unknown_names_and_idle_ones(stepped):
    stepped.execute("CREATE STREAM s AS SELECT v FROM a")
    assert stepped.source_metrics("nothing") is None
    assert stepped.stream_metrics("nothing") is None
    assert stepped.source_metrics("s") is None
    assert stepped.stream_metrics("a") is None
    idle = stepped.source_metrics("b")
    assert (idle.total_events, idle.pending, idle.is_backpressured, idle.watermark) == (0, 0, False, NOTHING)
    facts = stepped.stream_metrics("s")
    assert (facts.total_events, facts.pending, facts.watermark, facts.sql) == (0, 0, NOTHING, "SELECT v FROM a")
    metrics = stepped.metrics()
    assert (metrics.source_count, metrics.stream_count, metrics.sink_count) == (2, 1, 0)
    assert metrics.pipeline_watermark == NOTHING


def test_the_sum_holds_while_rows_flow(conn):
    conn.execute("CREATE SOURCE a (v BIGINT); CREATE STREAM s AS SELECT sum(v) AS total FROM a")
    for _ in range(200):
        conn.insert("a", {"v": [1] * 50})
    conn.query("SELECT * FROM s")
    assert check(conn).total_events_processed == 10_000


def test_reprs_begin_with_the_class(stepped):
    stepped.execute("CREATE STREAM s AS SELECT v FROM a")
    for facts in (stepped.metrics(), stepped.source_metrics("a"), stepped.stream_metrics("s")):
        assert repr(facts).startswith(type(facts).__name__ + "(")
        assert "\n" not in repr(facts)
