"""Rows from JSON and CSV text."""

from __future__ import annotations

import datetime as dt
import json

import laminardb
import pytest
from laminardb import codes

JSON_FORMS = {
    "object": '{"symbol": "A", "price": 1.5, "volume": 1}',
    "array": '[{"symbol": "A", "price": 1.5, "volume": 1}]',
    "lines": '{"symbol": "A", "price": 1.5, "volume": 1}\n',
    "spaces": '\n\t {"volume":1,"price":1.5e0,"symbol":"\\u0041"}  \n\n',
}


@pytest.mark.parametrize("text", JSON_FORMS.values(), ids=JSON_FORMS.keys())
def test_json(trades, rows, text):
    assert trades.insert_json("trades", text) == 1
    assert rows(trades) == [("A", 1.5, 1)]


def test_json_lines(trades, rows):
    assert trades.insert_json("trades", '{"symbol": "A"}\n{"symbol": "B", "volume": 2}\n\n{"price": null}') == 3
    assert rows(trades) == sorted([("A", None, None), ("B", None, 2), (None, None, None)], key=repr)


def test_json_of_every_type(conn):
    conn.execute("CREATE SOURCE t (b BOOLEAN, i BIGINT, d DOUBLE, s VARCHAR, day DATE, at TIMESTAMP)")
    row = {"b": True, "i": -(2**63), "d": 1, "s": 'żółć 🙂 " \\ \n', "day": "2024-02-29", "at": "2024-02-29T12:00:00"}
    conn.insert_json("t", json.dumps(row))
    assert conn.query("SELECT * FROM t").fetchone() == (
        True,
        -(2**63),
        1.0,
        row["s"],
        dt.date(2024, 2, 29),
        dt.datetime(2024, 2, 29, 12),
    )


MALFORMED_JSON = {
    "cut off": '{"symbol": "A"',
    "cut off string": '{"symbol": "A',
    "comma": '[{"symbol": "A"},]',
    "two values": '{"symbol": "A"} trailing',
    "single quotes": "{'symbol': 'A'}",
    "bare word": "symbol",
    "bad escape": '{"symbol": "\\q"}',
    "bad number": '{"volume": 01}',
    "not a number": '{"price": NaN}',
}


@pytest.mark.parametrize("text", MALFORMED_JSON.values(), ids=MALFORMED_JSON.keys())
def test_malformed_json(trades, text):
    with pytest.raises(laminardb.IngestionError) as info:
        trades.insert_json("trades", text)
    assert info.value.code == codes.INGESTION_FAILED
    assert "line 1" in str(info.value)
    assert "column" in str(info.value)
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (0,)


def test_malformed_json_line_is_named(trades):
    with pytest.raises(laminardb.IngestionError, match="line 3") as info:
        trades.insert_json("trades", '{"symbol": "A"}\n{"symbol": "B"}\n{"symbol": }\n')
    assert info.value.code == codes.INGESTION_FAILED
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (0,)


@pytest.mark.parametrize("text", ["", "   \n", "[]"])
def test_empty_json(trades, text):
    try:
        assert trades.insert_json("trades", text) == 0
    except laminardb.IngestionError as error:
        assert error.code == codes.INGESTION_FAILED
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (0,)


@pytest.mark.parametrize(
    "text",
    [
        '{"prise": 1.0}',
        '{"volume": "many"}',
        '{"volume": 1.5}',
        '{"volume": 9223372036854775808}',
        '{"symbol": 5}',
        "[1]",
        "5",
    ],
)
def test_json_that_does_not_fit(trades, text):
    with pytest.raises(laminardb.IngestionError) as info:
        trades.insert_json("trades", '{"symbol": "A"}\n' + text if text.startswith("{") else text)
    assert info.value.code in (codes.BATCH_SCHEMA_MISMATCH, codes.INGESTION_FAILED)
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (0,)


def test_json_takes_text_only(trades):
    with pytest.raises(TypeError):
        trades.insert_json("trades", {"symbol": "A"})


def test_csv(trades, rows):
    text = 'symbol,price,volume\nA,1.5,1\n"B, ""C""\nD",2.5,2\n'
    assert trades.insert_csv("trades", text) == 2
    assert rows(trades) == [("A", 1.5, 1), ('B, "C"\nD', 2.5, 2)]


def test_csv_columns_by_name(trades, rows):
    assert trades.insert_csv("trades", "VOLUME,Symbol\r\n1,A\r\n") == 1
    assert rows(trades) == [("A", None, 1)]


def test_csv_without_a_last_newline_and_with_gaps(trades, rows):
    assert trades.insert_csv("trades", "symbol,price,volume\nA,,1") == 1
    assert rows(trades) == [("A", None, 1)]


def test_csv_of_no_rows(trades):
    assert trades.insert_csv("trades", "symbol,price,volume\n") == 0


MALFORMED_CSV = {
    "too many fields": ("symbol,volume\nA,1\nB,2,3\n", "line 3"),
    "too few fields": ("symbol,volume\nA,1\nB\n", "line 3"),
    "open quote": ('symbol,volume\n"A,1\n', "line"),
}


@pytest.mark.parametrize(("text", "where"), MALFORMED_CSV.values(), ids=MALFORMED_CSV.keys())
def test_malformed_csv(trades, text, where):
    with pytest.raises(laminardb.IngestionError, match=where) as info:
        trades.insert_csv("trades", text)
    assert info.value.code == codes.INGESTION_FAILED
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (0,)


@pytest.mark.parametrize(
    ("text", "named"),
    [("symbol,prise\nA,1\n", "prise"), ("symbol,volume\nA,1\nB,many\n", "many"), ("symbol,volume\nA,1.5\n", "volume")],
    ids=["unknown column", "no number", "lossy"],
)
def test_csv_that_does_not_fit(trades, text, named):
    with pytest.raises(laminardb.IngestionError, match=named) as info:
        trades.insert_csv("trades", text)
    assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
    assert trades.query("SELECT count(*) FROM trades").fetchone() == (0,)


def test_csv_not_null(conn):
    conn.execute("CREATE SOURCE t (id BIGINT NOT NULL, note VARCHAR)")
    with pytest.raises(laminardb.IngestionError, match="id"):
        conn.insert_csv("t", "note\nx\n")
    with pytest.raises(laminardb.IngestionError, match="id"):
        conn.insert_csv("t", "id,note\n1,x\n,y\n")
    assert conn.query("SELECT count(*) FROM t").fetchone() == (0,)


def test_empty_csv(trades):
    with pytest.raises(laminardb.IngestionError) as info:
        trades.insert_csv("trades", "")
    assert info.value.code == codes.INGESTION_FAILED
