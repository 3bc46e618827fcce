"""TUMBLE and HOP over a source or table as DuckDB's SQL: the rows that are not late, once for each window that holds
them, with the window's bounds behind their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reference.expressions import constant
from reference.grouping import window_kind
from reference.values import DAY_NANOS, Interval, Type

from .rows import quoted

START, END, LAST = '"$start"', '"$end"', '"$last"'
BOUNDS = {"window_start": START, "window_end": END, "window_time": LAST}


class Inexpressible(Exception):
    """DuckDB cannot be asked this."""


@dataclass(frozen=True)
class Emission:
    """What of windows is shown: closed ones only or open ones too, and how many nanoseconds they stay open longer."""

    on_close: bool
    lateness: int = 0


def windowed_rows(
    call: dict[str, Any], stored: str, columns: list[str], time: str, t: Type, unit: int, condition: str
) -> str:
    """The subquery. `time` is the column that the windows go by, in units of so many nanoseconds, and `condition` what
    else rows and bounds must meet."""
    kind, (_, *sizes) = window_kind(call), [argument["value"] for argument in call["arguments"]]
    if kind not in ("tumble", "hop"):
        raise Inexpressible(f"a window of the kind {kind}")
    lengths = [nanos_of(constant(size)) for size in sizes]
    slide, size = (lengths[0], lengths[1]) if kind == "hop" else (lengths[0], lengths[0])
    offset = lengths[-1] if len(lengths) == (3 if kind == "hop" else 2) else 0
    start, end, last = bounds(quoted(time), t, unit, size, slide, offset)
    moment = f"{quoted(time)}::TIMESTAMP" if t.kind == "TIMESTAMP" else quoted(time)
    rows = f"SELECT *, {start} AS {START}, {end} AS {END}, {last} AS {LAST}"
    rows += f' FROM {quoted(stored)}, range({-(-size // slide)}) AS hops("$hop")'
    shown = ", ".join([*map(quoted, columns), START, END, LAST])
    return f"(SELECT {shown} FROM ({rows}) WHERE {quoted(time)} IS NOT NULL AND {END} > {moment} AND {condition})"


def nanos_of(size: Any) -> int:
    if isinstance(size, Interval):
        if size.months:
            raise Inexpressible("a calendar window")
        return size.normalized()
    return size * 10**6


def end_in_nanos(t: Type, unit: int) -> str:
    return f"epoch_ns({END})" if t.kind == "TIMESTAMP" else f"({END} * {unit})"


def bounds(column: str, t: Type, unit: int, size: int, slide: int, offset: int) -> tuple[str, str, str]:
    """Start, end and last moment of the window that is `"$hop"` slides before the last one with a row's time."""
    if t.is_integer:
        raw, shift, length = slide // unit, offset // unit, size // unit
        start = f'({column} - ((({column} - {shift}) % {raw}) + {raw}) % {raw} - "$hop" * {raw})'
        return start, f"({start} + {length})", f"({start} + {length - 1})"
    if t.kind != "TIMESTAMP" or unit < 1000 or any(n % 1000 for n in (size, slide, offset)) or size > 7 * DAY_NANOS:
        raise Inexpressible(f"a window over {t}")
    origin = f"TIMESTAMP '1970-01-01' + {micros(offset)}"
    start = f'(time_bucket({micros(slide)}, {column}::TIMESTAMP, {origin}) - "$hop" * {micros(slide)})'
    return start, f"({start} + {micros(size)})", f"({start} + {micros(size - unit)})"


def micros(nanos: int) -> str:
    return f"INTERVAL '{nanos // 1000} microseconds'"
