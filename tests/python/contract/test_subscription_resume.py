"""Resuming a subscription: `retain_history`, `from_epoch`, `AS OF EPOCH`."""

from __future__ import annotations

import re

import laminardb
import pytest
from laminardb import codes


@pytest.fixture
def kept(conn):
    """Streams that keep their changes: totals (retracting) and large (append-only)."""
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    conn.execute(
        "CREATE STREAM totals WITH (retain_history = '1mb') AS SELECT k, sum(v) AS total FROM t GROUP BY k;"
        "CREATE STREAM large WITH (retain_history = '1mb') AS SELECT k, v FROM t WHERE v > 10"
    )
    return conn


def fill(connection, numbers):
    for v in numbers:
        connection.insert("t", {"k": "ab"[v % 2], "v": v})


def drained(subscription):
    items = []
    while (item := subscription.try_next()) is not None:
        items.append((item.epoch, item.is_snapshot, sorted(item.fetchall())))
    return items


WAYS = {
    "subscribe_stream": lambda conn, name, epoch: conn.subscribe_stream(name, from_epoch=epoch),
    "subscribe": lambda conn, name, epoch: conn.subscribe(f"SELECT * FROM {name}", from_epoch=epoch),
    "as of epoch": lambda conn, name, epoch: conn.subscribe(f"SUBSCRIBE {name} AS OF EPOCH {epoch}"),
    "where": lambda conn, name, epoch: conn.subscribe(f"SUBSCRIBE {name} AS OF EPOCH {epoch} WHERE k IS NOT NULL"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["totals", "large"])
def test_resuming_misses_nothing_and_repeats_nothing(kept, name, way):
    whole = kept.subscribe_stream(name)
    fill(kept, range(40))
    items = drained(whole)
    assert items
    for cut in range(len(items)):
        resumed = WAYS[way](kept, name, items[cut][0])
        assert drained(resumed) == items[cut + 1 :]
    resumed = WAYS[way](kept, name, items[-1][0])
    fill(kept, range(40, 44))
    assert drained(resumed) == drained(whole), "it goes on with what comes"


def test_nobody_needs_to_have_listened(kept):
    fill(kept, [11, 12])
    first, second = drained(kept.subscribe_stream("large", from_epoch=0))
    assert [rows for _, _, rows in (first, second)] == [[("b", 11)], [("a", 12)]]


def test_the_filter_of_a_resumed_subscription(kept):
    fill(kept, range(40))
    resumed = kept.subscribe("SUBSCRIBE large AS OF EPOCH 0 WHERE v > 37")
    assert [rows for _, _, rows in drained(resumed)] == [[("a", 38)], [("b", 39)]]
    projected = kept.subscribe("SELECT v * 2 AS twice FROM large WHERE v > 37", from_epoch=0)
    assert [rows for _, _, rows in drained(projected)] == [[(76,)], [(78,)]]


def test_a_trimmed_epoch_is_refused_naming_the_oldest(conn):
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    conn.execute("CREATE STREAM s WITH (retain_history = '4kb') AS SELECT k, v FROM t")
    fill(conn, range(200))
    for subscribe in (lambda k: conn.subscribe_stream("s", from_epoch=k), lambda k: WAYS["where"](conn, "s", k)):
        with pytest.raises(laminardb.LaminarError) as info:
            subscribe(1)
        assert isinstance(info.value, laminardb.SubscriptionError)
        assert info.value.code == codes.SUBSCRIPTION_FAILED
        oldest = int(re.search(r"oldest epoch to go on from is (\d+)", str(info.value))[1])
        assert oldest > 1
    epochs = [epoch for epoch, _, _ in drained(conn.subscribe_stream("s", from_epoch=oldest))]
    assert epochs[0] == oldest + 1
    assert epochs == list(range(oldest + 1, epochs[-1] + 1))


def test_a_large_history_waits_on_disk():
    config = laminardb.LaminarConfig(buffer_size=50)
    with laminardb.open(":memory:", config=config) as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        conn.execute("CREATE STREAM s WITH (retain_history = '10mb') AS SELECT v FROM t")
        fill(conn, range(1000))
        epochs = [epoch for epoch, _, _ in drained(conn.subscribe_stream("s", from_epoch=0))]
        assert len(epochs) == 1000
        for cut in (0, 1, 400, 949, 950, 999):
            rows = [rows for _, _, rows in drained(conn.subscribe_stream("s", from_epoch=epochs[cut]))]
            assert rows == [[(v,)] for v in range(cut + 1, 1000)]


def test_what_cannot_be_resumed_says_why(kept):
    kept.execute("CREATE STREAM forgetful AS SELECT v FROM t")
    fill(kept, [1, 2])
    with pytest.raises(laminardb.SubscriptionError, match="retain_history") as info:
        kept.subscribe_stream("forgetful", from_epoch=1)
    assert info.value.code == codes.SUBSCRIPTION_FAILED
    with pytest.raises(laminardb.SubscriptionError, match="keeps no changes to resume from"):
        kept.subscribe("SELECT * FROM t", from_epoch=1)
    with pytest.raises(laminardb.SubscriptionError, match="keeps state"):
        kept.subscribe("SELECT count(*) FROM totals", from_epoch=1)
    with pytest.raises(laminardb.SubscriptionError, match="has not come yet"):
        kept.subscribe_stream("totals", from_epoch=1_000_000)
    with pytest.raises(laminardb.QueryError, match="contradict"):
        kept.subscribe("SUBSCRIBE totals AS OF EPOCH 1", from_epoch=2)
    with pytest.raises(laminardb.QueryError, match="an epoch is a whole number"):
        kept.subscribe("SUBSCRIBE totals AS OF EPOCH 'x'")
    with pytest.raises(TypeError, match="from_epoch"):
        kept.subscribe_stream("totals", from_epoch="1")
    with pytest.raises(ValueError, match="from_epoch"):
        kept.subscribe_stream("totals", from_epoch=-1)


@pytest.mark.parametrize("text", ["64mb", "64 MB", "1gb", "4096", "10kb", "100b"])
def test_sizes(conn, text):
    conn.execute("CREATE SOURCE t (v BIGINT)")
    conn.execute(f"CREATE STREAM s WITH (retain_history = '{text}') AS SELECT v FROM t")


@pytest.mark.parametrize("text", ["", "mb", "0", "-1mb", "1 parsec", "99999999999tb"])
def test_what_is_no_size(conn, text):
    conn.execute("CREATE SOURCE t (v BIGINT)")
    with pytest.raises(laminardb.QueryError, match="retain_history is a number of bytes such as '64mb'"):
        conn.execute(f"CREATE STREAM s WITH (retain_history = '{text}') AS SELECT v FROM t")
