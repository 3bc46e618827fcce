"""Messages that say what to do, and where."""

from __future__ import annotations

import logging

import laminardb
import pytest

TABLES = """
CREATE SOURCE t (k VARCHAR(3), v INT, s SMALLINT, ts TIMESTAMP, WATERMARK FOR ts);
CREATE STREAM totals AS SELECT k, count(*) AS n FROM t GROUP BY k;
CREATE STREAM counts AS SELECT n FROM totals
"""


@pytest.mark.parametrize(
    ("sql", "kind", "code", "message", "at"),
    [
        (
            "SELECT * FROM t WHERE k = 3",
            laminardb.QueryError,
            400,
            "VARCHAR and INTEGER cannot be compared: cast one side, as in CAST(k AS INTEGER)",
            None,
        ),
        (
            "SELECT * FROM t WHERE k IN (1, 2)",
            laminardb.QueryError,
            400,
            "the operands of IN of types VARCHAR and INTEGER do not match: cast one to the type of the other",
            "1, 2",
        ),
        (
            "CREATE OR REPLACE STREAM totals AS SELECT k FROM t",
            laminardb.QueryError,
            400,
            'cannot replace stream "totals": stream "counts" reads it; drop that first, and make it again afterwards',
            "totals",
        ),
        (
            "CREATE OR REPLACE VIEW totals AS SELECT k FROM t",
            laminardb.SchemaError,
            201,
            '"totals" is a stream: a view cannot replace it',
            "totals",
        ),
        (
            "CREATE SOURCE d (a INT, a INT)",
            laminardb.SchemaError,
            203,
            'column "a" is there twice; give one another name',
            "a INT)",
        ),
        (
            "DESCRIBE total",
            laminardb.SchemaError,
            200,
            'there is no table named "total"; did you mean "totals"?',
            "total",
        ),
        (
            "SHOW CREATE STREAM total",
            laminardb.SchemaError,
            200,
            'there is no table named "total"; did you mean "totals"?',
            "total",
        ),
        (
            "DROP STREAM total",
            laminardb.SchemaError,
            200,
            'there is no stream named "total"; did you mean "totals"?',
            "total",
        ),
        (
            "SELECT 1; SELECT 2; SELCT 3",
            laminardb.QueryError,
            401,
            "statement 3: expected a statement but found 'SELCT'; did you mean \"SELECT\"?",
            "SELCT",
        ),
        ("SELECT ); SELECT 2", laminardb.QueryError, 401, "statement 1: ", ")"),
        ("SELECT );", laminardb.QueryError, 401, "expected", ")"),
        ("SELECT 1; SELECT * FROM nope", laminardb.QueryError, 400, "statement 2 of 2: table", "nope"),
        ("CREATE SOURCE t (a INT)", laminardb.SchemaError, 201, 'source "t" already exists', "t (a"),
    ],
)
def test_statement(conn, sql, kind, code, message, at):
    conn.execute(TABLES)
    with pytest.raises(kind) as refused:
        conn.execute(sql)
    assert refused.value.code == code
    assert str(refused.value).splitlines()[0].startswith(message)
    if at is not None:
        assert sql[refused.value.position :].startswith(at)
        assert "^" in str(refused.value)


def test_describe_of_facts(conn):
    rows = conn.query("DESCRIBE laminar_catalog.errors").fetchall()
    assert [row[:2] for row in rows] == [
        ("stream", "VARCHAR"),
        ("epoch", "BIGINT"),
        ("time", "TIMESTAMP(6) WITH TIME ZONE"),
        ("message", "VARCHAR"),
    ]


def test_lengths_are_shown_and_kept(conn):
    conn.execute(TABLES)
    assert conn.query("DESCRIBE t").fetchone()[1] == "VARCHAR(3)"
    lengths = (
        "SELECT character_maximum_length FROM information_schema.columns WHERE table_name = 't' AND column_name = 'k'"
    )
    assert conn.query(lengths).fetchone() == (3,)
    with pytest.raises(laminardb.IngestionError, match="row 2: 'abcd' is longer than VARCHAR") as refused:
        conn.insert("t", [{"k": "abc"}, {"k": "abcd"}])
    assert refused.value.code == 302
    with conn.writer("t") as writer:
        writer.insert({"k": "äöü"})
    assert conn.query("SELECT k FROM t").fetchall() == [("äöü",)]


def test_nullif_of_integers_has_the_type_of_the_first(conn):
    conn.execute(TABLES)
    schema = conn.query(
        "SELECT nullif(s, v) AS a, nullif(v, s) AS b, nullif(s, 3) AS c, nullif(1, 2.5) AS d FROM t"
    ).schema
    assert [str(field.type) for field in schema] == ["int16", "int32", "int16", "decimal128(11, 1)"]


def test_a_failing_callback_is_logged_once(trades, caplog, capfd):
    with caplog.at_level(logging.ERROR, logger="laminardb"):
        subscription = trades.subscribe_callback("SELECT * FROM trades", lambda batch: 1 / 0)
        trades.insert("trades", {"symbol": "A", "price": 1.0, "volume": 1})
        subscription.wait()
    assert caplog.text.count("a callback subscription stopped") == 1
    out, err = capfd.readouterr()
    assert "callback failed" not in out + err


def test_checkpoints_are_not_enabled(conn):
    assert conn.is_checkpoint_enabled is False
    assert conn.checkpoint() is None
    conn.close()
    with pytest.raises(laminardb.ConnectionError, match="closed"):
        conn.checkpoint()
