"""The log: every accepted call in order, and the watermarks that follow from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from .values import DAY_NANOS, UNIT_NANOS, Type

NO_WATERMARK = -(2**127)


@dataclass
class Source:
    """A source as declared: what decides its watermark beside its rows."""

    name: str
    columns: list[tuple[str, Type]]
    not_null: set[str] = field(default_factory=set)
    time_column: int | None = None
    slack: int = 0  # nanoseconds
    time_unit: str = "ms"  # of an integer event time
    retained: int | None = None  # so many of its last rows are seen by whoever comes; None: all

    def event_time(self, place: int) -> str:
        """What moves the column's watermark: its declaration, what writers announce (in milliseconds, for want of a
        declared unit), or nothing."""
        if self.time_column is not None:
            return "declared" if place == self.time_column else ""
        t = self.columns[place][1]
        is_time = t.kind == "TIMESTAMP" or t.is_integer
        return "announced" if is_time and unit_of(t, self.time_unit) == UNIT_NANOS["ms"] else ""

    def nanos(self, raw: int) -> int:
        """An event time of this source in nanoseconds, so that sources of different units compare exactly."""
        if self.time_column is None:
            return raw * UNIT_NANOS["ms"]
        return raw * unit_of(self.columns[self.time_column][1], self.time_unit)


def unit_of(t: Type, integer_unit: str) -> int:
    """Nanoseconds in one unit of a time column."""
    if t.kind == "TIMESTAMP":
        return UNIT_NANOS[t.unit]
    return DAY_NANOS if t.kind == "DATE" else UNIT_NANOS[integer_unit]


@dataclass(frozen=True)
class Row:
    """Values, and the place in the order that SQL leaves open: event time, then sequence, then place in the call."""

    values: tuple[Any, ...]
    order: tuple[int, int, int] = (NO_WATERMARK, 0, 0)

    @property
    def sequence(self) -> int:
        return self.order[1]


@dataclass(frozen=True)
class Call:
    sequence: int
    source: str  # lower case
    rows: tuple[tuple[Any, ...], ...] = ()
    announced: int | None = None  # raw, in the unit of the source's event time


class Log:
    """Accepted calls by sequence number."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._sources: dict[str, Source] = {}

    def declare(self, source: Source) -> None:
        self._sources[source.name.lower()] = source

    def forget(self, name: str) -> None:
        del self._sources[name.lower()]
        self.calls = [call for call in self.calls if call.source != name.lower()]

    def rename(self, name: str, to: str) -> None:
        self._sources[to.lower()] = self._sources.pop(name)
        self.calls = [replace(call, source=to.lower()) if call.source == name else call for call in self.calls]

    def widen(self, name: str) -> None:
        """Its rows get a last column, which is NULL."""
        self.calls = [
            replace(call, rows=tuple((*row, None) for row in call.rows)) if call.source == name else call
            for call in self.calls
        ]

    def insert(self, source: str, rows: Iterable[tuple[Any, ...]]) -> int:
        return self._append(source, rows=tuple(rows))

    def insert_all(self, calls: dict[str, list[tuple[Any, ...]]]) -> None:
        """One call of several sources: they share its sequence number."""
        sequence = self.calls[-1].sequence + 1 if self.calls else 1
        for source, rows in calls.items():
            self.calls.append(Call(sequence, source.lower(), tuple(rows)))

    def announce(self, source: str, watermark: int) -> int:
        return self._append(source, announced=watermark)

    def _append(self, source: str, **parts: Any) -> int:
        sequence = self.calls[-1].sequence + 1 if self.calls else 1
        self.calls.append(Call(sequence, source.lower(), **parts))
        return sequence

    def first_retained(self, name: str) -> int:
        """The place, among all rows of a source, of the first that who comes now will see."""
        retained = self._sources[name.lower()].retained
        return 0 if retained is None else max(0, len(self.rows(name)) - retained)

    def rows(self, name: str, begin: int = 0) -> list[Row]:
        """Of a source, from the place `begin` on."""
        source = self._sources[name.lower()]
        found: list[Row] = []
        for call in self.calls:
            if call.source == name.lower():
                for place, values in enumerate(call.rows):
                    time = None if source.time_column is None else values[source.time_column]
                    event_time = NO_WATERMARK if time is None else source.nanos(time)
                    found.append(Row(values, (event_time, call.sequence, place)))
        return found[begin:]

    def line(self, names: Iterable[str]) -> Line:
        """The watermark of whatever reads these sources: at each sequence the least of theirs. Sources without event
        time that announced nothing hold nothing back."""
        steps = [self._steps(name) for name in {name.lower() for name in names} if self._has_watermark(name)]
        if not steps:
            return Line([])
        sequences = sorted({sequence for step in steps for sequence, _ in step})
        points, current = [], NO_WATERMARK
        for sequence in sequences:
            least = min(Line(step).at(sequence) for step in steps)
            if least > current:
                current = least
                points.append((sequence, current))
        return Line(points)

    def _has_watermark(self, name: str) -> bool:
        if self._sources[name.lower()].time_column is not None:
            return True
        return any(call.announced is not None for call in self.calls if call.source == name.lower())

    def _steps(self, name: str) -> list[tuple[int, int]]:
        """(sequence, watermark after that call) wherever the watermark of one source moved."""
        source, steps, current = self._sources[name], [], NO_WATERMARK
        for call in self.calls:
            if call.source != name:
                continue
            reached = NO_WATERMARK if call.announced is None else source.nanos(call.announced)
            if source.time_column is not None:
                times = [row[source.time_column] for row in call.rows if row[source.time_column] is not None]
                if times:
                    reached = max(reached, source.nanos(max(times)) - source.slack)
            if reached > current:
                current = reached
                steps.append((call.sequence, current))
        return steps


class Line:
    """A watermark over sequence numbers, in nanoseconds; it never goes back."""

    def __init__(self, points: list[tuple[int, int]]):
        self.points = points

    def at(self, sequence: int) -> int:
        """What the calls up to and including `sequence` had reached."""
        return max((mark for place, mark in self.points if place <= sequence), default=NO_WATERMARK)

    def before(self, sequence: int) -> int:
        """What a row of call `sequence` meets: what earlier calls had reached."""
        return self.at(sequence - 1)

    @property
    def current(self) -> int:
        return self.points[-1][1] if self.points else NO_WATERMARK
