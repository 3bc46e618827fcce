"""What the tests of the Python API share."""

from __future__ import annotations

import laminardb
import pytest


@pytest.fixture
def conn():
    """A volatile database of its own."""
    with laminardb.open(":memory:") as connection:
        yield connection


@pytest.fixture
def trades(conn):
    """The connection, with a source of three columns: symbol, price, volume."""
    conn.execute("CREATE SOURCE trades (symbol VARCHAR, price DOUBLE, volume BIGINT)")
    return conn


@pytest.fixture
def rows():
    """All rows of a source as a sorted list of tuples."""

    def read(connection, source="trades"):
        return sorted(connection.query(f"SELECT * FROM {source}").fetchall(), key=repr)

    return read
