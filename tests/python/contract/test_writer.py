"""The contract's section *Writer*: every sentence an assertion. More about writers: `tests/python/test_writer.py`."""

from __future__ import annotations

import inspect

import laminardb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from laminardb import codes


def count(conn) -> int:
    return conn.query("SELECT count(*) FROM trades").fetchone()[0]


def test_members(trades):
    """`insert(T)`, `flush() -> int`, `watermark(ts)`, `close()`, `with`; `name`, `schema`, `current_watermark`."""
    writer = trades.writer("trades")
    assert isinstance(writer, laminardb.Writer)
    assert laminardb.BatchWriter is laminardb.Writer
    assert writer.name == "trades"
    assert isinstance(writer.schema, pa.Schema)
    assert writer.schema == trades.schema("trades")
    writer.insert({"volume": 1})
    assert writer.flush() == 1
    assert writer.watermark(100) is None
    assert writer.current_watermark == 100
    with writer as entered:
        assert entered is writer
    assert list(inspect.signature(writer.insert).parameters) == ["data"]
    assert list(inspect.signature(writer.watermark).parameters) == ["timestamp"]


def test_repr(trades):
    writer = trades.writer("trades")
    assert repr(writer) == "Writer(source='trades', open)"
    writer.close()
    assert repr(writer) == "Writer(closed)"


FORMS = [
    {"volume": 1},
    [{"volume": 1}],
    {"volume": [1]},
    pd.DataFrame({"volume": [1]}),
    pa.table({"volume": [1]}),
    np.array([(1,)], dtype=[("volume", "i8")]),
]


@pytest.mark.parametrize("data", FORMS, ids=["dict", "list", "columns", "pandas", "pyarrow", "numpy"])
def test_insert_takes_what_insert_takes(trades, rows, data):
    with trades.writer("trades") as writer:
        writer.insert(data)
    assert rows(trades) == [(None, None, 1)]


@pytest.mark.parametrize(
    "use",
    [lambda w: w.insert({"volume": 1}), lambda w: w.flush(), lambda w: w.watermark(1), lambda w: w.insert([])],
    ids=["insert", "flush", "watermark", "nothing"],
)
def test_after_close_it_is_301(trades, use):
    writer = trades.writer("trades")
    writer.close()
    with pytest.raises(laminardb.IngestionError) as info:
        use(writer)
    assert info.value.code == codes.WRITER_CLOSED == 301
    assert writer.close() is None


def test_buffers_rows_and_hands_them_over_in_batches(trades):
    """Rows of many calls come as few batches."""
    with trades.writer("trades") as writer:
        for volume in range(1000):
            writer.insert({"volume": volume})
    assert count(trades) == 1000
    assert trades.metrics().total_batches < 100


def test_flush_hands_over_and_says_how_much(trades):
    writer = trades.writer("trades")
    writer.insert([{"volume": 1}, {"volume": 2}])
    assert writer.flush() == 2
    assert count(trades) == 2
    assert writer.flush() == 0


def test_leaving_with_flushes(trades):
    with trades.writer("trades") as writer:
        writer.insert({"volume": 1})
    assert count(trades) == 1


def test_close_flushes(trades):
    writer = trades.writer("trades")
    writer.insert({"volume": 1})
    writer.close()
    assert count(trades) == 1


def test_an_exception_inside_with_still_flushes_what_was_complete(trades, rows):
    with pytest.raises(laminardb.IngestionError), trades.writer("trades") as writer:
        writer.insert([{"volume": 1}, {"volume": 2}])
        writer.insert([{"volume": 3}, {"volume": "four"}])
    assert rows(trades) == [(None, None, 1), (None, None, 2)]


def test_watermark(trades):
    """`watermark(100)` makes `current_watermark == 100`; it never goes back."""
    writer = trades.writer("trades")
    writer.watermark(100)
    assert writer.current_watermark == 100
    writer.watermark(50)
    assert writer.current_watermark == 100
    writer.watermark(timestamp=101)
    assert writer.current_watermark == 101


@pytest.mark.parametrize(
    ("type_", "second"), [("TIMESTAMP", 10**6), ("TIMESTAMP(3)", 10**3), ("TIMESTAMP(0)", 1), ("TIMESTAMP(9)", 10**9)]
)
def test_the_unit_is_that_of_the_event_time_column(conn, type_, second):
    """Its raw integer: a window of a second closes when that many units have passed."""
    conn.execute(f"CREATE SOURCE t (ts {type_}, v BIGINT, WATERMARK FOR ts)")
    conn.execute(
        "CREATE STREAM w AS SELECT window_start, sum(v) AS total FROM t GROUP BY TUMBLE(ts, INTERVAL '1' SECOND)"
    )
    with conn.writer("t") as writer:
        writer.insert({"ts": second // 2, "v": 1})
        writer.watermark(second - 1)
        assert conn.query("SELECT total FROM w").fetchall() == []
        writer.watermark(second)
        assert conn.query("SELECT total FROM w").fetchall() == [(1,)]


def test_the_unit_is_milliseconds_where_there_is_no_event_time_column(trades):
    """What a writer announces is the pipeline's watermark, which is in milliseconds."""
    with trades.writer("trades") as writer:
        writer.watermark(1234)
        assert writer.current_watermark == 1234
        assert trades.source_metrics("trades").watermark == 1234


def test_rows_before_the_watermark_come_first(conn):
    """What is buffered when a watermark is announced is not late by it."""
    conn.execute("CREATE SOURCE t (ts TIMESTAMP(3), WATERMARK FOR ts)")
    conn.execute("CREATE STREAM w AS SELECT count(*) AS n FROM t GROUP BY TUMBLE(ts, INTERVAL '1' SECOND)")
    with conn.writer("t") as writer:
        writer.insert({"ts": 500})
        writer.watermark(5000)
    assert conn.query("SELECT n FROM w").fetchall() == [(1,)]


def test_an_unknown_source_is_200(conn):
    with pytest.raises(laminardb.SchemaError) as info:
        conn.writer("nowhere")
    assert info.value.code == codes.TABLE_NOT_FOUND
