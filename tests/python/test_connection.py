"""Opening, closing, and everything that is refused afterwards."""

from __future__ import annotations

import gc
import subprocess
import sys

import laminardb
import pytest
from laminardb import codes


def test_memory_databases_are_separate():
    with laminardb.open(":memory:") as one, laminardb.open(":memory:") as other:
        one.execute("CREATE SOURCE t (v BIGINT)")
        assert one.list_tables() == ["t"]
        assert other.list_tables() == []


def test_repr_and_is_closed():
    conn = laminardb.open(":memory:")
    assert repr(conn) == "Connection(open)"
    assert not conn.is_closed
    conn.close()
    assert repr(conn) == "Connection(closed)"
    assert conn.is_closed


def test_close_twice():
    conn = laminardb.open(":memory:")
    conn.close()
    conn.close()


def test_with_closes_also_after_an_exception():
    with pytest.raises(ZeroDivisionError), laminardb.open(":memory:") as conn:
        1 / 0  # noqa: B018
    assert conn.is_closed


async def test_async_with_closes():
    async with laminardb.open(":memory:") as conn:
        assert not conn.is_closed
    assert conn.is_closed


CALLS = {
    "execute": lambda c: c.execute("SELECT 1"),
    "query": lambda c: c.query("SELECT 1"),
    "sql": lambda c: c.sql("SELECT 1"),
    "stream": lambda c: c.stream("SELECT 1"),
    "explain": lambda c: c.explain("SELECT 1"),
    "query_stream": lambda c: c.query_stream("s"),
    "insert a row": lambda c: c.insert("t", {"v": 1}),
    "insert rows": lambda c: c.insert("t", [{"v": 1}]),
    "insert nothing": lambda c: c.insert("t", []),
    "insert_json": lambda c: c.insert_json("t", "{}"),
    "insert_csv": lambda c: c.insert_csv("t", "v\n1\n"),
    "writer": lambda c: c.writer("t"),
    "create_table": lambda c: c.create_table("u", {"v": "BIGINT"}),
    "subscribe": lambda c: c.subscribe("SELECT * FROM t"),
    "subscribe_stream": lambda c: c.subscribe_stream("s"),
    "subscribe_callback": lambda c: c.subscribe_callback("SELECT * FROM t", print),
    "subscribe_stream_callback": lambda c: c.subscribe_stream_callback("s", print),
    "schema": lambda c: c.schema("t"),
    "list_tables": lambda c: c.list_tables(),
    "list_streams": lambda c: c.list_streams(),
    "sources": lambda c: c.sources(),
    "streams": lambda c: c.streams(),
    "queries": lambda c: c.queries(),
    "metrics": lambda c: c.metrics(),
    "source_metrics": lambda c: c.source_metrics("t"),
    "stream_metrics": lambda c: c.stream_metrics("s"),
    "start": lambda c: c.start(),
    "shutdown": lambda c: c.shutdown(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_calls_after_close(call):
    conn = laminardb.open(":memory:")
    conn.execute("CREATE SOURCE t (v BIGINT)")
    conn.execute("CREATE STREAM s AS SELECT v FROM t")
    conn.insert("t", {"v": 1})
    conn.close()
    with pytest.raises(laminardb.ConnectionError, match="closed") as info:
        call(conn)
    assert info.value.code == codes.CONNECTION_CLOSED


async def test_async_calls_after_close():
    conn = laminardb.open(":memory:")
    conn.close()
    with pytest.raises(laminardb.ConnectionError, match="closed"):
        await conn.subscribe_async("SELECT 1")


def test_start_is_idempotent_and_not_needed(trades):
    trades.insert("trades", {"symbol": "A", "price": 1.0, "volume": 1})
    trades.start()
    trades.start()
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (1,)


def test_shutdown_lets_queues_be_read_and_refuses_rows(trades):
    subscription = trades.subscribe("SELECT * FROM trades")
    for i in range(5):
        trades.insert("trades", {"symbol": "A", "price": float(i), "volume": i})
    trades.shutdown()
    assert sum(change.num_rows for change in subscription) == 5
    assert subscription.next() is None
    with pytest.raises(laminardb.LaminarError) as info:
        trades.insert("trades", {"symbol": "A", "price": 1.0, "volume": 1})
    assert info.value.code == codes.SHUTDOWN


def test_connect_is_open_for_paths():
    with laminardb.connect(":memory:") as conn:
        assert conn.query("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("uri", ["laminardb://localhost:5433", "postgresql://localhost/db"])
def test_connect_to_a_server_says_that_it_cannot(uri):
    with pytest.raises(laminardb.ConnectionError, match="not supported yet") as info:
        laminardb.connect(uri)
    assert info.value.code == codes.CONNECTION_FAILED


def test_default_connection():
    laminardb.execute("CREATE SOURCE IF NOT EXISTS of_the_module (v BIGINT)")
    assert laminardb.sql("SELECT count(*) AS n FROM of_the_module").to_pylist() == [{"n": 0}]


@pytest.mark.parametrize(("path", "error"), [(42, TypeError), (b"x", TypeError), (None, TypeError)])
def test_path_of_a_wrong_type(path, error):
    with pytest.raises(error):
        laminardb.open(path)


def test_config_of_a_wrong_type():
    with pytest.raises(TypeError, match="LaminarConfig"):
        laminardb.open(":memory:", config={"buffer_size": 5})


def test_an_interval_needs_storage():
    with pytest.raises(ValueError, match="storage"):
        laminardb.open(":memory:", config=laminardb.LaminarConfig(checkpoint_interval_secs=1))


def test_a_connection_that_is_thrown_away_takes_its_threads_along(trades):
    conn = laminardb.open(":memory:")
    conn.execute("CREATE SOURCE t (v BIGINT)")
    subscription = conn.subscribe("SELECT * FROM t")
    del conn
    gc.collect()
    assert subscription.next() is None


PROGRAMS = {
    "nothing closed": "",
    "a subscription nobody reads": "sub = conn.subscribe('SELECT * FROM t'); conn.insert('t', {'v': 1})",
    "a callback at work": "conn.subscribe_callback('SELECT * FROM t', lambda r: r.to_pylist())\n"
    "for i in range(200): conn.insert('t', {'v': i})",
    "a daemon thread that waits": "import threading; sub = conn.subscribe('SELECT * FROM t')\n"
    "thread = threading.Thread(target=sub.next, daemon=True); thread.start()",
    "a daemon thread that inserts": "import threading\n"
    "def run():\n    while True: conn.insert('t', {'v': 1})\n"
    "threading.Thread(target=run, daemon=True).start()",
    "a function, and a stream that calls it": (
        "conn.register_function('f', lambda v: v + 1, [int], int, vectorized=False)\n"
        "conn.execute('CREATE STREAM s AS SELECT f(v) AS w FROM t')\nconn.insert('t', {'v': 1})"
    ),
    "an open writer": "writer = conn.writer('t'); writer.insert({'v': 1})",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_the_interpreter_ends_cleanly(program):
    source = (
        "import laminardb\nconn = laminardb.open(':memory:')\nconn.execute('CREATE SOURCE t (v BIGINT)')\n"
        f"{program}\nprint('done')\n"
    )
    run = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout.strip()) == (0, "done"), run.stderr
