"""The contract's section *stream(sql) iterator*, sentence by sentence."""

from __future__ import annotations

import laminardb
import pytest


@pytest.fixture
def many(conn):
    conn.execute("CREATE SOURCE s (v BIGINT)")
    conn.insert("s", {"v": list(range(300_000))})
    return conn


def test_iteration(many):
    """`__iter__/__next__` of `QueryResult` batches."""
    stream = many.stream("SELECT v FROM s")
    assert iter(stream) is stream
    first = next(stream)
    assert isinstance(first, laminardb.QueryResult)
    rest = list(stream)
    assert len(rest) > 1
    assert first.num_rows + sum(batch.num_rows for batch in rest) == 300_000


def test_try_next(many):
    """`try_next()`: a batch, and None once it has ended."""
    stream = many.stream("SELECT v FROM s")
    rows = 0
    while (batch := stream.try_next()) is not None:
        rows += batch.num_rows
    assert rows == 300_000
    assert stream.try_next() is None


def test_it_is_finite(many):
    """Finite: it ends when the result does; `is_active`, repr `QueryStreamIter(active|finished|cancelled)`."""
    stream = many.stream("SELECT v FROM s LIMIT 3")
    assert stream.is_active is True
    assert repr(stream) == "QueryStreamIter(active)"
    assert [batch.num_rows for batch in stream] == [3]
    assert stream.is_active is False
    assert repr(stream) == "QueryStreamIter(finished)"
    with pytest.raises(StopIteration):
        next(stream)


def test_cancel(many):
    """`cancel()`."""
    stream = many.stream("SELECT v FROM s")
    next(stream)
    stream.cancel()
    stream.cancel()
    assert stream.is_active is False
    assert repr(stream) == "QueryStreamIter(cancelled)"
    assert stream.try_next() is None
    assert list(stream) == []


def test_batches_are_made_while_they_are_read(many):
    """Memory stays bounded by batches, not by the result: what follows is not made before it is asked for."""
    many.execute("CREATE SOURCE bad (v BIGINT)")
    many.insert("bad", {"v": [*range(1, 300_000), 0]})
    stream = many.stream("SELECT 10 / v AS q FROM bad")
    assert next(stream).num_rows > 0
    with pytest.raises(laminardb.QueryError, match="zero"):
        for _ in stream:
            pass
    assert all(batch.num_rows <= 65_536 for batch in many.stream("SELECT v FROM s"))
