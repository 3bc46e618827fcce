"""EMIT ON UPDATE, EMIT EVERY, on_error = 'stop': how streams and subscriptions deliver."""

from __future__ import annotations

import threading

import laminardb
import pytest
from laminardb import _testing, codes

START = 1_700_000_000  # a whole multiple of 10 s since the epoch


@pytest.fixture
def stepped():
    """A database that steps by hand, with its clock at START, and a table and a source of k and v."""
    with _testing.open(manual_steps=True) as connection:
        _testing.set_time(connection, START)
        connection.execute("CREATE SOURCE t (k VARCHAR, v BIGINT NOT NULL)")
        connection.execute("CREATE TABLE p (k VARCHAR NOT NULL, v BIGINT NOT NULL, PRIMARY KEY (k))")
        yield connection


def step(connection):
    _testing.step(connection)


def drained(subscription):
    items = []
    while (item := subscription.try_next()) is not None:
        items.append(item.fetchall())
    return items


# -------------------------------------------------------------------------------------------------- EMIT ON UPDATE


def test_on_update_delivers_the_new_row_per_key(stepped):
    stepped.execute("CREATE STREAM s AS SELECT k, sum(v) AS total FROM t GROUP BY k EMIT ON UPDATE")
    subscription = stepped.subscribe_stream("s")
    assert subscription.schema.names == ["k", "total", "__weight"]
    stepped.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 2}])
    step(stepped)
    stepped.insert("t", [{"k": "a", "v": 10}, {"k": "a", "v": 20}])
    step(stepped)
    first, second = drained(subscription)
    assert sorted(first) == [("a", 1, 1), ("b", 2, 1)]
    assert second == [("a", 31, 1)]
    assert sorted(stepped.query("SELECT * FROM s").fetchall()) == [("a", 31), ("b", 2)]


def test_on_update_delivers_the_key_that_vanished(stepped):
    stepped.execute("CREATE STREAM s AS SELECT v AS value, k FROM p WHERE v > 0 EMIT ON UPDATE")
    subscription = stepped.subscribe_stream("s")
    assert subscription.schema.field("value").nullable
    assert not subscription.schema.field("k").nullable
    stepped.upsert("p", [{"k": "a", "v": 1}, {"k": "b", "v": 2}, {"k": "c", "v": 3}])
    step(stepped)
    stepped.upsert("p", [{"k": "a", "v": 5}, {"k": "b", "v": -1}])
    stepped.delete("p", ["c"])
    step(stepped)
    items = [sorted(item, key=repr) for item in drained(subscription)]
    assert items[0] == [(1, "a", 1), (2, "b", 1), (3, "c", 1)]
    assert sorted(row for item in items[1:] for row in item if row[2] == 1) == [(5, "a", 1)]
    assert sorted(row[1:] for item in items[1:] for row in item if row[2] == -1) == [("b", -1), ("c", -1)]
    assert all(row[0] is None for item in items[1:] for row in item if row[2] == -1)


def test_on_update_of_a_subscription(stepped):
    stepped.insert("t", {"k": "a", "v": 1})
    step(stepped)
    subscription = stepped.subscribe("SELECT k, count(*) AS n FROM t GROUP BY k EMIT ON UPDATE")
    snapshot = subscription.next()
    assert snapshot.is_snapshot
    assert snapshot.fetchall() == [("a", 1, 1)]
    stepped.insert("t", {"k": "a", "v": 1})
    step(stepped)
    assert drained(subscription) == [[("a", 2, 1)]]


def test_on_update_of_one_row(stepped):
    subscription = stepped.subscribe("SELECT count(*) AS n FROM t EMIT ON UPDATE", snapshot=False)
    for _ in range(2):
        stepped.insert("t", {"k": "a", "v": 1})
        step(stepped)
    assert drained(subscription) == [[(1, 1)], [(2, 1)]]


def test_streams_over_it_see_every_change(stepped):
    stepped.execute("CREATE STREAM s AS SELECT k, sum(v) AS total FROM t GROUP BY k EMIT ON UPDATE")
    stepped.execute("CREATE STREAM over_s AS SELECT sum(total) AS total FROM s")
    for v in (1, 2, 3):
        stepped.insert("t", [{"k": "a", "v": v}, {"k": "b", "v": v}])
        step(stepped)
    assert stepped.query("SELECT * FROM over_s").fetchall() == [(12,)]


def test_on_update_without_a_key_is_refused_with_advice(stepped):
    for sql in ("SELECT v FROM t", "SELECT sum(v) AS total FROM t GROUP BY k"):
        with pytest.raises(laminardb.QueryError, match="needs a key") as info:
            stepped.execute(f"CREATE STREAM s AS {sql} EMIT ON UPDATE")
        assert "EMIT CHANGES" in str(info.value)
        assert info.value.position is not None


def test_on_update_always_has_weights(stepped):
    assert stepped.subscribe("SELECT k, v FROM p EMIT ON UPDATE").schema.names == ["k", "v", "__weight"]
    with pytest.raises(laminardb.SubscriptionError, match="weights=False"):
        stepped.subscribe("SELECT k, v FROM p EMIT ON UPDATE", weights=False)


# -------------------------------------------------------------------------------------------------- EMIT EVERY


def test_every_shows_and_delivers_the_net_change_at_each_firing(stepped):
    stepped.execute("CREATE STREAM s AS SELECT k, sum(v) AS total FROM t GROUP BY k EMIT EVERY INTERVAL '10' SECOND")
    subscription = stepped.subscribe_stream("s")
    stepped.insert("t", {"k": "a", "v": 1})
    step(stepped)
    stepped.insert("t", [{"k": "a", "v": 2}, {"k": "b", "v": 5}])
    step(stepped)
    assert drained(subscription) == []
    assert stepped.query("SELECT * FROM s").num_rows == 0, "as of the last firing"
    _testing.set_time(stepped, START + 9.9)
    assert drained(subscription) == []
    _testing.set_time(stepped, START + 10)
    assert [sorted(item) for item in drained(subscription)] == [[("a", 3, 1), ("b", 5, 1)]]
    assert sorted(stepped.query("SELECT * FROM s").fetchall()) == [("a", 3), ("b", 5)]
    stepped.insert("t", {"k": "a", "v": 10})
    step(stepped)
    assert sorted(stepped.query("SELECT * FROM s").fetchall()) == [("a", 3), ("b", 5)]
    _testing.set_time(stepped, START + 35)
    assert drained(subscription) == [[("a", 3, -1), ("a", 13, 1)]]
    _testing.set_time(stepped, START + 100)
    assert drained(subscription) == [], "nothing has come"


def test_changes_that_cancel_out_are_none(stepped):
    subscription = stepped.subscribe("SELECT k, v FROM p EMIT PERIODICALLY INTERVAL '1' MINUTE")
    stepped.upsert("p", {"k": "a", "v": 1})
    step(stepped)
    stepped.delete("p", ["a"])
    step(stepped)
    _testing.set_time(stepped, START + 60)
    assert drained(subscription) == []


def test_a_firing_has_an_epoch_of_its_own_and_what_was_accepted_before_is_in(stepped):
    subscription = stepped.subscribe("SELECT v FROM t EMIT EVERY INTERVAL '10' SECOND")
    stepped.insert("t", {"v": 1})
    step(stepped)
    stepped.insert("t", {"v": 2})  # accepted, and stepped by the firing
    epoch = _testing.set_time(stepped, START + 10)
    item = subscription.next()
    assert item.epoch == epoch
    assert sorted(item.fetchall()) == [(1,), (2,)]


def test_what_was_there_at_the_beginning_is_shown_at_once(stepped):
    stepped.insert("t", [{"k": "a", "v": 1}, {"k": "a", "v": 2}])
    step(stepped)
    stepped.execute("CREATE STREAM s AS SELECT k, sum(v) AS total FROM t GROUP BY k EMIT EVERY INTERVAL '1' HOUR")
    assert stepped.query("SELECT * FROM s").fetchall() == [("a", 3)]
    subscription = stepped.subscribe_stream("s")
    assert subscription.next().fetchall() == [("a", 3, 1)]


def test_a_stream_over_it_follows_its_firings(stepped):
    stepped.execute("CREATE STREAM s AS SELECT k, v FROM t EMIT EVERY INTERVAL '10' SECOND")
    stepped.execute("CREATE STREAM n AS SELECT count(*) AS n FROM s")
    stepped.insert("t", {"k": "a", "v": 1})
    step(stepped)
    assert stepped.query("SELECT * FROM n").fetchall() == [(0,)]
    _testing.set_time(stepped, START + 10)
    assert stepped.query("SELECT * FROM n").fetchall() == [(1,)]


def test_shutdown_delivers_what_waits_for_the_timer(stepped):
    subscription = stepped.subscribe("SELECT v FROM t EMIT EVERY INTERVAL '1' DAY")
    stepped.insert("t", {"v": 1})
    stepped.shutdown()
    assert [item.fetchall() for item in subscription] == [[(1,)]]


def test_the_timer_runs_by_itself(conn):
    conn.execute("CREATE SOURCE t (v BIGINT); CREATE STREAM s AS SELECT sum(v) AS s FROM t EMIT EVERY 50 MILLISECONDS")
    items = []
    came = threading.Event()

    def on_data(item):
        items.append(item)
        came.set()

    conn.subscribe_stream_callback("s", on_data, snapshot=False)
    for _ in range(3):
        conn.insert("t", {"v": 1})
        assert came.wait(30)
        came.clear()
    assert [row for row in items[-1].fetchall() if row[1] == 1] == [(3, 1)]


@pytest.mark.parametrize("interval", ["INTERVAL '0' SECOND", "INTERVAL '-1' SECOND", "INTERVAL '1' MONTH", "'often'"])
def test_intervals_that_are_none(stepped, interval):
    with pytest.raises(laminardb.QueryError) as info:
        stepped.execute(f"CREATE STREAM s AS SELECT v FROM t EMIT EVERY {interval}")
    assert info.value.position is not None


# -------------------------------------------------------------------------------------------------- on_error


def test_on_error_stop_ends_the_stream_with_the_error_on_every_subscription(conn):
    conn.execute("CREATE SOURCE t (v BIGINT); CREATE STREAM s WITH (on_error = 'stop') AS SELECT 10 / v AS d FROM t")
    conn.execute(
        "CREATE STREAM over_s AS SELECT count(*) AS n FROM s; CREATE STREAM other AS SELECT 10 / v AS d FROM t"
    )
    subscriptions = [conn.subscribe_stream("s"), conn.subscribe("SELECT d FROM s"), conn.subscribe_stream("s")]
    conn.insert("t", {"v": 5})
    conn.query("SELECT 1")
    conn.insert("t", {"v": 0})
    conn.insert("t", {"v": 2})
    for subscription in subscriptions:
        assert subscription.next().fetchall() == [(2,)]
        with pytest.raises(laminardb.SubscriptionError, match="division by zero"):
            subscription.next()
        assert subscription.next() is None
    with pytest.raises(laminardb.QueryError, match="division by zero"):
        conn.query("SELECT * FROM s")
    with pytest.raises(laminardb.LaminarError, match="failed"):
        conn.query("SELECT * FROM over_s")
    assert sorted(conn.query("SELECT * FROM other").fetchall()) == [(2,), (5,)], "others go on"
    assert conn.stream_metrics("s").error_events == 1


def test_on_error_stop_over_history_refuses_the_stream(conn):
    conn.execute("CREATE SOURCE t (v BIGINT)")
    conn.insert("t", {"v": 0})
    with pytest.raises(laminardb.QueryError, match="division by zero"):
        conn.execute("CREATE STREAM s WITH (on_error = 'stop') AS SELECT 10 / v AS d FROM t")
    assert conn.list_streams() == []
    conn.execute("CREATE STREAM s WITH (on_error = 'skip') AS SELECT 10 / v AS d FROM t")
    assert conn.stream_metrics("s").error_events == 1


def test_options_that_are_none(conn):
    conn.execute("CREATE SOURCE t (v BIGINT)")
    for option, message in [
        ("on_error = 'explode'", "on_error is 'skip'"),
        ("on_eror = 'stop'", "there is no option"),
        ("on_error = 'stop', on_error = 'stop'", "given twice"),
    ]:
        with pytest.raises(laminardb.QueryError, match=message) as info:
            conn.execute(f"CREATE STREAM s WITH ({option}) AS SELECT v FROM t")
        assert info.value.code in (codes.QUERY_FAILED, codes.SQL_PARSE_ERROR)
