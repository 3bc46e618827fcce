"""WITH (retention = …): by time, in a directory, under pressure, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import laminardb
import pytest
from laminardb import LaminarConfig, _testing

START = 1_700_000_000.0


@pytest.fixture
def clock():
    """A database whose clock stands still until it is set."""
    with _testing.open(":memory:") as conn:
        _testing.set_time(conn, START)
        yield conn


def values(conn: laminardb.Connection, name: str) -> list[int]:
    return [v for (v,) in conn.query(f"SELECT v FROM {name}").fetchall()]


def test_by_time_what_was_accepted_last_counts(clock: laminardb.Connection) -> None:
    clock.execute("CREATE SOURCE t (v BIGINT) WITH (retention = '1 hour')")
    clock.execute("CREATE STREAM early AS SELECT v FROM t")
    clock.execute("CREATE STREAM bounded WITH (retention = INTERVAL '30' MINUTE) AS SELECT v FROM t")
    for minute in (0, 10, 40, 60):
        _testing.set_time(clock, START + minute * 60)
        clock.insert("t", {"v": minute})
    assert values(clock, "t") == [0, 10, 40, 60]  # an hour is not more than an hour
    assert values(clock, "bounded") == [40, 60]
    _testing.set_time(clock, START + 61 * 60)
    assert values(clock, "t") == [0, 10, 40, 60]  # measured from the last call
    clock.insert("t", {"v": 61})
    assert values(clock, "t") == [10, 40, 60, 61]
    clock.execute("CREATE STREAM late AS SELECT count(*) AS v FROM t")
    assert values(clock, "late") == [4]
    _testing.set_time(clock, START + 10 * 3600)
    clock.insert("t", [{"v": 600}, {"v": 601}])
    assert values(clock, "t") == [600, 601]
    assert values(clock, "late") == [6]
    assert values(clock, "early") == [0, 10, 40, 60, 61, 600, 601]
    assert values(clock, "bounded") == [600, 601]


def memory_of(conn: laminardb.Connection, name: str) -> int:
    query = f"SELECT memory_bytes FROM laminar_catalog.memory WHERE name = '{name}' AND kind = 'history'"
    return conn.query(query).fetchall()[0][0]


@pytest.mark.parametrize("rows_a_call", [1, 100, 5000])
def test_memory_goes_with_the_rows(conn: laminardb.Connection, rows_a_call: int) -> None:
    conn.execute("CREATE SOURCE t (v BIGINT) WITH (retention = '1000 rows')")
    conn.execute("CREATE SOURCE everything (v BIGINT)")
    calls = 40_000 // rows_a_call if rows_a_call > 1 else 4000
    for call in range(calls):
        batch = [{"v": call * rows_a_call + i} for i in range(rows_a_call)]
        conn.insert("t", batch)
        conn.insert("everything", batch)
    end = calls * rows_a_call
    assert values(conn, "t") == list(range(end - 1000, end))
    assert values(conn, "everything") == list(range(end))
    # A piece of 1,024 rows, or a call that is larger, goes as a whole; marks of calls go by the thousand.
    assert memory_of(conn, "t") < 8 * (1000 + max(1024, rows_a_call)) * 2 + 3 * 48 * 1024
    assert memory_of(conn, "t") < memory_of(conn, "everything")


def test_none_takes_no_memory(conn: laminardb.Connection) -> None:
    conn.execute("CREATE SOURCE t (v BIGINT) WITH (retention = 'none')")
    conn.execute("CREATE STREAM n AS SELECT count(*) AS v FROM t")
    empty = memory_of(conn, "t")
    for _ in range(50):
        conn.insert("t", [{"v": i} for i in range(2000)])
        conn.insert("t", {"v": 1})
    assert memory_of(conn, "t") == empty
    assert values(conn, "t") == []
    assert values(conn, "n") == [50 * 2001]


def test_it_is_told(conn: laminardb.Connection) -> None:
    conn.execute("CREATE SOURCE t (v BIGINT) WITH (retention = '90 minutes')")
    conn.execute("CREATE SOURCE u (v BIGINT) WITH (retention = '2 rows')")
    conn.execute("CREATE STREAM s WITH (retention = '5 rows') AS SELECT * FROM t")
    conn.insert("u", [{"v": i} for i in range(7)])
    told = conn.query("SELECT name, retention, retained_events, total_events FROM laminar_catalog.sources ORDER BY 1")
    assert told.fetchall() == [("t", "01:30:00", 0, 0), ("u", "2 rows", 2, 7)]
    for name, retention in (("t", "01:30:00"), ("u", "2 rows"), ("s", "5 rows")):
        facts = {row[0]: row[3] for row in conn.query(f"DESCRIBE EXTENDED {name}").fetchall()}
        assert facts["# retention"] == retention
    assert "keeps rows: 5 rows" in conn.query("EXPLAIN ANALYZE s").fetchall()[0][0]
    assert conn.stats("u")["row_count"] == 2


def test_the_same_after_a_restart(tmp_path: Path) -> None:
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (v BIGINT) WITH (retention = INTERVAL '1' HOUR)")
        conn.execute("CREATE SOURCE u (v BIGINT) WITH (retention = '3 rows')")
        for v in range(10):
            conn.insert("u", {"v": v})
            conn.insert("t", {"v": v})
        conn.execute("CREATE STREAM late AS SELECT sum(v) AS v FROM u")
        conn.execute("CREATE STREAM passed WITH (retention = '4 rows') AS SELECT v FROM u")
        for v in range(10, 12):
            conn.insert("u", {"v": v})
        expected = {name: values(conn, name) for name in ("t", "u", "late", "passed")}
        assert expected == {"t": list(range(10)), "u": [9, 10, 11], "late": [45], "passed": [8, 9, 10, 11]}
    with laminardb.open(tmp_path / "db") as conn:
        assert {name: values(conn, name) for name in expected} == expected
        conn.insert("u", {"v": 12})
        assert values(conn, "u") == [10, 11, 12]
        assert values(conn, "passed") == [9, 10, 11, 12]


def test_under_pressure_what_is_on_disk_goes_too() -> None:
    with laminardb.open(":memory:", config=LaminarConfig(memory_limit=1, table_spill_threshold=10)) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT) WITH (retention = '5000 rows')")
        query = "SELECT disk_bytes FROM laminar_catalog.memory WHERE name = 't'"
        for call in range(50):
            conn.insert("t", [{"v": call * 2000 + i} for i in range(2000)])
            assert 0 < conn.query(query).fetchall()[0][0] < 4 * 2000 * 8 * 2
        assert values(conn, "t") == list(range(95_000, 100_000))


def test_streams_that_come_at_different_times_share_only_what_saw_the_same(conn: laminardb.Connection) -> None:
    conn.execute("CREATE SOURCE t (v BIGINT) WITH (retention = '2 rows')")
    conn.execute("CREATE STREAM a AS SELECT sum(v) AS v FROM t")
    conn.insert("t", {"v": 1})
    conn.execute("CREATE STREAM b AS SELECT sum(v) AS v FROM t")  # nothing is forgotten yet
    conn.insert("t", [{"v": 2}, {"v": 3}])
    conn.execute("CREATE STREAM c AS SELECT sum(v) AS v FROM t")
    conn.insert("t", {"v": 10})
    assert [values(conn, name) for name in "abc"] == [[16], [16], [15]]
