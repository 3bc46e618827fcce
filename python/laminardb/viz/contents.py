"""What a subscription's query holds by now: its changes, applied."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from laminardb import QueryResult

_WEIGHT = "__weight"


class Contents:
    """The rows of a subscription.

    Of changes without weights it keeps the newest `limit` rows. Of changes with weights it keeps every row that is
    there; under a key a row takes the place of the one before it, without one it comes last.
    """

    def __init__(self, columns: list[str], key: Sequence[str] | None, limit: int) -> None:
        self.retracts = columns[-1:] == [_WEIGHT]
        self.columns = columns[:-1] if self.retracts else columns
        self.total = 0  # rows that came, or are there
        self.fresh: set[Any] = set()  # which rows, by their place below, the last `apply` brought
        self._key = None if key is None else [self.columns.index(name) for name in key]
        self._newest: deque[tuple[int, tuple[Any, ...]]] = deque(maxlen=limit)
        self._rows: dict[str, list[Any]] = {}  # by their key, or themselves: the row, and how often it is there

    def apply(self, items: Sequence[QueryResult]) -> None:
        """Takes in what came."""
        self.fresh = set()
        for item in items:
            for row in item:
                self._change(row[:-1], row[-1]) if self.retracts else self._append(row)

    def _append(self, row: tuple[Any, ...]) -> None:
        self._newest.append((self.total, row))
        self.fresh.add(self.total)
        self.total += 1

    def _change(self, row: tuple[Any, ...], weight: int) -> None:
        self.total += weight
        # As text: cells may be lists, and NaN is equal to nothing.
        place = repr(row if self._key is None else [row[i] for i in self._key])
        held = self._rows.setdefault(place, [row, 0])
        held[1] += weight
        if weight > 0:
            held[0] = row
            self.fresh.add(place)
        if held[1] == 0:
            # Within one item of a keyed view the row that comes follows the one that goes: its place is kept for it.
            held[0] = None

    def rows(self) -> list[tuple[Any, tuple[Any, ...]]]:
        """The place and the cells of each row, in order."""
        if not self.retracts:
            return list(self._newest)
        for place in [place for place, (_, count) in self._rows.items() if count == 0]:
            del self._rows[place]
        return [(place, row) for place, (row, count) in self._rows.items() for _ in range(max(count, 0))]

    def as_columns(self) -> dict[str, list[Any]]:
        """The rows as lists, by the names of the columns."""
        rows = [row for _, row in self.rows()]
        return {name: [row[i] for row in rows] for i, name in enumerate(self.columns)}
