"""What the demo knows of its streams: kept by subscriptions alone, without a query."""

from __future__ import annotations

from collections import deque
from typing import Any

import laminardb

STREAMS = ("totals", "bars", "whales", "swings")
_KEPT = 12


class Board:
    """The state of the four streams, brought up to date by `update`. Used by one thread.

    Attributes:
        totals: the row of each symbol.
        bars, whales, swings: the newest rows, newest first.
        moved: symbols whose totals the last update changed.
        counts: items received by stream.
    """

    def __init__(self, conn: laminardb.Connection) -> None:
        self._subscriptions = {name: conn.subscribe_stream(name) for name in STREAMS}
        self.totals: dict[str, dict[str, Any]] = {}
        self.bars: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.whales: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.swings: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.moved: set[str] = set()
        self.counts = dict.fromkeys(STREAMS, 0)

    def update(self) -> list[str]:
        """Takes in what has come. Returns a line for each new bar, large trade and swing."""
        self.moved.clear()
        lines = []
        for name in STREAMS:
            while (item := self._subscriptions[name].try_next()) is not None:
                self.counts[name] += 1
                for row in item.to_pylist():
                    if name == "totals":
                        self._apply(row)
                    else:
                        getattr(self, name).appendleft(row)
                        lines.append(_line(name, row))
        return lines

    def _apply(self, row: dict[str, Any]) -> None:
        """A change of a row comes as the old one with weight -1 and, behind it, the new one with +1."""
        symbol = row["symbol"]
        if row["__weight"] > 0:
            self.totals[symbol] = row
            self.moved.add(symbol)
        else:
            self.totals.pop(symbol, None)


def _line(name: str, row: dict[str, Any]) -> str:
    if name == "bars":
        return (
            f"bar    {row['second']:%H:%M:%S} {row['symbol']} open {row['open']:.2f} high {row['high']:.2f} "
            f"low {row['low']:.2f} close {row['close']:.2f} trades {row['trades']}"
        )
    if name == "whales":
        return f"whale  {row['ts']:%H:%M:%S} {row['symbol']} {row['volume']:,} at {row['price']:.2f}"
    return f"swing  {row['since']:%H:%M:%S} {row['symbol']} {row['percent']:.2f} % within five seconds"
