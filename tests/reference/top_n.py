"""The first rows in an order: LIMIT, row_number(), DISTINCT ON, and what decides where ORDER BY does not.

Ties: rows of a relation that only ever grows are in order of event time, where there is one, then of arrival; rows that
can be taken back have neither. What is left is decided by the whole row, column by column, NULLs last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cmp_to_key
from typing import Any

from .bound import Bound, Column, Node, Scope
from .expressions import compile_expression
from .log import NO_WATERMARK, Row
from .relation import Relation, compare_by
from .values import BIGINT, BindError, Type, Unsupported, group_key, sort_key

Keys = list[Any]


class Ranked:
    """Rows with the values they are ordered by. `time` is the event time of each, where it decides ties."""

    def __init__(self, relation: Relation, keys: list[Keys], types: list[Type], items: list[Node], times: Keys | None):
        self.relation = relation
        self._keys = keys
        self._compare = compare_by(types, items)
        self._ties = [self._tie(index, row, times) for index, row in enumerate(relation.rows)]

    def _tie(self, index: int, row: Row, times: Keys | None) -> Any:
        whole = [whole_key(value, c.type) for value, c in zip(row.values, self.relation.columns, strict=True)]
        if self.relation.retracts:
            return whole
        time = (0, 0) if times is None or times[index] is None else (1, times[index])
        arrival = row.order[1:] if row.sequence else (float("inf"), 0)
        return (time, arrival, whole)

    def order(self, indexes: list[int]) -> list[int]:
        def compare(a: int, b: int) -> int:
            if decided := self._compare(self._keys[a], self._keys[b]):
                return decided
            return -1 if self._ties[a] < self._ties[b] else int(self._ties[a] > self._ties[b])

        return sorted(indexes, key=cmp_to_key(compare))

    def tied(self, ordered: list[int], place: int) -> bool:
        """Would another order of equal keys put other rows before `place`?"""
        if not 0 < place < len(ordered):
            return False
        rows = self.relation.rows
        last = self._keys[ordered[place - 1]]
        equal = [index for index in ordered if self._compare(self._keys[index], last) == 0]
        return ordered[place] in equal and any(rows[index].values != rows[equal[0]].values for index in equal)


def whole_key(value: Any, t: Type) -> Any:
    if value is None:
        return (1,)
    if t.kind == "INTERVAL":
        return (0, value.normalized(), value.months, value.days)
    return (0, sort_key(value, t))


def settled(relation: Relation, rows: list[Row], columns: list[Column] | None = None) -> Relation:
    """What a top-N gives out: rows that go when others come, and that no call brought."""
    columns = [replace(column, role="", event_time="", orders=False) for column in columns or relation.columns]
    rows = [Row(row.values, (NO_WATERMARK, 0, 0)) for row in rows]
    return Relation(columns, rows, relation.sources, retracts=True)


def number(row: Any) -> int:
    """What stands for row_number() until it is known."""
    return 0


def find_number(body: Node) -> Node | None:
    """The row_number() OVER (…) of a select block."""
    calls = [item["value"] for item in body["items"] if is_number(item["value"])]
    calls += [node for node in walk(body["qualify"]) if is_number(node)]
    return calls[0] if calls else None


def is_number(node: Node) -> bool:
    if node.get("kind") != "Call" or not node["over"]:
        return False
    if node["function"]["parts"][-1]["name"].lower() != "row_number":
        raise Unsupported("a window function")
    return True


def walk(tree: Any) -> Iterator[Node]:
    if isinstance(tree, list):
        for item in tree:
            yield from walk(item)
    elif isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from walk(value)


def partitions(rows: int, keys: list[list[Any]], types: list[Type]) -> list[list[int]]:
    found: dict[Any, list[int]] = {}
    for index in range(rows):
        key = tuple(group_key(value, t) for value, t in zip(keys[index], types, strict=True))
        found.setdefault(key, []).append(index)
    return list(found.values())


def shape(node: Any) -> Any:
    """A tree without its places in the text."""
    if isinstance(node, list):
        return [shape(item) for item in node]
    if isinstance(node, dict):
        return {key: shape(value) for key, value in node.items() if key != "span"}
    return node


class NumberScope(Scope):
    """A block's scope with the number of a row behind its columns, for QUALIFY."""

    def __init__(self, inner: Scope, call: Node, aliases: set[str]):
        super().__init__(inner.columns)
        self._inner = inner
        self._call = shape(call)
        self._aliases = aliases

    def special(self, node: Node) -> Bound | None:
        if is_number(node) and shape(node) == self._call:
            return Bound(BIGINT, lambda row: row[-1])
        if node.get("kind") == "Column" and len(node["parts"]) == 1:
            try:
                self._inner.resolve(node["parts"])
            except BindError:
                if node["parts"][0]["name"].lower() in self._aliases:
                    return Bound(BIGINT, lambda row: row[-1])
        return self._inner.special(node)


def numbers_of(ranked: Ranked, groups: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    """The number of each row within its group, and the groups in order."""
    numbers = [0] * len(ranked.relation.rows)
    ordered = [ranked.order(indexes) for indexes in groups]
    for indexes in ordered:
        for place, index in enumerate(indexes):
            numbers[index] = place + 1
    return numbers, ordered


def qualifies(condition: Node, scope: Scope, call: Node, aliases: set[str]) -> Callable[[tuple[Any, ...], int], bool]:
    bound = compile_expression(condition, NumberScope(scope, call, aliases))
    return lambda values, number: bound.evaluate((*values, number)) is True
