"""What Tab offers, and the words it knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from laminardb.cli import keywords
from laminardb.cli.completion import Names, complete

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def names(conn):
    conn.execute("""
        CREATE SOURCE trades (symbol VARCHAR, price DOUBLE, "Odd one" INT);
        CREATE SOURCE sensors (id INT, celsius DOUBLE);
        CREATE STREAM totals AS SELECT symbol, sum(price) AS paid FROM trades GROUP BY symbol;
        CREATE VIEW dear AS SELECT * FROM trades WHERE price > 100""")
    return Names(conn)


def offered(names, text, after=""):
    return [candidate.text for candidate in complete(text, after, names)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SEL", ["SELECT"]),
        ("sel", ["select"]),
        ("SELECT 1; sel", ["select"]),
        ("CREATE MAT", ["MATERIALIZED VIEW"]),
        ("SHOW CREATE V", ["VIEW"]),
        ("SELECT * FROM tr", ["trades"]),
        ("SELECT * FROM ", ["dear", "sensors", "totals", "trades"]),
        ("SELECT * FROM trades, to", ["totals"]),
        ("DESCRIBE s", ["sensors"]),
        ("SUBSCRIBE t", ["totals", "trades"]),
        ("DROP STREAM to", ["totals"]),
        ("INSERT INTO se", ["sensors"]),
        ("SELECT trades.", ["symbol", "price", '"Odd one"']),
        ("SELECT t.p FROM trades AS t WHERE t.pr", ["price"]),
        ("SELECT dear.o", ['"Odd one"']),
        ("SELECT 'FROM tr", []),
        ("SELECT 1 -- FROM tr", []),
        ("\\wat", ["\\watch"]),
        ("\\tail to", ["totals"]),
        ("\\df date_tr", ["date_trunc"]),
        (".mode js", ["json", "jsonl"]),
        ("\\x o", ["on", "off"]),
    ],
)
def test_offers(names, text, expected):
    assert offered(names, text) == expected


def test_columns_of_the_relations_mentioned_come_first(names):
    assert offered(names, "SELECT s", " FROM trades")[0] == "symbol"
    assert "celsius" not in offered(names, "SELECT c", " FROM trades")
    assert "celsius" in offered(names, "SELECT c")
    assert offered(names, "SELECT symbol FROM trades WHERE pri")[0] == "price"


def test_functions_and_keywords(names):
    assert {"date_trunc("} <= set(offered(names, "SELECT date_t"))
    assert "GROUP" in offered(names, "SELECT 1 FROM trades GR")
    assert offered(names, "SELECT symbol FROM trades GROUP ") == ["BY"]


def test_what_is_replaced(names):
    [candidate] = complete("SELECT * FROM TRAD", "", names)
    assert (candidate.text, candidate.start, candidate.kind) == ("trades", -4, "source")


def test_names_come_and_go(names, conn):
    conn.execute("CREATE SOURCE zebra (i INT)")
    assert offered(names, "SELECT * FROM z") == ["zebra"]
    conn.execute("DROP SOURCE zebra")
    assert offered(names, "SELECT * FROM z") == []


def test_keywords_are_the_engines():
    """The lists of src/sql/keywords.cpp, all of them."""
    source = (ROOT / "src/sql/keywords.cpp").read_text(encoding="utf-8")
    for name in ("kReserved", "kClauseWords", "kSpecialNames"):
        words = re.search(rf"{name} = [^{{]*{{(.*?)}}\);", source, re.DOTALL)[1]
        assert set(re.findall(r'"(\w+)"', words)) <= keywords.KEYWORDS, name
    statements = re.search(r"StatementWords\(\) {.*?= {(.*?)};", source, re.DOTALL)[1]
    assert set(re.findall(r'"(\w+)"', statements)) <= set(keywords.STATEMENT_WORDS)
    assert keywords.RARE <= keywords.KEYWORDS
