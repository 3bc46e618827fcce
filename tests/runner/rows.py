"""Rows in one comparable form, wherever they come from: the engine, DuckDB, the reference, or the text of a test.

A comparable value is None, str, bytes, int, Decimal, float, or a tagged tuple: ("boolean", True), ("date", days),
("time", nanoseconds), ("timestamp", nanoseconds), ("interval", nanoseconds), ("nan",).
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa
from reference import values
from reference.values import UNIT_NANOS, Interval, Type

from .script import Token

Comparable = Any
ComparableRow = tuple[Comparable, ...]
Multiset = Counter[ComparableRow]

TOLERANCE = 1e-9

ARROW_TYPES: dict[str, pa.DataType] = {
    "BOOLEAN": pa.bool_(),
    "TINYINT": pa.int8(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "UTINYINT": pa.uint8(),
    "USMALLINT": pa.uint16(),
    "UINTEGER": pa.uint32(),
    "UBIGINT": pa.uint64(),
    "REAL": pa.float32(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "BLOB": pa.binary(),
    "DATE": pa.date32(),
    "INTERVAL": pa.month_day_nano_interval(),
    "NULL": pa.null(),
}


def arrow_type(t: Type) -> pa.DataType:
    if t.kind == "DECIMAL":
        return pa.decimal128(t.precision, t.scale)
    if t.kind == "TIMESTAMP":
        return pa.timestamp(t.unit, "UTC" if t.zone else None)
    if t.kind == "LIST":
        return pa.list_(arrow_type(t.children[0][1]))
    if t.kind == "STRUCT":
        return pa.struct([(name, arrow_type(child)) for name, child in t.children])
    if t.kind == "MAP":
        return pa.map_(*(arrow_type(child) for _, child in t.children))
    if t.kind == "TIME":
        return pa.time32(t.unit) if t.unit in ("s", "ms") else pa.time64(t.unit)
    return ARROW_TYPES[t.kind]


def type_of(arrow: pa.DataType) -> Type:
    if pa.types.is_decimal(arrow):
        return values.decimal_type(arrow.precision, arrow.scale)
    if pa.types.is_timestamp(arrow):
        return values.timestamp_type(arrow.unit, arrow.tz is not None)
    if pa.types.is_time(arrow):
        return Type("TIME", unit=arrow.unit)
    if pa.types.is_interval(arrow):
        return values.INTERVAL
    if pa.types.is_large_string(arrow) or pa.types.is_string_view(arrow):
        return values.VARCHAR
    if pa.types.is_dictionary(arrow):
        return type_of(arrow.value_type)
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow):
        return values.list_type(type_of(arrow.value_type))
    if pa.types.is_struct(arrow):
        return values.struct_type([(field.name, type_of(field.type)) for field in arrow])
    if pa.types.is_map(arrow):
        return values.map_type(type_of(arrow.key_type), type_of(arrow.item_type))
    return next(Type(kind) for kind, known in ARROW_TYPES.items() if known == arrow)


# ------------------------------------------------------------------------------------------------------ comparable


def comparable(value: Any, t: Type) -> Comparable:
    """A value of the reference's own form."""
    if value is None:
        return None
    if t.kind == "BOOLEAN":
        return ("boolean", value)
    if t.is_float:
        return ("nan",) if math.isnan(value) else value + 0.0
    if t.kind == "DATE":
        return ("date", value)
    if t.kind in ("TIME", "TIMESTAMP"):
        return (t.kind.lower(), value * UNIT_NANOS[t.unit])
    if t.kind == "INTERVAL":
        return ("interval", value.normalized())
    if t.is_nested:
        return (t.kind.lower(), *(comparable(part, part_type) for part, part_type in values.parts_of(value, t)))
    return value


def from_reference(rows: Iterable[tuple[Any, ...]], types: list[Type]) -> list[ComparableRow]:
    return [tuple(comparable(value, t) for value, t in zip(row, types, strict=True)) for row in rows]


def from_arrow(table: pa.Table) -> list[ComparableRow]:
    columns = []
    for column in table.columns:
        t = type_of(column.type)
        columns.append([comparable(value, t) for value in raw_values(column, t)])
    return list(zip(*columns, strict=True)) if columns else [()] * table.num_rows


def raw_values(column: pa.ChunkedArray, t: Type) -> list[Any]:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if t.kind == "DATE" or (t.kind == "TIME" and t.unit in ("s", "ms")):
        return column.cast(pa.int32()).to_pylist()
    if t.kind in ("TIMESTAMP", "TIME"):
        return column.cast(pa.int64()).to_pylist()
    if t.kind == "INTERVAL":
        return [None if v is None else Interval(v.months, v.days, v.nanoseconds) for v in column.to_pylist()]
    if t.is_nested:
        return [from_python(value, t) for value in column.to_pylist()]
    return column.to_pylist()


def from_python(value: Any, t: Type) -> Any:
    """What Arrow gives for a nested value, or JSON, in the reference's own form."""
    if value is None:
        return None
    types = [child for _, child in t.children]
    if t.kind == "LIST":
        return tuple(from_python(part, types[0]) for part in value)
    if t.kind == "STRUCT":
        return tuple(from_python(value.get(name), child) for name, child in t.children)
    if t.kind == "MAP":
        pairs = value.items() if isinstance(value, dict) else value
        return tuple((from_python(key, types[0]), from_python(part, types[1])) for key, part in pairs)
    if isinstance(value, datetime.date):
        return value.toordinal() - values.EPOCH
    return values.parse(value, t) if isinstance(value, str) else value


def to_python(value: Any, t: Type) -> Any:
    """What Arrow takes for a nested value."""
    if value is None or not t.is_nested:
        return value
    types = [child for _, child in t.children]
    if t.kind == "LIST":
        return [to_python(part, types[0]) for part in value]
    if t.kind == "MAP":
        return [(to_python(key, types[0]), to_python(part, types[1])) for key, part in value]
    return {name: to_python(part, child) for part, (name, child) in zip(value, t.children, strict=True)}


def to_arrow(rows: list[tuple[Any, ...]], names: list[str], types: list[Type]) -> pa.Table:
    """Values of the reference's own form as an Arrow table."""
    arrays = []
    for place, t in enumerate(types):
        column, target = [row[place] for row in rows], arrow_type(t)
        if t.kind == "DATE" or (t.kind == "TIME" and t.unit in ("s", "ms")):
            arrays.append(pa.array(column, pa.int32()).cast(target))
        elif t.kind in ("TIMESTAMP", "TIME"):
            arrays.append(pa.array(column, pa.int64()).cast(target))
        elif t.kind == "INTERVAL":
            arrays.append(pa.array([value and tuple(value) for value in column], target))
        elif t.is_nested:
            arrays.append(pa.array([to_python(value, t) for value in column], target))
        else:
            arrays.append(pa.array(column, target))
    return pa.table(arrays, names=names)


# ------------------------------------------------------------------------------------------------------ text


def parse_value(token: Token, t: Type) -> Any:
    """A word of a test as a value of the reference's own form. A bare time of day is one of 1970-01-01. Nested values
    are JSON without blanks: [1,null], {"a":1}."""
    if token is None:
        return None
    if t.is_nested:
        return from_python(json.loads(token), t)
    if t.kind == "TIMESTAMP" and re.match(r"\d{1,2}:\d", token):
        token = f"1970-01-01 {token}"
    if t.kind == "INTERVAL":
        return parse_interval(token)
    return values.parse(token, t)


def parse_interval(token: str) -> Interval:
    """`1 day 02:00:00`, `3 months`, `-00:00:05`."""
    months = days = nanos = 0
    for amount, unit in re.findall(r"(-?\d+) (month|mon|day|year)s?", token):
        if unit == "day":
            days += int(amount)
        else:
            months += int(amount) * (12 if unit == "year" else 1)
    if clock := re.search(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?", token):
        nanos = (int(clock[2]) * 3600 + int(clock[3]) * 60 + int(clock[4])) * 10**9
        nanos += int((clock[5] or "0").ljust(9, "0"))
        nanos *= -1 if clock[1] else 1
    return Interval(months, days, nanos)


def parse_row(line_tokens: list[Token], types: list[Type]) -> ComparableRow:
    if len(line_tokens) != len(types):
        raise AssertionError(f"{len(line_tokens)} values expected, {len(types)} columns found: {line_tokens}")
    return tuple(comparable(parse_value(token, t), t) for token, t in zip(line_tokens, types, strict=True))


def quoted(name: str) -> str:
    """A name as it stands in SQL, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def show_value(value: Comparable) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, tuple):
        kind, *rest = value
        if kind == "nan":
            return "NaN"
        if kind == "boolean":
            return "true" if rest[0] else "false"
        if kind in ("list", "struct", "map"):
            return f"{kind}({','.join(map(show_value, rest))})"
        if kind == "interval":
            return f"interval[{rest[0] / 10**9}s]"
        t = Type(kind.upper(), unit="" if kind == "date" else "ns")
        return values.show(rest[0], t).replace(" ", "T")
    if isinstance(value, str) and (not value or re.search(r"[\s']", value) or value == "NULL"):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def show_rows(rows: Multiset, weights: bool = True) -> str:
    lines = []
    for row, weight in sorted(rows.items(), key=lambda item: [show_value(value) for value in item[0]]):
        shown = "  ".join(show_value(value) for value in row)
        lines.append(f"  {shown}" + (f"  {weight:+}" if weights else f" (x{weight})" if weight != 1 else ""))
    return "\n".join(lines) or "  (no rows)"


# ------------------------------------------------------------------------------------------------------ comparing


def multiset(rows: Iterable[ComparableRow]) -> Multiset:
    return Counter(rows)


def consolidate(rows: Multiset) -> Multiset:
    return Counter({row: weight for row, weight in rows.items() if weight})


def close(a: Comparable, b: Comparable, magnitude: float) -> bool:
    if isinstance(a, float) != isinstance(b, float) and isinstance(a, int | Decimal | float):
        if not isinstance(b, int | Decimal | float):
            return False
        a, b = float(a), float(b)
    if isinstance(a, float) and isinstance(b, float):
        if math.isinf(a) or math.isinf(b):
            return a == b
        return abs(a - b) <= TOLERANCE * max(abs(a), abs(b), magnitude)
    return bool(a == b)


def same_row(a: ComparableRow, b: ComparableRow, magnitude: float) -> bool:
    return len(a) == len(b) and all(close(x, y, magnitude) for x, y in zip(a, b, strict=True))


def difference(expected: Multiset, found: Multiset, magnitude: float = 0.0) -> str | None:
    """None when the two are the same within the tolerance of floats, else what is missing and what is too much."""
    missing, extra = consolidate(Counter(expected)), consolidate(Counter(found))
    for row in [row for row in missing if row in extra]:
        same = min(missing[row], extra[row]) if missing[row] > 0 else max(missing[row], extra[row])
        if missing[row] * extra[row] > 0:
            missing[row] -= same
            extra[row] -= same
    missing, extra = consolidate(missing), consolidate(extra)
    for row in list(missing):
        for other in list(extra):
            if missing[row] == extra[other] and same_row(row, other, magnitude):
                del missing[row], extra[other]
                break
    if not missing and not extra:
        return None
    return f"missing:\n{show_rows(missing)}\nnot expected:\n{show_rows(extra)}"


def difference_ordered(expected: list[ComparableRow], found: list[ComparableRow]) -> str | None:
    if len(expected) == len(found) and all(same_row(a, b, 0.0) for a, b in zip(expected, found, strict=True)):
        return None
    return f"expected in this order:\n{show_list(expected)}\nfound:\n{show_list(found)}"


def show_list(rows: list[ComparableRow]) -> str:
    return "\n".join("  " + "  ".join(map(show_value, row)) for row in rows) or "  (no rows)"
