"""Arithmetic over numbers and over times."""

from __future__ import annotations

import calendar
import datetime
import math
from collections.abc import Callable
from decimal import Decimal

from .bound import Bound, strict, unify
from .values import (
    BIGINT,
    DATE,
    DAY_NANOS,
    DOUBLE,
    EPOCH,
    EXACT,
    INTERVAL,
    NULL,
    TIMESTAMP,
    UNIT_NANOS,
    BindError,
    Interval,
    RowError,
    as_decimal,
    common_type,
    decimal_type,
    fit,
)

BIT_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "#": lambda a, b: a ^ b,
}


def bitwise(op: str, left: Bound, right: Bound) -> Bound:
    left, right = unify([left, right], op)
    if not left.type.is_integer:
        raise BindError(f"no operator {op} for {left.type}")
    return strict(left.type, BIT_OPERATIONS[op], left, right)


def arithmetic(op: str, left: Bound, right: Bound) -> Bound:
    if left.literal and not right.literal:
        left = left.to(right.type)
    if right.literal and not left.literal:
        right = right.to(INTERVAL if left.type.kind in ("DATE", "TIMESTAMP") else left.type)
    a, b = left.type, right.type
    if a == NULL and b == NULL:
        return left
    if a == NULL or b == NULL:
        left, right = (left.to(b), right) if a == NULL else (left, right.to(a))
        a, b = left.type, right.type
    if a.is_numeric and b.is_numeric:
        return numeric(op, left, right)
    temporal = temporal_arithmetic(op, left, right)
    if temporal is None:
        raise BindError(f"no operator {op} for {a} and {b}")
    return temporal


def numeric(op: str, left: Bound, right: Bound) -> Bound:
    a, b = left.type, right.type
    if a.is_integer and b.is_integer:
        t = common_type(a, b)
        assert t is not None
        if t.is_integer:
            return strict(t, lambda x, y: fit(INTEGER_OPERATIONS[op](x, y), t), left, right)
    if a.is_float or b.is_float:
        t = common_type(a, b)
        assert t is not None
        return strict(t, lambda x, y: fit(FLOAT_OPERATIONS[op](x, y), t), left.to(t), right.to(t))
    a, b = as_decimal(a), as_decimal(b)
    if op == "/":
        return strict(DOUBLE, FLOAT_OPERATIONS["/"], left.to(DOUBLE), right.to(DOUBLE))
    scale = max(a.scale, b.scale)
    if op == "*":
        t = decimal_type(a.precision + b.precision, a.scale + b.scale)
    else:
        carry = 1 if op in "+-" else 0
        t = decimal_type(max(a.precision - a.scale, b.precision - b.scale) + scale + carry, scale)
    return strict(t, lambda x, y: fit(DECIMAL_OPERATIONS[op](Decimal(x), Decimal(y)), t), left, right)


def divide_integers(a: int, b: int) -> int:
    """Towards zero."""
    if b == 0:
        raise RowError("division by zero")
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def divide_floats(a: float, b: float) -> float:
    if b != 0:
        return a / b
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def remainder_decimals(a: Decimal, b: Decimal) -> Decimal:
    if b == 0:
        raise RowError("division by zero")
    return EXACT.remainder(a, b)


INTEGER_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divide_integers,
    "%": lambda a, b: a - b * divide_integers(a, b),
}


def multiply_floats(a: float, b: float) -> float:
    return a * b


FLOAT_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": multiply_floats,
    "/": divide_floats,
    "%": lambda a, b: math.fmod(a, b) if b != 0 and not math.isinf(a) else math.nan,
}
DECIMAL_OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
    "%": remainder_decimals,
}


# ------------------------------------------------------------------------------------------------------ time


def temporal_arithmetic(op: str, left: Bound, right: Bound) -> Bound | None:
    a, b = left.type, right.type
    if op == "+" and b.kind in ("DATE", "TIMESTAMP", "TIME") and (a == INTERVAL or a.is_integer):
        return temporal_arithmetic(op, right, left)
    if op in "+-" and a == DATE and b.is_integer:
        return strict(DATE, lambda x, y: x + y if op == "+" else x - y, left, right)
    if op in "+-" and a.kind in ("DATE", "TIMESTAMP") and b == INTERVAL:
        moved = left if a.kind == "TIMESTAMP" else left.to(TIMESTAMP)
        t, sign = moved.type, 1 if op == "+" else -1
        return strict(t, lambda x, y: fit(shift(x, y, sign, t.unit), t), moved, right)
    if op == "-" and a == b == DATE:
        return strict(BIGINT, lambda x, y: x - y, left, right)
    if op == "-" and {a.kind, b.kind} <= {"DATE", "TIMESTAMP"}:
        left, right = unify([left, right], op)
        nanos = UNIT_NANOS[left.type.unit]
        return strict(INTERVAL, lambda x, y: elapsed((x - y) * nanos), left, right)
    if a == b == INTERVAL and op in "+-":
        sign = 1 if op == "+" else -1
        return strict(INTERVAL, lambda x, y: Interval(*(p + sign * q for p, q in zip(x, y, strict=True))), left, right)
    if op == "*" and INTERVAL in (a, b) and (a.is_integer or b.is_integer):
        interval, factor = (left, right) if a == INTERVAL else (right, left)
        return strict(INTERVAL, lambda x, y: Interval(*(part * y for part in x)), interval, factor)
    return None


def elapsed(nanos: int) -> Interval:
    """Whole days and the rest, both of the sign of the difference."""
    days = divide_integers(nanos, DAY_NANOS)
    return Interval(0, days, nanos - days * DAY_NANOS)


def shift(time: int, interval: Interval, sign: int, unit: str) -> int:
    """Months first, to the last day of a shorter month, then days, then the time of day."""
    nanos = time * UNIT_NANOS[unit]
    if interval.months:
        days, rest = divmod(nanos, DAY_NANOS)
        nanos = add_months(days, sign * interval.months) * DAY_NANOS + rest
    return (nanos + sign * (interval.days * DAY_NANOS + interval.nanos)) // UNIT_NANOS[unit]


def add_months(days: int, months: int) -> int:
    """Days since the epoch, moved by whole months; the 31st becomes the last day of a shorter month."""
    date = datetime.date.fromordinal(days + EPOCH)
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(date.day, last)).toordinal() - EPOCH
