"""A line chart as SVG, drawn without any library: quick enough to be drawn anew at every change, in the colours of the
page it stands on."""

from __future__ import annotations

import datetime as dt
import math
from html import escape
from typing import Any

from laminardb.viz.series import Series, position

_COLOURS = ["#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#eeca3b", "#9d755d"]
_WIDTH, _HEIGHT = 720, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 30, 30
_PER_ROW = 6  # legends


def line_chart(series: list[Series], title: str = "") -> str:
    """The SVG element. Without any point it is an empty frame."""
    points = [(position(x), y) for s in series for x, y in zip(s.x, s.y, strict=True) if y is not None]
    x_low, x_high = _range([x for x, _ in points])
    y_low, y_high = _range([y for _, y in points])
    y_ticks = _ticks(y_low, y_high)
    y_low, y_high = min(y_low, y_ticks[0]), max(y_high, y_ticks[-1])
    top = _TOP + 16 * ((len(series) - 1) // _PER_ROW if len(series) > 1 else 0)
    is_time = any(isinstance(x, dt.date) for s in series for x in s.x[:1])

    def across(x: float) -> float:
        return _LEFT + (x - x_low) / (x_high - x_low) * (_WIDTH - _LEFT - _RIGHT)

    def up(y: float) -> float:
        return _HEIGHT - _BOTTOM - (y - y_low) / (y_high - y_low) * (_HEIGHT - _BOTTOM - top)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="11" fill="currentColor" '
        'style="display:block" role="img">'
    ]
    for tick in y_ticks:
        y = up(tick)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" opacity=".15"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" opacity=".75">{_shown_number(tick)}</text>'
        )
    for tick, label in _time_ticks(x_low, x_high) if is_time else _number_ticks(x_low, x_high):
        x = across(tick)
        parts.append(
            f'<text x="{x:.1f}" y="{_HEIGHT - 10}" text-anchor="middle" opacity=".75">{escape(label)}</text>'
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_HEIGHT - _BOTTOM}" y2="{_HEIGHT - _BOTTOM + 4}" '
            'stroke="currentColor" opacity=".4"/>'
        )
    for i, s in enumerate(series):
        colour = _COLOURS[i % len(_COLOURS)]
        parts.append(f'<path d="{_path(s, across, up)}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        parts.append(_legend(s.name, i, colour))
    if title:
        parts.append(f'<text x="{_WIDTH - _RIGHT}" y="16" text-anchor="end" font-weight="bold">{escape(title)}</text>')
    return "".join(parts) + "</svg>"


def _path(series: Series, across: Any, up: Any) -> str:
    """The points in the order of their `x`, broken at gaps; a point that stands alone is a dot."""
    path, pen_down, run = [], False, 0
    for x, y in sorted(zip(map(position, series.x), series.y, strict=True), key=lambda point: point[0]):
        if y is None:
            pen_down, run = False, 0
            continue
        path.append(f"{'L' if pen_down else 'M'}{across(x):.1f} {up(y):.1f}")
        run += 1
        if run == 1:
            path.append("h.01")
        pen_down = True
    return "".join(path)


def _legend(name: str, place: int, colour: str) -> str:
    x, y = _LEFT + (place % _PER_ROW) * 105, 16 + 16 * (place // _PER_ROW)
    short = name if len(name) <= 14 else name[:13] + "…"
    return (
        f'<rect x="{x}" y="{y - 8}" width="10" height="10" rx="2" fill="{colour}"/>'
        f'<text x="{x + 14}" y="{y + 1}">{escape(short)}</text>'
    )


def _range(values: list[float]) -> tuple[float, float]:
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers, the first not above `low` and the last not below `high`."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.floor(low / step)
    return [round(i * step, 12) for i in range(first, math.ceil(high / step) + 1)]


def _number_ticks(low: float, high: float) -> list[tuple[float, str]]:
    return [(tick, _shown_number(tick)) for tick in _ticks(low, high) if low <= tick <= high]


def _shown_number(number: float) -> str:
    return f"{number:,.10g}" if abs(number) < 1e12 else f"{number:g}"


_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400]


def _time_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """At round times, in UTC, written as finely as they lie apart."""
    span = high - low
    if span < 5:
        return [(tick, _shown(tick, "%H:%M:%S.%f")[:-3]) for tick in _ticks(low, high, 4) if low <= tick <= high]
    step = next((seconds for seconds in _SECONDS if span / seconds <= 7), 0)
    if not step:
        days = span / 86400 / 6
        step = 86400 * next((n for n in (2, 7, 14, 30, 90, 180) if n >= days), 365 * math.ceil(days / 365))
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 43200 else "%d %b" if step < 86400 * 180 else "%b %Y"
    first = math.ceil(low / step)
    return [(i * step, _shown(i * step, form)) for i in range(first, math.floor(high / step) + 1)]


def _shown(seconds: float, form: str) -> str:
    return (dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds)).strftime(form)
