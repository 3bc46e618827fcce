"""Many threads on one connection."""

from __future__ import annotations

import threading
import time

import laminardb
import numpy as np
import pytest


def run_all(*functions):
    """Runs each function in a thread, and raises what one of them raised."""
    raised = []

    def guard(function):
        try:
            function()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guard, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "deadlock"
    if raised:
        raise raised[0]


def test_inserts_from_many_threads(trades):
    def insert(offset):
        for i in range(300):
            form = i % 3
            if form == 0:
                trades.insert("trades", {"symbol": "A", "volume": offset + i})
            elif form == 1:
                trades.insert("trades", [{"volume": offset + i, "symbol": "A"}])
            else:
                trades.insert("trades", {"volume": np.array([offset + i])})

    run_all(*(lambda k=k: insert(1000 * k) for k in range(4)))
    expected = sum(1000 * k + i for k in range(4) for i in range(300))
    assert trades.query("SELECT count(*), sum(volume) FROM trades").fetchone() == (1200, expected)


def test_readers_writers_and_ddl_at_once(trades):
    trades.execute("CREATE STREAM totals AS SELECT symbol, sum(volume) AS total FROM trades GROUP BY symbol")

    def write():
        for _ in range(200):
            trades.insert("trades", {"symbol": ["A", "B"], "volume": [1, 1]})

    def read():
        for _ in range(100):
            totals = dict(trades.query("SELECT symbol, total FROM totals").fetchall())
            assert totals.get("A") == totals.get("B"), "an epoch is seen whole"

    def define():
        for i in range(20):
            trades.execute(f"CREATE STREAM s{i} AS SELECT count(*) AS n FROM trades")
            trades.subscribe_stream(f"s{i}").cancel()
            trades.execute(f"DROP STREAM s{i}")

    run_all(write, write, read, define)
    assert dict(trades.query("SELECT symbol, total FROM totals").fetchall()) == {"A": 400, "B": 400}


def test_close_under_load():
    conn = laminardb.open(":memory:")
    conn.execute("CREATE SOURCE t (v BIGINT)")
    started = threading.Barrier(4)

    def work(call):
        started.wait()
        with pytest.raises(laminardb.LaminarError) as info:
            while True:
                call()
        assert info.value.code in (101, 901)

    run_all(
        lambda: work(lambda: conn.insert("t", {"v": 1})),
        lambda: work(lambda: conn.query("SELECT count(*) FROM t")),
        lambda: work(lambda: conn.subscribe("SELECT v FROM t").cancel()),
        lambda: (started.wait(), conn.close()),
    )
    assert conn.is_closed


def test_the_gil_is_free_while_a_subscriber_waits(trades):
    subscription = trades.subscribe("SELECT volume FROM trades")
    waiting = threading.Thread(target=subscription.next)
    waiting.start()
    # Were the GIL held by the waiting thread, nothing here would go on.
    trades.insert("trades", {"volume": 1})
    waiting.join(30)
    assert not waiting.is_alive()


def test_backpressure_timeout_is_an_error_and_inserts_nothing():
    from laminardb import _testing

    config = laminardb.LaminarConfig(buffer_size=10, backpressure_timeout=0.05)
    with _testing.open(config=config, manual_steps=True) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        conn.insert("t", [{"v": i} for i in range(10)])
        begin = time.monotonic()
        with pytest.raises(laminardb.IngestionError) as info:
            conn.insert("t", {"v": 10})
        assert info.value.code == 300
        assert time.monotonic() - begin < 30
        _testing.step(conn)
        assert conn.insert("t", {"v": 10}) == 1
        _testing.step(conn)
        assert conn.query("SELECT count(*) FROM t").fetchone() == (11,)
