"""Subscriptions for asyncio: no thread and no polling.

The engine posts the tag of every subscription that became readable to the `ReadyQueue` of the event loop that waits
for it, and the queue's descriptor wakes the loop. Items stay in the engine until a coroutine that runs takes one with
`try_next`, so cancelling an await loses nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import weakref
from typing import TYPE_CHECKING, Any, Self

from laminardb import _laminardb, codes
from laminardb._pickling import refuse
from laminardb.errors import SubscriptionError

if TYPE_CHECKING:
    import pyarrow as pa

    from laminardb import Connection, QueryResult, StreamSubscription, Subscription


class _LoopWaker:
    """Wakes the subscriptions of one event loop. Lives as long as the loop; used in the loop's thread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.queue = _laminardb.ReadyQueue()
        self._tags = itertools.count(1)
        self._subscriptions: weakref.WeakValueDictionary[int, _Waiting] = weakref.WeakValueDictionary()
        loop.add_reader(self.queue.fd, self._wake)

    def add(self, subscription: _Waiting) -> int:
        tag = next(self._tags)
        self._subscriptions[tag] = subscription
        return tag

    def _wake(self) -> None:
        for tag in self.queue.drain():
            subscription = self._subscriptions.get(tag)
            if subscription is not None:
                subscription._wake()


_wakers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopWaker] = weakref.WeakKeyDictionary()


class _Waiting:
    """What the two asynchronous subscriptions share. `cancel` may come from any thread, all else from the loop's."""

    _ended_word = "finished"

    def __init__(self, subscription: Subscription | StreamSubscription) -> None:
        self._subscription = subscription
        self._waiters: list[asyncio.Future[None]] = []
        self._loop: weakref.ref[asyncio.AbstractEventLoop] | None = None
        self._attach(asyncio.get_running_loop())

    def _attach(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None and self._loop() is loop:
            return
        waker = _wakers.get(loop)
        if waker is None:
            waker = _wakers[loop] = _LoopWaker(loop)
        self._loop = weakref.ref(loop)
        self._waiters = []
        self._subscription._notify_on(waker.queue, waker.add(self))

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def next(self) -> QueryResult | None:
        """The next item, waited for; `None` once the subscription has ended.

        Raises:
            SubscriptionError: 501 when the stream was dropped, or failed.

        Example:
            >>> async def first_change():
            ...     changes = await conn.subscribe_async("SELECT v FROM t")
            ...     conn.insert("t", {"v": 11})
            ...     return await changes.next()
            >>> asyncio.run(first_change()).fetchall()
            [(11,)]
        """
        loop = asyncio.get_running_loop()
        self._attach(loop)
        while True:
            # Asked before the item is, so that an item that arrives just before the end is not overlooked.
            ended = not self._subscription.is_active
            item = self._subscription.try_next()
            if item is not None or ended:
                return item
            waiter = loop.create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)

    async def _next_within(self, seconds: float) -> QueryResult | None:
        try:
            async with asyncio.timeout(seconds) as deadline:
                return await self.next()
        except TimeoutError:
            if not deadline.expired():
                raise
        raise SubscriptionError(f"timeout: nothing arrived within {seconds:g} s", code=codes.SUBSCRIPTION_TIMEOUT)

    def try_next(self) -> QueryResult | None:
        """The next item when there is one already, else `None`.

        Example:
            >>> async def is_there_one():
            ...     changes = await conn.subscribe_async("SELECT v FROM t")
            ...     return changes.try_next()
            >>> asyncio.run(is_there_one()) is None
            True
        """
        return self._subscription.try_next()

    def cancel(self) -> None:
        """Ends the subscription; every waiting `next()` returns `None`. May be called again.

        Example:
            >>> async def after_the_end():
            ...     changes = await conn.subscribe_async("SELECT v FROM t")
            ...     changes.cancel()
            ...     return await changes.next(), changes
            >>> asyncio.run(after_the_end())
            (None, AsyncSubscription(finished))
        """
        self._subscription.cancel()

    @property
    def is_active(self) -> bool:
        """Whether more may come."""
        return self._subscription.is_active

    @property
    def schema(self) -> pa.Schema:
        """Columns of the items, `__weight` included when it will be there."""
        return self._subscription.schema

    __reduce__ = refuse  # type: ignore[assignment]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> QueryResult:
        item = await self.next()
        if item is None:
            raise StopAsyncIteration
        return item

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'active' if self.is_active else self._ended_word})"


class AsyncSubscription(_Waiting):
    """The changes of a query as an asynchronous iterator; made by `Connection.subscribe_async`.

    Each item is a `QueryResult`: first the current result, then each epoch's net change. Belongs to the event loop
    that uses it; cancelling an `await` loses no item.

    Example:
        >>> async def follow():
        ...     changes = await conn.subscribe_async("SELECT v FROM t WHERE v > 10")
        ...     conn.insert("t", [{"v": 5}, {"v": 11}])
        ...     conn.shutdown()
        ...     async for change in changes:
        ...         print(change.to_pylist())
        >>> asyncio.run(follow())
        [{'v': 11}]
    """

    async def next_timeout(self, seconds: float) -> QueryResult | None:
        """Like `next`, for at most `seconds`; then `SubscriptionError` 502, whose message contains "timeout".

        Example:
            >>> async def wait_in_vain():
            ...     changes = await conn.subscribe_async("SELECT v FROM t")
            ...     await changes.next_timeout(0.01)
            >>> try:
            ...     asyncio.run(wait_in_vain())
            ... except laminardb.SubscriptionError as error:
            ...     print(error.code)
            502
        """
        return await self._next_within(seconds)


class AsyncStreamSubscription(_Waiting):
    """The changes of a named stream as an asynchronous iterator; made by `Connection.subscribe_stream_async`.

    Example:
        >>> async def first_change():
        ...     changes = await conn.subscribe_stream_async("positive")
        ...     conn.insert("t", {"k": "a", "v": 5})
        ...     return await anext(changes)
        >>> asyncio.run(first_change()).fetchall()
        [('a', 5)]
    """

    _ended_word = "cancelled"

    async def next_timeout(self, timeout_ms: int) -> QueryResult | None:
        """Like `next`, for at most `timeout_ms` milliseconds; then `SubscriptionError` 502.

        Example:
            >>> async def wait_in_vain():
            ...     changes = await conn.subscribe_stream_async("positive")
            ...     await changes.next_timeout(10)
            >>> try:
            ...     asyncio.run(wait_in_vain())
            ... except laminardb.SubscriptionError as error:
            ...     print(error.code)
            502
        """
        return await self._next_within(timeout_ms / 1000)


async def subscribe(connection: Connection, sql: str, **options: Any) -> AsyncSubscription:
    """What `Connection.subscribe_async` awaits."""
    return AsyncSubscription(connection.subscribe(sql, **options))


async def subscribe_stream(connection: Connection, name: str, **options: Any) -> AsyncStreamSubscription:
    """What `Connection.subscribe_stream_async` awaits."""
    return AsyncStreamSubscription(connection.subscribe_stream(name, **options))


async def enter(connection: Connection) -> Connection:
    """What `async with connection` awaits first."""
    return connection


async def leave(connection: Connection) -> None:
    """What `async with connection` awaits last."""
    connection.close()
