"""An expression whose columns and types are known, and the small parts that expressions are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .values import BOOLEAN, NULL, VARCHAR, BindError, Type, Unsupported, cast, common_type, sort_key

Node = dict[str, Any]
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Bound:
    type: Type
    evaluate: Callable[[Values], Any]
    literal: bool = False  # a bare string: takes the type of what it is used with

    def to(self, target: Type) -> Bound:
        if self.type == target:
            return self
        if self.type == NULL:
            return Bound(target, self.evaluate)
        source, evaluate = self.type, self.evaluate
        return Bound(target, lambda row: cast(evaluate(row), source, target))


@dataclass(frozen=True)
class Column:
    name: str
    type: Type
    table: str | None = None
    time_unit: str = "ms"  # what an integer event time counts
    hidden: bool = False  # not part of *
    role: str = ""  # "start", "end", "time" of a window
    merged: bool = False  # made one with others by USING: named with its table only
    orders: bool = False  # the event time that rows are in the order of, where SQL leaves it open
    event_time: str = ""  # "declared" or "announced" where it follows such a watermark of the sources below
    delay: int = 0  # nanoseconds by which rows may come after the watermark has passed it: starts of windows


class Scope:
    """The columns an expression may name."""

    def __init__(self, columns: list[Column], ask: Callable[[Node], Any] | None = None):
        self.columns = columns
        self.ask = ask  # the relation of a subquery, where there may be one

    def resolve(self, parts: list[Node]) -> int:
        """The column; that of a struct when fields of it are named behind."""
        parts, _ = self.split(parts)
        names = [part["name"].lower() for part in parts]
        if len(names) > 2:
            raise Unsupported("names of three parts")
        found = [
            index
            for index, column in enumerate(self.columns)
            if column.name.lower() == names[-1]
            and (not column.merged if len(names) == 1 else (column.table or "").lower() == names[0])
        ]
        if len(found) > 1:
            raise BindError(f"column {'.'.join(names)} is ambiguous")
        if not found:
            raise BindError(f"column {'.'.join(names)} does not exist")
        return found[0]

    def split(self, parts: list[Node]) -> tuple[list[Node], list[Node]]:
        """The parts that name a column, and the fields of it behind them. Where a table has a column's name, it is the
        table."""
        tables = {(column.table or "").lower() for column in self.columns}
        of_column = 2 if len(parts) > 1 and parts[0]["name"].lower() in tables else 1
        is_field = len(parts) > of_column and any(
            column.name.lower() == parts[of_column - 1]["name"].lower() for column in self.columns
        )
        return (parts[:of_column], parts[of_column:]) if is_field else (parts, [])

    def special(self, node: Node) -> Bound | None:
        """What a grouped query knows already: its keys and aggregates."""
        return None


def literal(t: Type, value: Any) -> Bound:
    return Bound(t, lambda row: value)


def strict(result: Type, function: Callable[..., Any], *operands: Bound) -> Bound:
    """NULL when any operand is NULL."""

    def evaluate(row: Values) -> Any:
        values = [operand.evaluate(row) for operand in operands]
        return None if any(value is None for value in values) else function(*values)

    return Bound(result, evaluate)


def boolean(operand: Bound) -> Bound:
    if operand.type in (BOOLEAN, NULL) or operand.literal:
        return operand.to(BOOLEAN)
    raise BindError(f"expected BOOLEAN, found {operand.type}")


def unify(operands: list[Bound], place: str) -> list[Bound]:
    """All operands in their common type."""
    t = NULL
    for operand in operands:
        if not operand.literal:
            joined = common_type(t, operand.type)
            if joined is None:
                raise BindError(f"types {t} and {operand.type} do not match in {place}")
            t = joined
    if t == NULL and any(operand.literal for operand in operands):
        t = VARCHAR
    return [operand.to(t) for operand in operands]


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def compare(op: str, left: Bound, right: Bound) -> Bound:
    left, right = unify([left, right], op)
    t, test = left.type, COMPARISONS[op]
    return strict(BOOLEAN, lambda a, b: test(sort_key(a, t), sort_key(b, t)), left, right)
