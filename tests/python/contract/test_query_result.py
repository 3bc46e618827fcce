"""The contract's section *QueryResult*, sentence by sentence."""

from __future__ import annotations

import sys

import numpy
import pandas
import polars
import pyarrow as pa
import pytest

SQL = "SELECT * FROM (VALUES (1, 'a', 1.5e0), (2, 'b', NULL), (3, NULL, 3.5e0)) AS v(k, s, x) ORDER BY k"
ROWS = [(1, "a", 1.5), (2, "b", None), (3, None, 3.5)]


@pytest.fixture
def result(conn):
    return conn.query(SQL)


def test_shape(result):
    """`schema`, `num_rows`, `num_columns`, `num_batches`, `columns`, `len()`."""
    assert isinstance(result.schema, pa.Schema)
    assert result.schema.names == ["k", "s", "x"] == result.columns
    assert (result.num_rows, result.num_columns, result.num_batches, len(result)) == (3, 3, 1, 3)


def test_iteration(result):
    """Iteration by row tuples."""
    assert list(result) == ROWS
    assert all(type(row) is tuple for row in result)


def test_to_arrow(result):
    """`to_arrow/arrow()`."""
    assert isinstance(result.to_arrow(), pa.Table)
    assert result.to_arrow() == result.arrow()
    assert result.to_arrow().to_pydict() == {"k": [1, 2, 3], "s": ["a", "b", None], "x": [1.5, None, 3.5]}


def test_to_pandas(result):
    """`to_pandas/df()`."""
    assert isinstance(result.to_pandas(), pandas.DataFrame)
    assert list(result.df()["k"]) == [1, 2, 3]


def test_to_polars(result):
    """`to_polars/pl(*, lazy=False)`."""
    assert isinstance(result.to_polars(), polars.DataFrame)
    assert result.pl().rows() == ROWS
    assert isinstance(result.pl(lazy=True), polars.LazyFrame)
    assert result.to_polars(lazy=True).collect().rows() == ROWS
    with pytest.raises(TypeError):
        result.pl(True)


def test_to_dicts_and_pylist(result):
    """`to_dicts() -> dict[str, list]`, `to_pylist()`."""
    assert result.to_dicts() == {"k": [1, 2, 3], "s": ["a", "b", None], "x": [1.5, None, 3.5]}
    assert result.to_pylist() == [dict(zip(("k", "s", "x"), row, strict=True)) for row in ROWS]


def without(monkeypatch, *missing):
    """As if these modules were not installed."""
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)


def test_to_df(result, monkeypatch):
    """`to_df()` (polars, else pandas, else Arrow)."""
    assert isinstance(result.to_df(), polars.DataFrame)
    with monkeypatch.context() as without_polars:
        without(without_polars, "polars")
        assert type(result.to_df()).__module__.startswith("pandas")
    with monkeypatch.context() as without_both:
        without(without_both, "polars", "pandas")
        assert isinstance(result.to_df(), pa.Table)


@pytest.mark.parametrize(("method", "package"), [("to_pandas", "pandas"), ("df", "pandas"), ("to_polars", "polars")])
def test_optional_packages(result, monkeypatch, method, package):
    """pandas, polars, matplotlib are optional: the message of the `ImportError` says what to install."""
    with monkeypatch.context() as absent:
        without(absent, package)
        with pytest.raises(ImportError, match=f"install {package}"):
            getattr(result, method)()


def test_fetch(result):
    """`fetchone/fetchmany(size=1)/fetchall()`."""
    assert result.fetchone() == ROWS[0]
    assert result.fetchmany() == [ROWS[1]]
    assert result.fetchmany(5) == [ROWS[2]]
    assert result.fetchone() is None
    assert result.fetchall() == []


def test_show(conn, capsys):
    """`show(max_rows=20)`."""
    result = conn.query(SQL)
    result.show()
    shown = capsys.readouterr().out
    assert "a" in shown and "3.5" in shown
    result.show(max_rows=1)
    assert "3.5" not in capsys.readouterr().out


def test_repr(result):
    """`repr` (`QueryResult(3 rows, 2 columns)` and under it a preview of the table), `_repr_html_()`."""
    lines = repr(result).splitlines()
    assert lines[0] == "QueryResult(3 rows, 3 columns)"
    assert any("k" in line and "s" in line for line in lines[1:])
    assert "<table" in result._repr_html_()


def test_arrow_interfaces(result):
    """`__arrow_c_stream__`, **new** `__arrow_c_schema__`, `to_numpy()`."""
    assert pa.table(result).to_pydict() == result.to_dicts()
    assert pa.schema(result) == result.schema
    arrays = result.to_numpy()
    assert isinstance(arrays["k"], numpy.ndarray) and list(arrays["k"]) == [1, 2, 3]


def test_zero_copy(conn):
    """Zero copy wherever Arrow allows it: two exports point to the same memory."""
    conn.execute("CREATE SOURCE s (v BIGINT)")
    conn.insert("s", {"v": list(range(10_000))})
    result = conn.query("SELECT v FROM s")
    first, second = result.to_arrow(), result.to_arrow()
    address = first["v"].chunk(0).buffers()[1].address
    assert address == second["v"].chunk(0).buffers()[1].address
    assert numpy.shares_memory(
        first["v"].chunk(0).to_numpy(zero_copy_only=True), second["v"].chunk(0).to_numpy(zero_copy_only=True)
    )
