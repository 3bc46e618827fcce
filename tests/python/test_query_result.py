"""QueryResult: what it says of itself, and all its conversions."""

from __future__ import annotations

import builtins
import datetime as dt
import decimal
import sys

import laminardb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest


@pytest.fixture
def result(conn):
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    conn.insert("t", {"k": ["a", "b", None], "v": [1, None, 3]})
    return conn.query("SELECT k, v FROM t ORDER BY v NULLS LAST")


EXPECTED = [("a", 1), (None, 3), ("b", None)]


def test_facts(result):
    assert result.num_rows == len(result) == 3
    assert result.num_columns == 2
    assert result.num_batches >= 1
    assert result.columns == ["k", "v"]
    assert result.schema == pa.schema({"k": pa.string(), "v": pa.int64()})
    assert isinstance(result.epoch, int)
    assert result.is_snapshot is False


def test_rows(result):
    assert list(result) == EXPECTED
    assert list(result) == EXPECTED, "iterating again starts again"
    assert result.fetchone() == EXPECTED[0]
    assert result.fetchmany() == EXPECTED[1:2]
    assert result.fetchmany(5) == EXPECTED[2:]
    assert result.fetchone() is None
    assert result.fetchall() == []
    assert list(result) == EXPECTED


def test_fetchmany_refuses_negative_sizes(result):
    with pytest.raises(ValueError, match="size"):
        result.fetchmany(-1)


def test_python_values(result):
    assert result.to_pylist() == [dict(zip(["k", "v"], row, strict=True)) for row in EXPECTED]
    assert result.to_dicts() == {"k": ["a", None, "b"], "v": [1, 3, None]}


def test_arrow(result):
    table = result.arrow()
    assert isinstance(table, pa.Table)
    assert table.equals(result.to_arrow())
    assert table.to_pydict() == result.to_dicts()
    assert pa.table(result).equals(table)
    assert pa.schema(result) == result.schema


def test_arrow_outlives_result_and_connection():
    conn = laminardb.open(":memory:")
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    conn.insert("t", [{"k": f"key number {i}", "v": i} for i in range(5000)])
    table = conn.query("SELECT k, v FROM t WHERE v >= 10").arrow()
    conn.close()
    del conn
    assert sorted(table["k"].to_pylist())[-1] == "key number 999"
    assert table.num_rows == 4990


def test_arrow_is_not_copied(conn):
    conn.execute("CREATE SOURCE t (v BIGINT)")
    conn.insert("t", {"v": np.arange(10_000)})
    result = conn.query("SELECT v FROM t")
    first, second = result.arrow(), result.arrow()
    addresses = [[chunk.buffers()[1].address for chunk in table["v"].chunks] for table in (first, second)]
    assert addresses[0] == addresses[1]


def test_pandas(result):
    frame = result.df()
    assert isinstance(frame, pd.DataFrame)
    assert frame.equals(result.to_pandas())
    assert frame["v"].isna().tolist() == [False, False, True]


def test_polars(result):
    frame = result.pl()
    assert isinstance(frame, pl.DataFrame)
    assert frame.rows() == EXPECTED
    assert frame.equals(result.to_polars())
    lazy = result.pl(lazy=True)
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect().equals(frame)
    assert isinstance(result.to_polars(lazy=True), pl.LazyFrame)
    with pytest.raises(TypeError):
        result.pl(True)


def test_to_df_prefers_polars(result):
    assert isinstance(result.to_df(), pl.DataFrame)


def test_numpy(conn):
    arrays = conn.query("SELECT * FROM (VALUES (1, 0.5), (2, 1.5)) AS t(i, d)").to_numpy()
    assert arrays["i"].tolist() == [1, 2]
    assert np.asarray(arrays["d"], dtype=float).tolist() == [0.5, 1.5]


def test_show_and_repr(result, capsys):
    assert repr(result).startswith("QueryResult(3 rows, 2 columns)\n")
    assert "a" in repr(result).split("\n", 1)[1]
    result.show()
    everything = capsys.readouterr().out
    assert all(f" {name} " in everything for name in ("k", "a", "b"))
    result.show(max_rows=1)
    assert "│ b " not in capsys.readouterr().out


def test_html(conn):
    html = conn.query("SELECT '<b>&' AS \"<name>\"")._repr_html_()
    assert "&lt;b&gt;&amp;" in html
    assert "&lt;name&gt;" in html
    assert "<table" in html


def test_no_rows(conn):
    conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
    result = conn.query("SELECT * FROM t")
    assert len(result) == 0
    assert list(result) == result.fetchall() == result.to_pylist() == []
    assert result.to_dicts() == {"k": [], "v": []}
    assert result.arrow().schema == result.schema
    assert result.df().shape == (0, 2)
    assert result.pl().shape == (0, 2)
    assert repr(result).startswith("QueryResult(0 rows, 2 columns)")


def test_every_type_comes_back(conn):
    conn.execute(
        "CREATE SOURCE t (b BOOLEAN, i8 TINYINT, i16 SMALLINT, i32 INTEGER, i64 BIGINT, f REAL, d DOUBLE, "
        "n DECIMAL(10, 2), s VARCHAR, x BLOB, day DATE, at TIMESTAMP)"
    )
    row = {
        "b": True,
        "i8": -128,
        "i16": 32767,
        "i32": -(2**31),
        "i64": 2**63 - 1,
        "f": 0.5,
        "d": -1e300,
        "n": decimal.Decimal("12345678.90"),
        "s": "żółć \N{GRINNING FACE}",
        "x": b"\x00\xff",
        "day": dt.date(2024, 2, 29),
        "at": dt.datetime(1969, 12, 31, 23, 59, 59, 999999),
    }
    conn.insert("t", row)
    conn.insert("t", {"b": None})
    assert conn.query("SELECT * FROM t WHERE b").to_pylist() == [row]
    assert conn.query("SELECT * FROM t WHERE b IS NULL").to_pylist() == [dict.fromkeys(row)]


def test_repeated_names(conn):
    result = conn.query("SELECT 1 AS a, 2 AS a")
    assert result.columns == ["a", "a"]
    assert result.fetchall() == [(1, 2)]


@pytest.mark.parametrize(("method", "package"), [("df", "pandas"), ("pl", "polars"), ("to_numpy", "numpy")])
def test_a_missing_package_is_named(result, monkeypatch, method, package):
    real_import = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == package:
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real_import(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, package)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match=f"pip install {package}"):
        getattr(result, method)()
