"""Writer: buffering, watermarks, and its end."""

from __future__ import annotations

import laminardb
import pyarrow as pa
import pytest
from laminardb import codes


def test_facts(trades):
    writer = trades.writer("TRADES")
    assert writer.name == "trades"
    assert writer.schema == trades.schema("trades")
    assert writer.current_watermark == -(2**63)
    assert repr(writer) == "Writer(source='trades', open)"
    writer.close()
    assert repr(writer) == "Writer(closed)"


def test_flush_hands_over(trades):
    writer = trades.writer("trades")
    assert writer.insert({"symbol": "A"}) == 1
    assert writer.insert([{"symbol": "B"}, {"symbol": "C"}]) == 2
    writer.flush()
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (3,)
    assert writer.flush() == 0


def test_flush_says_how_many(trades):
    with trades.writer("trades") as writer:
        for i in range(10):
            writer.insert({"volume": i})
        assert writer.flush() == 10


def test_with_flushes(trades, rows):
    with trades.writer("trades") as writer:
        writer.insert({"symbol": "A"})
    assert rows(trades) == [("A", None, None)]
    assert repr(writer) == "Writer(closed)"


def test_an_exception_still_flushes_what_was_complete(trades, rows):
    with pytest.raises(ZeroDivisionError), trades.writer("trades") as writer:
        writer.insert({"symbol": "A"})
        1 / 0  # noqa: B018
    assert rows(trades) == [("A", None, None)]


def test_a_refused_row_leaves_the_others(trades, rows):
    with trades.writer("trades") as writer:
        writer.insert({"symbol": "A"})
        with pytest.raises(laminardb.IngestionError) as info:
            writer.insert([{"symbol": "B"}, {"symbol": "C", "volume": "many"}])
        assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
        writer.insert({"symbol": "D"})
    assert rows(trades) == [("A", None, None), ("D", None, None)]


def test_empty_input(trades):
    with trades.writer("trades") as writer:
        assert writer.insert([]) == 0
        assert writer.insert(pa.table({"symbol": pa.array([], pa.string())})) == 0
        with pytest.raises(TypeError):
            writer.insert(42)


@pytest.mark.parametrize(
    "call",
    [
        lambda w: w.insert({"symbol": "A"}),
        lambda w: w.insert([]),
        lambda w: w.insert(pa.table({"symbol": ["A"]})),
        lambda w: w.flush(),
        lambda w: w.watermark(5),
    ],
    ids=["insert", "insert nothing", "arrow", "flush", "watermark"],
)
def test_after_close(trades, call):
    writer = trades.writer("trades")
    writer.close()
    writer.close()
    with pytest.raises(laminardb.IngestionError) as info:
        call(writer)
    assert info.value.code == codes.WRITER_CLOSED


def test_after_the_connection_is_closed():
    conn = laminardb.open(":memory:")
    conn.execute("CREATE SOURCE t (v BIGINT)")
    writer = conn.writer("t")
    conn.close()
    with pytest.raises(laminardb.LaminarError) as info:
        writer.insert({"v": 1})
        writer.flush()
    assert info.value.code in (codes.CONNECTION_CLOSED, codes.WRITER_CLOSED, codes.SHUTDOWN)


def test_watermark_is_monotonic(conn):
    conn.execute("CREATE SOURCE t (ts BIGINT, WATERMARK FOR ts)")
    with conn.writer("t") as writer:
        writer.watermark(100)
        assert writer.current_watermark == 100
        writer.watermark(50)
        assert writer.current_watermark == 100
        writer.watermark(200)
        assert writer.current_watermark == 200


def test_watermark_closes_windows(conn):
    conn.execute("CREATE SOURCE t (ts BIGINT, v BIGINT, WATERMARK FOR ts)")
    conn.execute("CREATE STREAM w AS SELECT window_start, sum(v) AS total FROM t GROUP BY TUMBLE(ts, 1000)")
    with conn.writer("t") as writer:
        writer.insert([{"ts": 100, "v": 1}, {"ts": 900, "v": 2}])
        writer.flush()
        assert conn.query("SELECT * FROM w").fetchall() == []
        writer.watermark(1000)
        assert conn.query("SELECT total FROM w").fetchall() == [(3,)]
