"""Types, their values, and how values are cast, compared and shown.

A value is None (NULL) or plain Python: bool, int, float, Decimal, str, bytes. DATE is an int of days, TIME and
TIMESTAMP are ints of the type's unit since midnight or the epoch, so nothing is ever rounded; INTERVAL is `Interval`.
A list is a tuple of elements, a struct one of fields, a map one of pairs.
"""

from __future__ import annotations

import datetime
import math
import re
import struct
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple


class RowError(Exception):
    """A value that cannot be computed: the row is set aside, or the one-shot query fails."""


class BindError(Exception):
    """The statement makes no sense: unknown name, types that do not fit."""


class Unsupported(Exception):
    """The reference does not speak this part of the dialect."""


class Interval(NamedTuple):
    months: int
    days: int
    nanos: int

    def normalized(self) -> int:
        """Nanoseconds with months of 30 days and days of 24 hours: the order intervals compare in."""
        return (self.months * 30 + self.days) * DAY_NANOS + self.nanos


@dataclass(frozen=True)
class Type:
    kind: str
    precision: int = 0
    scale: int = 0
    unit: str = ""
    zone: bool = False
    children: tuple[tuple[str, Type], ...] = ()  # element of a LIST, fields of a STRUCT, key and value of a MAP

    def __str__(self) -> str:
        if self.kind == "DECIMAL":
            return f"DECIMAL({self.precision},{self.scale})"
        if self.kind in ("TIME", "TIMESTAMP"):
            return f"{self.kind}({UNIT_DIGITS[self.unit]}){' WITH TIME ZONE' if self.zone else ''}"
        if self.kind == "LIST":
            return f"{self.children[0][1]}[]"
        if self.is_nested:
            named = self.kind == "STRUCT"
            return f"{self.kind}({', '.join(f'{name} {t}' if named else str(t) for name, t in self.children)})"
        return self.kind

    @property
    def is_nested(self) -> bool:
        return self.kind in ("LIST", "STRUCT", "MAP")

    @property
    def is_integer(self) -> bool:
        return self.kind in INTEGER_RANGES

    @property
    def is_float(self) -> bool:
        return self.kind in ("REAL", "DOUBLE")

    @property
    def is_numeric(self) -> bool:
        return self.is_integer or self.is_float or self.kind == "DECIMAL"


UNIT_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
UNIT_NANOS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
DAY_NANOS = 86_400 * 10**9
EPOCH = datetime.date(1970, 1, 1).toordinal()

INTEGER_RANGES = {
    "TINYINT": (-(2**7), 2**7 - 1),
    "SMALLINT": (-(2**15), 2**15 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "UTINYINT": (0, 2**8 - 1),
    "USMALLINT": (0, 2**16 - 1),
    "UINTEGER": (0, 2**32 - 1),
    "UBIGINT": (0, 2**64 - 1),
}
# The narrowest to the widest that an implicit conversion may walk.
SIGNED = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"]
UNSIGNED = ["UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"]
INTEGER_DIGITS = {"TINYINT": 3, "UTINYINT": 3, "SMALLINT": 5, "USMALLINT": 5, "INTEGER": 10, "UINTEGER": 10}

NULL = Type("NULL")
BOOLEAN = Type("BOOLEAN")
INTEGER = Type("INTEGER")
BIGINT = Type("BIGINT")
DOUBLE = Type("DOUBLE")
VARCHAR = Type("VARCHAR")
DATE = Type("DATE")
INTERVAL = Type("INTERVAL")
TIMESTAMP = Type("TIMESTAMP", unit="us")

# Wide enough for any product of two DECIMAL(38); overflow is checked against the declared precision, never by rounding.
EXACT = Context(prec=200, rounding=ROUND_HALF_UP)


def decimal_type(precision: int, scale: int) -> Type:
    return Type("DECIMAL", precision=min(precision, 38), scale=min(scale, 38))


def list_type(element: Type) -> Type:
    return Type("LIST", children=(("item", element),))


def struct_type(fields: list[tuple[str, Type]]) -> Type:
    return Type("STRUCT", children=tuple(fields))


def map_type(key: Type, value: Type) -> Type:
    return Type("MAP", children=(("key", key), ("value", value)))


def timestamp_type(unit: str, zone: bool = False) -> Type:
    return Type("TIMESTAMP", unit=unit, zone=zone)


def type_of_ast(node: dict[str, Any]) -> Type:
    name, precision = node["name"], node["precision"]
    if name in ("TIMESTAMP", "TIMESTAMPTZ", "TIME"):
        digits = 6 if precision is None else precision
        unit = next(unit for unit, most in UNIT_DIGITS.items() if digits <= most)
        return Type("TIME" if name == "TIME" else "TIMESTAMP", unit=unit, zone=name == "TIMESTAMPTZ")
    if name == "DECIMAL":
        return decimal_type(18, 3) if precision is None else decimal_type(precision, node["scale"] or 0)
    if name == "ARRAY":
        return list_type(type_of_ast(node["arguments"][0]))
    if name == "STRUCT":
        return struct_type([(field["name"]["name"], type_of_ast(field["type"])) for field in node["fields"]])
    if name == "MAP":
        return map_type(*(type_of_ast(argument) for argument in node["arguments"]))
    if name in INTEGER_RANGES or name in ("BOOLEAN", "REAL", "DOUBLE", "VARCHAR", "BLOB", "DATE", "INTERVAL", "NULL"):
        return Type(name)
    raise Unsupported(f"type {name}")


def common_type(a: Type, b: Type) -> Type | None:
    """What both sides of a comparison, a CASE, a UNION column are brought to, or None."""
    if a == b or b == NULL:
        return a
    if a == NULL:
        return b
    if a.is_integer and b.is_integer:
        return common_integer(a, b)
    if a.is_numeric and b.is_numeric:
        if a.is_float or b.is_float:
            return DOUBLE if "DOUBLE" in (a.kind, b.kind) or not (a.is_float and b.is_float) else a
        a, b = as_decimal(a), as_decimal(b)
        scale = max(a.scale, b.scale)
        return decimal_type(max(a.precision - a.scale, b.precision - b.scale) + scale, scale)
    if a.is_nested and a.kind == b.kind and len(a.children) == len(b.children):
        if [name.lower() for name, _ in a.children] != [name.lower() for name, _ in b.children]:
            return None
        parts = [common_type(x, y) for (_, x), (_, y) in zip(a.children, b.children, strict=True)]
        if None in parts:
            return None
        return Type(a.kind, children=tuple((name, t) for (name, _), t in zip(a.children, parts, strict=True)))
    kinds = {a.kind, b.kind}
    if kinds == {"TIMESTAMP"}:
        unit = max(a.unit, b.unit, key=lambda unit: UNIT_DIGITS[unit])
        return timestamp_type(unit, a.zone or b.zone)
    if kinds == {"DATE", "TIMESTAMP"}:
        return a if a.kind == "TIMESTAMP" else b
    return None


def common_integer(a: Type, b: Type) -> Type:
    if (a.kind in SIGNED) == (b.kind in SIGNED):
        order = SIGNED if a.kind in SIGNED else UNSIGNED
        return max(a, b, key=lambda t: order.index(t.kind))
    signed, unsigned = (a, b) if a.kind in SIGNED else (b, a)
    if unsigned.kind == "UBIGINT":
        return decimal_type(20, 0)
    return Type(SIGNED[max(SIGNED.index(signed.kind), UNSIGNED.index(unsigned.kind) + 1)])


def as_decimal(t: Type) -> Type:
    return t if t.kind == "DECIMAL" else decimal_type(INTEGER_DIGITS.get(t.kind, 19 if t.kind == "BIGINT" else 20), 0)


# ------------------------------------------------------------------------------------------------------ checks


def fit(value: Any, t: Type) -> Any:
    """`value` if the type can hold it, else RowError. Decimals are brought to the scale."""
    if value is None:
        return None
    if t.is_integer:
        low, high = INTEGER_RANGES[t.kind]
        if not low <= value <= high:
            raise RowError(f"{t} out of range: {value}")
    elif t.kind == "DECIMAL":
        value = value.quantize(Decimal(1).scaleb(-t.scale), context=EXACT)
        if abs(value) >= Decimal(10) ** (t.precision - t.scale):
            raise RowError(f"{t} out of range: {value}")
    elif t.kind == "REAL":
        value = to_real(value)
    elif t.kind in ("TIMESTAMP", "TIME") and not -(2**63) < value < 2**63:
        raise RowError(f"{t} out of range")
    return value


def to_real(value: float) -> float:
    if math.isnan(value) or math.isinf(value):
        return value
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        raise RowError(f"REAL out of range: {value}") from None


# ------------------------------------------------------------------------------------------------------ comparing


def sort_key(value: Any, t: Type) -> Any:
    """A key that orders non-null values of one type as SQL does: NaN equals itself and is the largest float."""
    if t.is_float:
        return (1, 0.0) if math.isnan(value) else (0, value + 0.0)
    if t.kind == "INTERVAL":
        return value.normalized()
    if t.is_nested:
        return tuple((1,) if part is None else (0, sort_key(part, part_type)) for part, part_type in parts_of(value, t))
    return value


def parts_of(value: tuple[Any, ...], t: Type) -> list[tuple[Any, Type]]:
    """Elements, fields, or keys and values by turns, each with its type. A list sorts before those it begins."""
    types = [part for _, part in t.children]
    if t.kind == "STRUCT":
        return list(zip(value, types, strict=True))
    if t.kind == "MAP":
        return [(part, part_type) for pair in value for part, part_type in zip(pair, types, strict=True)]
    return [(part, types[0]) for part in value]


def group_key(value: Any, t: Type) -> Any:
    """Equal exactly for values of one group; NULL is a group, -0.0 is 0.0."""
    if value is None:
        return None
    key = sort_key(value, t)
    return (0, 0.0) if key == (0, 0.0) else key


# ------------------------------------------------------------------------------------------------------ casting


def cast(value: Any, source: Type, target: Type) -> Any:
    """CAST(value AS target); RowError when the value does not fit."""
    if value is None or source == target:
        return value
    if source.is_nested and source.kind == target.kind:
        types = [(a, b) for (_, a), (_, b) in zip(source.children, target.children, strict=True)]
        if source.kind == "LIST":
            return tuple(cast(part, *types[0]) for part in value)
        if source.kind == "MAP":
            return tuple((cast(key, *types[0]), cast(part, *types[1])) for key, part in value)
        return tuple(cast(part, *both) for part, both in zip(value, types, strict=True))
    if source == NULL:
        return None
    if source.kind == "VARCHAR":
        return parse(value, target)
    if target.kind == "VARCHAR":
        return show(value, source)
    if target.is_integer:
        return fit(to_integer(value, source, target), target)
    if target.is_float:
        if source.kind == "BOOLEAN":
            return float(value)
        if source.is_numeric:
            return fit(float(value), target)
    if target.kind == "DECIMAL" and (source.is_numeric or source.kind == "BOOLEAN"):
        if source.is_float:
            if math.isnan(value) or math.isinf(value):
                raise RowError(f"cannot cast {value} to {target}")
            return fit(Decimal(repr(value)), target)
        return fit(Decimal(value), target)
    if target.kind == "BOOLEAN" and source.is_numeric:
        return value != 0
    if target.kind == "TIMESTAMP":
        if source.kind == "DATE":
            return fit(value * DAY_NANOS // UNIT_NANOS[target.unit], target)
        if source.kind == "TIMESTAMP":
            return fit(rescale(value, source.unit, target.unit), target)
    if target.kind == "DATE" and source.kind == "TIMESTAMP":
        return value * UNIT_NANOS[source.unit] // DAY_NANOS
    if target.kind == "TIME" and source.kind == "TIMESTAMP":
        return value * UNIT_NANOS[source.unit] % DAY_NANOS // UNIT_NANOS[target.unit]
    if target.kind == source.kind == "TIME":
        return rescale(value, source.unit, target.unit)
    if target.kind == source.kind == "INTERVAL":
        return value
    raise BindError(f"cannot cast {source} to {target}")


def rescale(value: int, source: str, target: str) -> int:
    return value * UNIT_NANOS[source] // UNIT_NANOS[target]


def to_integer(value: Any, source: Type, target: Type) -> int:
    if source.kind == "BOOLEAN" or source.is_integer:
        return int(value)
    if source.is_float:
        if math.isnan(value) or math.isinf(value):
            raise RowError(f"cannot cast {value} to {target}")
        return round(value)  # halves to even, as PostgreSQL does
    if source.kind == "DECIMAL":
        return int(value.quantize(Decimal(1), context=EXACT))  # halves away from zero
    raise BindError(f"cannot cast {source} to {target}")


DATE_PATTERN = re.compile(r"([+-]?\d{1,6})-(\d{1,2})-(\d{1,2})")
TIME_PATTERN = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?")
ZONE_PATTERN = re.compile(r"(Z|UTC|[+-]\d{2}(?::?\d{2})?)$", re.IGNORECASE)
BOOLEANS = {"true": True, "t": True, "yes": True, "y": True, "on": True, "1": True}
BOOLEANS |= {"false": False, "f": False, "no": False, "n": False, "off": False, "0": False}


def parse(text: str, target: Type) -> Any:
    """The value a string denotes; RowError when it denotes none."""
    word = text.strip()
    failure = RowError(f"invalid input for {target}: '{text}'")
    try:
        if target.kind == "VARCHAR":
            return text
        if target.kind == "BLOB":
            return text.encode()
        if target.kind == "BOOLEAN":
            return BOOLEANS[word.lower()]
        if target.is_integer:
            if not re.fullmatch(r"[+-]?\d+", word):
                raise failure
            return fit(int(word), target)
        if target.is_float:
            return fit(float(word.replace("_", "?")), target)
        if target.kind == "DECIMAL":
            if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", word):
                raise failure
            return fit(Decimal(word), target)
        if target.kind == "DATE":
            return parse_date(word)
        if target.kind == "TIME":
            return rescale(parse_time(word), "ns", target.unit)
        if target.kind == "TIMESTAMP":
            return fit(rescale(parse_timestamp(word), "ns", target.unit), target)
    except (ValueError, KeyError, AttributeError):
        raise failure from None
    raise Unsupported(f"strings as {target}")


def parse_date(word: str) -> int:
    year, month, day = (int(part) for part in DATE_PATTERN.fullmatch(word).groups())
    return datetime.date(year, month, day).toordinal() - EPOCH


def parse_time(word: str) -> int:
    hour, minute, second, fraction = TIME_PATTERN.fullmatch(word).groups()
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise ValueError(word)
    return (int(hour) * 3600 + int(minute) * 60 + int(second or 0)) * 10**9 + int((fraction or "0").ljust(9, "0"))


def parse_timestamp(word: str) -> int:
    offset = 0
    date, _, time = word.replace("T", " ", 1).partition(" ")
    if zone := ZONE_PATTERN.search(time):
        time = time[: zone.start()].strip()
        if zone[1].upper() not in ("Z", "UTC"):
            digits = zone[1].replace(":", "")
            minutes = int(digits[1:3]) * 60 + int(digits[3:5] or 0)
            offset = (-minutes if digits[0] == "-" else minutes) * 60 * 10**9
    return parse_date(date) * DAY_NANOS + (parse_time(time) if time else 0) - offset


# ------------------------------------------------------------------------------------------------------ showing


def show(value: Any, t: Type) -> str:
    """The text a cast to VARCHAR gives."""
    if t.kind == "BOOLEAN":
        return "true" if value else "false"
    if t.is_float:
        return show_float(value, t)
    if t.kind == "DECIMAL":
        return f"{value:f}"
    if t.kind == "DATE":
        return datetime.date.fromordinal(value + EPOCH).isoformat()
    if t.kind == "TIME":
        return show_time(value * UNIT_NANOS[t.unit])
    if t.kind == "TIMESTAMP":
        days, nanos = divmod(value * UNIT_NANOS[t.unit], DAY_NANOS)
        return f"{show(days, DATE)} {show_time(nanos)}{'+00' if t.zone else ''}"
    if t.kind in ("INTERVAL", "BLOB"):
        raise Unsupported(f"{t} as text")
    if t.is_nested:
        return show_nested(value, t)
    return str(value)


def show_nested(value: tuple[Any, ...], t: Type) -> str:
    """[1, NULL], {'a': 1}, {k=1}; text that could be taken for something else between quotes."""

    def part(item: Any, item_type: Type) -> str:
        if item is None:
            return "NULL"
        text = show(item, item_type)
        plain = text and text == text.strip() and not re.search(r"[][{}()'\",:=\\]", text) and text.lower() != "null"
        return text if item_type.kind != "VARCHAR" or plain else "'" + text.replace("'", "''") + "'"

    types = [child for _, child in t.children]
    if t.kind == "LIST":
        return f"[{', '.join(part(item, types[0]) for item in value)}]"
    if t.kind == "MAP":
        shown = [f"{part(key, types[0])}={part(item, types[1])}" for key, item in value]
    else:
        shown = [f"'{name}': {part(item, child)}" for item, (name, child) in zip(value, t.children, strict=True)]
    return "{" + ", ".join(shown) + "}"


def show_time(nanos: int) -> str:
    seconds, fraction = divmod(nanos, 10**9)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:09}".rstrip("0").rstrip(".") if fraction else text


def show_float(value: float, t: Type) -> str:
    """The shortest text that reads back the same, as PostgreSQL writes it: 1, 0.1, 1e+20, NaN, Infinity."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = repr(value)
    if t.kind == "REAL":
        text = next(text for digits in range(1, 18) if to_real(float(text := f"{value:.{digits}g}")) == value)
        text = repr(float(text))
    mantissa, _, exponent = text.partition("e")
    mantissa = mantissa.removesuffix(".0")
    return mantissa if not exponent else f"{mantissa}e{int(exponent):+03}"
