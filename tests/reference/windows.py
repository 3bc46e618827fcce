"""TUMBLE, HOP and CUMULATE: which windows a row belongs to, in the raw units of the time column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .arithmetic import add_months
from .bound import Column, Node
from .expressions import constant
from .log import unit_of
from .values import DAY_NANOS, BindError, Interval, Type, Unsupported

ALIASES = {"hopping": "hop", "slide": "hop", "sliding": "hop", "tumbling": "tumble"}
KINDS = {"tumble", "hop", "cumulate", "session"}


def kind_of(name: str) -> str | None:
    """The kind of window a function's name stands for."""
    name = ALIASES.get(name.lower(), name.lower())
    return name if name in KINDS else None


@dataclass(frozen=True)
class Window:
    kind: str
    size: int
    slide: int
    offset: int
    months: int  # a calendar-aware TUMBLE
    unit: int  # nanoseconds in one raw unit

    def of(self, time: int) -> list[tuple[int, int]]:
        """Every [start, end) that holds `time`."""
        if self.months:
            return [self._calendar(time)]
        if self.kind == "tumble":
            start = (time - self.offset) // self.size * self.size + self.offset
            return [(start, start + self.size)]
        if self.kind == "hop":
            start = (time - self.offset) // self.slide * self.slide + self.offset
            found = []
            while start + self.size > time:
                found.append((start, start + self.size))
                start -= self.slide
            return found
        start = time // self.size * self.size
        ends = range(start + self.slide, start + self.size + 1, self.slide)
        return [(start, end) for end in ends if end > time]

    def longest(self) -> int:
        """Nanoseconds between a start and its end, at most."""
        return self.months * 31 * DAY_NANOS if self.months else self.size * self.unit

    def _calendar(self, time: int) -> tuple[int, int]:
        per_day = DAY_NANOS // self.unit
        low, high = 0, 1
        while add_months(0, low * self.months) * per_day > time:
            low, high = low - 1, low
        while add_months(0, high * self.months) * per_day <= time:
            low, high = high, high + 1
        return add_months(0, low * self.months) * per_day, add_months(0, high * self.months) * per_day


def build(kind: str, column: Column, size: Node, slide: Node | None, offset: Node | None) -> Window:
    if kind == "session":
        raise Unsupported("SESSION")
    t = column.type
    if t.kind not in ("TIMESTAMP", "DATE") and not t.is_integer:
        raise BindError(f"{kind} needs a time column, found {t}")
    unit = unit_of(t, column.time_unit)
    length = constant(size)
    if isinstance(length, Interval) and length.months:
        if kind != "tumble" or length.days or length.nanos:
            raise BindError(f"{kind} cannot have a size in months")
        return Window(kind, 0, 0, 0, length.months, unit)
    return Window(
        kind,
        raw(length, unit, t),
        raw(constant(slide), unit, t) if slide else 0,
        raw(constant(offset), unit, t) if offset else 0,
        0,
        unit,
    )


def raw(length: Any, unit: int, t: Type) -> int:
    """An INTERVAL, or integer milliseconds, in units of the time column."""
    nanos = length.normalized() if isinstance(length, Interval) else length * 10**6
    if nanos % unit:
        raise BindError(f"{length} is not a whole number of units of {t}")
    return nanos // unit
