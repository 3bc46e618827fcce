"""Streams with equal parts share them, and to a user each is as if it were alone."""

from __future__ import annotations

import json

import laminardb
import pytest
from laminardb import _testing

QUERY = "SELECT symbol, sum(volume) AS total FROM trades GROUP BY symbol"


def explain(conn, name, *, analyze=False):
    words = "ANALYZE, FORMAT JSON" if analyze else "FORMAT JSON"
    return json.loads(conn.query(f"EXPLAIN ({words}) STREAM {name}").fetchone()[0])


def node(document, operator):
    (found,) = [node for node in document["nodes"] if node["operator"] == operator]
    return found


def sharing(conn, name, operator="Aggregate"):
    return [note for note in node(explain(conn, name), operator)["notes"] if note.startswith("shared")]


def insert(conn, *rows):
    conn.insert("trades", [{"symbol": symbol, "price": 1.0, "volume": volume} for symbol, volume in rows])


def test_explain_says_with_how_many(trades):
    trades.execute(f"CREATE STREAM a AS {QUERY}")
    assert sharing(trades, "a") == []
    trades.execute("CREATE MATERIALIZED VIEW b AS SELECT symbol FROM trades GROUP BY symbol HAVING sum(volume) > 3")
    assert sharing(trades, "a") == sharing(trades, "b") == ["shared with 1 other stream"]
    subscription = trades.subscribe(QUERY)
    assert sharing(trades, "b") == ["shared with 2 other streams"]
    subscription.cancel()
    trades.execute("DROP STREAM a")
    assert sharing(trades, "b") == []


def test_explain_of_a_statement_says_what_it_would_share(trades):
    def notes(statement):
        document = json.loads(trades.query(f"EXPLAIN (FORMAT JSON) {statement}").fetchone()[0])
        return [note for note in node(document, "Aggregate")["notes"] if "shared" in note]

    assert notes(QUERY) == []
    trades.execute(f"CREATE STREAM a AS {QUERY}")
    assert notes(QUERY) == ["would be shared with 1 stream"]
    assert notes("CREATE STREAM b AS SELECT symbol FROM trades GROUP BY symbol HAVING sum(volume) > 3") == [
        "would be shared with 1 stream"
    ]
    assert notes("SELECT symbol, sum(volume + 1) AS total FROM trades GROUP BY symbol") == []
    subscription = trades.subscribe(QUERY)
    assert notes(QUERY) == ["would be shared with 2 streams"]
    assert notes(f"CREATE STREAM c WITH (on_error = 'stop') AS {QUERY}") == []
    assert [info.name for info in trades.streams()] == ["a"], "nothing was made"
    subscription.cancel()


def test_a_plan_is_drawn_in_the_words_of_its_own_query(trades):
    trades.execute("CREATE STREAM a AS SELECT t.symbol AS s, max(t.price) AS m FROM trades AS t GROUP BY t.symbol")
    trades.execute("CREATE STREAM b AS SELECT max(price) AS highest, symbol FROM trades GROUP BY symbol")
    alone = laminardb.open(":memory:")
    alone.execute("CREATE SOURCE trades (symbol VARCHAR, price DOUBLE, volume BIGINT)")
    alone.execute("CREATE STREAM b AS SELECT max(price) AS highest, symbol FROM trades GROUP BY symbol")
    shared = trades.query("EXPLAIN STREAM b").fetchone()[0]
    assert "shared with 1 other stream" in shared
    lines = [line for line in shared.splitlines() if "shared with" not in line]
    assert lines == alone.query("EXPLAIN STREAM b").fetchone()[0].splitlines()
    alone.close()


def test_analyze_tells_what_the_shared_operator_did_for_all(trades):
    trades.execute(f"CREATE STREAM a AS {QUERY}")
    insert(trades, ("x", 1), ("y", 2), ("x", 3))
    trades.execute(f"CREATE STREAM b AS {QUERY}")
    insert(trades, ("z", 1))
    of_b = explain(trades, "b", analyze=True)
    assert node(of_b, "Aggregate")["analyze"]["rows_in"] == 4
    assert node(of_b, "Aggregate")["analyze"]["state_rows"] == 3
    assert node(of_b, "Source")["analyze"]["rows_out"] == 4


def test_nothing_of_it_is_listed(trades):
    for name in ("a", "b"):
        trades.execute(f"CREATE STREAM {name} AS {QUERY}")
    assert [stream.name for stream in trades.streams()] == ["a", "b"]
    assert trades.metrics().stream_count == 2
    assert {metrics.name for metrics in trades.all_stream_metrics()} == {"a", "b"}
    topology = trades.topology()
    assert {node.name for node in topology.nodes} == {"trades", "a", "b"}
    assert {(edge.from_node, edge.to_node) for edge in topology.edges} == {("trades", "a"), ("trades", "b")}


@pytest.mark.parametrize("share", [True, False])
def test_metrics_are_those_of_a_stream_alone(share):
    conn = _testing.open(disable_rules=not share)
    conn.execute("CREATE SOURCE t (ts TIMESTAMP, k BIGINT, v BIGINT, WATERMARK FOR ts)")
    query = "SELECT k, sum(100 / v) AS s FROM t GROUP BY k, TUMBLE(ts, INTERVAL '10' SECOND)"
    conn.execute(f"CREATE STREAM early AS {query}")
    rows = [(1, 1, 5), (2, 1, 0), (25, 2, 1), (3, 2, 4), (26, 2, 0)]
    for second, k, v in rows:
        conn.insert("t", {"ts": f"1970-01-01 00:00:{second:02}", "k": k, "v": v})
    conn.execute(f"CREATE STREAM late AS {query}")
    conn.insert("t", {"ts": "1970-01-01 00:00:04", "k": 1, "v": 1})
    conn.query("SELECT count(*) FROM t")
    counts = conn.query("SELECT name, late_events, error_events, watermark FROM laminar_catalog.streams").fetchall()
    assert sorted(counts) == [("early", 2, 2, 26000), ("late", 2, 2, 26000)]
    assert conn.metrics().total_events_dropped == 8
    listed = conn.query("SELECT stream, count(*) FROM laminar_catalog.errors GROUP BY stream").fetchall()
    assert sorted(listed) == [("early", 2), ("late", 2)]
    conn.close()


def test_subscriptions_to_one_query_each_get_all_of_it(trades):
    insert(trades, ("x", 1))
    subscriptions = [trades.subscribe(QUERY) for _ in range(3)]
    assert [next(s).fetchall() for s in subscriptions] == [[("x", 1, 1)]] * 3
    subscriptions.pop(0).cancel()
    insert(trades, ("x", 2))
    for subscription in subscriptions:
        assert next(subscription).fetchall() == [("x", 1, -1), ("x", 3, 1)]
        subscription.cancel()
