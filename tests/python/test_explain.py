"""EXPLAIN in its formats, of what would run, what is run for it, and what is running."""

from __future__ import annotations

import json

import laminardb
import pytest

OPERATOR_FACTS = {"rows_in", "rows_out", "time_ms", "state_rows", "state_bytes"}


@pytest.fixture
def flowing(trades):
    """Trades under a filter and a group-by, subscribed to."""
    trades.execute("CREATE STREAM totals AS SELECT symbol, count(*) AS n FROM trades WHERE volume > 0 GROUP BY symbol")
    subscription = trades.subscribe_stream("totals")
    for first in range(0, 3000, 1000):
        trades.insert(
            "trades", [{"symbol": f"S{i % 7}", "price": 1.0, "volume": i % 10} for i in range(first, first + 1000)]
        )
    yield trades
    subscription.cancel()


def plan(conn, sql):
    return json.loads(conn.query(sql).fetchone()[0])


def nodes(document):
    return {node["operator"]: node for node in document["nodes"]}


def test_json_has_the_documented_keys(trades):
    document = plan(
        trades, 'EXPLAIN (FORMAT JSON) SELECT symbol, sum(volume) AS "a \\ ""b""" FROM trades GROUP BY symbol'
    )
    assert set(document) == {"result", "nodes", "warnings"}
    assert document["result"]["append_only"] is False
    assert "aggregation" in document["result"]["retracts_because"]
    assert document["result"]["columns"][1] == {"name": 'a \\ "b"', "type": "BIGINT", "nullable": True}
    assert [node["id"] for node in document["nodes"]] == list(range(len(document["nodes"])))
    source, aggregate, *_ = document["nodes"]
    assert (source["operator"], source["detail"], source["inputs"]) == ("Source", "trades (symbol, volume)", [])
    assert aggregate["operator"] == "Aggregate"
    assert aggregate["inputs"] == [source["id"]]
    assert aggregate["notes"][-1] == "state: one row per (symbol), never dropped: unbounded"
    assert document["warnings"]
    assert "analyze" not in aggregate


def test_partitions_are_one_node():
    from laminardb import _testing

    with _testing.open(":memory:", partitions=4) as conn:
        conn.execute("CREATE SOURCE t (k INT)")
        conn.execute("CREATE STREAM s AS SELECT k, count(*) AS n FROM t GROUP BY k")
        subscription = conn.subscribe_stream("s")
        conn.insert("t", [{"k": i} for i in range(100)])
        document = plan(conn, "EXPLAIN (ANALYZE, FORMAT JSON) s")
        aggregate = nodes(document)["Aggregate"]
        assert aggregate["partitions"] == 4
        assert aggregate["analyze"]["rows_in"] == 100
        assert aggregate["analyze"]["state_rows"] == 100
        assert all(earlier < node["id"] for node in document["nodes"] for earlier in node["inputs"])
        subscription.cancel()


def test_analyze_of_a_running_stream(flowing):
    found = nodes(plan(flowing, "EXPLAIN (ANALYZE, FORMAT JSON) STREAM totals"))
    assert found["Source"]["analyze"] == {"rows_out": 3000}
    assert set(found["Aggregate"]["analyze"]) == OPERATOR_FACTS
    assert found["Filter"]["analyze"]["rows_in"] == 3000
    assert found["Filter"]["analyze"]["rows_out"] == found["Aggregate"]["analyze"]["rows_in"] == 2700
    assert found["Aggregate"]["analyze"]["state_rows"] == 7
    assert found["Aggregate"]["analyze"]["state_bytes"] > 0
    # Batches of a thousand rows are timed each.
    assert 0 < found["Aggregate"]["analyze"]["time_ms"] < 1000


def test_analyze_counts_the_history_a_stream_started_from(trades):
    trades.insert("trades", [{"symbol": "A", "price": 1.0, "volume": 1}] * 10)
    trades.execute("CREATE MATERIALIZED VIEW late AS SELECT symbol, count(*) AS n FROM trades GROUP BY symbol")
    found = nodes(plan(trades, "EXPLAIN (ANALYZE, FORMAT JSON) MATERIALIZED VIEW late"))
    assert found["Aggregate"]["analyze"]["rows_in"] == 10


def test_analyze_of_a_query_runs_it(flowing):
    document = plan(
        flowing, "EXPLAIN (ANALYZE, FORMAT JSON) SELECT symbol, sum(price) FROM trades GROUP BY 1 ORDER BY 2 LIMIT 3"
    )
    found = nodes(document)
    assert found["Aggregate"]["analyze"]["rows_in"] == 3000
    assert found["Aggregate"]["analyze"]["rows_out"] == 7
    assert found["Aggregate"]["analyze"]["state_rows"] == 7
    assert found["TopN"]["analyze"]["rows_out"] == 3
    assert found["TopN"]["analyze"]["time_ms"] > 0
    text = flowing.explain("EXPLAIN ANALYZE SELECT count(*) FROM trades")
    assert "ran: 3000 rows in, 1 out, " in text


def test_analyze_raises_what_the_query_raises(trades):
    trades.insert("trades", {"symbol": "A", "price": 1.0, "volume": 0})
    with pytest.raises(laminardb.QueryError, match="division by zero"):
        trades.query("EXPLAIN ANALYZE SELECT 1 / volume FROM trades")


def test_explain_of_a_stream_is_its_plan(flowing):
    running = flowing.explain("EXPLAIN totals")
    created = flowing.explain(
        "CREATE STREAM x AS SELECT symbol, count(*) AS n FROM trades WHERE volume > 0 GROUP BY symbol"
    )
    # What is not running says so much more: what CREATE would warn of, and what it would find running.
    lines = [line for line in created.splitlines() if not line.startswith("Warning")]
    assert sum("would be shared with 1 stream" in line for line in lines) == 1
    assert running.splitlines() == [line for line in lines if "would be shared" not in line]


def test_mermaid_is_escaped(trades):
    text = trades.explain("EXPLAIN (FORMAT MERMAID) SELECT price FROM trades WHERE symbol <> 'a\"#`'")
    lines = text.splitlines()
    assert lines[0] == "flowchart TD"
    assert '  n0[("Source trades (symbol, price)")]' in lines
    assert any("(symbol #lt;#gt; 'a#quot;#35;#96;')" in line for line in lines)
    assert "  n0 --> n1" in lines
    assert lines[-1].endswith("--> result")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("EXPLAIN ANALYZE CREATE STREAM x AS SELECT 1", "ANALYZE runs what it explains"),
        ("EXPLAIN ANALYZE INSERT INTO trades SELECT * FROM trades", "ANALYZE runs what it explains"),
        ("EXPLAIN total", 'there is no stream named "total"; did you mean "totals"'),
        ("EXPLAIN SELCT 1", "SELECT"),
    ],
)
def test_refusals(flowing, sql, message):
    with pytest.raises(laminardb.QueryError, match=message) as refused:
        flowing.query(sql)
    assert refused.value.code == 400


def test_a_plan_is_shown_whole(trades, capsys):
    sql = (
        "EXPLAIN SELECT symbol, " + ", ".join(f"sum(volume + {i})" for i in range(20)) + " FROM trades GROUP BY symbol"
    )
    result = trades.query(sql)
    result.show()
    shown = capsys.readouterr().out
    for line in trades.explain(sql).splitlines():
        assert f" {line} " in shown
    assert not repr(result).endswith("\n")
    assert not shown.endswith("\n\n")
