"""The contract's section *ExecuteResult*, sentence by sentence."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("sql", "result_type", "rows"),
    [
        ("CREATE SOURCE sensors (id INT)", "ddl", 0),
        ("INSERT INTO trades VALUES ('A', 1, 1), ('B', 2, 2)", "rows_affected", 2),
        ("SELECT 1 AS one UNION ALL SELECT 2", "query", 0),
        ("SHOW SOURCES", "metadata", 0),
    ],
)
def test_result_type_and_rows(trades, sql, result_type, rows):
    """`result_type ∈ {"ddl","rows_affected","query","metadata"}`, `rows_affected: int` (0 for DDL and queries),
    `int(r)`, `bool(r)` is True, `repr`."""
    result = trades.execute(sql)
    assert result.result_type == result_type
    assert result.rows_affected == rows and type(result.rows_affected) is int
    assert int(result) == rows
    assert bool(result) is True
    assert repr(result).startswith("ExecuteResult(") and "\n" not in repr(result)


def test_warnings(trades):
    """`warnings: list[str]`."""
    assert trades.execute("CREATE SOURCE s (v INT)").warnings == []
    warnings = trades.execute("CREATE STREAM n AS SELECT symbol, count(*) AS n FROM trades GROUP BY symbol").warnings
    assert len(warnings) == 1 and isinstance(warnings[0], str) and "never dropped" in warnings[0]


def test_ddl(conn):
    """`ddl_type` ("CREATE SOURCE"), `ddl_object` ("sensors")."""
    result = conn.execute("CREATE SOURCE sensors (id INT)")
    assert (result.ddl_type, result.ddl_object) == ("CREATE SOURCE", "sensors")


def test_to_query_result(trades):
    """`to_query_result() -> QueryResult | None`."""
    assert trades.execute("SELECT 1 AS one").to_query_result().to_pylist() == [{"one": 1}]
    assert trades.execute("SHOW SOURCES").to_query_result().num_rows == 1
    assert trades.execute("CREATE SOURCE s (v INT)").to_query_result() is None
    assert trades.execute("INSERT INTO s VALUES (1)").to_query_result() is None
