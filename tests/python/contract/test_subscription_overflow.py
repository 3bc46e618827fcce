"""Subscribers that do not keep up: `on_overflow`, sentence by sentence of the contract."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
from pathlib import Path

import laminardb
import pytest
from laminardb import codes

BUFFER = 100


@pytest.fixture
def small():
    """A database whose buffers hold 100 rows, with a source t(k, v)."""
    config = laminardb.LaminarConfig(buffer_size=BUFFER, backpressure_timeout=0.3)
    with laminardb.open(":memory:", config=config) as connection:
        connection.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        yield connection


def fill(connection, calls, rows=10):
    """Calls of `rows` rows, numbered from 0; each is one epoch."""
    for call in range(calls):
        connection.insert("t", [{"k": f"key {call} {'x' * 20}", "v": call * rows + i} for i in range(rows)])
        connection.query("SELECT 1")  # steps it, so that the next is an epoch of its own


def values(subscription):
    rows = []
    while (item := subscription.try_next()) is not None:
        rows += [row[-1] for row in item]
    return rows


def resident_bytes() -> int:
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("subscribe", ["query", "stream"])
def test_spill_is_the_default_and_loses_nothing(small, subscribe):
    small.execute("CREATE STREAM s AS SELECT * FROM t")
    slow = small.subscribe("SELECT k, v FROM t") if subscribe == "query" else small.subscribe_stream("s")
    fast = small.subscribe_stream("s", on_overflow="spill")
    read = []
    for _ in range(10):
        fill(small, 10)
        read += values(fast)
    assert len(read) == 1000
    assert values(slow) == read


def test_a_single_threaded_program_subscribes_inserts_a_million_rows_and_reads():
    with laminardb.open(":memory:") as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        subscription = conn.subscribe("SELECT v FROM t")
        batch = {"k": ["k"] * 10_000, "v": list(range(10_000))}
        for _ in range(100):
            conn.insert("t", batch)
        conn.shutdown()
        assert sum(item.num_rows for item in subscription) == 1_000_000


def test_a_lag_of_a_million_changes_takes_no_memory():
    """What waits is retracting, so that nothing of it could be shared with the history of the source."""
    config = laminardb.LaminarConfig(buffer_size=10_000)
    with laminardb.open(":memory:", config=config) as conn:
        conn.execute("CREATE TABLE t (k BIGINT, text VARCHAR, PRIMARY KEY (k))")
        keys = list(range(5_000))

        def change(n):
            conn.upsert("t", {"k": keys, "text": [f"a text that is longer than most {n}"] * len(keys)})

        change(0)
        subscription = conn.subscribe("SELECT * FROM t", snapshot=False)
        for n in range(1, 11):
            change(n)
        before = resident_bytes()
        for n in range(11, 101):
            change(n)
        if "libasan" not in os.environ.get("LD_PRELOAD", ""):
            assert resident_bytes() - before < 20_000_000, "90 × 10,000 rows of some 100 bytes each"
        total = 0
        for n in range(1, 101):
            item = subscription.next()
            total += item.num_rows
            assert item.arrow()["text"][-1].as_py().endswith(f" {n}")
        assert total == 1_000_000


def test_spilled_changes_leave_no_files(small, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    subscription = small.subscribe("SELECT * FROM t")
    fill(small, 100)
    assert list(tmp_path.iterdir()) == [], "they have no name, so that no crash can leave them"
    assert len(values(subscription)) == 1000


def test_where_nothing_can_be_written_the_slow_end_with_the_reason(small, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    slow = small.subscribe("SELECT * FROM t")
    fast = small.subscribe("SELECT * FROM t")
    read = []
    for _ in range(30):
        fill(small, 1)
        read += values(fast)
    assert len(read) == 300, "the others go on"
    with pytest.raises(laminardb.SubscriptionError, match="nowhere") as info:
        values(slow)
    assert info.value.code == codes.SUBSCRIPTION_FAILED
    assert not slow.is_active


def test_block_makes_producers_wait_and_names_the_subscriber(small):
    subscription = small.subscribe("SELECT v FROM t WHERE v >= 0", on_overflow="block")
    fill(small, 10)
    with pytest.raises(laminardb.IngestionError) as info:
        small.insert("t", {"v": 1000})
    assert info.value.code == codes.INGESTION_FAILED
    assert "SELECT v FROM t WHERE v >= 0" in str(info.value)
    assert small.query("SELECT count(*) FROM t").fetchone() == (100,), "nothing was inserted"
    assert subscription.next().num_rows == 10
    assert small.insert("t", {"v": 1000}) == 1, "it has read some"


def test_block_lets_a_producer_go_on_when_there_is_room(small):
    with laminardb.open(":memory:", config=laminardb.LaminarConfig(buffer_size=BUFFER)) as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        conn.execute("CREATE STREAM s AS SELECT v FROM t")
        conn.execute("CREATE STREAM over_s AS SELECT v + 1 AS v FROM s")
        subscription = conn.subscribe_stream("over_s", on_overflow="block")
        producer = threading.Thread(target=fill, args=(conn, 200))
        producer.start()
        seen = 0
        while seen < 2000:
            seen += subscription.next_timeout(30_000).num_rows
            assert conn.stream_metrics("over_s").pending <= 2 * BUFFER
        producer.join(30)
        assert not producer.is_alive()


@pytest.mark.parametrize("way", ["cancel", "close", "delete"])
def test_a_blocked_producer_wakes_when_the_subscriber_goes(way):
    config = laminardb.LaminarConfig(buffer_size=BUFFER, backpressure_timeout=60)
    conn = laminardb.open(":memory:", config=config)
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    conn.execute("CREATE STREAM s AS SELECT v FROM t")
    subscription = conn.subscribe_stream("s", on_overflow="block")
    fill(conn, 10)
    outcome = []

    def insert():
        try:
            outcome.append(conn.insert("t", {"v": 1}))
        except laminardb.LaminarError as error:
            outcome.append(error.code)

    producer = threading.Thread(target=insert)
    producer.start()
    producer.join(0.05)
    assert producer.is_alive()
    if way == "cancel":
        subscription.cancel()
    elif way == "close":
        conn.close()
    else:
        del subscription
    producer.join(30)
    assert outcome == [codes.SHUTDOWN if way == "close" else 1]
    conn.close()


def test_drop_oldest_leaves_out_the_oldest_and_counts_it(small):
    small.execute("CREATE STREAM s AS SELECT k, v FROM t")
    subscription = small.subscribe_stream("s", on_overflow="drop_oldest")
    other = small.subscribe_stream("s")
    fill(small, 30)
    assert values(subscription) == list(range(200, 300))
    assert values(other) == list(range(300)), "nobody else loses anything"
    assert small.stream_metrics("s").dropped == {"late": 0, "error": 0, "overflow": 200}
    metrics = small.metrics()
    assert metrics.dropped["overflow"] == 200
    assert metrics.total_events_dropped == 200
    assert small.query("SELECT overflow_events FROM laminar_catalog.streams WHERE name = 's'").fetchone() == (200,)


def test_error_ends_the_subscription_behind_what_was_within_reach(small):
    subscription = small.subscribe("SELECT v FROM t", on_overflow="error")
    fill(small, 30)
    assert subscription.is_active
    seen = []
    with pytest.raises(laminardb.SubscriptionError, match="on_overflow='error'") as info:
        for item in subscription:
            seen += [v for (v,) in item]
    assert info.value.code == codes.SUBSCRIPTION_FAILED
    assert seen == list(range(100))
    assert not subscription.is_active
    assert subscription.next() is None


def test_words_for_on_overflow(small):
    with pytest.raises(ValueError, match="on_overflow must be 'spill', 'block', 'drop_oldest' or 'error', not 'lose'"):
        small.subscribe("SELECT v FROM t", on_overflow="lose")


def test_callbacks_take_the_options_too(small):
    small.insert("t", {"v": 1})
    seen = []
    done = threading.Event()

    def on_data(item):
        seen.append(item.fetchall())
        done.set()

    subscription = small.subscribe_callback(
        "SELECT v FROM t", on_data, snapshot=False, weights=True, on_overflow="drop_oldest"
    )
    small.insert("t", {"v": 2})
    assert done.wait(30)
    subscription.cancel()
    subscription.wait()
    assert seen == [[(2, 1)]]


async def test_async_subscriptions_take_the_options_too(small):
    subscription = await small.subscribe_async("SELECT v FROM t", on_overflow="error")
    fill(small, 30)
    seen = 0
    with pytest.raises(laminardb.SubscriptionError, match="on_overflow='error'"):
        async for item in subscription:
            seen += item.num_rows
    assert seen == 100
