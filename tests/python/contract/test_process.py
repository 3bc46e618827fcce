"""What crosses a process: results do, handles do not, and no database follows a fork."""

from __future__ import annotations

import copy
import datetime
import decimal
import os
import pickle
import sys

import laminardb
import pytest


def test_results_pickle(conn):
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    subscription = conn.subscribe("SELECT k, sum(v) AS total FROM t GROUP BY k")
    conn.insert("t", [{"k": "a", "v": 1}, {"k": None, "v": 2}])
    item = subscription.next()
    again = pickle.loads(pickle.dumps(item))
    assert again.fetchall() == item.fetchall()
    assert (again.epoch, again.is_snapshot) == (item.epoch, item.is_snapshot)
    assert again.schema == item.schema
    assert repr(again) == repr(item)


def test_results_of_every_kind_pickle(conn):
    result = conn.query(
        "SELECT 1 AS a, 2 AS a, 1.5::DOUBLE AS d, 12.34 AS dec, true AS b, 'a text that is long' AS s, NULL AS n, "
        "DATE '2024-02-29' AS day, TIMESTAMP '2024-01-01 00:00:01.5' AS ts, INTERVAL '1 day' AS i, "
        "'\\x00ff'::BLOB AS bytes, '{\"x\": 1}'::JSON AS j"
    )
    again = pickle.loads(pickle.dumps(result))
    assert again.schema == result.schema
    assert again.fetchall() == result.fetchall()
    row = pickle.loads(pickle.dumps(result)).fetchone()
    assert row[3] == decimal.Decimal("12.34")
    assert row[7] == datetime.date(2024, 2, 29)


def test_results_without_rows_pickle(conn):
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    again = pickle.loads(pickle.dumps(conn.query("SELECT * FROM t")))
    assert (again.num_rows, again.columns) == (0, ["k", "v"])


def test_a_copy_of_a_result_is_the_result(conn):
    result = conn.query("SELECT 1 AS a")
    assert copy.copy(result) is result
    assert copy.deepcopy({"rows": result})["rows"] is result


async def test_handles_do_not_pickle_or_copy(conn):
    conn.execute("CREATE SOURCE t (v BIGINT); CREATE STREAM s AS SELECT v FROM t")
    handles = [
        conn,
        conn.writer("t"),
        conn.subscribe("SELECT v FROM t"),
        conn.subscribe_stream("s"),
        conn.subscribe_callback("SELECT v FROM t", print),
        conn.stream("SELECT v FROM t"),
        await conn.subscribe_async("SELECT v FROM t"),
        await conn.subscribe_stream_async("s"),
    ]
    for handle in handles:
        for refuse in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=f"{type(handle).__name__} cannot be pickled or copied"):
                refuse(handle)


def in_child(check) -> None:
    """Runs `check` in a forked process that is killed if it hangs; fails with what it printed."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        import signal

        signal.alarm(60)
        status = 1
        try:
            check()
            status = 0
        except BaseException as error:  # the parent shows it
            os.write(write, repr(error).encode())
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, said or "it was killed: it hung"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_database_does_not_follow_a_fork(conn):
    conn.execute("CREATE SOURCE t (v BIGINT); CREATE STREAM s AS SELECT sum(v) AS total FROM t")
    writer = conn.writer("t")
    subscription = conn.subscribe("SELECT v FROM t")
    callback = conn.subscribe_callback("SELECT v FROM t", lambda item: None)
    stream = conn.stream("SELECT v FROM t")
    conn.insert("t", {"v": 1})
    result = conn.query("SELECT v FROM t")

    def check():
        calls = [
            lambda: conn.query("SELECT 1"),
            lambda: conn.insert("t", {"v": 2}),
            lambda: conn.execute("CREATE SOURCE x (v BIGINT)"),
            lambda: conn.metrics(),
            lambda: conn.subscribe("SELECT v FROM t"),
            lambda: conn.shutdown(),
            lambda: writer.flush(),
            lambda: writer.insert({"v": 1}),
            lambda: subscription.next(),
            lambda: subscription.try_next(),
            lambda: subscription.next_timeout(1),
            lambda: subscription.cancel(),
            lambda: callback.wait(),
            lambda: callback.cancel(),
            lambda: next(stream),
        ]
        for call in calls:
            try:
                call()
            except laminardb.ConnectionError as error:
                assert error.code == 100
                assert "fork" in error
            else:
                raise AssertionError("it worked")
        assert not subscription.is_active
        assert not callback.is_active
        repr(conn), repr(subscription), repr(callback)
        assert result.fetchall() == [(1,)], "rows are memory, and memory follows"
        conn.close()
        with laminardb.open(":memory:") as own:
            own.execute("CREATE SOURCE t (v BIGINT)")
            mine = own.subscribe("SELECT v FROM t")
            own.insert("t", {"v": 3})
            assert mine.next_timeout(30).fetchall() == [(3,)]
            assert own.query("SELECT * FROM t").fetchall() == [(3,)]

    in_child(check)
    assert subscription.next().fetchall() == [(1,)], "the parent goes on"
    conn.insert("t", {"v": 2})
    assert subscription.next_timeout(30).fetchall() == [(2,)]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_ends(conn):
    """Destructors and exit handlers wait for no thread that the child does not have."""
    conn.execute("CREATE SOURCE t (v BIGINT)")
    subscription = conn.subscribe_callback("SELECT v FROM t", lambda item: None)
    child = os.fork()
    if child == 0:
        import signal

        signal.alarm(60)
        del subscription
        import atexit

        atexit._run_exitfuncs()
        os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
