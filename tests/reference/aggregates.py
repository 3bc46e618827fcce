"""Aggregate functions, from the list of a group's rows.

NULL arguments do not take part (count(*) has none). Rows come in the order that SQL leaves open: event time, then
sequence number, then place in the call.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .bound import Bound
from .values import BIGINT, BOOLEAN, DOUBLE, BindError, RowError, Type, Unsupported, decimal_type, group_key, sort_key

NAMES = {"count", "sum", "avg", "min", "max", "first_value", "last_value", "any_value", "bool_and", "bool_or"}
ALIASES = {"mean": "avg", "first": "first_value", "last": "last_value", "every": "bool_and", "arbitrary": "any_value"}
NAMES |= set(ALIASES)


@dataclass(frozen=True)
class Aggregate:
    """One call: its argument and FILTER as functions of an input row, and the answer from the values that took part."""

    type: Type
    argument: Bound | None
    condition: Bound | None
    distinct: bool
    finish: Callable[[list[Any]], Any]
    ordered: bool = False  # first_value and its kin

    def take(self, row: tuple[Any, ...]) -> tuple[bool, Any]:
        """Whether a row takes part, and with what. The argument of a row that FILTER leaves out is not looked at."""
        if self.condition is not None and self.condition.evaluate(row) is not True:
            return False, None
        if self.argument is None:
            return True, None
        value = self.argument.evaluate(row)
        return value is not None, value

    def in_order(self, taken: list[tuple[tuple[int, int, int], bool, Any]]) -> list[Any]:
        """The values that took part. Rows of one event time that no call brought (sequence 0) come last, and among
        themselves in the order of values."""
        if self.ordered and self.argument is not None:
            t = self.argument.type
            # Only rows without a number are compared by value.
            keyed = [
                ((order[0], 0, order[1:], ()) if order[1] else (order[0], 1, (), sort_key(value, t)), value)
                for order, _, value in taken
            ]
            return [value for _, value in sorted(keyed, key=lambda pair: pair[0])]
        return [value for _, _, value in taken]

    def result(self, taken: list[Any]) -> Any:
        if self.distinct:
            assert self.argument is not None
            t = self.argument.type
            taken = list({group_key(value, t): value for value in taken}.values())
        return self.finish(taken)

    def magnitude(self, taken: list[Any]) -> float:
        """Sum of the absolute values, which floats may differ by a billionth of."""
        if self.argument is None or not self.argument.type.is_numeric:
            return 0.0
        return math.fsum(abs(float(value)) for value in taken if math.isfinite(value))


def bind(name: str, argument: Bound | None, condition: Bound | None, distinct: bool) -> Aggregate:
    name = ALIASES.get(name, name)
    if argument is None:
        if name != "count":
            raise BindError(f"{name} needs an argument")
        return Aggregate(BIGINT, None, condition, distinct, len)
    if argument.literal:
        argument = argument.to(argument.type)
    t = argument.type

    def build(result: Type, finish: Callable[[list[Any]], Any]) -> Aggregate:
        return Aggregate(result, argument, condition, distinct, finish)

    if name == "count":
        return build(BIGINT, len)
    if name == "sum":
        return build(*summing(t))
    if name == "avg":
        if not t.is_numeric:
            raise BindError(f"no function avg({t})")
        return build(DOUBLE, lambda values: mean(values) if values else None)
    if name == "min":
        return build(t, lambda values: min(values, key=lambda value: sort_key(value, t), default=None))
    if name == "max":
        return build(t, lambda values: max(values, key=lambda value: sort_key(value, t), default=None))
    if name in ("first_value", "any_value"):
        return Aggregate(t, argument, condition, distinct, lambda values: values[0] if values else None, True)
    if name == "last_value":
        return Aggregate(t, argument, condition, distinct, lambda values: values[-1] if values else None, True)
    if name == "bool_and":
        return build(BOOLEAN, lambda values: all(values) if values else None)
    if name == "bool_or":
        return build(BOOLEAN, lambda values: any(values) if values else None)
    raise Unsupported(f"aggregate {name}")


def summing(t: Type) -> tuple[Type, Callable[[list[Any]], Any]]:
    if t.is_integer:
        return BIGINT, integer_total
    if t.is_float:
        return DOUBLE, lambda values: float_total(values) if values else None
    if t.kind == "DECIMAL":
        return decimal_type(38, t.scale), lambda values: sum(values[1:], values[0]) if values else None
    raise BindError(f"no function sum({t})")


def integer_total(values: list[int]) -> int | None:
    if not values:
        return None
    total = sum(values)
    if not -(2**63) <= total < 2**63:
        raise RowError(f"sum out of range of BIGINT: {total}")
    return total


def float_total(values: list[float]) -> float:
    special = [value for value in values if not math.isfinite(value)]
    return sum(special) if special else math.fsum(values)


def mean(values: list[Any]) -> float:
    if isinstance(values[0], float):
        return float_total(values) / len(values)
    return float(sum(values[1:], values[0]) / len(values))
