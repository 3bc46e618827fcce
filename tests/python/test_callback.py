"""Callback subscriptions."""

from __future__ import annotations

import logging
import queue
import threading

import laminardb
import pytest
from laminardb import codes


def test_items_arrive_in_order_on_another_thread(trades):
    items = queue.Queue()
    threads = set()

    def on_data(result):
        threads.add(threading.get_ident())
        items.put(result.fetchall())

    subscription = trades.subscribe_callback("SELECT volume FROM trades", on_data)
    for i in range(100):
        trades.insert("trades", {"volume": i})
    rows = []
    while len(rows) < 100:
        rows.extend(items.get(timeout=30))
    assert rows == [(i,) for i in range(100)]
    assert threads and threading.get_ident() not in threads
    assert subscription.is_active
    subscription.cancel()
    subscription.wait()
    assert not subscription.is_active


def test_repr(trades):
    trades.execute("CREATE STREAM s AS SELECT volume FROM trades")
    by_query = trades.subscribe_callback("SELECT volume FROM trades", lambda r: None)
    by_name = trades.subscribe_stream_callback("s", lambda r: None)
    assert "query" in repr(by_query) and "active" in repr(by_query)
    assert "stream" in repr(by_name) and "active" in repr(by_name)
    for subscription in (by_query, by_name):
        subscription.cancel()
        subscription.wait()
        assert "finished" in repr(subscription)
        assert "\n" not in repr(subscription)


def test_of_a_stream(trades):
    trades.execute("CREATE STREAM s AS SELECT volume FROM trades WHERE volume > 1")
    items = queue.Queue()
    trades.subscribe_stream_callback("s", items.put)
    trades.insert("trades", {"volume": [1, 2, 3]})
    assert sorted(items.get(timeout=30).fetchall()) == [(2,), (3,)]


def test_goes_on_when_the_handle_is_thrown_away(trades):
    items = queue.Queue()
    trades.subscribe_callback("SELECT volume FROM trades", items.put)
    for i in range(3):
        trades.insert("trades", {"volume": i})
        assert items.get(timeout=30).fetchall() == [(i,)]


def test_an_exception_goes_to_on_error_and_the_subscription_goes_on(trades):
    errors, items = queue.Queue(), queue.Queue()

    def on_data(result):
        volume = result.fetchone()[0]
        if volume == 1:
            raise ValueError("one is too few")
        items.put(volume)

    subscription = trades.subscribe_callback("SELECT volume FROM trades", on_data, errors.put)
    trades.insert("trades", {"volume": 0})
    assert items.get(timeout=30) == 0
    trades.insert("trades", {"volume": 1})
    error = errors.get(timeout=30)
    trades.insert("trades", {"volume": 2})
    assert items.get(timeout=30) == 2
    assert isinstance(error, laminardb.LaminarError)
    assert "one is too few" in error
    assert "one is too few" in str(error)
    assert isinstance(error.__cause__, ValueError)
    assert isinstance(error.code, int)
    assert subscription.is_active


def test_a_laminar_error_arrives_as_it_is(trades):
    errors = queue.Queue()
    raised = laminardb.SchemaError("mine", code=222)

    def on_data(result):
        raise raised

    trades.subscribe_callback("SELECT volume FROM trades", on_data, errors.put)
    trades.insert("trades", {"volume": 1})
    assert errors.get(timeout=30) is raised


def test_without_on_error_it_stops_and_is_logged(trades, caplog):
    calls = []

    def on_data(result):
        calls.append(result)
        raise ValueError("nobody listens")

    with caplog.at_level(logging.ERROR, logger="laminardb"):
        subscription = trades.subscribe_callback("SELECT volume FROM trades", on_data)
        trades.insert("trades", {"volume": 1})
        subscription.wait()
        trades.insert("trades", {"volume": 2})
    assert len(calls) == 1
    assert not subscription.is_active
    assert "nobody listens" in caplog.text


def test_on_error_that_raises_stops_it(trades, caplog):
    def on_data(result):
        raise ValueError("first")

    def on_error(error):
        raise RuntimeError("second")

    with caplog.at_level(logging.ERROR, logger="laminardb"):
        subscription = trades.subscribe_callback("SELECT volume FROM trades", on_data, on_error)
        trades.insert("trades", {"volume": 1})
        subscription.wait()
    assert not subscription.is_active
    assert "second" in caplog.text


def test_other_subscribers_do_not_suffer(trades):
    def on_data(result):
        raise ValueError("broken")

    broken = trades.subscribe_callback("SELECT volume FROM trades", on_data)
    healthy = trades.subscribe("SELECT volume FROM trades")
    for i in range(10):
        trades.insert("trades", {"volume": i})
    broken.wait()
    trades.shutdown()
    assert [row for item in healthy for row in item] == [(i,) for i in range(10)]


def test_a_callback_may_use_the_connection(trades):
    trades.execute("CREATE SOURCE copies (volume BIGINT)")
    done = threading.Event()

    def on_data(result):
        for (volume,) in result:
            trades.insert("copies", {"volume": volume})
        if trades.query("SELECT count(*) FROM copies").fetchone() == (10,):
            done.set()

    trades.subscribe_callback("SELECT volume FROM trades", on_data)
    for i in range(10):
        trades.insert("trades", {"volume": i})
    assert done.wait(30)
    assert trades.query("SELECT sum(volume) FROM copies").fetchone() == (45,)


def test_a_callback_may_create_and_drop(trades):
    done = queue.Queue()

    def on_data(result):
        trades.execute("CREATE STREAM s AS SELECT volume FROM trades")
        trades.execute("DROP STREAM s")
        done.put(trades.list_streams())

    trades.subscribe_callback("SELECT volume FROM trades", on_data)
    trades.insert("trades", {"volume": 1})
    assert done.get(timeout=30) == []


def test_a_callback_may_cancel_itself(trades):
    handle = queue.Queue()
    calls = []

    def on_data(result):
        calls.append(result)
        subscription = handle.get(timeout=30)
        subscription.cancel()
        subscription.wait()  # returns at once on this thread

    subscription = trades.subscribe_callback("SELECT volume FROM trades", on_data)
    handle.put(subscription)
    for i in range(5):
        trades.insert("trades", {"volume": i})
    subscription.wait()
    assert len(calls) == 1
    assert not subscription.is_active


def test_a_callback_may_close_the_connection():
    conn = laminardb.open(":memory:")
    conn.execute("CREATE SOURCE t (v BIGINT)")
    subscription = conn.subscribe_callback("SELECT v FROM t", lambda result: conn.close())
    conn.insert("t", {"v": 1})
    subscription.wait()
    assert conn.is_closed


def test_close_while_a_callback_runs():
    conn = laminardb.open(":memory:")
    conn.execute("CREATE SOURCE t (v BIGINT)")
    entered, leave, left = threading.Event(), threading.Event(), threading.Event()

    def on_data(result):
        entered.set()
        leave.wait(30)
        left.set()

    subscription = conn.subscribe_callback("SELECT v FROM t", on_data)
    conn.insert("t", {"v": 1})
    assert entered.wait(30)
    closer = threading.Thread(target=conn.close)
    closer.start()
    leave.set()
    closer.join(30)
    subscription.wait()
    assert left.is_set()
    assert not closer.is_alive()


def test_dropping_the_stream_is_an_error(trades):
    trades.execute("CREATE STREAM s AS SELECT volume FROM trades")
    errors = queue.Queue()
    subscription = trades.subscribe_stream_callback("s", lambda result: None, errors.put)
    trades.execute("DROP STREAM s")
    error = errors.get(timeout=30)
    assert isinstance(error, laminardb.SubscriptionError)
    assert error.code == codes.SUBSCRIPTION_CLOSED
    subscription.wait()


@pytest.mark.parametrize("functions", [(None,), (5,), (print, 5)], ids=repr)
def test_what_cannot_be_called(trades, functions):
    with pytest.raises(TypeError):
        trades.subscribe_callback("SELECT volume FROM trades", *functions)


def test_bad_sql(trades):
    with pytest.raises(laminardb.QueryError) as info:
        trades.subscribe_callback("SELECT prise FROM trades", print)
    assert info.value.position == 7
