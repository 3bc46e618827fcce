"""A subscription as a table or a line chart in a notebook, that changes as it does."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from laminardb import _html, codes
from laminardb._laminardb import StreamSubscription
from laminardb.errors import SubscriptionError
from laminardb.types import MaterializedView
from laminardb.viz.contents import Contents
from laminardb.viz.line_chart import line_chart
from laminardb.viz.series import choose, series_of

if TYPE_CHECKING:
    from laminardb import QueryResult, Subscription

# How long an interrupt may have to wait for nothing: the engine looks at signals by itself, so this is only a bound.
_PATIENCE = 3600.0


def live(
    stream: Subscription | StreamSubscription | MaterializedView,
    *,
    kind: Literal["table", "line"] = "table",
    x: str | None = None,
    y: str | Iterable[str] | None = None,
    by: str | None = None,
    key: Sequence[str] | None = None,
    rows: int = 20,
    points: int = 1000,
    every: float = 0.1,
    timeout: float | None = None,
    title: str = "",
    block: bool = True,
) -> Live:
    """Shows a stream below the cell, and goes on showing it as changes arrive.

    It ends with the stream, after `timeout`, or when the cell is interrupted; then the subscription is cancelled, and
    what was shown last stays. To show what the cell itself inserts, pass `block=False` and call `refresh()` inside a
    `with`, which ends the display however it is left.

    Args:
        stream: a subscription, or a `MaterializedView`, which is then subscribed to.
        kind: `"table"`, or `"line"` for a line chart.
        x: chart: the column across; the first that is a time unless given, else the first.
        y: chart: the column or columns up; every other column of numbers unless given.
        by: chart: a column each of whose values gets a line of its own.
        key: columns that identify a row, so that a row that changes keeps its place. That of a `MaterializedView` is
            known.
        rows: table: how many rows it shows: the newest of a stream that only grows, else the first.
        points: chart: how many rows of a stream that only grows it shows, the newest.
        every: seconds between two drawings, at least.
        timeout: seconds after which it ends.
        block: whether to follow the stream until it ends.

    Raises:
        ImportError: IPython is not installed.
        ValueError: a column that does not exist, or no column of numbers.

    Example:
        >>> with laminardb.viz.live(conn.subscribe("SELECT * FROM t"), block=False) as view:
        ...     conn.insert("t", {"k": "a", "v": 1})
        ...     view.refresh()
        Live(table, 0 rows, active)
        1
        >>> view
        Live(table, 1 row, closed)
    """
    if kind not in ("table", "line"):
        raise ValueError(f"kind must be 'table' or 'line', not {kind!r}")
    view = Live(stream, kind, x, y, by, key, rows, points, every, title)
    if block:
        view.follow(timeout)
    return view


class Live:
    """What `live` shows. A context manager: leaving it closes.

    Example:
        >>> view = laminardb.viz.live(conn.subscribe("SELECT * FROM t"), block=False)
        Live(table, 0 rows, active)
        >>> view.close()
        >>> view.is_active
        False
    """

    def __init__(
        self,
        stream: Subscription | StreamSubscription | MaterializedView,
        kind: str,
        x: str | None,
        y: str | Iterable[str] | None,
        by: str | None,
        key: Sequence[str] | None,
        rows: int,
        points: int,
        every: float,
        title: str,
    ) -> None:
        try:
            from IPython.display import display
        except ModuleNotFoundError as error:
            raise ImportError("a live view needs a notebook: pip install ipython ipykernel") from error
        if isinstance(stream, MaterializedView):
            if key is None:
                key = stream.key()
            stream = stream.subscribe()
        self._subscription = stream
        self._kind, self._x, self._y, self._by = kind, x, y if isinstance(y, str) or y is None else list(y), by
        self._rows, self._every, self._title = rows, every, title
        columns = stream.schema.names
        self._contents = Contents(columns, key, points if kind == "line" else rows)
        if kind == "line":
            named = {name for name in (x, by, *([y] if isinstance(y, str) else y or ())) if name is not None}
            if unknown := named - set(columns):
                choose({name: [] for name in columns}, unknown.pop(), None, None)
        self._drawn = time.monotonic()
        self._closed = False
        self._taken: list[QueryResult] = []  # but not yet applied: an interrupt loses nothing
        self._handle: Any = display(_Picture(self), display_id=True)

    def follow(self, timeout: float | None = None) -> None:
        """Draws changes as they arrive, until the stream ends, the time is over, or the cell is interrupted.

        Then it closes.

        Args:
            timeout: seconds; `None` for no end.

        Example:
            >>> view = laminardb.viz.live(conn.subscribe("SELECT * FROM t"), block=False)
            Live(table, 0 rows, active)
            >>> view.follow(timeout=0.01)
        """
        end = time.monotonic() + (_PATIENCE * 24 * 365 if timeout is None else timeout)
        try:
            while (left := end - time.monotonic()) > 0:
                try:
                    item = self._next(min(left, _PATIENCE))
                except SubscriptionError as error:
                    if error.code != codes.SUBSCRIPTION_TIMEOUT:
                        raise
                    continue
                if item is None:
                    break
                self._taken.append(item)
                time.sleep(max(min(self._drawn + self._every, end) - time.monotonic(), 0))
                self.refresh()
        except KeyboardInterrupt:
            pass
        finally:
            self.close()

    def refresh(self) -> None:
        """Takes in what has arrived, and draws it.

        Example:
            >>> view = laminardb.viz.live(conn.subscribe("SELECT * FROM t"), block=False)
            Live(table, 0 rows, active)
            >>> view.refresh()
            >>> conn.insert("t", [{"k": "a"}, {"k": "b"}])
            2
            >>> view.refresh()
            >>> view
            Live(table, 2 rows, active)
        """
        if self._take():
            self._draw()

    def close(self) -> None:
        """Takes in what has arrived, draws it for the last time, and cancels the subscription. May be called again.

        Example:
            >>> view = laminardb.viz.live(conn.subscribe("SELECT * FROM t"), block=False)
            Live(table, 0 rows, active)
            >>> view.close()
            >>> view
            Live(table, 0 rows, closed)
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._take()
        finally:
            self._subscription.cancel()
            self._contents.fresh = set()
            self._draw()

    @property
    def is_active(self) -> bool:
        """Whether more may come."""
        return self._subscription.is_active

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def __repr__(self) -> str:
        total = self._contents.total
        state = "active" if self.is_active else "closed"
        return f"Live({self._kind}, {total:,} row{'' if total == 1 else 's'}, {state})"

    def _html(self) -> str:
        return self._chart() if self._kind == "line" else self._table()

    def _next(self, seconds: float) -> QueryResult | None:
        if isinstance(self._subscription, StreamSubscription):
            return self._subscription.next_timeout(max(round(seconds * 1000), 1))
        return self._subscription.next_timeout(seconds)

    def _take(self) -> bool:
        """Applies what has arrived; whether anything had."""
        while (item := self._subscription.try_next()) is not None:
            self._taken.append(item)
        items, self._taken = self._taken, []
        self._contents.apply(items)
        return bool(items)

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        if self._handle is not None:
            self._handle.update(_Picture(self))

    def _table(self) -> str:
        held = self._contents.rows()
        shown = held[: self._rows] if self._contents.retracts else held[-self._rows :]
        fresh = {i for i, (place, _) in enumerate(shown) if place in self._contents.fresh}
        total = self._contents.total
        count = f"{total:,} row{'' if total == 1 else 's'}"
        if len(shown) < total:
            which = "the first" if self._contents.retracts else "the last"
            count = f"{which} {len(shown)} of {count}"
        return self._framed(_html.table(self._contents.columns, [row for _, row in shown], fresh=fresh, note=count))

    def _chart(self) -> str:
        columns = self._contents.as_columns()
        if not self._contents.total:
            return self._framed(line_chart([]))
        x, y = choose(columns, self._x, self._y, self._by)
        return self._framed(line_chart(series_of(columns, x, y, self._by)))

    def _framed(self, body: str) -> str:
        return _html.titled(self._title, self.is_active, body)


class _Picture:
    """What stands below the cell. The view itself is plain text, or a cell that ends with it would show it twice."""

    def __init__(self, view: Live) -> None:
        self._view = view

    def __repr__(self) -> str:
        return repr(self._view)

    def _repr_html_(self) -> str:
        return self._view._html()
