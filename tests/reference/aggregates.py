"""Aggregate functions, from the list of a group's rows.

Rows with a NULL argument do not take part (count(*) has none). Rows come in the order that SQL leaves open: event time,
then sequence number, then place in the call.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import nested, statistics
from .bound import Bound
from .values import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTERVAL,
    VARCHAR,
    BindError,
    Interval,
    RowError,
    Type,
    Unsupported,
    decimal_type,
    group_key,
    map_type,
    sort_key,
)

Finish = Callable[[list[Any]], Any]

ALIASES = {
    "mean": "avg",
    "first": "first_value",
    "last": "last_value",
    "every": "bool_and",
    "arbitrary": "any_value",
    "variance": "var_samp",
    "stddev": "stddev_samp",
    "min_by": "arg_min",
    "max_by": "arg_max",
    "countif": "count_if",
    "listagg": "string_agg",
    "group_concat": "string_agg",
    "list": "array_agg",
    "geomean": "geometric_mean",
    "percentile_cont": "quantile_cont",
    "percentile_disc": "quantile_disc",
    "quantile": "quantile_disc",
}
NAMES = {
    *("count", "sum", "avg", "min", "max", "first_value", "last_value", "any_value", "bool_and", "bool_or"),
    *("count_if", "approx_count_distinct", "bit_and", "bit_or", "bit_xor", "arg_min", "arg_max", "string_agg", "mode"),
    *("array_agg", "histogram"),
    *("median", "quantile_cont", "quantile_disc", "approx_quantile", "mad", "entropy", "product", "geometric_mean"),
    *statistics.OF_ONE,
    *statistics.OF_PAIRS,
    *ALIASES,
}


@dataclass(frozen=True)
class Order:
    """One expression of ORDER BY inside a call."""

    key: Bound
    descending: bool
    nulls_first: bool


@dataclass(frozen=True)
class Aggregate:
    """One call: its arguments and FILTER as functions of an input row, and the answer of the values that took part."""

    type: Type
    arguments: list[Bound]
    condition: Bound | None
    distinct: bool
    finish: Finish
    order: list[Order] = field(default_factory=list)
    by_arrival: bool = False  # first_value and its kin

    def take(self, row: tuple[Any, ...]) -> tuple[bool, Any]:
        """Whether a row takes part, and with what: the values of its arguments, then of ORDER BY. Those of a row that
        FILTER leaves out are not looked at."""
        if self.condition is not None and self.condition.evaluate(row) is not True:
            return False, None
        values = tuple(argument.evaluate(row) for argument in self.arguments)
        keys = tuple(order.key.evaluate(row) for order in self.order)
        return all(value is not None for value in values), (values, keys)

    def in_order(self, taken: list[tuple[tuple[int, int, int], bool, Any]]) -> list[Any]:
        """What take() gave of the rows that took part. Rows of one event time that no call brought (sequence 0) come
        last, and among themselves in the order of values."""
        if not self.by_arrival:
            return [value for _, _, value in taken]
        types = [argument.type for argument in self.arguments]

        def place(entry: tuple[tuple[int, int, int], bool, Any]) -> Any:
            order, _, (values, _) = entry
            # Only rows without a number are compared by value.
            if order[1]:
                return (order[0], 0, order[1:], ())
            return (order[0], 1, (), tuple(sort_key(value, t) for value, t in zip(values, types, strict=True)))

        return [value for _, _, value in sorted(taken, key=place)]

    def result(self, taken: list[Any]) -> Any:
        if self.distinct:
            types = [argument.type for argument in self.arguments]
            taken = list(
                {
                    tuple(group_key(value, t) for value, t in zip(values, types, strict=True)): (values, keys)
                    for values, keys in taken
                }.values()
            )
        for place, order in reversed(list(enumerate(self.order))):
            taken = sorted(taken, key=functools.partial(self._place, place), reverse=order.descending)
        rows = [values for values, _ in taken]
        return self.finish([values[0] for values in rows] if len(self.arguments) == 1 else rows)

    def _place(self, place: int, row: Any) -> Any:
        order, key = self.order[place], row[1][place]
        first = order.nulls_first != order.descending  # as it is before it is reversed
        if key is None:
            return (0 if first else 2,)
        return (1, sort_key(key, order.key.type))

    def magnitude(self, taken: list[Any]) -> float:
        """Sum of the absolute values, which floats may differ by a billionth of."""
        return math.fsum(
            abs(float(value))
            for values, _ in taken
            for value, argument in zip(values, self.arguments, strict=True)
            if argument.type.is_numeric and math.isfinite(value)
        )


def bind(
    name: str,
    arguments: list[Bound],
    condition: Bound | None,
    distinct: bool,
    order: list[Order] | None = None,
    descending: bool = False,
) -> Aggregate:
    """`descending`: WITHIN GROUP (ORDER BY … DESC), the expression being the first argument."""
    name = ALIASES.get(name, name)
    if not arguments:
        if name != "count":
            raise BindError(f"{name} needs an argument")
        return Aggregate(BIGINT, [], condition, distinct, len)
    arguments = [argument.to(argument.type) if argument.literal else argument for argument in arguments]
    constants: list[Any] = []
    if name in ("string_agg", "quantile_cont", "quantile_disc", "approx_quantile"):
        constants = [arguments[1].evaluate(())]
        arguments = arguments[:1]
    if name in statistics.OF_ONE or name in statistics.OF_PAIRS:
        arguments = [argument.to(DOUBLE) for argument in arguments]
    if name == "array_agg":
        arguments = [nested.make_list(arguments)]  # NULLs take part
    takes_order = name in ("string_agg", "array_agg", "first_value", "last_value", "any_value")
    if name == "approx_count_distinct":
        name, distinct = "count", True
    if distinct and name in ("string_agg", "array_agg") and not order:
        order = [Order(arguments[0], False, False)]  # distinct values come in their own order
    result, finish = finisher(name, [argument.type for argument in arguments], constants, descending)
    by_arrival = takes_order or name in ("arg_min", "arg_max")
    return Aggregate(result, arguments, condition, distinct, finish, (order or []) if takes_order else [], by_arrival)


def some(function: Finish) -> Finish:
    """NULL of no values."""
    return lambda values: function(values) if values else None


def finisher(name: str, types: list[Type], constants: list[Any], descending: bool) -> tuple[Type, Finish]:
    t = types[0]
    by_value = functools.partial(sort_key, t=t)
    if name in statistics.OF_ONE:
        return DOUBLE, statistics.OF_ONE[name]
    if name in statistics.OF_PAIRS:
        return BIGINT if name == "regr_count" else DOUBLE, statistics.OF_PAIRS[name]
    if name in ("arg_min", "arg_max"):
        # Of equal ones the earliest: min and max of Python take the first.
        choose = min if name == "arg_min" else max
        return t, some(lambda rows: choose(rows, key=lambda row: sort_key(row[1], types[1]))[0])
    if name in ("quantile_cont", "median"):
        if t.kind in ("TIMESTAMP", "DATE"):
            raise Unsupported("quantiles of instants")
        fraction = float(constants[0]) if constants else 0.5
        return DOUBLE, some(
            lambda values: statistics.continuous(values, 1 - fraction if descending else fraction, float)
        )
    if name in ("quantile_disc", "approx_quantile"):
        return t, some(lambda values: discrete(sorted(values, key=by_value), float(constants[0]), descending))
    simple: dict[str, tuple[Type, Finish]] = {
        "count": (BIGINT, len),
        "count_if": (BIGINT, lambda values: sum(value is True for value in values)),
        "min": (t, lambda values: min(values, key=by_value, default=None)),
        "max": (t, lambda values: max(values, key=by_value, default=None)),
        "first_value": (t, some(lambda values: values[0])),
        "any_value": (t, some(lambda values: values[0])),
        "last_value": (t, some(lambda values: values[-1])),
        "bool_and": (BOOLEAN, some(all)),
        "bool_or": (BOOLEAN, some(any)),
        "bit_and": (t, some(lambda values: functools.reduce(lambda a, b: a & b, values))),
        "bit_or": (t, some(lambda values: functools.reduce(lambda a, b: a | b, values))),
        "bit_xor": (t, some(lambda values: functools.reduce(lambda a, b: a ^ b, values))),
        "array_agg": (t, some(lambda values: sum(values, ()))),
        "histogram": (map_type(t, Type("UBIGINT")), some(lambda values: histogram(values, t))),
        "mode": (t, some(lambda values: most_frequent(values, t))),
        "entropy": (DOUBLE, lambda values: statistics.entropy([group_key(value, t) for value in values])),
        "mad": (DOUBLE, some(statistics.deviation)),
        "product": (DOUBLE, some(statistics.product)),
        "geometric_mean": (DOUBLE, some(statistics.geometric_mean)),
    }
    if name in simple:
        return simple[name]
    if name == "string_agg":
        if t != VARCHAR:
            raise BindError(f"no function string_agg({t})")
        return VARCHAR, some(lambda values: str(constants[0]).join(values))
    if name == "sum":
        return summing(t)
    if name == "avg":
        if t == INTERVAL:
            raise Unsupported("avg of intervals")
        if not t.is_numeric:
            raise BindError(f"no function avg({t})")
        return DOUBLE, some(mean)
    raise Unsupported(f"aggregate {name}")


def summing(t: Type) -> tuple[Type, Finish]:
    if t.is_integer:
        return BIGINT, integer_total
    if t.is_float:
        return DOUBLE, some(float_total)
    if t.kind == "DECIMAL":
        return decimal_type(38, t.scale), some(lambda values: sum(values[1:], values[0]))
    if t == INTERVAL:
        return INTERVAL, some(
            lambda values: Interval(
                sum(v.months for v in values), sum(v.days for v in values), sum(v.nanos for v in values)
            )
        )
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


def discrete(ordered: list[Any], fraction: float, descending: bool) -> Any:
    if descending:
        ordered = ordered[::-1]
    return ordered[max(math.ceil(fraction * len(ordered)), 1) - 1]


def histogram(values: list[Any], t: Type) -> tuple[tuple[Any, int], ...]:
    counts: dict[Any, list[Any]] = {}
    for value in values:
        counts.setdefault(group_key(value, t), [value, 0])[1] += 1
    return tuple((value, count) for value, count in sorted(counts.values(), key=lambda pair: sort_key(pair[0], t)))


def most_frequent(values: list[Any], t: Type) -> Any:
    counts: dict[Any, int] = {}
    for value in values:
        counts[group_key(value, t)] = counts.get(group_key(value, t), 0) + 1
    most = max(counts.values())
    return min((v for v in values if counts[group_key(v, t)] == most), key=lambda v: sort_key(v, t))
