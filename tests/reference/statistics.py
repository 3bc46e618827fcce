"""Statistics over lists of floats, in exact fractions up to the last step."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .values import RowError

LIMIT = 1e150  # past it, squares do not fit


def power_sum(values: list[float], power: int) -> Fraction:
    center = sum(map(Fraction, values)) / len(values)
    return sum(((Fraction(value) - center) ** power for value in values), Fraction(0))


def one(least: int, compute: Callable[[list[float]], float | None], limit: float = LIMIT) -> Callable[..., Any]:
    """NULL of fewer values; NaN where one is not finite."""

    def finish(values: list[float]) -> float | None:
        if len(values) < least:
            return None
        if not all(map(math.isfinite, values)):
            return math.nan
        if any(abs(value) > limit for value in values):
            raise RowError("a value is too large")
        return compute(values)

    return finish


def variance(values: list[float], less: int) -> float:
    return float(power_sum(values, 2) / (len(values) - less))


def skewness(values: list[float]) -> float | None:
    n, m2 = len(values), power_sum(values, 2) / len(values)
    if m2 == 0:
        return None
    return float(power_sum(values, 3) / n) / float(m2) ** 1.5 * math.sqrt(n * (n - 1)) / (n - 2)


def kurtosis(values: list[float], sample: bool) -> float | None:
    n, m2 = len(values), power_sum(values, 2) / len(values)
    if m2 == 0:
        return None
    excess = power_sum(values, 4) / n / m2**2 - 3
    return float((n - 1) * ((n + 1) * excess + 6) / ((n - 2) * (n - 3)) if sample else excess)


OF_ONE: dict[str, Callable[[list[float]], Any]] = {
    "var_pop": one(1, lambda values: variance(values, 0)),
    "var_samp": one(2, lambda values: variance(values, 1)),
    "stddev_pop": one(1, lambda values: math.sqrt(variance(values, 0))),
    "stddev_samp": one(2, lambda values: math.sqrt(variance(values, 1))),
    "sem": one(1, lambda values: math.sqrt(variance(values, 0) / len(values))),
    "skewness": one(3, skewness, 1e75),
    "kurtosis": one(4, lambda values: kurtosis(values, True), 1e75),
    "kurtosis_pop": one(2, lambda values: kurtosis(values, False), 1e75),
}


squares = one(1, lambda values: float(power_sum(values, 2)))


def mean(values: list[float]) -> float | None:
    if not values:
        return None
    special = [value for value in values if not math.isfinite(value)]
    return sum(special) if special else float(sum(map(Fraction, values)) / len(values))


class Pairs:
    """(y, x), as SQL has them."""

    def __init__(self, rows: list[tuple[float, float]]):
        self.n = len(rows)
        self.y = sum((Fraction(y) for y, _ in rows), Fraction(0)) / self.n
        self.x = sum((Fraction(x) for _, x in rows), Fraction(0)) / self.n
        self.sxx = sum(((Fraction(x) - self.x) ** 2 for _, x in rows), Fraction(0))
        self.syy = sum(((Fraction(y) - self.y) ** 2 for y, _ in rows), Fraction(0))
        self.sxy = sum(((Fraction(x) - self.x) * (Fraction(y) - self.y) for y, x in rows), Fraction(0))


def pairs(least: int, compute: Callable[[Pairs], Any]) -> Callable[..., Any]:
    def finish(rows: list[tuple[float, float]]) -> float | None:
        if len(rows) < least:
            return None
        if not all(math.isfinite(y) and math.isfinite(x) for y, x in rows):
            return math.nan
        if any(abs(y) > LIMIT or abs(x) > LIMIT for y, x in rows):
            raise RowError("a value is too large")
        found = compute(Pairs(rows))
        return None if found is None else float(found)

    return finish


def correlation(p: Pairs) -> float | None:
    return float(p.sxy) / math.sqrt(p.sxx * p.syy) if p.sxx and p.syy else None


OF_PAIRS: dict[str, Callable[[list[tuple[float, float]]], Any]] = {
    "covar_pop": pairs(1, lambda p: p.sxy / p.n),
    "covar_samp": pairs(2, lambda p: p.sxy / (p.n - 1)),
    "corr": pairs(1, correlation),
    "regr_count": len,
    "regr_avgx": lambda rows: mean([x for _, x in rows]),
    "regr_avgy": lambda rows: mean([y for y, _ in rows]),
    "regr_sxx": lambda rows: squares([x for _, x in rows]),
    "regr_syy": lambda rows: squares([y for y, _ in rows]),
    "regr_sxy": pairs(1, lambda p: p.sxy),
    "regr_slope": pairs(1, lambda p: p.sxy / p.sxx if p.sxx else None),
    "regr_intercept": pairs(1, lambda p: p.y - p.sxy / p.sxx * p.x if p.sxx else None),
    "regr_r2": pairs(1, lambda p: (p.sxy**2 / (p.sxx * p.syy) if p.syy else 1) if p.sxx else None),
}


def continuous(values: list[Any], fraction: float, convert: Callable[[Any], float]) -> float:
    ordered = sorted(map(convert, values), key=lambda value: (math.isnan(value), value))
    rank = fraction * (len(ordered) - 1)
    below = min(math.floor(rank), len(ordered) - 1)
    part, low = rank - below, ordered[below]
    if part <= 0 or below + 1 >= len(ordered):
        return low
    high = ordered[below + 1]
    if low == high:
        return low
    return low + (high - low) * part if math.isfinite(low) and math.isfinite(high) else high


def deviation(values: list[Any]) -> float:
    center = continuous(values, 0.5, float)
    return continuous([abs(float(value) - center) for value in values], 0.5, float)


def entropy(keys: list[Any]) -> float:
    n = len(keys)
    return max(0.0, math.fsum(-c / n * math.log2(c / n) for c in Counter(keys).values()))


def product(values: list[Any]) -> float:
    return math.prod(map(float, values))


def geometric_mean(values: list[Any]) -> float:
    numbers = list(map(float, values))
    if any(value < 0 for value in numbers):
        raise RowError("the geometric mean of a negative number")
    if 0.0 in numbers:
        return math.nan if math.inf in numbers else 0.0
    return math.exp(math.fsum(map(math.log, numbers)) / len(numbers))
