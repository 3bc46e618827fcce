"""What the tests of the Python API share."""

from __future__ import annotations

import laminardb
import pytest


@pytest.fixture
def published_codes():
    """The error codes of the contract, by name."""
    return {
        "CONNECTION_FAILED": 100,
        "CONNECTION_CLOSED": 101,
        "CONNECTION_IN_USE": 102,
        "TABLE_NOT_FOUND": 200,
        "TABLE_EXISTS": 201,
        "SCHEMA_MISMATCH": 202,
        "INVALID_SCHEMA": 203,
        "INGESTION_FAILED": 300,
        "WRITER_CLOSED": 301,
        "BATCH_SCHEMA_MISMATCH": 302,
        "QUERY_FAILED": 400,
        "SQL_PARSE_ERROR": 401,
        "QUERY_CANCELLED": 402,
        "SUBSCRIPTION_FAILED": 500,
        "SUBSCRIPTION_CLOSED": 501,
        "SUBSCRIPTION_TIMEOUT": 502,
        "INTERNAL_ERROR": 900,
        "SHUTDOWN": 901,
    }


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
