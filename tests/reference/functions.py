"""Scalar functions under their PostgreSQL and DuckDB names.

Each entry of `FUNCTIONS` takes the bound arguments and gives the bound call. Most are `strict` over fixed parameter
types; the others look at their arguments themselves.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from . import nested
from .arithmetic import arithmetic
from .bound import Bound, compare, strict, unify
from .values import (
    BIGINT,
    BOOLEAN,
    DATE,
    DAY_NANOS,
    DOUBLE,
    EPOCH,
    EXACT,
    NULL,
    TIMESTAMP,
    UNIT_NANOS,
    VARCHAR,
    BindError,
    RowError,
    Type,
    Unsupported,
    decimal_type,
    fit,
    sort_key,
    timestamp_type,
)

Binder = Callable[[list[Any]], Any]


def bind(name: str, arguments: list[Any]) -> Any:
    if name in nested.FUNCTIONS and (name not in FUNCTIONS or any(a.type.is_nested for a in arguments)):
        return nested.FUNCTIONS[name](arguments)
    if name not in FUNCTIONS:
        raise Unsupported(f"function {name}")
    return FUNCTIONS[name](arguments)


def fixed(parameters: list[Type], result: Type, function: Callable[..., Any], required: int | None = None) -> Binder:
    """A function over these types; arguments past `required` may be left out."""
    least = len(parameters) if required is None else required

    def binder(arguments: list[Any]) -> Any:
        if not least <= len(arguments) <= len(parameters):
            raise BindError(f"{len(arguments)} arguments given")
        cast_arguments = [argument.to(t) for argument, t in zip(arguments, parameters, strict=False)]
        return strict(result, function, *cast_arguments)

    return binder


# ------------------------------------------------------------------------------------------------------ numbers


def one_number(function: Callable[[Any], Any], decimal_function: Callable[[Decimal], Decimal]) -> Binder:
    """A rounding function: integers stay as they are, decimals lose their fraction, floats stay floats."""

    def binder(arguments: list[Any]) -> Any:
        (argument,) = arguments
        t = argument.type
        if t.is_integer or t == NULL:
            return argument
        if t.kind == "DECIMAL":
            whole = decimal_type(t.precision - t.scale + 1, 0)
            return strict(whole, lambda value: fit(decimal_function(value), whole), argument)
        return strict(t, lambda value: value if not math.isfinite(value) else float(function(value)), argument)

    return binder


def rounded(arguments: list[Any], mode: Callable[[Decimal, Decimal], Decimal]) -> Any:
    """round and trunc, to `n` digits after the point when it is given; negative `n` rounds before it."""
    value, t = arguments[0], arguments[0].type
    if t.is_integer and len(arguments) == 1:
        return value
    digits = arguments[1].to(BIGINT) if len(arguments) == 2 else None

    def apply(number: Any, places: int = 0) -> Any:
        if t.is_float:
            if not math.isfinite(number):
                return number
            if digits is None:
                # Halves to even, as PostgreSQL rounds floats; it rounds decimals away from zero.
                return float((half_even if mode is half_up else mode)(Decimal(number), Decimal(1)))
            # Scaled in floating point, as both peers do: 2.675 to two digits is 2.68 there, whatever its exact value.
            factor = 10.0 ** abs(places)
            scaled = number * factor if places >= 0 else number / factor
            whole = float(mode(Decimal(scaled), Decimal(1)))
            return whole / factor if places >= 0 else whole * factor
        shown = mode(Decimal(number), Decimal(1).scaleb(-min(places, t.scale)))
        return fit(int(shown), t) if t.is_integer else shown

    result = t
    if t.kind == "DECIMAL" and digits is None:
        result = decimal_type(t.precision - t.scale + 1, 0)
    return strict(result, apply, value, *([digits] if digits else []))


def half_even(number: Decimal, unit: Decimal) -> Decimal:
    return number.quantize(unit, rounding=ROUND_HALF_EVEN, context=EXACT)


def half_up(number: Decimal, unit: Decimal) -> Decimal:
    return number.quantize(unit, context=EXACT)


def towards_zero(number: Decimal, unit: Decimal) -> Decimal:
    return number.quantize(unit, rounding=ROUND_DOWN, context=EXACT)


def absolute(arguments: list[Any]) -> Any:
    t = arguments[0].type
    return strict(t, lambda value: fit(abs(value), t), arguments[0])


def sign(arguments: list[Any]) -> Any:
    t = arguments[0].type
    return strict(t if t.is_numeric else DOUBLE, lambda value: type(value)((value > 0) - (value < 0)), arguments[0])


def modulo(arguments: list[Any]) -> Any:
    return arithmetic("%", *arguments)


def square_root(value: float) -> float:
    if value < 0:
        raise RowError("cannot take square root of a negative number")
    return math.sqrt(value)


def logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    def apply(value: float) -> float:
        if value <= 0:
            raise RowError(f"cannot take logarithm of {'zero' if value == 0 else 'a negative number'}")
        return function(value)

    return apply


def exponential(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def power(base: float, exponent: float) -> float:
    if base == 0 and exponent < 0:
        raise RowError("zero raised to a negative power is undefined")
    if base < 0 and exponent != math.floor(exponent):
        raise RowError("a negative number raised to a non-integer power yields a complex result")
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf


# ------------------------------------------------------------------------------------------------------ conditional


def coalesce(arguments: list[Any]) -> Any:
    arguments = unify(arguments, "COALESCE")

    def evaluate(row: Any) -> Any:
        return next((value for argument in arguments if (value := argument.evaluate(row)) is not None), None)

    return Bound(arguments[0].type, evaluate)


def null_if(arguments: list[Any]) -> Any:
    equal = compare("=", *arguments)
    first = arguments[0]
    return Bound(first.type, lambda row: None if equal.evaluate(row) is True else first.evaluate(row))


def extreme(choose: Callable[..., Any]) -> Binder:
    """greatest and least: NULLs do not take part."""

    def binder(arguments: list[Any]) -> Any:
        arguments = unify(arguments, "GREATEST")
        t = arguments[0].type

        def evaluate(row: Any) -> Any:
            values = [value for argument in arguments if (value := argument.evaluate(row)) is not None]
            return choose(values, key=lambda value: sort_key(value, t)) if values else None

        return Bound(t, evaluate)

    return binder


# ------------------------------------------------------------------------------------------------------ strings


def substring(text: str, start: int, length: int | None = None) -> str:
    """PostgreSQL's: positions before the first character use up length."""
    if length is not None and length < 0:
        raise RowError("negative substring length not allowed")
    end = len(text) if length is None else start - 1 + length
    return text[max(start - 1, 0) : max(end, 0)]


def padded(text: str, length: int, fill: str, left: bool) -> str:
    missing = length - len(text)
    if missing <= 0:
        return text[: max(length, 0)]
    if not fill:
        return text
    filling = (fill * (missing // len(fill) + 1))[:missing]
    return filling + text if left else text + filling


def split_part(text: str, separator: str, index: int) -> str:
    if index == 0:
        raise RowError("field position must not be zero")
    parts = text.split(separator) if separator else [text]
    place = index - 1 if index > 0 else len(parts) + index
    return parts[place] if 0 <= place < len(parts) else ""


def concat(arguments: list[Any]) -> Any:
    texts = [argument.to(VARCHAR) for argument in arguments]
    return Bound(VARCHAR, lambda row: "".join(text.evaluate(row) or "" for text in texts))


def concat_ws(arguments: list[Any]) -> Any:
    separator, *texts = [argument.to(VARCHAR) for argument in arguments]

    def evaluate(row: Any) -> str | None:
        between = separator.evaluate(row)
        found = [value for text in texts if (value := text.evaluate(row)) is not None]
        return None if between is None else between.join(found)

    return Bound(VARCHAR, evaluate)


def replace(text: str, old: str, new: str) -> str:
    return text.replace(old, new) if old else text


# ------------------------------------------------------------------------------------------------------ time


def truncate(field: str, nanos: int) -> int:
    fields = {"microsecond": 10**3, "millisecond": 10**6, "second": 10**9, "minute": 60 * 10**9, "hour": 3600 * 10**9}
    if field in fields:
        return nanos // fields[field] * fields[field]
    days = nanos // DAY_NANOS
    date = datetime.date.fromordinal(days + EPOCH)
    starts = {
        "day": date,
        "week": date - datetime.timedelta(days=date.weekday()),
        "month": date.replace(day=1),
        "quarter": date.replace(month=(date.month - 1) // 3 * 3 + 1, day=1),
        "year": date.replace(month=1, day=1),
    }
    return (starts[field].toordinal() - EPOCH) * DAY_NANOS


def extract(field: str, nanos: int) -> int:
    days, rest = divmod(nanos, DAY_NANOS)
    date = datetime.date.fromordinal(days + EPOCH)
    seconds = rest // 10**9
    minute_nanos = rest % (60 * 10**9)
    return {
        "year": date.year,
        "quarter": (date.month - 1) // 3 + 1,
        "month": date.month,
        "week": date.isocalendar().week,
        "isoyear": date.isocalendar().year,
        "day": date.day,
        "dow": date.isoweekday() % 7,
        "isodow": date.isoweekday(),
        "doy": date.timetuple().tm_yday,
        "hour": seconds // 3600,
        "minute": seconds // 60 % 60,
        "second": seconds % 60,
        "millisecond": minute_nanos // 10**6,
        "microsecond": minute_nanos // 10**3,
        "epoch": nanos // 10**9,
    }[field]


PLURALS = {"milliseconds": "millisecond", "microseconds": "microsecond", "dayofweek": "dow", "dayofyear": "doy"}
PLURALS |= {name + "s": name for name in ("second", "minute", "hour", "day", "week", "month", "quarter", "year")}
FIELDS = set(PLURALS.values()) | {"isodow", "isoyear", "epoch"}


def field_of(argument: Any) -> str:
    name = argument.evaluate(()).lower()
    name = PLURALS.get(name, name)
    if name not in FIELDS:
        raise BindError(f"unknown field '{name}'")
    return name


def as_time(argument: Any) -> Any:
    if argument.type.kind == "TIMESTAMP":
        return argument
    if argument.type in (DATE, NULL) or argument.literal:
        return argument.to(TIMESTAMP)
    raise BindError(f"expected TIMESTAMP or DATE, found {argument.type}")


def date_trunc(arguments: list[Any]) -> Any:
    field, time = field_of(arguments[0]), as_time(arguments[1])
    nanos = UNIT_NANOS[time.type.unit]
    return strict(time.type, lambda value: truncate(field, value * nanos) // nanos, time)


def date_part(arguments: list[Any]) -> Any:
    field, time = field_of(arguments[0]), as_time(arguments[1])
    nanos = UNIT_NANOS[time.type.unit]
    return strict(BIGINT, lambda value: extract(field, value * nanos), time)


def part(field: str) -> Binder:
    def binder(arguments: list[Any]) -> Any:
        time = as_time(arguments[0])
        nanos = UNIT_NANOS[time.type.unit]
        return strict(BIGINT, lambda value: extract(field, value * nanos), time)

    return binder


def epoch_ms(arguments: list[Any]) -> Any:
    (argument,) = arguments
    if argument.type.is_integer:
        return strict(TIMESTAMP, lambda value: fit(value * 1000, TIMESTAMP), argument)
    time = as_time(argument)
    nanos = UNIT_NANOS[time.type.unit]
    return strict(BIGINT, lambda value: value * nanos // 10**6, time)


def to_timestamp(seconds: float) -> int:
    return fit(round(seconds * 1_000_000), TIMESTAMP)


# ------------------------------------------------------------------------------------------------------ the table

FUNCTIONS: dict[str, Binder] = {
    "abs": absolute,
    "ceil": one_number(math.ceil, lambda x: x.quantize(Decimal(1), rounding=ROUND_CEILING, context=EXACT)),
    "floor": one_number(math.floor, lambda x: x.quantize(Decimal(1), rounding=ROUND_FLOOR, context=EXACT)),
    "round": lambda arguments: rounded(arguments, half_up),
    "trunc": lambda arguments: rounded(arguments, towards_zero),
    "sign": sign,
    # Any number in [0, 1) is right: scenarios ask only what holds for all of them.
    "random": fixed([], DOUBLE, lambda: 0.5),
    "sqrt": fixed([DOUBLE], DOUBLE, square_root),
    "power": fixed([DOUBLE, DOUBLE], DOUBLE, power),
    "exp": fixed([DOUBLE], DOUBLE, exponential),
    "ln": fixed([DOUBLE], DOUBLE, logarithm(math.log)),
    "log10": fixed([DOUBLE], DOUBLE, logarithm(math.log10)),
    "mod": modulo,
    "greatest": extreme(max),
    "least": extreme(min),
    "coalesce": coalesce,
    "nullif": null_if,
    "length": fixed([VARCHAR], BIGINT, len),
    "lower": fixed([VARCHAR], VARCHAR, str.lower),
    "upper": fixed([VARCHAR], VARCHAR, str.upper),
    "trim": fixed([VARCHAR, VARCHAR], VARCHAR, lambda text, chars=" ": text.strip(chars), required=1),
    "ltrim": fixed([VARCHAR, VARCHAR], VARCHAR, lambda text, chars=" ": text.lstrip(chars), required=1),
    "rtrim": fixed([VARCHAR, VARCHAR], VARCHAR, lambda text, chars=" ": text.rstrip(chars), required=1),
    "substring": fixed([VARCHAR, BIGINT, BIGINT], VARCHAR, substring, required=2),
    "strpos": fixed([VARCHAR, VARCHAR], BIGINT, lambda text, part: text.find(part) + 1),
    "replace": fixed([VARCHAR, VARCHAR, VARCHAR], VARCHAR, replace),
    "left": fixed([VARCHAR, BIGINT], VARCHAR, lambda text, n: text[:n] if n >= 0 else text[: max(len(text) + n, 0)]),
    "right": fixed([VARCHAR, BIGINT], VARCHAR, lambda text, n: text[max(len(text) - n, 0) :] if n >= 0 else text[-n:]),
    "lpad": fixed([VARCHAR, BIGINT, VARCHAR], VARCHAR, lambda t, n, f=" ": padded(t, n, f, left=True), required=2),
    "rpad": fixed([VARCHAR, BIGINT, VARCHAR], VARCHAR, lambda t, n, f=" ": padded(t, n, f, left=False), required=2),
    "reverse": fixed([VARCHAR], VARCHAR, lambda text: text[::-1]),
    "repeat": fixed([VARCHAR, BIGINT], VARCHAR, lambda text, n: text * max(n, 0)),
    "concat": concat,
    "concat_ws": concat_ws,
    "starts_with": fixed([VARCHAR, VARCHAR], BOOLEAN, str.startswith),
    "ends_with": fixed([VARCHAR, VARCHAR], BOOLEAN, str.endswith),
    "contains": fixed([VARCHAR, VARCHAR], BOOLEAN, lambda text, part: part in text),
    "split_part": fixed([VARCHAR, VARCHAR, BIGINT], VARCHAR, split_part),
    "date_trunc": date_trunc,
    "date_part": date_part,
    "epoch_ms": epoch_ms,
    "to_timestamp": fixed([DOUBLE], timestamp_type("us", zone=True), to_timestamp),
}
ALIASES = {"ceiling": "ceil", "pow": "power", "char_length": "length", "character_length": "length", "len": "length"}
ALIASES |= {"substr": "substring", "position": "strpos", "instr": "strpos", "extract": "date_part", "lcase": "lower"}
ALIASES |= {"ucase": "upper", "suffix": "ends_with", "prefix": "starts_with", "log": "log10", "btrim": "trim"}
FUNCTIONS |= {alias: FUNCTIONS[name] for alias, name in ALIASES.items()}
FUNCTIONS |= {name: part(name) for name in ("year", "month", "day", "hour", "minute", "second", "quarter", "week")}
