"""Changes row by row, each with what happened to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow as pa

    from laminardb import QueryResult

Operation = Literal["Insert", "Delete", "UpdateBefore", "UpdateAfter"]

_WEIGHT = "__weight"


class ChangeRow:
    """One row and what happened to it.

    Example:
        >>> row = ChangeRow("Insert", {"symbol": "ACME", "price": 10.5})
        >>> row.op, row["price"], row.keys(), row.values()
        ('Insert', 10.5, ['symbol', 'price'], ['ACME', 10.5])
        >>> row.to_dict()
        {'symbol': 'ACME', 'price': 10.5}
    """

    __slots__ = ("_data", "_op")

    def __init__(self, op: Operation, data: dict[str, Any]) -> None:
        self._op: Operation = op
        self._data = data

    @property
    def op(self) -> Operation:
        """`"Insert"`, `"Delete"`, or, of a row that was replaced, `"UpdateBefore"` and `"UpdateAfter"`."""
        return self._op

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def keys(self) -> list[str]:
        """The names of the columns.

        Example:
            >>> ChangeRow("Insert", {"symbol": "ACME", "price": 10.5}).keys()
            ['symbol', 'price']
        """
        return list(self._data)

    def values(self) -> list[Any]:
        """The values, in the order of the columns.

        Example:
            >>> ChangeRow("Insert", {"symbol": "ACME", "price": 10.5}).values()
            ['ACME', 10.5]
        """
        return list(self._data.values())

    def to_dict(self) -> dict[str, Any]:
        """The row as a dict of its own, without `op`.

        Example:
            >>> ChangeRow("Insert", {"symbol": "ACME", "price": 10.5}).to_dict()
            {'symbol': 'ACME', 'price': 10.5}
        """
        return dict(self._data)

    def __eq__(self, other: object) -> bool:
        return (self.op, self._data) == (other.op, other._data) if isinstance(other, ChangeRow) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ChangeRow(op={self.op!r}, {self._data})"


class ChangeEvent:
    """What an item of a subscription changed, row by row.

    Where the item has a `__weight` column, it says which rows came and which went: a positive weight is that many
    inserts, a negative one that many deletes. A row that went and one that came under the same key are an update:
    `"UpdateBefore"`, then `"UpdateAfter"`. The rows show the query's own columns, without the weight.

    Args:
        query_result: an item of a subscription.
        op: what happened to the rows of an item without weights.
        key: the columns that identify a row, as in `StreamInfo.key`. Without them nothing is an update.

    Example:
        >>> totals = conn.subscribe("SELECT k, sum(v) AS total FROM t GROUP BY k")
        >>> conn.insert("t", {"k": "a", "v": 1})
        1
        >>> list(ChangeEvent(totals.next()))
        [ChangeRow(op='Insert', {'k': 'a', 'total': 1})]
        >>> conn.insert("t", {"k": "a", "v": 2})
        1
        >>> for row in ChangeEvent(totals.next(), key=["k"]):
        ...     print(row.op, row["total"])
        UpdateBefore 1
        UpdateAfter 3
    """

    def __init__(
        self, query_result: QueryResult, op: Operation = "Insert", *, key: Sequence[str] | None = None
    ) -> None:
        self._result = query_result
        self._op = op
        self._key = key
        self._weighed = query_result.columns[-1:] == [_WEIGHT]
        self._rows: list[ChangeRow] | None = None

    def _changes(self) -> list[ChangeRow]:
        if self._rows is None:
            names = list(self._result.columns)
            if self._weighed:
                self._rows = list(_weighed(names[:-1], self._result, self._key))
            else:
                self._rows = [ChangeRow(self._op, dict(zip(names, row, strict=True))) for row in self._result]
        return self._rows

    def __iter__(self) -> Iterator[ChangeRow]:
        return iter(self._changes())

    def __len__(self) -> int:
        return len(self._changes()) if self._weighed else self._result.num_rows

    @overload
    def __getitem__(self, index: int) -> ChangeRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[ChangeRow]: ...
    def __getitem__(self, index: int | slice) -> ChangeRow | list[ChangeRow]:
        return self._changes()[index]

    def df(self) -> pandas.DataFrame:
        """The item as a pandas DataFrame, `__weight` included; `ImportError` when pandas is not installed.

        Example:
            >>> ChangeEvent(conn.query("SELECT 1 AS one")).df()
               one
            0    1
        """
        return self._result.df()

    def pl(self, *, lazy: bool = False) -> polars.DataFrame | polars.LazyFrame:
        """The item as a polars DataFrame, or LazyFrame when `lazy`; `ImportError` when polars is not installed.

        Example:
            >>> ChangeEvent(conn.query("SELECT 1 AS one")).pl().shape
            (1, 1)
        """
        return self._result.pl(lazy=lazy)

    def arrow(self) -> pa.Table:
        """The item as a `pyarrow.Table`, without a copy.

        Example:
            >>> ChangeEvent(conn.query("SELECT 1 AS one")).arrow().num_rows
            1
        """
        return self._result.arrow()

    def __repr__(self) -> str:
        return f"ChangeEvent(rows={len(self)}, op={self._op!r})"


def _weighed(names: list[str], result: QueryResult, key: Sequence[str] | None) -> Iterator[ChangeRow]:
    """The changes of rows whose last value is their weight, in the rows' order; an update stands where it began."""
    rows = [(dict(zip(names, row[:-1], strict=True)), row[-1]) for row in result]
    after = _replacements(rows, key)
    taken = {id(data) for data in after.values()}
    for data, weight in rows:
        if id(data) in after:
            yield ChangeRow("UpdateBefore", data)
            yield ChangeRow("UpdateAfter", after[id(data)])
        elif id(data) not in taken:
            for _ in range(abs(weight)):
                # Each its own dict: whoever is given a row may change it.
                yield ChangeRow("Insert" if weight > 0 else "Delete", dict(data))


def _replacements(rows: list[tuple[dict[str, Any], int]], key: Sequence[str] | None) -> dict[int, dict[str, Any]]:
    """For the `id` of each row that went, the row that came in its place."""
    if key is None:
        return {}
    went, came = defaultdict(list), defaultdict(list)
    for data, weight in rows:
        # By their text, as lists are no keys of a dict, NaN is not equal to itself, and 1 is no other key than 1.0.
        (came if weight > 0 else went)[tuple(repr(data[name]) for name in key)].append((data, weight))
    pairs = {}
    for values, gone in went.items():
        new = came.get(values, [])
        if len(gone) == len(new) == 1 and gone[0][1] == -1 and new[0][1] == 1:
            pairs[id(gone[0][0])] = new[0][0]
    return pairs
