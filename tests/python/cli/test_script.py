"""Cutting scripts into statements, and the lexer underneath, held against the engine's own."""

from __future__ import annotations

import itertools

import laminardb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laminardb._laminardb import _parse_to_json
from laminardb.cli.lexer import Kind, tokenize
from laminardb.cli.script import Command, Statement, needs_more, split


def texts(script: str) -> list[str]:
    return [item.text for item in split(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", []),
        (" ;; ; -- nothing\n/* at all */", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';'; SELECT 2", ["SELECT ';'", "SELECT 2"]),
        ("SELECT 'it''s;'; x", ["SELECT 'it''s;'", "x"]),
        (r"SELECT E'\';'; x", [r"SELECT E'\';'", "x"]),
        (r"SELECT '\'; x", [r"SELECT '\'", "x"]),
        ('SELECT ";""" ; x', ['SELECT ";"""', "x"]),
        ("SELECT `;` ; x", ["SELECT `;`", "x"]),
        ("SELECT $$;$$; x", ["SELECT $$;$$", "x"]),
        ("SELECT $a$ ; $$ ; $a$; x", ["SELECT $a$ ; $$ ; $a$", "x"]),
        ("SELECT a$b$c; x", ["SELECT a$b$c", "x"]),
        ("SELECT $1; $name; x", ["SELECT $1", "$name", "x"]),
        ("SELECT 1 -- ; '\n; x", ["SELECT 1", "x"]),
        ("SELECT /* ; /* ; */ ' ; */ 1; x", ["SELECT /* ; /* ; */ ' ; */ 1", "x"]),
        ("-- head\nSELECT 1 -- tail", ["SELECT 1"]),
        ("SELECT 1..2;x", ["SELECT 1..2", "x"]),
        ("SELECT 'é;東京'; x", ["SELECT 'é;東京'", "x"]),
        ("\\d t\nSELECT 1;\n.tables\n  .mode csv\nx", ["\\d t", "SELECT 1", ".tables", ".mode csv", "x"]),
        ("\\echo it's; here\nSELECT 1", ["\\echo it's; here", "SELECT 1"]),
        ("SELECT 1 \\watch 2\nx", ["SELECT 1", "\\watch 2", "x"]),
        ("SELECT t\n.a; SELECT .5", ["SELECT t\n.a", "SELECT .5"]),
    ],
)
def test_split(script, expected):
    assert texts(script) == expected


def test_positions_and_lines():
    script = "SELECT 1;\n\n  -- two\n  SELECT\n 2;\\q\n"
    first, second, command = split(script)
    assert (first.line, second.line, command.line) == (1, 4, 5)
    assert script[second.begin :].startswith("SELECT\n 2")
    assert isinstance(command, Command)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("", False),
        ("  \n", False),
        ("SELECT 1", True),
        ("SELECT 1;", False),
        ("SELECT 1; SELECT", True),
        ("SELECT ';", True),
        ("SELECT '\n;'", True),
        ("SELECT $$;", True),
        ("-- just a comment;", False),
        ("/* a comment;", True),
        ("SELECT 1; -- done", False),
        ("\\d", False),
        (".tables", False),
        ("SELECT 1\n\\g", False),
    ],
)
def test_needs_more(text, more):
    assert needs_more(text) == more


@pytest.mark.parametrize(
    ("sql", "verb", "is_query"),
    [
        ("select 1", "SELECT", True),
        ("(SELECT 1) UNION (SELECT 2)", "SELECT", True),
        ("/* x */ WITH a AS (SELECT 1), b AS (VALUES (1)) SELECT * FROM a", "SELECT", True),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "INSERT", False),
        ("(WITH a AS (SELECT 1) SELECT * FROM a)", "SELECT", True),
        ("INSERT INTO t SELECT 1", "INSERT", False),
        ("SHOW STREAMS", "SHOW", True),
        ("CREATE STREAM s AS SELECT 1", "CREATE", False),
        ("SUBSCRIBE s", "SUBSCRIBE", False),
        ("123", "", False),
    ],
)
def test_verb(sql, verb, is_query):
    statement = Statement(sql, 0, 1, True)
    assert (statement.verb, statement.is_query) == (verb, is_query)


# Pieces of statements in which a ; or a \ means nothing, and plain ones.
_PIECES = st.sampled_from(
    [
        *("a", "b1", "1", "2.5e3", "'x;y'", "'it''s'", r"E'\';\\'", '"q;""r"', "`n;`", "$$;'$$", "$t$;$$;$t$", "x'00'"),
        *("+", "(", ")", ",", "::", "$1", "-- c;'\n", "/* ; /* ' */ */", "é東", "a$b"),
    ]
)


@given(st.lists(st.lists(_PIECES, min_size=1, max_size=6), max_size=5))
def test_statements_come_back(statements):
    """Joined with ; and split again they are what they were, but for comments and blanks at their ends."""
    wanted = []
    for pieces in statements:
        kept = list(pieces)
        while kept and kept[0].startswith(("--", "/*")):
            kept.pop(0)
        while kept and kept[-1].startswith(("--", "/*")):
            kept.pop()
        if kept:
            wanted.append(" ".join(kept))
    assert texts(" ;\n".join(" ".join(pieces) for pieces in statements)) == wanted


_CHARACTERS = st.sampled_from(
    [
        *("'", '"', "`", "\\", ";", "--", "/*", "*/", "$", "$$", "$a$", "E'", "x'", "\n", " "),
        *("a", "1", ".", "0x", "e", "_", "é", "\xa0", "-", "/", "*"),
    ]
)


@settings(max_examples=1000)
@given(st.lists(_CHARACTERS, max_size=14).map("".join))
def test_open_ends_as_the_engine_sees_them(text):
    """The engine says "does not end" of exactly the token that is not closed here, unless it trips before it."""
    tokens = list(tokenize(text))
    # Blanks between, nothing twice, nothing left out.
    assert all(a.end <= b.begin for a, b in itertools.pairwise(tokens))
    assert all(text[a.end : b.begin].strip(" \t\n\r\v\f\xa0\ufeff") == "" for a, b in itertools.pairwise(tokens))
    unclosed = next((token.begin for token in tokens if not token.closed), None)
    try:
        _parse_to_json(text)
        assert unclosed is None
        return
    except laminardb.QueryError as error:
        message, position = str(error), error.position
    if "does not end" in message:
        assert unclosed == position
    elif unclosed is not None:
        assert position < unclosed, message


def test_engine_cuts_the_same_words():
    """Every character the engine takes into a word is in one here, over all of the first planes' blocks."""
    for begin in range(0x80, 0x30000, 0x111):
        character = chr(begin)
        if 0xD800 <= begin < 0xE000 or character in "\xa0\ufeff":
            continue
        [token] = tokenize(f"a{character}1")
        assert token.kind is Kind.WORD
