"""DataFrames and Arrow objects of the caller's scope as tables."""

# ruff: noqa: F841 — the variables are used by the SQL.

from __future__ import annotations

import gc
import subprocess
import sys

import laminardb
import numpy
import pandas
import polars
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest
from laminardb import codes

in_module = pa.table({"a": [10, 20]})


def table():
    return pa.table({"a": [1, 2, 3], "b": ["x", "y", None]})


EXPECTED = [(1, "x"), (2, "y"), (3, None)]


def dataset(folder):
    pyarrow.parquet.write_table(table(), folder / "rows.parquet")
    return pyarrow.dataset.dataset(folder)


def structured():
    return numpy.array([(1, "x"), (2, "y")], dtype=[("a", "i8"), ("b", "U1")])


MAKERS = {
    "pandas": lambda folder: table().to_pandas(),
    "polars": lambda folder: polars.from_arrow(table()),
    "lazy": lambda folder: polars.from_arrow(table()).lazy(),
    "table": lambda folder: table(),
    "chunks": lambda folder: pa.concat_tables([table().slice(0, 1), table().slice(1)]),
    "batch": lambda folder: table().to_batches()[0],
    "dict": lambda folder: table().to_pydict(),
    "arrays": lambda folder: {"a": numpy.array([1, 2, 3]), "b": pa.array(["x", "y", None])},
    "dataset": dataset,
    "scanner": lambda folder: dataset(folder).scanner(),
    "result": lambda folder: laminardb.sql("SELECT * FROM (VALUES (1, 'x'), (2, 'y'), (3, NULL)) v(a, b)"),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_what_may_be_a_table(conn, tmp_path, kind):
    df = MAKERS[kind](tmp_path)
    assert conn.query("SELECT a, b FROM df ORDER BY a").fetchall() == EXPECTED
    assert conn.sql("SELECT count(*) FROM df x JOIN df y ON x.a = y.a").fetchone() == (3,)
    assert sum(batch.num_rows for batch in conn.stream("SELECT * FROM df")) == 3
    conn.execute("CREATE SOURCE s (a BIGINT, b VARCHAR)")
    assert conn.execute("INSERT INTO s SELECT a, b FROM df").rows_affected == 3
    assert sorted(conn.query("SELECT a FROM s").fetchall()) == [(1,), (2,), (3,)]


def test_a_structured_array(conn):
    array = structured()
    assert conn.query("SELECT a, b FROM array ORDER BY a").fetchall() == [(1, "x"), (2, "y")]


def test_a_reader_gives_its_rows_once(conn):
    reader = table().to_reader(max_chunksize=1)
    assert conn.query("SELECT count(*) FROM reader").fetchone() == (3,)
    with pytest.raises(laminardb.QueryError, match=r"read already.*read_all") as caught:
        conn.query("SELECT count(*) FROM reader")
    assert caught.value.code == codes.QUERY_FAILED


def test_a_reader_that_was_only_planned_with_still_has_its_rows(conn):
    reader = table().to_reader()
    assert "RecordBatchReader" in conn.explain("SELECT a FROM reader")
    with pytest.raises(laminardb.QueryError):
        conn.query("SELECT missing FROM reader")
    assert conn.query("SELECT count(*) FROM reader").fetchone() == (3,)


def test_a_reader_cannot_be_read_twice_in_one_query(conn):
    reader = table().to_reader()
    with pytest.raises(laminardb.QueryError, match="gives them once"):
        conn.query("SELECT count(*) FROM reader x JOIN reader y ON x.a = y.a")


def test_a_reader_goes_in_batch_by_batch(conn):
    def batches():
        yield from pa.table({"a": range(100_000)}).to_batches(max_chunksize=50_000)
        raise ValueError("the line went dead")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"a": pa.int64()}), batches())
    conn.execute("CREATE SOURCE s (a BIGINT)")
    with pytest.raises(laminardb.QueryError) as caught:
        conn.execute("INSERT INTO s SELECT * FROM reader")
    (rows,) = conn.query("SELECT count(*) FROM s").fetchone()
    assert 0 < rows <= 100_000
    assert "the line went dead" in str(caught.value) and "Traceback" not in str(caught.value)
    assert f"the {rows} rows before it are in" in str(caught.value)


def test_a_reader_may_ask_the_connection_that_reads_it(conn):
    def batches():
        yield from conn.query("SELECT CAST(1 AS BIGINT) AS a").to_arrow().to_batches()

    schema = pa.schema({"a": pa.int64()})
    reader = pa.RecordBatchReader.from_batches(schema, batches())
    assert conn.query("SELECT a FROM reader").fetchall() == [(1,)]
    # The statements of a transaction run one after the other: this one would wait for itself.
    in_transaction = pa.RecordBatchReader.from_batches(schema, batches())
    with conn.transaction(), pytest.raises(laminardb.QueryError, match="transaction is still running, in this thread"):
        conn.query("SELECT a FROM in_transaction")
    assert conn.query("SELECT 1").fetchone() == (1,)


def test_a_frame_goes_in_as_one_epoch(conn):
    df = table()
    big = pa.table({"a": range(200_000)})
    conn.execute("CREATE SOURCE s (a BIGINT)")
    subscription = conn.subscribe("SELECT a FROM s", snapshot=False)
    conn.execute("INSERT INTO s SELECT a FROM big")
    assert subscription.next().num_rows == 200_000
    subscription.cancel()
    conn.execute("CREATE TABLE k (a BIGINT, PRIMARY KEY (a))")
    twice = pa.concat_tables([df, df])
    with pytest.raises(laminardb.IngestionError):
        conn.execute("INSERT INTO k SELECT a FROM twice")
    assert conn.query("SELECT count(*) FROM k").fetchone() == (0,)
    assert big.num_rows == 200_000 and twice.num_rows == 6


def test_locals_come_before_globals_and_the_catalog_before_both(conn):
    assert conn.query("SELECT sum(a) FROM in_module").fetchone() == (30,)

    def inner():
        in_module = {"a": [1]}
        assert in_module
        return conn.query("SELECT sum(a) FROM in_module").fetchone()

    assert inner() == (1,)
    conn.execute("CREATE SOURCE in_module (a INT)")
    conn.execute("INSERT INTO in_module VALUES (5)")
    assert inner() == (5,)


def test_a_common_table_comes_before_a_variable(conn):
    df = table()
    assert conn.query("WITH df AS (SELECT 7 AS a) SELECT a FROM df").fetchall() == [(7,)]
    assert conn.query("WITH df AS (SELECT a + 1 AS a FROM df) SELECT sum(a) FROM df").fetchone() == (9,)
    assert df.num_rows == 3


def test_comprehensions_see_the_variables_around_them(conn):
    df = table()
    assert [conn.query("SELECT sum(a) FROM df").fetchone()[0] for _ in range(2)] == [6, 6]
    assert df.num_rows == 3


def test_the_module_function_looks_in_its_callers_scope():
    df = table()
    assert laminardb.sql("SELECT sum(a) FROM df").fetchone() == (6,)
    assert df.num_rows == 3


def test_names_are_pythons(conn):
    Df = table()
    assert conn.query('SELECT sum("Df".a) FROM Df').fetchone() == (6,)
    with pytest.raises(laminardb.QueryError, match='did you mean "Df"'):
        conn.query("SELECT * FROM df")
    assert Df.num_rows == 3


def test_a_misspelt_name_names_the_frame(conn):
    prices = table()
    with pytest.raises(laminardb.QueryError, match='did you mean "prices"') as caught:
        conn.query("SELECT * FROM pricse")
    assert caught.value.candidates == ["prices"]
    assert caught.value.position == len("SELECT * FROM ")
    assert prices.num_rows == 3


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (5, "an int"),
        ([1, 2], "a list"),
        (pa.array([1]), "a pyarrow.Int64Array"),
        (pandas.Series([1]), "a pandas.Series"),
        (polars.Series([1]), "a polars.Series"),
        (numpy.array([1]), "a numpy.ndarray"),
        ({"a": 1}, "a dict"),
    ],
)
def test_a_variable_that_is_no_table_is_named(conn, value, kind):
    df = value
    with pytest.raises(
        laminardb.QueryError, match=f'"df" does not exist; the program\'s variable of that name is {kind}'
    ):
        conn.query("SELECT * FROM df")
    assert df is value


def test_a_frame_is_named_with_its_alias_and_columns(conn):
    df = table()
    assert conn.query("SELECT f.x FROM df AS f(x, y) WHERE f.y = 'y'").fetchall() == [(2,)]
    with pytest.raises(laminardb.QueryError, match="does not exist"):
        conn.query("SELECT main.df.a FROM other.df")
    assert df.num_rows == 3


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE STREAM x AS SELECT a FROM df",
        "CREATE MATERIALIZED VIEW x AS SELECT a FROM df",
        "CREATE VIEW x AS SELECT a FROM df",
    ],
)
def test_definitions_refuse_a_variable(conn, sql):
    df = table()
    with pytest.raises(laminardb.QueryError, match=r"variable of the program \(a pyarrow.Table.*insert") as caught:
        conn.execute(sql)
    assert caught.value.position == sql.index("df")
    assert conn.list_streams() == []
    assert df.num_rows == 3


def test_subscriptions_refuse_a_variable(conn):
    df = table()
    with pytest.raises(laminardb.QueryError, match="no changes that a stream or subscription could follow"):
        conn.subscribe("SELECT a FROM df")
    with pytest.raises(laminardb.QueryError, match="no changes that a stream or subscription could follow"):
        conn.subscribe_callback("SELECT a FROM df", print)
    assert df.num_rows == 3


def test_a_view_never_reads_a_variable(conn):
    conn.execute("CREATE SOURCE gone (a INT)")
    conn.execute("CREATE VIEW v AS SELECT a FROM gone")
    conn.execute("INSERT INTO gone VALUES (1)")
    gone = table()
    assert conn.query("SELECT a FROM v").fetchall() == [(1,)]
    assert gone.num_rows == 3


def test_joins_and_changes_with_relations_of_the_catalog(conn):
    conn.execute("CREATE TABLE t (k BIGINT, v VARCHAR, PRIMARY KEY (k))")
    conn.execute("INSERT INTO t VALUES (1, 'one'), (2, 'two')")
    df = table()
    assert conn.query("SELECT v, b FROM t JOIN df ON k = a ORDER BY k").fetchall() == [("one", "x"), ("two", "y")]
    assert conn.execute("DELETE FROM t WHERE k IN (SELECT a FROM df WHERE b = 'y')").rows_affected == 1
    conn.execute("CREATE TABLE copy AS SELECT * FROM df WHERE a > ?", [1])
    assert conn.query("SELECT a FROM copy ORDER BY a").fetchall() == [(2,), (3,)]
    with conn.transaction():
        assert conn.query("SELECT count(*) FROM df").fetchone() == (3,)
        conn.execute("INSERT INTO t SELECT a + 10, b FROM df")
    assert conn.query("SELECT count(*) FROM t").fetchone() == (4,)


def test_copy_writes_a_frame(conn, tmp_path):
    df = table()
    assert conn.execute(f"COPY (SELECT * FROM df) TO '{tmp_path / 'x.csv'}'").rows_affected == 3
    assert (tmp_path / "x.csv").read_text().splitlines()[1] == "1,x"
    assert df.num_rows == 3


def test_a_result_does_not_change_with_the_memory_it_was_read_from(conn):
    column = numpy.arange(100_000)
    df = pandas.DataFrame({"a": column}, copy=False)
    result = conn.query("SELECT a FROM df")
    column[:] = -1
    df.loc[:, "a"] = -1
    assert result.to_numpy()["a"].sum() == 100_000 * 99_999 // 2


def test_a_result_keeps_arrow_memory_alive(conn):
    df = pa.table({"a": numpy.arange(100_000), "b": [str(i) for i in range(100_000)]})
    result = conn.query("SELECT * FROM df")
    del df
    gc.collect()
    assert result.to_arrow()["b"][99_999].as_py() == "99999"


def test_columns_without_a_type_here(conn):
    df = pandas.DataFrame({"a": [object()]})
    with pytest.raises(laminardb.QueryError, match=r'"df" \(a pandas.DataFrame\) cannot be read') as caught:
        conn.query("SELECT * FROM df")
    assert caught.value.code == codes.QUERY_FAILED
    assert len(df) == 1


def test_two_columns_of_one_name(conn):
    df = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "A"])
    with pytest.raises(laminardb.QueryError, match="given twice"):
        conn.query("SELECT * FROM df")
    assert df.num_rows == 1


def test_empty_frames(conn):
    df = table().slice(0, 0)
    assert conn.query("SELECT count(*), max(a) FROM df").fetchone() == (0, None)
    assert df.num_rows == 0


def test_explain_names_the_frame(conn):
    df = table()
    plan = conn.explain("SELECT a FROM df WHERE a > 1")
    assert 'a pyarrow.Table "df" (a)' in plan
    assert df.num_rows == 3


def test_code_is_no_variable(conn):
    def df():
        return table()

    with pytest.raises(laminardb.QueryError) as caught:
        conn.query("SELECT * FROM df")
    assert "variable" not in str(caught.value)
    with pytest.raises(laminardb.QueryError) as caught:
        conn.query("SELECT * FROM numpy")
    assert "variable" not in str(caught.value)


def test_variables_of_the_package_are_not_the_callers():
    program = "from laminardb.cli.main import main; main(['-c', 'SELECT * FROM connection'])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert "does not exist" in run.stderr + run.stdout
    assert "variable" not in run.stderr + run.stdout
