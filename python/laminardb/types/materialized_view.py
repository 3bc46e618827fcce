"""A handle on a stream or view."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, overload

from laminardb.types.change import ChangeEvent
from laminardb.types.schema import Schema

if TYPE_CHECKING:
    from laminardb import Connection, QueryResult, StreamSubscription


class MaterializedView:
    """A stream or view by its name: read it, ask its columns, follow it. It is not created by this; see `laminardb.mv`.

    Args:
        conn: the connection that reads it.
        name: the stream or view.
        sql: the query that defines it, for whoever asks `.sql` later.

    Example:
        >>> conn.execute("CREATE MATERIALIZED VIEW totals AS SELECT k, sum(v) AS total FROM t GROUP BY k")
        ExecuteResult(ddl, 'CREATE MATERIALIZED VIEW', 'totals')
        >>> totals = MaterializedView(conn, "totals")
        >>> conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 20}])
        2
        >>> totals.query("total > 10").fetchall()
        [('b', 20)]
        >>> totals.schema()
        Schema(k: string, total: int64)
    """

    def __init__(self, conn: Connection, name: str, sql: str | None = None) -> None:
        self._conn = conn
        self._name = name
        self._sql = sql

    @property
    def name(self) -> str:
        """The stream's or view's name."""
        return self._name

    @property
    def sql(self) -> str | None:
        """The query that was given as its definition, if one was."""
        return self._sql

    def query(self, where: str = "") -> QueryResult:
        """The current contents, or those rows of it for which `where`, a condition in SQL, is true.

        Raises:
            QueryError: 400 when the condition is wrong.
            SchemaError: 200 when there is no such stream or view.

        Example:
            >>> laminardb.mv(conn, "positive").query("v > 1").num_rows
            0
        """
        return self._conn.query_stream(self._name, where or None)

    def schema(self) -> Schema:
        """The columns; `SchemaError` 200 when there is no such stream or view.

        Example:
            >>> laminardb.mv(conn, "positive").schema().names
            ['k', 'v']
        """
        return Schema(self._conn.schema(self._name))

    def key(self) -> list[str] | None:
        """The columns that identify a row; `[]` when there is one row at most, `None` when none are known to.

        Example:
            >>> conn.execute("CREATE STREAM totals AS SELECT k, sum(v) AS total FROM t GROUP BY k")
            ExecuteResult(ddl, 'CREATE STREAM', 'totals')
            >>> laminardb.mv(conn, "totals").key()
            ['k']
        """
        # A source or a plain view of that name has none that is known.
        return next((stream.key for stream in self._conn.streams() if stream.name.lower() == self._name.lower()), None)

    @overload
    def subscribe(self, handler: None = None) -> StreamSubscription: ...
    @overload
    def subscribe(self, handler: Callable[[ChangeEvent], object]) -> ChangeThread: ...
    def subscribe(self, handler: Callable[[ChangeEvent], object] | None = None) -> StreamSubscription | ChangeThread:
        """Follows the changes, beginning with the current contents.

        Args:
            handler: called with a `ChangeEvent` for every item, on a thread of its own. When it raises, the exception
                is reported as that of any thread (`threading.excepthook`), and the subscription ends.

        Returns:
            Without a handler the `StreamSubscription`, to be read; with one its thread, a `ChangeThread`.

        Example:
            >>> received = []
            >>> changes = laminardb.mv(conn, "positive").subscribe(received.extend)
            >>> conn.insert("t", {"k": "a", "v": 5})
            1
            >>> conn.shutdown()
            >>> changes.wait()
            >>> received
            [ChangeRow(op='Insert', {'k': 'a', 'v': 5})]
        """
        subscription = self._conn.subscribe_stream(self._name)
        if handler is None:
            return subscription
        thread = ChangeThread(self._name, subscription, handler, self.key())
        thread.start()
        return thread

    def __repr__(self) -> str:
        return f"MaterializedView(name={self._name!r})"


class ChangeThread(threading.Thread):
    """The thread that hands a view's changes to a function; made by `MaterializedView.subscribe`.

    A daemon thread. It ends when it is cancelled, when the stream or the connection ends, or when the function raises.

    Example:
        >>> changes = laminardb.mv(conn, "positive").subscribe(print)
        >>> changes.is_active
        True
        >>> changes.cancel()
        >>> changes.join()
        >>> changes
        ChangeThread(positive, finished)
    """

    def __init__(
        self,
        view: str,
        subscription: StreamSubscription,
        handler: Callable[[ChangeEvent], object],
        key: list[str] | None,
    ) -> None:
        super().__init__(name=f"laminardb: changes of {view}", daemon=True)
        self._view = view
        self._subscription = subscription
        self._handler = handler
        self._key = key

    def run(self) -> None:
        """What the thread does, from `start` on.

        Example:
            >>> changes = laminardb.mv(conn, "positive").subscribe(print)
            >>> changes.is_alive()
            True
        """
        try:
            for item in self._subscription:
                self._handler(ChangeEvent(item, key=self._key))
        finally:
            self._subscription.cancel()

    @property
    def is_active(self) -> bool:
        """Whether more may come."""
        return self._subscription.is_active

    def cancel(self) -> None:
        """Ends the subscription; no call begins after the running one. May be called again, also by the function.

        Example:
            >>> changes = laminardb.mv(conn, "positive").subscribe(print)
            >>> changes.cancel()
            >>> changes.is_active
            False
        """
        self._subscription.cancel()

    def wait(self) -> None:
        """Waits until the subscription has ended and the last call has returned.

        Example:
            >>> changes = laminardb.mv(conn, "positive").subscribe(print)
            >>> conn.close()
            >>> changes.wait()
        """
        self.join()

    def __repr__(self) -> str:
        return f"ChangeThread({self._view}, {'active' if self.is_active else 'finished'})"
