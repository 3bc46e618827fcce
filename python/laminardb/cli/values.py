"""Values of Arrow columns as text: what `CAST(v AS VARCHAR)` of the engine gives, and JSON."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa

Texts = list[str | None]

# 1e-4 and 1e15, rounded to single precision.
_SINGLE_RANGE = struct.unpack("2f", struct.pack("2f", 1e-4, 1e15))
_UNIT_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_NAMES = {
    pa.null(): "null",
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.uint8(): "utinyint",
    pa.uint16(): "usmallint",
    pa.uint32(): "uinteger",
    pa.uint64(): "ubigint",
    pa.float16(): "real",
    pa.float32(): "real",
    pa.float64(): "double",
}


def type_name(type_: pa.DataType) -> str:
    """The SQL name of an Arrow type, in lower case: `timestamp(6)`, `decimal(10,2)`."""
    if type_ in _NAMES:
        return _NAMES[type_]
    if pa.types.is_decimal(type_):
        return f"decimal({type_.precision},{type_.scale})"
    if pa.types.is_dictionary(type_):
        return type_name(type_.value_type)
    if isinstance(type_, pa.BaseExtensionType):
        return {"arrow.uuid": "uuid", "arrow.json": "json"}.get(type_.extension_name) or type_name(type_.storage_type)
    if _is_text(type_):
        return "varchar"
    if _is_bytes(type_):
        return "blob"
    if pa.types.is_date(type_):
        return "date"
    if pa.types.is_time(type_):
        return f"time({_UNIT_DIGITS[type_.unit]})"
    if pa.types.is_timestamp(type_):
        return f"timestamp({_UNIT_DIGITS[type_.unit]})" + (" with time zone" if type_.tz else "")
    if pa.types.is_map(type_):
        return f"map({type_name(type_.key_type)}, {type_name(type_.item_type)})"
    if pa.types.is_struct(type_):
        return "struct(" + ", ".join(f"{field.name} {type_name(field.type)}" for field in type_) + ")"
    if _is_list(type_):
        return type_name(type_.value_type) + "[]"
    return "interval" if type_ == pa.month_day_nano_interval() else str(type_)


def is_number(type_: pa.DataType) -> bool:
    """Whether a column of the type is aligned to the right."""
    return pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_)


def texts(column: pa.Array | pa.ChunkedArray) -> Texts:
    """Each value as the engine casts it to VARCHAR; `None` for NULL.

    Example:
        >>> texts(pa.array([1.0, None, 1e20]))
        ['1', None, '1e+20']
    """
    return _render(column, _TEXT)


def json_texts(column: pa.Array | pa.ChunkedArray) -> list[str]:
    """Each value as JSON. What JSON has no form for (NaN, timestamps, blobs) is a string of its text."""
    return ["null" if text is None else text for text in _render(column, _JSON)]


class _Form:
    """How nested values are written around the texts of their parts."""

    def __init__(self, quote: Callable[[str], str], null: str, list_: Any, struct_: Any, map_: Any) -> None:
        self.quote, self.null, self.list, self.struct, self.map = quote, null, list_, struct_, map_


_TEXT = _Form(
    quote=str,
    null="NULL",
    list_=lambda parts: "[" + ", ".join(parts) + "]",
    struct_=lambda names, parts: "{" + ", ".join(f"'{n}': {p}" for n, p in zip(names, parts, strict=True)) + "}",
    map_=lambda keys, parts: "{" + ", ".join(f"{k}={p}" for k, p in zip(keys, parts, strict=True)) + "}",
)
_JSON = _Form(
    quote=lambda text: json.dumps(text, ensure_ascii=False),
    null="null",
    list_=lambda parts: "[" + ",".join(parts) + "]",
    struct_=lambda names, parts: (
        "{" + ",".join(f"{_JSON.quote(n)}:{p}" for n, p in zip(names, parts, strict=True)) + "}"
    ),
    map_=lambda keys, parts: "{" + ",".join(f"{_json_key(k)}:{p}" for k, p in zip(keys, parts, strict=True)) + "}",
)


def _json_key(text: str) -> str:
    """A key of an object is a string, whatever the type of the map's keys."""
    return text if text.startswith('"') else json.dumps(text)


def _render(column: pa.Array | pa.ChunkedArray, form: _Form) -> Texts:
    if isinstance(column, pa.ChunkedArray):
        return [text for chunk in column.chunks for text in _render(chunk, form)]
    type_ = column.type
    if pa.types.is_dictionary(type_):
        return _render(column.dictionary_decode(), form)
    if isinstance(type_, pa.BaseExtensionType):
        if type_.extension_name == "arrow.uuid":
            return _each(column.storage.to_pylist(), lambda raw: form.quote(_uuid(raw)))
        if type_.extension_name == "arrow.json" and form is _JSON:
            return column.storage.to_pylist()
        return _render(column.storage, form)
    if pa.types.is_map(type_):
        return _each(
            _scalars(column), lambda s: form.map(_parts(s.values.field(0), form), _parts(s.values.field(1), form))
        )
    if _is_list(type_):
        return _each(_scalars(column), lambda scalar: form.list(_parts(scalar.values, form)))
    if pa.types.is_struct(type_):
        names = [field.name for field in type_]
        fields = [_parts(column.field(i), form) for i in range(len(names))]
        rows = zip(*fields, strict=True) if fields else [()] * len(column)
        valid = column.is_valid().to_pylist()
        return [form.struct(names, parts) if ok else None for ok, parts in zip(valid, rows, strict=True)]
    bare, values = _plain(column)
    if bare:
        quoted = form is _JSON and pa.types.is_floating(type_)
        return [text if text is None or not quoted or text[-1] not in "Ny" else form.quote(text) for text in values]
    return values if form is _TEXT else _each(values, form.quote)


def _parts(column: pa.Array, form: _Form) -> list[str]:
    return [form.null if text is None else text for text in _render(column, form)]


def _plain(column: pa.Array) -> tuple[bool, Texts]:
    """The texts of a flat column, and whether JSON takes them without quotes."""
    type_ = column.type
    if pa.types.is_boolean(type_):
        return True, _each(column.to_pylist(), lambda value: "true" if value else "false")
    if pa.types.is_integer(type_):
        return True, _each(column.to_pylist(), str)
    if pa.types.is_float64(type_):
        return True, _each(column.to_pylist(), lambda value: _float(value, repr(value)))
    if pa.types.is_floating(type_):
        return True, _each(column.to_pylist(), lambda value: _float(value, _shortest_single(value), _SINGLE_RANGE))
    if pa.types.is_decimal(type_):
        return True, _each(column.to_pylist(), lambda value: format(value, "f"))
    if _is_text(type_):
        return False, column.to_pylist()
    if _is_bytes(type_):
        return False, _each(column.to_pylist(), lambda value: "\\x" + value.hex())
    if pa.types.is_date(type_):
        return False, _each(column.cast(pa.date32()).cast(pa.int32()).to_pylist(), _date)
    if pa.types.is_time(type_):
        digits = _UNIT_DIGITS[type_.unit]
        return False, _each(column.cast(f"int{type_.bit_width}").to_pylist(), lambda value: _time(value, digits))
    if pa.types.is_timestamp(type_):
        digits, zone = _UNIT_DIGITS[type_.unit], "+00" if type_.tz else ""
        return False, _each(column.cast(pa.int64()).to_pylist(), lambda value: _timestamp(value, digits, zone))
    if type_ == pa.month_day_nano_interval():
        return False, _each(column.to_pylist(), _interval)
    return False, _each(column.to_pylist(), str)


def _each(values: Any, text: Callable[[Any], str]) -> Texts:
    return [None if value is None else text(value) for value in values]


def _scalars(column: pa.Array) -> list[Any]:
    return [scalar if scalar.is_valid else None for scalar in column]


def _float(value: float, digits: str, plain_range: tuple[float, float] = (1e-4, 1e15)) -> str:
    """`digits` is the shortest decimal that reads back as the value; in the range it is written without an exponent."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    number = Decimal(digits)
    if value == 0 or plain_range[0] <= abs(value) < plain_range[1]:
        if value != 0 and value.is_integer():
            return str(int(value))  # every digit, where the shortest form of a REAL would round
        plain = format(number, "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    sign, coefficient, _ = number.as_tuple()
    mantissa = "".join(map(str, coefficient)).rstrip("0")
    point = mantissa[0] + ("." + mantissa[1:] if len(mantissa) > 1 else "")
    exponent = number.adjusted()
    return f"{'-' if sign else ''}{point}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


def _shortest_single(value: float) -> str:
    if not math.isfinite(value):
        return ""
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == value:
            return text
    return repr(value)


def _uuid(raw: bytes) -> str:
    digits = raw.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day since 1970-01-01, over more years than `datetime` has.

    Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    """
    days += 719_468
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return year_of_era + era * 400 + (month <= 2), month, day


def _date(days: int, rest: str = "") -> str:
    year, month, day = _civil(days)
    era = "" if year > 0 else " BC"
    return f"{year if year > 0 else 1 - year:04}-{month:02}-{day:02}{rest}{era}"


def _time(value: int, digits: int) -> str:
    seconds, fraction = divmod(value, 10**digits)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    point = f".{fraction:0{digits}}".rstrip("0") if fraction else ""
    return f"{hour:02}:{minute:02}:{second:02}{point}"


def _timestamp(value: int, digits: int, zone: str) -> str:
    days, rest = divmod(value, 86_400 * 10**digits)
    return _date(days, f" {_time(rest, digits)}{zone}")


def _interval(value: Any) -> str:
    months = abs(value.months)
    sign = -1 if value.months < 0 else 1
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, unit in ((sign * (months // 12), "year"), (sign * (months % 12), "mon"), (value.days, "day"))
        if count
    ]
    if value.nanoseconds or not parts:
        parts.append(("-" if value.nanoseconds < 0 else "") + _time(abs(value.nanoseconds), 9))
    return " ".join(parts)


def _is_text(type_: pa.DataType) -> bool:
    return pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_)


def _is_bytes(type_: pa.DataType) -> bool:
    return (
        pa.types.is_binary(type_)
        or pa.types.is_large_binary(type_)
        or pa.types.is_fixed_size_binary(type_)
        or pa.types.is_binary_view(type_)
    )


def _is_list(type_: pa.DataType) -> bool:
    return pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_)
