"""SELECT from CSV, JSON and Parquet files: what is read, what is refused, and where in the file."""

from __future__ import annotations

import gzip
import resource
import threading

import laminardb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

TRADES = 'id,symbol,price,at,ok\n1,AB,1.5,2024-01-01 10:00:00,true\n2,"a,""b\nc",2,2024-01-02 00:00:00,false\n3,,,,\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working directory with a function that writes a file of it."""
    monkeypatch.chdir(tmp_path)

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def types_of(result):
    return [str(field.type) for field in result.schema]


def refused(conn, sql, error=laminardb.LaminarError):
    with pytest.raises(error) as raised:
        conn.query(sql)
    return str(raised.value)


# ---------------------------------------------------------------------------------------------------------------- CSV


def test_csv_types_are_inferred(conn, folder):
    folder("trades.csv", TRADES)
    result = conn.query("SELECT * FROM 'trades.csv'")
    assert types_of(result) == ["int64", "string", "double", "timestamp[us]", "bool"]
    rows = result.fetchall()
    assert rows[1][:3] == (2, 'a,"b\nc', 2.0)
    assert rows[2] == (3, None, None, None, None)


@pytest.mark.parametrize(
    ("texts", "type_name"),
    [
        (["1", "-2"], "int64"),
        (["1", "2.5"], "double"),
        (["NaN", "1"], "double"),
        (["true", "FALSE"], "bool"),
        (["2024-01-01", "1999-12-31"], "date32[day]"),
        (["2024-01-01 00:00", "2024-01-01T01:02:03.5"], "timestamp[us]"),
        (["2024-01-01 00:00:00.123456789"], "timestamp[ns]"),
        (["2024-01-01 00:00:00.123456789", "9999-12-31 00:00:00"], "string"),  # no unit has room for both
        (["2024-01-01", "\t1999-12-31"], "date32[day]"),
        (["2024-01-01 00:00:00Z", "2024-01-01 00:00:00+02"], "timestamp[us, tz=UTC]"),
        (["12:30:00"], "time64[us]"),
        (["007", "12"], "string"),
        (["1", "x"], "string"),
        (["nan"], "string"),
        ([""], "string"),
        (["99999999999999999999"], "double"),
    ],
)
def test_csv_type_of_texts(conn, folder, texts, type_name):
    folder("a.csv", "x,y\n" + "".join(f"{text},1\n" for text in texts))
    assert types_of(conn.query("SELECT x FROM 'a.csv'")) == [type_name]


def test_csv_columns_that_are_not_read_are_not_parsed(conn, folder):
    folder("a.csv", "a,b\n" + "1,2\n" * 10 + "3,x\n")
    assert conn.query("SELECT sum(a) AS s FROM read_csv('a.csv', sample_size = 5)").fetchall() == [(13,)]
    assert "line 12" in refused(conn, "SELECT sum(b) AS s FROM read_csv('a.csv', sample_size = 5)")


def test_csv_options(conn, folder):
    folder("a.txt", "# made by hand\n'a';'b'\n'x\\'y';-\n1,5;'-'\n")
    sql = "SELECT * FROM read_csv('a.txt', skip = 1, delim = ';', quote = '''', escape = '\\', nullstr = '-')"
    assert conn.query(sql).fetchall() == [("x'y", None), ("1,5", "-")]
    folder("b.csv", "1,2\n3,4\n")
    assert conn.query("SELECT * FROM read_csv('b.csv', header = false)").columns == ["column0", "column1"]
    assert conn.query("SELECT k + v AS s FROM read_csv('b.csv', header => false, names => ['k', 'v'])").fetchall() == [
        (3,),
        (7,),
    ]
    assert types_of(conn.query("SELECT * FROM read_csv('b.csv', all_varchar = true)")) == ["string", "string"]
    given = "SELECT * FROM read_csv('b.csv', header = false, columns = {'k': 'SMALLINT', 'v': 'DECIMAL(5,2)'})"
    assert types_of(conn.query(given)) == ["int16", "decimal128(5, 2)"]
    assert types_of(conn.query("SELECT * FROM read_csv('b.csv', types = {'2': 'DOUBLE'})")) == ["int64", "double"]


def test_csv_delimiter_is_found(conn, folder):
    for name, delimiter in (("a.csv", ";"), ("b.csv", "|"), ("c.tsv", "\t"), ("d.csv", "\t")):
        folder(name, f'x{delimiter}"y,y"\n1{delimiter}2\n')
        assert conn.query(f"SELECT * FROM '{name}'").fetchall() == [(1, 2)]


def test_csv_header_in_any_order_and_case(conn, folder):
    folder("a.csv", "B,a\n1,2\n")
    assert conn.query("SELECT a, b FROM read_csv('a.csv', columns = {'a': 'INT', 'b': 'INT'})").fetchall() == [(2, 1)]


def test_csv_line_ends_byte_order_mark_and_one_column(conn, folder):
    folder("a.csv", b"\xef\xbb\xbfx,y\r\n1,2\r\n\r\n3,4")
    assert conn.query("SELECT * FROM 'a.csv'").fetchall() == [(1, 2), (3, 4)]
    folder("b.csv", "x\n1\n\n3\n")
    assert conn.query("SELECT * FROM 'b.csv'").fetchall() == [(1,), (None,), (3,)]


def test_csv_packed(conn, folder):
    folder("a.csv.gz", gzip.compress(TRADES.encode()))
    assert conn.query("SELECT count(*) AS n FROM 'a.csv.gz'").fetchall() == [(3,)]
    folder("b.csv.zst", pa.compress(TRADES.encode(), codec="zstd", asbytes=True))
    assert conn.query("SELECT count(*) AS n FROM 'b.csv.zst'").fetchall() == [(3,)]
    folder("c", gzip.compress(TRADES.encode()))
    assert conn.query("SELECT count(*) AS n FROM read_csv('c', compression = 'gzip')").fetchall() == [(3,)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3\n", "malformed CSV in 'a.csv': line 3, column 1: 1 field in this record, but 2 in the header"),
        ("a,b\n1,2\n\n3,4,5\n", "malformed CSV in 'a.csv': line 4, column 1: 3 fields in this record"),
        ('a,b\n1,x"y\n', "malformed CSV in 'a.csv': line 2, column 4: a double quote in a field"),
        ('a,b\n"é"x,2\n', "malformed CSV in 'a.csv': line 2, column 4: expected ','"),
        ('a,b\n1,"x\n', "malformed CSV in 'a.csv': line 2, column 3: this quoted field does not end"),
        ("a,A\n1,2\n", "malformed CSV in 'a.csv': line 1, column 1: the name \"A\" is in the header twice"),
        ("", "malformed CSV in 'a.csv': line 1, column 1: expected a header row"),
        (b"a,b\n1,\xff\n", "malformed text in 'a.csv': line 2, column 3: invalid UTF-8"),
    ],
)
def test_csv_mistakes_have_a_place(conn, folder, text, message):
    folder("a.csv", text)
    assert message in refused(conn, "SELECT * FROM 'a.csv'")


def test_csv_value_past_the_sample(conn, folder):
    folder("a.csv", "a\n" + "1\n" * 30_000 + "abc\n")
    message = refused(conn, "SELECT * FROM 'a.csv'")
    assert "'a.csv': line 30002: column \"a\": 'abc' is not a BIGINT" in message
    assert "types = {'a': 'VARCHAR'}" in message
    assert types_of(conn.query("SELECT * FROM read_csv('a.csv', sample_size = -1)")) == ["string"]


def test_csv_bad_lines_left_out_are_the_same_for_every_query(conn, folder):
    folder("a.csv", 'a,b\n1,2\nx,3\n4\n5,"6\n7",8\n9,y\n10,11\n')
    files = "read_csv('a.csv', ignore_errors = true, columns = {'a': 'INT', 'b': 'INT'})"
    assert conn.query(f"SELECT a FROM {files}").fetchall() == [(1,), (10,)]
    assert conn.query(f"SELECT count(*) AS n FROM {files}").fetchall() == [(2,)]
    conn.execute("CREATE SOURCE s (a INT, b INT)")
    result = conn.execute(f"INSERT INTO s SELECT * FROM {files}")
    assert result.rows_affected == 2
    assert "4 records of 'a.csv' were left out" in result.warnings[0]
    assert "line 3: column \"a\": 'x' is not an INTEGER" in result.warnings[0]


def test_csv_records_longer_than_a_block(conn, folder):
    long = "é" * 1_500_000
    folder("a.csv", f'a,b\n1,"{long}"\n2,"{long}\n"\n')
    assert conn.query("SELECT length(b) AS n FROM 'a.csv'").fetchall() == [(1_500_000,), (1_500_001,)]


# --------------------------------------------------------------------------------------------------------------- JSON


def test_json_lines_and_arrays(conn, folder):
    lines = '{"a":1,"b":"x","c":{"q":[1,"}"]}}\n{"a":2,"b":null,"c":[1]}\n'
    folder("a.json", lines)
    folder("b.json", "[\n" + ",".join(lines.strip().split("\n")) + "\n]\n")
    for name in ("a.json", "b.json"):
        result = conn.query(f"SELECT a, b, CAST(c AS VARCHAR) AS c FROM '{name}'")
        assert result.fetchall() == [(1, "x", '{"q":[1,"}"]}'), (2, None, "[1]")]


@pytest.mark.parametrize(
    ("values", "type_name"),
    [
        (["1", "-2"], "int64"),
        (["1", "2.5"], "double"),
        (["1", "1e3"], "double"),
        (["18446744073709551615"], "uint64"),
        (["-1", "18446744073709551615"], "decimal128(38, 0)"),
        (["true", "null"], "bool"),
        (['"x"', '"1"'], "string"),
        (['"1"'], "string"),
        (['"2024-01-01"'], "date32[day]"),
        (['"2024-01-01T00:00:00"'], "timestamp[us]"),
        (["1", '"x"'], "extension<arrow.json>"),
        (["null"], "extension<arrow.json>"),
    ],
)
def test_json_type_of_values(conn, folder, values, type_name):
    folder("a.json", "".join(f'{{"x": {value}}}\n' for value in values))
    assert types_of(conn.query("SELECT * FROM 'a.json'"))[0].startswith(type_name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a":1}\n{"a":2\n', "line 2, column 1: this object does not end"),
        ('{"a":1}\n  {"a":x}\n', "line 2, column 8"),
        ('{"a":1}\n3\n', "line 2, column 1: expected an object"),
        ('[{"a":1}]x', "line 1, column 10: expected nothing after the array"),
        ('[{"a":1}\n', "line 2, column 1: the array is not closed"),
        ("", "has no objects to see its columns by"),
    ],
)
def test_json_mistakes_have_a_place(conn, folder, text, message):
    folder("a.json", text)
    assert message in refused(conn, "SELECT * FROM 'a.json'")


def test_json_values_and_names_that_do_not_fit(conn, folder):
    folder("a.json", '{"a":1}\n' * 30_000 + '{"a":"x"}\n')
    assert "line 30001: column \"a\" of 'a.json': row 30001: 'x' is not a BIGINT" in refused(
        conn, "SELECT * FROM 'a.json'"
    )
    folder("b.json", '{"price":1}\n' * 3 + '{"prize":2}\n')
    assert 'has no column "prize"; did you mean "price"?' in refused(
        conn, "SELECT * FROM read_json('b.json', sample_size = 2)"
    )
    sql = "SELECT * FROM read_json('b.json', columns = {'price': 'INT'})"
    assert conn.query(sql).fetchall() == [(1,), (1,), (1,), (None,)]
    sql = "SELECT * FROM read_json('a.json', columns = {'a': 'INT'}, ignore_errors = true)"
    assert conn.query(sql).num_rows == 30_000


def test_json_columns_left_out(conn, folder):
    folder("a.json", '{"a":1,"b":{"c":[1,2]}}\n' * 5)
    assert conn.query("SELECT a FROM 'a.json'").num_rows == 5


# ------------------------------------------------------------------------------------------------------------ Parquet


def test_parquet(conn, folder, tmp_path):
    table = pa.table({"k": [1, 2, 3], "v": ["a", None, "é"], "at": pa.array([1, 2, 3], pa.timestamp("us"))})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=2)
    assert conn.query("SELECT * FROM 't.parquet'").to_arrow().to_pydict() == table.to_pydict()
    assert conn.query("SELECT v FROM 't.parquet' AS p WHERE p.k > 1").fetchall() == [(None,), ("é",)]
    assert conn.query("SELECT count(*) AS n FROM 't.parquet'").fetchall() == [(3,)]
    assert "(v)" in conn.explain("SELECT v FROM 't.parquet'")
    folder("x.parquet", "no parquet at all")
    assert "'x.parquet' cannot be read as Parquet" in refused(conn, "SELECT * FROM 'x.parquet'")


def test_parquet_with_nested_columns(conn, folder, tmp_path):
    rows = [
        {"k": 1, "at": {"x": 1, "ys": [2, None]}, "tags": ["a"], "v": 5},
        {"k": 2, "at": None, "tags": None, "v": 6},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    assert conn.query("SELECT * FROM 't.parquet'").to_pylist() == rows
    assert conn.query("SELECT v, at.ys[1] AS y FROM 't.parquet'").fetchall() == [(5, 2), (6, None)]
    assert conn.query("SELECT tags FROM 't.parquet' AS p WHERE p.k = 1").fetchall() == [(["a"],)]


def test_parquet_with_columns_that_are_no_sql(conn, folder, tmp_path):
    pq.write_table(pa.table({"tags": pa.array([[1]], pa.large_list(pa.decimal256(60)))}), tmp_path / "t.parquet")
    message = refused(conn, "SELECT * FROM 't.parquet'")
    assert "'t.parquet'" in message
    assert "tags" in message


# --------------------------------------------------------------------------------------------------- many files, names


def test_globs_are_sorted_and_lists_are_not(conn, folder):
    for name in ("p/b.csv", "p/a.csv", "p/c.csv"):
        folder(name, f"x\n{name}\n")
    assert conn.query("SELECT * FROM 'p/*.csv'").fetchall() == [("p/a.csv",), ("p/b.csv",), ("p/c.csv",)]
    assert conn.query("SELECT * FROM 'p/[ab].csv'").num_rows == 2
    assert conn.query("SELECT * FROM read_csv(['p/c.csv', 'p/a.csv'])").fetchall() == [("p/c.csv",), ("p/a.csv",)]
    assert "no file matches the pattern 'p/*.json'" in refused(conn, "SELECT * FROM 'p/*.json'")


def test_files_with_other_columns(conn, folder, tmp_path):
    folder("a.csv", "x,y\n1,2\n")
    folder("b.csv", "x,z\n1,2\n")
    assert "'b.csv' has a column \"z\", which 'a.csv' has not" in refused(conn, "SELECT * FROM '*.csv'")
    folder("b.csv", "x\n1\n")
    assert "'b.csv' has no column \"y\", which 'a.csv' has" in refused(conn, "SELECT * FROM '*.csv'")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": ["s"]}), tmp_path / "b.parquet")
    assert "column \"x\" is VARCHAR in 'b.parquet', but BIGINT in 'a.parquet'" in refused(
        conn, "SELECT * FROM '*.parquet'"
    )


def test_missing_files_and_unknown_options(conn, folder, tmp_path):
    folder("trades.csv", TRADES)
    with pytest.raises(laminardb.QueryError, match=r"there is no file 'trade.csv'; did you mean \"trades.csv\"\?") as e:
        conn.query("SELECT * FROM 'trade.csv'")
    assert e.value.code == 400
    assert e.value.position == len("SELECT * FROM ")
    assert "the directory 'nowhere' does not exist" in refused(conn, "SELECT * FROM 'nowhere/x.csv'")
    assert "is a directory" in refused(conn, f"SELECT * FROM '{tmp_path}'")
    assert 'a CSV file has no option "heder"; did you mean "header"?' in refused(
        conn, "SELECT * FROM read_csv('trades.csv', heder = true)"
    )
    assert "'INTT' is not a type" in refused(conn, "SELECT * FROM read_csv('trades.csv', columns = {'a': 'INTT'})")
    folder("trades.foo", "x")
    assert "cannot be told from its name" in refused(conn, "SELECT * FROM 'trades.foo'")
    assert "one ASCII character" in refused(conn, "SELECT * FROM read_csv('trades.csv', delim = 'ab')")
    assert "whole number" in refused(conn, "SELECT * FROM read_csv('trades.csv', skip = 'x')")
    assert "true or false" in refused(conn, "SELECT * FROM read_csv('trades.csv', header = 7)")


def test_files_belong_to_queries_that_end(conn, folder):
    folder("trades.csv", TRADES)
    for sql in (
        "CREATE STREAM s AS SELECT * FROM 'trades.csv'",
        "CREATE MATERIALIZED VIEW s AS SELECT count(*) AS n FROM read_csv('trades.csv')",
    ):
        with pytest.raises(laminardb.QueryError, match="a file cannot be read by a stream"):
            conn.execute(sql)
    with pytest.raises(laminardb.QueryError, match="INSERT INTO"):
        conn.subscribe("SELECT * FROM 'trades.csv'")
    conn.execute("CREATE VIEW v AS SELECT id FROM 'trades.csv'")
    assert conn.query("SELECT * FROM v").num_rows == 3
    assert "CSV 'trades.csv' (id)" in conn.explain("SELECT id FROM 'trades.csv'")


def test_names_of_files_qualify_columns(conn, folder):
    folder("trades.csv", TRADES)
    assert conn.query("SELECT trades.id FROM 'trades.csv' ORDER BY trades.id DESC LIMIT 1").fetchall() == [(3,)]
    assert conn.query("WITH f AS (SELECT * FROM 'trades.csv') SELECT max(id) AS m FROM f").fetchall() == [(3,)]
    union = "SELECT id FROM 'trades.csv' UNION ALL SELECT id FROM 'trades.csv'"
    assert conn.query(union).num_rows == 6


# ------------------------------------------------------------------------------------------------------------- sizes


def test_insert_commits_batch_by_batch(conn, folder):
    folder("a.csv", "a\n" + "1\n" * 150_000 + "x\n")
    conn.execute("CREATE SOURCE s (a INT)")
    with pytest.raises(laminardb.LaminarError, match=r"line 150002: .*the 131072 rows before it are in"):
        conn.execute("INSERT INTO s SELECT * FROM read_csv('a.csv', columns = {'a': 'INT'})")
    assert conn.query("SELECT count(*) AS n FROM s").fetchall() == [(131_072,)]


def test_a_large_file_streams_in_bounded_memory(conn, folder, tmp_path):
    with open(tmp_path / "big.csv", "w") as out:
        out.write("a,b\n")
        block = "".join(f"{i},some text that is long enough for its own bytes\n" for i in range(100_000))
        for _ in range(40):
            out.write(block)
    conn.query("SELECT count(*) AS n FROM read_csv('big.csv') WHERE a < 0")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = conn.query("SELECT count(*) AS n, sum(a) AS s, min(b) AS b FROM 'big.csv'")
    assert result.fetchall()[0][:2] == (4_000_000, 40 * 99_999 * 50_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB, of a file of 220 MB
    rows = conn.stream("SELECT * FROM 'big.csv'")
    assert next(rows).num_rows > 0
    rows.cancel()
    assert conn.query("SELECT * FROM 'big.csv' LIMIT 3").num_rows == 3


def test_reading_can_be_cancelled(conn, folder, tmp_path):
    with open(tmp_path / "big.csv", "w") as out:
        out.write("a\n" + "123456\n" * 20_000_000)
    failures = []

    def run():
        try:
            conn.query("SELECT count(DISTINCT a) AS n FROM 'big.csv'")
        except laminardb.QueryError as error:
            failures.append(error.code)

    thread = threading.Thread(target=run)
    thread.start()
    while not (running := [query.id for query in conn.queries() if query.active]):
        pass
    conn.cancel_query(running[0])
    thread.join()
    assert failures == [laminardb.codes.QUERY_CANCELLED]
