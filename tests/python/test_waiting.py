"""stats() and wait_for()."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import laminardb
import pytest
from laminardb import codes

NONE = -(2**63)


@pytest.fixture
def events(conn):
    conn.execute("CREATE SOURCE s (k VARCHAR, ts TIMESTAMP, WATERMARK FOR ts)")
    conn.execute("CREATE STREAM totals AS SELECT k, count(*) AS n FROM s GROUP BY k")
    conn.execute("CREATE TABLE t (k VARCHAR, PRIMARY KEY (k))")
    conn.execute("CREATE VIEW v AS SELECT k FROM t")
    return conn


def test_stats(events):
    events.insert("s", [{"k": "a", "ts": datetime(2024, 1, 1)}, {"k": "b", "ts": datetime(2024, 1, 1, 0, 0, 1)}])
    events.insert("t", {"k": "x"})
    millis = 1_704_067_201_000
    source = events.stats("S")
    assert source.pop("size_bytes") > 0
    assert source == {"name": "s", "kind": "source", "row_count": 2, "watermark": millis, "epoch": source["epoch"]}
    stream = events.stats("totals")
    assert (stream["kind"], stream["row_count"], stream["watermark"]) == ("stream", 2, millis)
    assert stream["size_bytes"] > 0
    events.insert("s", {"k": "a", "ts": datetime(2024, 1, 1)})
    assert events.stats("totals")["row_count"] == 2
    assert events.stats("s")["row_count"] == 3
    assert events.stats("s")["epoch"] > source["epoch"]
    held = events.stats("t")
    assert (held["kind"], held["row_count"], held["watermark"]) == ("table", 1, NONE)
    view = events.stats("v")
    assert (view["kind"], view["row_count"], view["size_bytes"], view["watermark"]) == ("view", 1, 0, NONE)


def test_stats_of_what_is_not_there(events):
    with pytest.raises(laminardb.SchemaError, match="totals") as caught:
        events.stats("total")
    assert caught.value.code == codes.TABLE_NOT_FOUND


def test_wait_for_what_is_in_already(events):
    events.insert("s", {"k": "a", "ts": datetime(2024, 1, 1)})
    epoch = events.stats("s")["epoch"]
    assert events.wait_for("totals") == epoch
    assert events.wait_for("totals", epoch=epoch) == epoch
    assert events.wait_for("totals", epoch, timeout=0) == epoch
    assert events.wait_for("totals", watermark=datetime(2024, 1, 1)) == epoch
    assert events.wait_for("s", watermark=datetime(2024, 1, 1, tzinfo=UTC)) == epoch
    assert events.wait_for("s", watermark=1_704_067_200_000, epoch=epoch) == epoch


def in_thread(function):
    """The thread's outcome: what `function` returns, or raises."""
    outcome = []

    def run():
        try:
            outcome.append(function())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


@pytest.mark.parametrize("name", ["s", "totals"])
def test_wait_for_what_is_to_come(events, name):
    thread, outcome = in_thread(lambda: events.wait_for(name, watermark=datetime(2024, 1, 2), timeout=60))
    events.insert("s", {"k": "a", "ts": datetime(2024, 1, 1)})
    events.insert("s", {"k": "a", "ts": datetime(2024, 1, 3)})
    thread.join(60)
    assert outcome == [events.stats("s")["epoch"]]


def test_wait_for_an_epoch_to_come(events):
    events.insert("s", {"k": "a", "ts": datetime(2024, 1, 1)})
    next_epoch = events.stats("s")["epoch"] + 1
    thread, outcome = in_thread(lambda: events.wait_for("totals", epoch=next_epoch))
    events.insert("t", {"k": "x"})
    thread.join(60)
    assert outcome[0] >= next_epoch


def test_time_runs_out(events):
    with pytest.raises(laminardb.SubscriptionError, match="timeout") as caught:
        events.wait_for("totals", epoch=10**9, timeout=0.01)
    assert caught.value.code == codes.SUBSCRIPTION_TIMEOUT


def waiting(conn):
    """A thread that waits for what never comes, surely begun."""
    began = threading.Event()

    def wait():
        began.set()
        return conn.wait_for("totals", epoch=10**9, timeout=60)

    thread, outcome = in_thread(wait)
    began.wait()
    return thread, outcome


def test_a_drop_ends_the_wait(events):
    thread, outcome = waiting(events)
    events.execute("DROP STREAM totals")
    thread.join(60)
    # Begun before the drop, it is told so; if it came after, there is no such stream.
    assert outcome[0].code in (codes.SUBSCRIPTION_CLOSED, codes.TABLE_NOT_FOUND)


def test_shutdown_ends_the_wait(events):
    thread, outcome = waiting(events)
    events.shutdown()
    thread.join(60)
    assert outcome[0].code == codes.SHUTDOWN


def test_close_ends_the_wait(events):
    thread, outcome = waiting(events)
    events.close()
    thread.join(60)
    assert outcome[0].code in (codes.CONNECTION_CLOSED, codes.SHUTDOWN)


def test_what_cannot_be_waited_for(events):
    with pytest.raises(laminardb.QueryError, match="no watermark"):
        events.wait_for("t", watermark=1)
    with pytest.raises(laminardb.SchemaError):
        events.wait_for("nothing")
    with pytest.raises(TypeError):
        events.wait_for("totals", watermark="soon")
    with pytest.raises(ValueError, match="negative"):
        events.wait_for("totals", epoch=10**9, timeout=-1)
