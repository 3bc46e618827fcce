"""A subscription of the runner: what was delivered, summed, and each delivery checked for its form."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .rows import Multiset, consolidate, from_arrow, multiset, show_list, show_rows

WEIGHT = "__weight"


class Feed:
    def __init__(self, name: str, subscription: Any):
        self.name = name
        self.total: Multiset = Counter()  # of everything delivered
        self.changes: Multiset = Counter()  # between the last two `step` lines of the script
        self._net: Multiset = Counter()  # since the last of them
        self._subscription = subscription
        self.schema = self._subscription.schema

    @property
    def retracts(self) -> bool:
        return WEIGHT in self.schema.names

    def reopen(self, connection: Any) -> None:
        """After a restart: the subscription begins anew, with the contents, which are no change."""
        schema = self.schema
        self._subscription = connection.subscribe_stream(self.name)
        self.schema = self._subscription.schema
        assert self.schema == schema, f"{self.name}: after a restart it has other columns"
        net = self._net
        self.total, self._net = Counter(), Counter()
        self.drain()
        self._net = net

    def drain(self) -> None:
        """Takes what is there now."""
        while (item := self._subscription.try_next()) is not None:
            table = item.arrow()
            assert table.schema.names == self.schema.names, f"{self.name}: delivered columns are not those of .schema"
            delivered = self._changes(table)
            self.total.update(delivered)
            self._net.update(delivered)

    def _changes(self, table: Any) -> Multiset:
        if not self.retracts:
            return multiset(from_arrow(table))
        place = table.schema.names.index(WEIGHT)
        assert place == table.num_columns - 1, f"{self.name}: {WEIGHT} is not the last column"
        weights = table.column(place).to_pylist()
        rows = from_arrow(table.drop_columns([WEIGHT]))
        delivered: Multiset = Counter()
        for row, weight in zip(rows, weights, strict=True):
            delivered[row] += weight
        shown = f"{self.name} delivered\n{show_list([(*row, w) for row, w in zip(rows, weights, strict=True)])}"
        assert len(delivered) == len(rows), f"equal rows are not merged: {shown}"
        assert all(weights), f"a weight of zero: {shown}"
        assert weights == sorted(weights, key=lambda weight: weight > 0), f"deletions do not come first: {shown}"
        return delivered

    def close_step(self) -> None:
        self.changes, self._net = consolidate(self._net), Counter()

    def contents(self) -> Multiset:
        """What the changes sum to; no weight may be left negative."""
        summed = consolidate(self.total)
        assert all(weight > 0 for weight in summed.values()), f"{self.name}: changes sum to\n{show_rows(summed)}"
        return summed

    def close(self) -> None:
        self._subscription.cancel()
