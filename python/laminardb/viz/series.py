"""What charts are drawn of: named sequences of points, taken from columns."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Columns = Mapping[str, Sequence[Any]]


@dataclass
class Series:
    """Points of one colour. A `y` of `None` is a gap."""

    name: str
    x: list[Any] = field(default_factory=list)
    y: list[float | None] = field(default_factory=list)


def choose(columns: Columns, x: str | None, y: str | Iterable[str] | None, by: str | None) -> tuple[str, list[str]]:
    """The column across and the columns up: those that were asked for, else the first that is a time, else the first
    one at all; and every other column of numbers.

    Raises:
        ValueError: a column that does not exist, or nothing to draw.
    """
    names = list(columns)
    wanted = [name for name in (x, *([y] if isinstance(y, str) else y or ()), by) if name is not None]
    for name in wanted:
        if name not in columns:
            near = difflib.get_close_matches(name, names, n=1)
            raise ValueError(
                f"there is no column {name!r}" + (f"; did you mean {near[0]!r}?" if near else f": {names}")
            )
    others = [name for name in names if name != by]
    if x is None:
        if not others:
            raise ValueError("there is no column to draw")
        x = next((name for name in others if _is_time(columns[name])), others[0])
    up = [y] if isinstance(y, str) else [*y] if y else [n for n in others if n != x and _is_number(columns[n])]
    if not up:
        raise ValueError(f"there is no column of numbers to draw over {x!r}: name one as y")
    return x, up


def series_of(columns: Columns, x: str, y: list[str], by: str | None) -> list[Series]:
    """One series for each column of `y` and each value of `by`, in the order in which they first come."""
    found: dict[tuple[Any, str], Series] = {}
    groups = columns[by] if by is not None else [None] * len(columns[x])
    for column in y:
        for group, at, value in zip(groups, columns[x], columns[column], strict=True):
            if at is None:
                continue
            label = column if by is None else str(group) if len(y) == 1 else f"{group}, {column}"
            series = found.setdefault((group, column), Series(label))
            series.x.append(at)
            series.y.append(_number(value))
    return list(found.values())


def position(value: Any) -> float:
    """Where a value of the column across stands: its number, or its seconds since 1970. Text has no position."""
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp()
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC).timestamp()
    if isinstance(value, dt.time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    return float(value)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _first(values: Sequence[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _is_time(values: Sequence[Any]) -> bool:
    return isinstance(_first(values), (dt.date, dt.datetime))


def _is_number(values: Sequence[Any]) -> bool:
    first = _first(values)
    return isinstance(first, (int, float, Decimal)) and not isinstance(first, bool)
