"""Rows with columns, and what is done to whole relations: union, order, duplicates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cmp_to_key
from typing import Any

from .bound import Column, Node
from .log import Row
from .values import NULL, BindError, RowError, Type, cast, common_type, group_key, sort_key


@dataclass
class Relation:
    columns: list[Column]
    rows: list[Row]
    sources: frozenset[str] = frozenset()  # what its watermark is the least of
    retracts: bool = False  # may rows be taken back, by the rules of the contract?

    def named(self, alias: str | None, names: Iterable[str] = ()) -> Relation:
        """The same under another table name and, where given, other column names."""
        columns = [replace(column, table=alias or column.table) for column in self.columns]
        for index, name in enumerate(names):
            columns[index] = replace(columns[index], name=name)
        return Relation(columns, list(self.rows), self.sources, self.retracts)


@dataclass
class Run:
    """One query asked once, and what the contract counts of it.

    `on_close` is what its emission says of windows: True (closed ones only) or False (open ones too). `lateness` keeps windows open that many nanoseconds longer.
    """

    on_close: bool
    lateness: int = 0
    errors: list[str] = field(default_factory=list)
    late: int = 0
    magnitude: float = 0.0
    windows: set[str] = field(default_factory=set)  # the event times that its windows follow
    asked: dict[int, Relation] = field(default_factory=dict)  # by the id of a subquery's tree

    def attempt(self, function: Callable[[], Any]) -> Iterator[Any]:
        """The value; nothing, and a message kept, where the row is to be set aside."""
        try:
            value = function()
        except RowError as error:
            self.errors.append(str(error))
        else:
            yield value


def union(parts: list[Relation]) -> Relation:
    """UNION ALL: columns by place, in their common types, under the names of the first."""
    columns = []
    for place, column in enumerate(parts[0].columns):
        t = column.type
        for part in parts[1:]:
            if len(part.columns) != len(parts[0].columns):
                raise BindError("each part of a UNION must have the same number of columns")
            joined = common_type(t, part.columns[place].type)
            if joined is None:
                raise BindError(f"UNION types {t} and {part.columns[place].type} do not match")
            t = joined
        same_role = all(part.columns[place].role == column.role for part in parts)
        # Parts without event time, constants among them, hold nothing back.
        followed = {part.columns[place].event_time for part in parts} - {""}
        event_time = min(followed, default="")  # announced, unless all are declared
        role = column.role if same_role else ""
        columns.append(replace(column, type=t, table=None, role=role, event_time=event_time))
    rows = [Row(convert(row.values, part.columns, columns), row.order) for part in parts for row in part.rows]
    sources = frozenset().union(*(part.sources for part in parts))
    return Relation(columns, rows, sources, any(part.retracts for part in parts))


def convert(values: tuple[Any, ...], given: list[Column], wanted: list[Column]) -> tuple[Any, ...]:
    return tuple(
        value if have.type in (want.type, NULL) else cast(value, have.type, want.type)
        for value, have, want in zip(values, given, wanted, strict=True)
    )


def distinct(columns: list[Column], rows: list[Row], sort_keys: list[list[Any]]) -> tuple[list[Row], list[list[Any]]]:
    found: dict[Any, tuple[Row, list[Any]]] = {}
    for row, keys in zip(rows, sort_keys, strict=True):
        found.setdefault(tuple(group_key(v, c.type) for v, c in zip(row.values, columns, strict=True)), (row, keys))
    return [row for row, _ in found.values()], [keys for _, keys in found.values()]


def sort(rows: list[Row], sort_keys: list[list[Any]], types: list[Type], items: list[Node]) -> list[Row]:
    """ORDER BY: NULLs last when ascending, first when descending, unless it says; ties keep their order."""

    def compare(a: int, b: int) -> int:
        for left, right, t, item in zip(sort_keys[a], sort_keys[b], types, items, strict=True):
            nulls_first = item["nulls"] == "first" or (item["nulls"] == "default" and item["descending"])
            if left is None or right is None:
                if left is not right:
                    return -1 if (left is None) == nulls_first else 1
                continue
            x, y = sort_key(left, t), sort_key(right, t)
            if x != y:
                return (-1 if x < y else 1) * (-1 if item["descending"] else 1)
        return 0

    return [rows[index] for index in sorted(range(len(rows)), key=cmp_to_key(compare))]
