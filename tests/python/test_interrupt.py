"""Ctrl-C in an insert that waits for room."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from laminardb import LaminarConfig, _testing


@pytest.mark.parametrize("call", ["insert", "sql", "json"])
def test_a_blocked_insert_answers_ctrl_c(call):
    rows = {
        "insert": lambda conn: conn.insert("t", [{"a": 1}] * 3),
        "sql": lambda conn: conn.execute("INSERT INTO t VALUES (1), (2), (3)"),
        "json": lambda conn: conn.insert_json("t", '[{"a": 1}, {"a": 2}, {"a": 3}]'),
    }[call]
    config = LaminarConfig(buffer_size=4, backpressure_timeout=60.0)
    with _testing.open(":memory:", config=config, manual_steps=True) as conn:
        conn.execute("CREATE SOURCE t (a INT)")
        rows(conn)
        alarm = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        alarm.start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            rows(conn)
        assert time.monotonic() - began < 10
        alarm.join()
        _testing.step(conn)
        assert conn.query("SELECT count(*) FROM t").fetchone() == (3,)
        # The database goes on as if that call had not been made.
        rows(conn)
        _testing.step(conn)
        assert conn.query("SELECT count(*) FROM t").fetchone() == (6,)


def test_a_handler_that_returns_lets_the_insert_wait_on():
    config = LaminarConfig(buffer_size=4, backpressure_timeout=60.0)
    calls = []
    before = signal.signal(signal.SIGUSR1, lambda *_: calls.append(1))
    try:
        with _testing.open(":memory:", config=config, manual_steps=True) as conn:
            conn.execute("CREATE SOURCE t (a INT)")
            conn.insert("t", [{"a": 1}] * 3)
            signals = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1))
            room = threading.Timer(0.4, _testing.step, (conn,))
            signals.start()
            room.start()
            assert conn.insert("t", [{"a": 2}] * 3) == 3
            assert calls == [1]
            signals.join()
            room.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
