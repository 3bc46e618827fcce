"""Subscription and StreamSubscription: what they deliver, and how they end."""

from __future__ import annotations

import math
import os
import signal
import threading

import laminardb
import pyarrow as pa
import pytest
from laminardb import codes


def contents(items):
    """The changes added up: rows with their weights, those of weight 0 gone."""
    total = {}
    for item in items:
        weighted = item.columns[-1:] == ["__weight"]
        for row in item:
            key, weight = (row[:-1], row[-1]) if weighted else (row, 1)
            total[key] = total.get(key, 0) + weight
    return {key: weight for key, weight in total.items() if weight}


def test_the_current_result_comes_first(trades):
    trades.insert("trades", {"symbol": "A", "volume": 1})
    subscription = trades.subscribe("SELECT volume FROM trades")
    first = subscription.next()
    assert first.is_snapshot
    assert first.fetchall() == [(1,)]
    trades.insert("trades", {"symbol": "B", "volume": 2})
    second = subscription.next()
    assert not second.is_snapshot
    assert second.fetchall() == [(2,)]
    assert second.epoch > first.epoch


def test_an_empty_result_is_no_item(trades):
    subscription = trades.subscribe("SELECT volume FROM trades")
    assert subscription.try_next() is None
    trades.insert("trades", {"volume": 1})
    assert not subscription.next().is_snapshot


def test_without_the_snapshot(trades):
    trades.insert("trades", {"volume": 1})
    subscription = trades.subscribe("SELECT volume FROM trades", snapshot=False)
    trades.insert("trades", {"volume": 2})
    assert subscription.next().fetchall() == [(2,)]


def test_the_rows_of_an_insert_are_never_split(trades):
    subscription = trades.subscribe("SELECT volume FROM trades")
    for i in range(20):
        trades.insert("trades", [{"volume": i}, {"volume": -i}])
    trades.shutdown()
    items = list(subscription)
    assert [abs(v) for item in items for (v,) in item] == [i for i in range(20) for _ in range(2)]
    assert all(sum(v for (v,) in item) == 0 for item in items)
    epochs = [item.epoch for item in items]
    assert epochs == sorted(set(epochs))


def test_weights_where_the_result_can_retract(trades):
    subscription = trades.subscribe("SELECT symbol, sum(volume) AS total FROM trades GROUP BY symbol")
    assert subscription.schema.names == ["symbol", "total", "__weight"]
    assert subscription.schema.types == [pa.string(), pa.int64(), pa.int64()]
    trades.insert("trades", {"symbol": "A", "volume": 1})
    assert subscription.next().fetchall() == [("A", 1, 1)]
    trades.insert("trades", {"symbol": "A", "volume": 2})
    assert subscription.next().fetchall() == [("A", 1, -1), ("A", 3, 1)]


def test_no_weights_where_it_cannot(trades):
    assert trades.subscribe("SELECT symbol FROM trades").schema.names == ["symbol"]


def test_weights_on_demand(trades):
    assert trades.subscribe("SELECT symbol FROM trades", weights=True).schema.names == ["symbol", "__weight"]
    with pytest.raises(laminardb.LaminarError):
        trades.subscribe("SELECT count(*) FROM trades", weights=False)
    subscription = trades.subscribe("SELECT symbol FROM trades", weights=True)
    trades.insert("trades", {"symbol": "A"})
    assert subscription.next().fetchall() == [("A", 1)]


def test_emit_changes_always_has_weights(trades):
    assert trades.subscribe("SELECT symbol FROM trades EMIT CHANGES").schema.names == ["symbol", "__weight"]


def test_changes_add_up_to_the_contents(trades):
    sql = "SELECT symbol, count(*) AS n, sum(volume) AS total FROM trades GROUP BY symbol"
    early = trades.subscribe(sql)
    for i in range(50):
        trades.insert("trades", {"symbol": "ABC"[i % 3], "volume": i})
        if i == 25:
            late = trades.subscribe(sql)
    expected = dict.fromkeys(trades.query(sql).fetchall(), 1)
    trades.shutdown()
    assert contents(early) == expected
    assert contents(late) == expected


def test_two_subscribers_get_everything(trades):
    trades.execute("CREATE STREAM s AS SELECT volume FROM trades WHERE volume > 1")
    subscriptions = [trades.subscribe_stream("s") for _ in range(3)]
    for i in range(10):
        trades.insert("trades", {"volume": i})
    trades.shutdown()
    for subscription in subscriptions:
        assert sorted(row for item in subscription for row in item) == [(i,) for i in range(2, 10)]


def test_schema_before_the_first_row(trades):
    assert trades.subscribe("SELECT volume + 1 AS next FROM trades").schema == pa.schema({"next": pa.int64()})


def test_ad_hoc_windows_on_close(conn):
    conn.execute("CREATE SOURCE t (ts TIMESTAMP, v BIGINT, WATERMARK FOR ts)")
    subscription = conn.subscribe("SELECT count(*) AS n FROM t GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)")
    conn.insert("t", [{"ts": "2024-01-01 00:00:10", "v": 1}, {"ts": "2024-01-01 00:00:50", "v": 1}])
    assert subscription.try_next() is None
    conn.insert("t", {"ts": "2024-01-01 00:01:30", "v": 1})
    assert subscription.next().fetchall() == [(2,)]


def test_values_stay_active_until_cancelled(conn):
    subscription = conn.subscribe("SELECT * FROM (VALUES (1), (2)) AS t(v)")
    assert sorted(subscription.next().fetchall()) == [(1,), (2,)]
    assert subscription.is_active
    assert subscription.try_next() is None
    subscription.cancel()
    assert not subscription.is_active


def test_cancel(trades):
    subscription = trades.subscribe("SELECT volume FROM trades")
    assert repr(subscription) == "Subscription(active)"
    assert subscription.is_active
    trades.insert("trades", {"volume": 1})
    subscription.cancel()
    subscription.cancel()
    assert not subscription.is_active
    assert repr(subscription) == "Subscription(finished)"
    assert subscription.try_next() is None
    assert subscription.next() is None
    assert subscription.next_timeout(1.0) is None
    assert list(subscription) == []


def test_cancel_of_a_stream_subscription(trades):
    trades.execute("CREATE STREAM s AS SELECT volume FROM trades")
    subscription = trades.subscribe_stream("s")
    assert repr(subscription) == "StreamSubscription(active)"
    assert subscription.schema.names == ["volume"]
    subscription.cancel()
    assert repr(subscription) == "StreamSubscription(cancelled)"
    assert subscription.try_next() is None
    assert subscription.next_timeout(1000) is None
    with pytest.raises(RuntimeError, match="cancelled"):
        subscription.schema  # noqa: B018


def test_timeouts(trades):
    trades.execute("CREATE STREAM s AS SELECT volume FROM trades")
    for call in (
        lambda: trades.subscribe("SELECT volume FROM trades").next_timeout(0.01),
        lambda: trades.subscribe("SELECT volume FROM trades").next_timeout(0),
        lambda: trades.subscribe("SELECT volume FROM trades").next_timeout(-1),
        lambda: trades.subscribe_stream("s").next_timeout(10),
    ):
        with pytest.raises(laminardb.SubscriptionError, match="timeout") as info:
            call()
        assert info.value.code == codes.SUBSCRIPTION_TIMEOUT


def test_a_timeout_that_is_no_number(trades):
    subscription = trades.subscribe("SELECT volume FROM trades")
    with pytest.raises(ValueError, match="number"):
        subscription.next_timeout(math.nan)
    with pytest.raises(TypeError):
        subscription.next_timeout("1")
    trades.insert("trades", {"volume": 1})
    assert subscription.next_timeout(math.inf).fetchall() == [(1,)]


def test_a_timeout_loses_nothing(trades):
    subscription = trades.subscribe("SELECT volume FROM trades")
    with pytest.raises(laminardb.SubscriptionError):
        subscription.next_timeout(0.001)
    trades.insert("trades", {"volume": 1})
    assert subscription.next_timeout(10).fetchall() == [(1,)]


def test_drop_of_the_stream(trades):
    trades.execute("CREATE STREAM s AS SELECT volume FROM trades")
    subscription = trades.subscribe_stream("s")
    trades.insert("trades", {"volume": 1})
    trades.execute("DROP STREAM s")
    assert subscription.next().fetchall() == [(1,)], "what is in flight is delivered"
    with pytest.raises(laminardb.SubscriptionError) as info:
        subscription.next()
    assert info.value.code == codes.SUBSCRIPTION_CLOSED


def test_unknown_names(trades):
    with pytest.raises(laminardb.LaminarError):
        trades.subscribe_stream("nothing")
    with pytest.raises(laminardb.QueryError):
        trades.subscribe("SELECT * FROM nothing")


def test_on_overflow_of_an_unknown_word(trades):
    with pytest.raises(ValueError, match="on_overflow"):
        trades.subscribe("SELECT volume FROM trades", on_overflow="explode")


def test_close_wakes_a_reader(trades):
    subscription = trades.subscribe("SELECT volume FROM trades")
    results = []
    ready = threading.Event()

    def read():
        ready.set()
        results.append(subscription.next())

    thread = threading.Thread(target=read)
    thread.start()
    ready.wait()
    trades.close()
    thread.join(30)
    assert results == [None]


def test_cancel_wakes_a_reader(trades):
    subscription = trades.subscribe("SELECT volume FROM trades")
    results = []
    thread = threading.Thread(target=lambda: results.append(subscription.next()))
    thread.start()
    subscription.cancel()
    thread.join(30)
    assert results == [None]


def test_threads_share_the_items(trades):
    subscription = trades.subscribe("SELECT volume FROM trades")
    seen = [[], []]
    threads = [
        threading.Thread(target=lambda mine=mine: mine.extend(r for item in subscription for r in item))
        for mine in seen
    ]
    for thread in threads:
        thread.start()
    for i in range(200):
        trades.insert("trades", {"volume": i})
    trades.shutdown()
    for thread in threads:
        thread.join(30)
    assert sorted(seen[0] + seen[1]) == [(i,) for i in range(200)]


class Alarm(Exception):
    pass


@pytest.mark.parametrize("wait", ["next", "next_timeout", "iterate", "callback"])
def test_a_signal_interrupts_a_wait(trades, wait):
    def raise_alarm(*_):
        raise Alarm

    subscription = trades.subscribe("SELECT volume FROM trades")
    callback = trades.subscribe_callback("SELECT volume FROM trades", print)
    before = signal.signal(signal.SIGUSR1, raise_alarm)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    try:
        with pytest.raises(Alarm):
            if wait == "next":
                subscription.next()
            elif wait == "next_timeout":
                subscription.next_timeout(60)
            elif wait == "iterate":
                for _ in subscription:
                    pass
            else:
                callback.wait()
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
    trades.insert("trades", {"volume": 1})
    assert subscription.next().fetchall() == [(1,)], "the subscription goes on"


def test_item_conversions(trades):
    subscription = trades.subscribe("SELECT symbol, volume FROM trades")
    trades.insert("trades", {"symbol": "A", "volume": 1})
    item = subscription.next()
    assert item.to_pylist() == [{"symbol": "A", "volume": 1}]
    assert item.arrow().schema == subscription.schema
    assert item.schema == subscription.schema
