"""COPY: relations into files and back, in every format and type."""

from __future__ import annotations

import os

import laminardb
import pyarrow.parquet as pq
import pytest

COLUMNS = {
    "boolean": ("BOOLEAN", ["true", "false"]),
    "tinyint": ("TINYINT", ["-128", "127"]),
    "smallint": ("SMALLINT", ["-32768", "32767"]),
    "integer": ("INTEGER", ["-2147483648", "7"]),
    "bigint": ("BIGINT", ["-9223372036854775808", "9223372036854775807"]),
    "utinyint": ("UTINYINT", ["0", "255"]),
    "usmallint": ("USMALLINT", ["0", "65535"]),
    "uinteger": ("UINTEGER", ["0", "4294967295"]),
    "ubigint": ("UBIGINT", ["0", "18446744073709551615"]),
    "real": ("REAL", ["0.1", "'NaN'"]),
    "double": ("DOUBLE", ["0.1", "'-Infinity'"]),
    "decimal": ("DECIMAL(38,10)", ["1234567890123456789012345678.0123456789", "-0.5"]),
    "varchar": ("VARCHAR", ["'naïve, \"quoted\"\nline\ttab 日本'", "''"]),
    "blob": ("BLOB", [r"'\x00ff22'", "''"]),
    "date": ("DATE", ["'2024-02-29'", "'0001-01-01'"]),
    "time": ("TIME", ["'23:59:59.999999'", "'00:00:00'"]),
    "timestamp_s": ("TIMESTAMP(0)", ["'2024-02-29 12:00:00'", "'1969-12-31 23:59:59'"]),
    "timestamp_ms": ("TIMESTAMP(3)", ["'2024-02-29 12:00:00.123'", "'1969-12-31 23:59:59.999'"]),
    "timestamp": ("TIMESTAMP", ["'2024-02-29 12:00:00.123456'", "'1969-12-31 23:59:59'"]),
    "timestamp_ns": ("TIMESTAMP(9)", ["'2024-02-29 12:00:00.123456789'", "'1969-12-31 23:59:59'"]),
    "timestamptz": ("TIMESTAMP WITH TIME ZONE", ["'2024-02-29 12:00:00+02'", "'1969-12-31 23:59:59'"]),
    "interval": ("INTERVAL", ["INTERVAL '1 year 2 days 03:04:05.5'", "INTERVAL '-1 month'"]),
    "uuid": ("UUID", ["'12345678-1234-5678-1234-567812345678'", "'00000000-0000-0000-0000-000000000000'"]),
    "json": ("JSON", ['\'{"a": [1, "x"]}\'', "'3'"]),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def typed(conn, folder):
    """A source with a column of every type: two rows of edges and one of NULLs; and an empty one like it."""
    columns = ", ".join(f"{name}_ {type_name}" for name, (type_name, _) in COLUMNS.items())
    conn.execute(f"CREATE SOURCE t (id INT, {columns})")
    conn.execute(f"CREATE SOURCE u (id INT, {columns})")
    for row in (0, 1):
        values = ", ".join(literals[row] for _, literals in COLUMNS.values())
        conn.execute(f"INSERT INTO t VALUES ({row}, {values})")
    conn.execute("INSERT INTO t (id) VALUES (2)")
    return conn


def shown(conn, relation):
    """Every cell as text: NaN is then itself."""
    cells = ", ".join(f"CAST({name}_ AS VARCHAR) AS {name}" for name in COLUMNS)
    return conn.query(f"SELECT id, {cells} FROM {relation} ORDER BY id").fetchall()


@pytest.mark.parametrize(
    ("file", "options"),
    [
        ("x.csv", ""),
        ("x.csv", "(FORMAT CSV, HEADER false, DELIMITER ';', NULL 'nil')"),
        ("x.csv", "(HEADER, DELIMITER '\\t', QUOTE '''')"),
        ("x.csv.gz", ""),
        ("x.csv.zst", ""),
        ("x.json", ""),
        ("x.json.gz", ""),
        ("x.parquet", ""),
        ("x.parquet", "(COMPRESSION zstd)"),
    ],
)
def test_every_type_comes_back(typed, file, options):
    assert typed.execute(f"COPY t TO '{file}' {options}").rows_affected == 3
    back = "" if "COMPRESSION" in options else options
    assert typed.execute(f"COPY u FROM '{file}' {back}").rows_affected == 3
    assert shown(typed, "u") == shown(typed, "t")


def test_a_query_into_a_file(conn, folder):
    sql = "COPY (SELECT x, x * 2 AS y FROM (VALUES (1), (2)) v(x) ORDER BY x DESC) TO 'a.csv'"
    assert conn.execute(sql).rows_affected == 2
    assert (folder / "a.csv").read_text() == "x,y\n2,4\n1,2\n"
    conn.execute("COPY (SELECT 1 AS a, NULL AS b, '' AS c, 'q\"' AS d) TO 'a.csv'")
    assert (folder / "a.csv").read_text() == 'a,b,c,d\n1,,"","q"""\n'
    conn.execute("COPY (SELECT 1 AS a, NULL AS b, 1.50 AS c, true AS d, 'x\n' AS e) TO 'a.json'")
    assert (folder / "a.json").read_text() == '{"a":1,"b":null,"c":1.50,"d":true,"e":"x\\n"}\n'
    conn.execute("COPY (SELECT 1 AS a) TO 'b' (FORMAT parquet)")
    assert pq.read_table(folder / "b").to_pydict() == {"a": [1]}


def test_copy_by_name_with_columns_left_out(conn, folder):
    conn.execute("CREATE SOURCE t (a INT, b VARCHAR, c DOUBLE)")
    (folder / "x.csv").write_text("c,A\n1.5,1\n")
    conn.execute("COPY t FROM 'x.csv'")
    assert conn.query("SELECT * FROM t").fetchall() == [(1, None, 1.5)]
    (folder / "x.csv").write_text("x,2\n")
    conn.execute("COPY t (b, a) FROM 'x.csv' (HEADER false)")
    assert conn.query("SELECT * FROM t WHERE a = 2").fetchall() == [(2, "x", None)]
    conn.execute("COPY t (b, a) TO 'y.csv'")
    assert (folder / "y.csv").read_text() == "b,a\n,1\nx,2\n"
    (folder / "x.json").write_text('{"b":"j"}\n')
    conn.execute("COPY t FROM 'x.json'")
    assert conn.query("SELECT * FROM t WHERE b = 'j'").fetchall() == [(None, "j", None)]


def test_copy_refuses(conn, folder):
    conn.execute("CREATE SOURCE t (a INT, price DOUBLE)")
    (folder / "x.csv").write_text("a,prize\n1,2\n")
    cases = {
        "COPY t FROM 'x.csv'": '\'x.csv\' has a column "prize", which "t" has not; did you mean "price"?',
        "COPY s FROM 'x.csv'": 'table "s" does not exist',
        "COPY t (b) FROM 'x.csv'": 'column "b" does not exist in "t"',
        "COPY t FROM 'y.csv'": "there is no file 'y.csv'; did you mean \"x.csv\"?",
        "COPY t FROM 'x.csv' (HEADR)": 'a CSV file has no option "headr"; did you mean "header"?',
        "COPY t FROM 'x.csv' (types 'x')": 'COPY has no option "types"',
        "COPY t FROM 'x.csv' (FORMAT avro)": "there is no file format 'avro'; there are csv, json and parquet",
        "COPY t TO 'nowhere/x.csv'": "'nowhere/x.csv",
        "COPY t TO 'x.csv' (sample_size 3)": 'COPY … TO a CSV file has no option "sample_size"',
        "COPY t TO 'x.parquet' (COMPRESSION lz)": "Parquet is compressed with none, snappy, gzip or zstd",
        "COPY s TO 'z.csv'": 'table "s" does not exist',
    }
    for sql, message in cases.items():
        with pytest.raises(laminardb.LaminarError) as refused:
            conn.execute(sql)
        assert message in str(refused.value), sql
    (folder / "x.csv").write_text("a,price\n1,2\nx,3\n")
    with pytest.raises(laminardb.LaminarError, match=r"'x\.csv': line 3: column \"a\": 'x' is not an INTEGER"):
        conn.execute("COPY t FROM 'x.csv'")


def test_a_file_is_replaced_when_it_is_complete(conn, folder):
    (folder / "x.csv").write_text("old\n")
    with pytest.raises(laminardb.QueryError):
        conn.execute("COPY (SELECT 1 / (x - 1) AS y FROM (VALUES (2), (1)) v(x)) TO 'x.csv'")
    assert (folder / "x.csv").read_text() == "old\n"
    assert os.listdir(folder) == ["x.csv"]
    conn.execute("COPY (SELECT old FROM 'x.csv') TO 'x.csv'")
    assert (folder / "x.csv").read_text() == "old\n"


def test_copy_feeds_streams(conn, folder):
    conn.execute(
        "CREATE SOURCE t (k VARCHAR, v INT); CREATE MATERIALIZED VIEW m AS SELECT k, sum(v) AS s FROM t GROUP BY k"
    )
    (folder / "x.csv").write_text("k,v\n" + "a,1\nb,2\n" * 100_000)
    assert conn.execute("COPY t FROM 'x.csv'").rows_affected == 200_000
    assert sorted(conn.query("SELECT * FROM m").fetchall()) == [("a", 100_000), ("b", 200_000)]


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_table_with_generated_columns_comes_back_as_it_went(conn, tmp_path, form):
    conn.execute("CREATE TABLE made (k VARCHAR PRIMARY KEY, v INT, twice INT GENERATED ALWAYS AS (v * 2))")
    conn.execute("INSERT INTO made (k, v) VALUES ('a', 1), ('b', NULL)")
    before = conn.query("SELECT * FROM made ORDER BY k").fetchall()
    conn.execute(f"COPY made TO '{tmp_path}/made.{form}'")
    assert conn.query(f"SELECT * FROM '{tmp_path}/made.{form}'").schema.names == ["k", "v"]
    conn.execute("TRUNCATE made")
    conn.execute(f"COPY made FROM '{tmp_path}/made.{form}'")
    assert conn.query("SELECT * FROM made ORDER BY k").fetchall() == before == [("a", 1, 2), ("b", None, None)]
    conn.execute(f"COPY made (twice, k) TO '{tmp_path}/named.{form}'")  # columns that are named are written
    assert conn.query(f"SELECT * FROM '{tmp_path}/named.{form}'").schema.names == ["twice", "k"]
