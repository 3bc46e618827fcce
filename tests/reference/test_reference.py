"""The reference itself: its expressions against DuckDB's where the two mean the same, its watermarks and windows
against numbers worked out by hand."""

from __future__ import annotations

import duckdb
import pytest
from runner import rows
from runner.engine import parse as parse_sql

from reference import Catalog, Evaluator, Log
from reference.log import NO_WATERMARK, Source
from reference.values import BIGINT, Interval, Type, cast, parse, show
from reference.windows import Window

EXPRESSIONS = [
    "7 / 2 * 2 + 7 % 2",
    "-7 / 2",
    "-7 % 3",
    "1.10 + 2.205",
    "1.5 * 1.25",
    "10::DOUBLE / 4",
    "1 < 2 AND NULL",
    "NULL OR TRUE",
    "NOT NULL",
    "3 IN (1, 2, NULL)",
    "3 IN (1, 3, NULL)",
    "2 BETWEEN 1 AND NULL",
    "5 BETWEEN 6 AND NULL",
    "NULL IS DISTINCT FROM 1",
    "'abc' LIKE 'a_c'",
    "'a%c' LIKE 'a#%c' ESCAPE '#'",
    "CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END",
    "coalesce(NULL, 3, 1)",
    "nullif(3, 3)",
    "greatest(1, NULL, 3)",
    "abs(-3)",
    "ceil(1.2)",
    "floor(-1.2)",
    "sign(-2)",
    "sqrt(2)",
    "power(2, 0.5)",
    "exp(1)",
    "ln(10)",
    "mod(-7, 3)",
    "length('żółć')",
    "upper('abc') || lower('DEF')",
    "trim('  a ') || '|' || ltrim('xxa', 'x') || rtrim('axx', 'x')",
    "substring('hello', 2, 3)",
    "strpos('hello', 'l')",
    "replace('banana', 'an', 'x')",
    "left('hello', -2) || right('hello', 2)",
    "lpad('7', 3, 'ab') || rpad('7', 4, 'ab')",
    "reverse('abc') || repeat('x', 3)",
    "concat('a', NULL, 'b')",
    "concat_ws(',', 'a', NULL, 'b')",
    "starts_with('abc', 'ab')",
    "split_part('a-b-c', '-', 2)",
    "date_part('quarter', DATE '2024-05-17')",
    "EXTRACT(DOW FROM DATE '2024-05-19')",
    "EXTRACT(WEEK FROM DATE '2021-01-03')",
    "EXTRACT(MILLISECOND FROM TIMESTAMP '2024-01-01 00:00:01.234')",
    "date_trunc('week', TIMESTAMP '2024-01-01 12:00:00')",
    "date_trunc('month', TIMESTAMP '1969-12-31 23:00:00')",
    "TIMESTAMP '2024-03-31 10:00:00' - INTERVAL '1' MONTH",
    "DATE '2024-02-28' + 2",
    "DATE '2024-03-01' - DATE '2024-02-01'",
    "'12'::INT + 1",
    "TRY_CAST('x' AS INT)",
    "2.5::DECIMAL(3,1)::INT",
    "2.5::DOUBLE::INT",
    "1.005::DECIMAL(4,2)",
    "TRUE::INT",
    "300::VARCHAR",
    "DATE '2024-01-02'::TIMESTAMP",
    "'2024-01-02 03:04:05.678'::TIMESTAMP::DATE",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression_against_duckdb(expression: str) -> None:
    log = Log()
    (statement,) = parse_sql(f"SELECT {expression} AS x")
    answer = Evaluator(Catalog(log), log).ask(statement["query"])
    duck = duckdb.connect()
    duck.execute("SET integer_division = true")
    found = rows.from_arrow(duck.sql(f"SELECT {expression} AS x").to_arrow_table())
    expected = rows.from_reference(answer.rows, answer.types)
    assert rows.difference(rows.multiset(expected), rows.multiset(found)) is None


def source(name: str = "s", slack: int = 0) -> Source:
    return Source(name, [("ts", BIGINT)], time_column=0, slack=slack * 10**6)


def test_a_row_meets_the_watermark_of_earlier_calls() -> None:
    log = Log()
    log.declare(source(slack=5))
    for times in ([10], [30, 2], [20], [31]):
        log.insert("s", [(time,) for time in times])
    line = log.line(["s"])
    assert [line.before(sequence) // 10**6 for sequence in (2, 3, 4, 5)] == [5, 25, 25, 26]
    assert line.before(1) == NO_WATERMARK


def test_the_least_of_two_sources_and_announcements() -> None:
    log = Log()
    log.declare(source("a"))
    log.declare(source("b"))
    log.insert("a", [(100,)])
    assert log.line(["a", "b"]).current == NO_WATERMARK
    log.insert("b", [(40,)])
    log.announce("b", 70)
    log.announce("b", 60)
    assert [mark // 10**6 for _, mark in log.line(["a", "b"]).points] == [40, 70]


def test_windows_of_a_row() -> None:
    tumble = Window("tumble", size=10, slide=0, offset=3, months=0, unit=1)
    assert [tumble.of(time) for time in (2, 3, 12, 13, -8)] == [
        [(-7, 3)],
        [(3, 13)],
        [(3, 13)],
        [(13, 23)],
        [(-17, -7)],
    ]
    hop = Window("hop", size=10, slide=4, offset=0, months=0, unit=1)
    assert sorted(hop.of(8)) == [(0, 10), (4, 14), (8, 18)]
    assert sorted(hop.of(10)) == [(4, 14), (8, 18)]
    gaps = Window("hop", size=3, slide=10, offset=0, months=0, unit=1)
    assert (gaps.of(2), gaps.of(3)) == ([(0, 3)], [])
    day = 86_400 * 10**9
    month = Window("tumble", 0, 0, 0, months=1, unit=day)
    assert (month.of(30), month.of(31), month.of(-1)) == ([(0, 31)], [(31, 59)], [(-31, 0)])


def test_values_and_their_text() -> None:
    ns = Type("TIMESTAMP", unit="ns")
    assert parse("1969-12-31T23:59:59.999999999", ns) == -1
    assert show(-1, ns) == "1969-12-31 23:59:59.999999999"
    assert cast(-1, ns, Type("DATE")) == -1
    assert parse("2024-01-01 02:00:00+02", Type("TIMESTAMP", unit="s", zone=True)) == 1_704_067_200
    assert show(0.1, Type("DOUBLE")) == "0.1"
    assert show(1e20, Type("DOUBLE")) == "1e+20"
    assert Interval(1, 0, 0).normalized() == Interval(0, 30, 0).normalized()
