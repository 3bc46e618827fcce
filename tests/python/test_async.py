"""Subscriptions under asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading

import laminardb
import pyarrow as pa
import pytest
from laminardb import codes


async def test_iteration(trades):
    subscription = await trades.subscribe_async("SELECT volume FROM trades")
    assert isinstance(subscription, laminardb.AsyncSubscription)
    for i in range(5):
        trades.insert("trades", {"volume": i})
    trades.shutdown()
    assert [row async for item in subscription for row in item] == [(i,) for i in range(5)]
    assert repr(subscription) == "AsyncSubscription(finished)"


async def test_next_waits_for_a_thread_that_inserts(trades):
    subscription = await trades.subscribe_async("SELECT volume FROM trades")
    waiting = asyncio.ensure_future(subscription.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    await asyncio.to_thread(trades.insert, "trades", {"volume": 7})
    assert (await asyncio.wait_for(waiting, 30)).fetchall() == [(7,)]


async def test_the_loop_goes_on_while_waiting(trades):
    subscription = await trades.subscribe_async("SELECT volume FROM trades")
    steps = []

    async def other():
        for i in range(3):
            steps.append(i)
            await asyncio.sleep(0)
        trades.insert("trades", {"volume": 1})

    item, _ = await asyncio.gather(subscription.next(), other())
    assert item.fetchall() == [(1,)]
    assert steps == [0, 1, 2]


async def test_snapshot_options_and_schema(trades):
    trades.insert("trades", {"symbol": "A", "volume": 1})
    with_snapshot = await trades.subscribe_async("SELECT volume FROM trades")
    assert (await with_snapshot.next()).is_snapshot
    without = await trades.subscribe_async("SELECT volume FROM trades", snapshot=False, weights=True)
    assert (without.schema.names, without.schema.types) == (["volume", "__weight"], [pa.int64(), pa.int64()])
    assert without.try_next() is None


async def test_stream_subscription(trades):
    trades.execute("CREATE STREAM s AS SELECT volume FROM trades")
    subscription = await trades.subscribe_stream_async("s")
    assert isinstance(subscription, laminardb.AsyncStreamSubscription)
    assert repr(subscription) == "AsyncStreamSubscription(active)"
    trades.insert("trades", {"volume": 1})
    assert (await subscription.next_timeout(30_000)).fetchall() == [(1,)]
    with pytest.raises(laminardb.SubscriptionError, match="timeout") as info:
        await subscription.next_timeout(5)
    assert info.value.code == codes.SUBSCRIPTION_TIMEOUT
    subscription.cancel()
    assert repr(subscription) == "AsyncStreamSubscription(cancelled)"
    with pytest.raises(RuntimeError, match="cancelled"):
        subscription.schema  # noqa: B018


async def test_timeout(trades):
    subscription = await trades.subscribe_async("SELECT volume FROM trades")
    for seconds in (0.01, 0, -1):
        with pytest.raises(laminardb.SubscriptionError, match="timeout") as info:
            await subscription.next_timeout(seconds)
        assert info.value.code == codes.SUBSCRIPTION_TIMEOUT
    trades.insert("trades", {"volume": 1})
    assert (await subscription.next_timeout(0)).fetchall() == [(1,)]


async def test_a_cancelled_await_loses_nothing(trades):
    subscription = await trades.subscribe_async("SELECT volume FROM trades")
    taken = []
    for i in range(100):
        task = asyncio.ensure_future(subscription.next())
        await asyncio.sleep(0)
        trades.insert("trades", {"volume": i})
        for _ in range(i % 4):  # cancelled before, while and after the item is on its way
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            taken.append(await task)
    trades.shutdown()
    taken.extend([item async for item in subscription])
    assert [row for item in taken for row in item] == [(i,) for i in range(100)]


async def test_several_tasks_share_the_items(trades):
    subscription = await trades.subscribe_async("SELECT volume FROM trades")
    tasks = [asyncio.ensure_future(subscription.next()) for _ in range(5)]
    await asyncio.sleep(0)
    for i in range(5):
        trades.insert("trades", {"volume": i})
    trades.shutdown()
    items = await asyncio.wait_for(asyncio.gather(*tasks), 30)
    assert sorted(row for item in items if item is not None for row in item) == [(i,) for i in range(5)]


@pytest.mark.parametrize("how", ["cancel", "close", "shutdown", "other thread"])
async def test_the_end_wakes_waiters(trades, how):
    subscription = await trades.subscribe_async("SELECT volume FROM trades")
    tasks = [asyncio.ensure_future(subscription.next()) for _ in range(3)]
    await asyncio.sleep(0)
    if how == "cancel":
        subscription.cancel()
    elif how == "close":
        trades.close()
    elif how == "shutdown":
        trades.shutdown()
    else:
        await asyncio.to_thread(subscription.cancel)
    assert await asyncio.wait_for(asyncio.gather(*tasks), 30) == [None] * 3
    assert await subscription.next() is None
    assert subscription.try_next() is None
    assert not subscription.is_active


async def test_drop_of_the_stream(trades):
    trades.execute("CREATE STREAM s AS SELECT volume FROM trades")
    subscription = await trades.subscribe_stream_async("s")
    task = asyncio.ensure_future(subscription.next())
    await asyncio.sleep(0)
    trades.execute("DROP STREAM s")
    with pytest.raises(laminardb.SubscriptionError) as info:
        await asyncio.wait_for(task, 30)
    assert info.value.code == codes.SUBSCRIPTION_CLOSED


async def test_many_subscriptions_take_no_thread(trades):
    before = threading.active_count()
    subscriptions = [await trades.subscribe_async("SELECT volume FROM trades") for _ in range(200)]
    tasks = [asyncio.ensure_future(s.next()) for s in subscriptions]
    await asyncio.sleep(0)
    assert threading.active_count() == before
    trades.insert("trades", {"volume": 1})
    items = await asyncio.wait_for(asyncio.gather(*tasks), 60)
    assert [item.fetchall() for item in items] == [[(1,)]] * 200


def test_two_loops_one_after_the_other(trades):
    subscriptions = []

    async def first():
        subscriptions.append(await trades.subscribe_async("SELECT volume FROM trades"))
        with pytest.raises(laminardb.SubscriptionError):
            await subscriptions[0].next_timeout(0.001)

    async def second():
        trades.insert("trades", {"volume": 1})
        assert (await subscriptions[0].next()).fetchall() == [(1,)]
        task = asyncio.ensure_future(subscriptions[0].next())
        await asyncio.sleep(0)
        trades.insert("trades", {"volume": 2})
        assert (await asyncio.wait_for(task, 30)).fetchall() == [(2,)]

    asyncio.run(first())
    asyncio.run(second())


def test_a_loop_that_ends_leaves_nothing_behind(trades):
    from laminardb import _async

    async def leave_a_waiter():
        subscription = await trades.subscribe_async("SELECT volume FROM trades")
        task = asyncio.ensure_future(subscription.next())
        await asyncio.sleep(0)
        return task

    gc.collect()
    before = len(_async._wakers)
    for _ in range(5):
        task = asyncio.run(leave_a_waiter())
        assert task.cancelled()
        del task
    gc.collect()
    assert len(_async._wakers) <= before
    trades.insert("trades", {"volume": 1})
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (1,)


async def test_subscribe_async_reports_errors(trades):
    with pytest.raises(laminardb.QueryError):
        await trades.subscribe_async("SELECT * FROM nothing")
    with pytest.raises(TypeError):
        await trades.subscribe_async("SELECT volume FROM trades", snapshots=True)
