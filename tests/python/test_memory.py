"""memory_limit and table_spill_threshold: what leaves memory, what is told of it, and what a missing disk changes."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from pathlib import Path

import laminardb
import pyarrow as pa
import pytest
from laminardb import LaminarConfig

ROWS = 20_000
START = datetime(2026, 1, 5)


def numbers(first: int, count: int) -> pa.Table:
    values = range(first, first + count)
    return pa.table({"k": [f"the key of number {v}" for v in values], "v": list(values)})


def held(conn: laminardb.Connection, kind: str) -> dict[str, tuple[int, int, int]]:
    """Rows, bytes in memory and bytes on disk of each holder of that kind."""
    rows = conn.query(f"SELECT name, rows, memory_bytes, disk_bytes FROM laminar_catalog.memory WHERE kind = '{kind}'")
    return {name: tuple(facts) for name, *facts in rows.fetchall()}


def no_memory(path: str | Path = ":memory:", threshold: int = 10) -> laminardb.Connection:
    return laminardb.open(path, config=LaminarConfig(memory_limit=1, table_spill_threshold=threshold))


def total(conn: laminardb.Connection) -> tuple[int, int]:
    return conn.query("SELECT count(*), sum(v) FROM t").fetchall()[0]


def test_without_pressure_nothing_leaves_memory() -> None:
    with laminardb.open(":memory:", config=LaminarConfig(table_spill_threshold=1)) as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        conn.insert("t", numbers(0, ROWS))
        rows, memory, disk = held(conn, "history")["t"]
        assert rows == ROWS
        assert memory > ROWS * 24
        assert disk == 0


def test_a_history_leaves_memory_and_is_read_back() -> None:
    with no_memory() as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        for first in range(0, ROWS, ROWS // 4):
            conn.insert("t", numbers(first, ROWS // 4))
        rows, memory, disk = held(conn, "history")["t"]
        assert rows == ROWS
        assert disk > ROWS * 24
        assert memory < disk / 10
        assert total(conn) == (ROWS, ROWS * (ROWS - 1) // 2)
        assert conn.query("SELECT k FROM t WHERE v = 4711").fetchall() == [("the key of number 4711",)]
        assert conn.stats("t")["size_bytes"] == memory + disk
        # A stream that comes late starts from what is on disk, and goes on.
        conn.execute("CREATE STREAM s AS SELECT count(*) AS n, max(k) AS last FROM t")
        conn.insert("t", {"k": "z", "v": 0})
        assert conn.query("SELECT * FROM s").fetchall() == [(ROWS + 1, "z")]
        conn.execute("ALTER SOURCE t ADD COLUMN w BIGINT DEFAULT 7")
        assert conn.query("SELECT sum(w), sum(v) FROM t").fetchall() == [(7 * ROWS + 7, ROWS * (ROWS - 1) // 2)]


def test_few_rows_stay() -> None:
    with no_memory(threshold=1000) as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        conn.insert("t", numbers(0, 1000))
        assert held(conn, "history")["t"][2] == 0
        conn.insert("t", numbers(1000, 1))
        assert held(conn, "history")["t"][2] > 0
        assert total(conn)[0] == 1001


def test_a_query_begun_before_goes_on() -> None:
    with no_memory() as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        conn.insert("t", numbers(0, ROWS))
        batches = conn.stream("SELECT v FROM t")
        first = next(batches)
        conn.insert("t", numbers(ROWS, ROWS))
        seen = [v for batch in [first, *batches] for (v,) in batch.fetchall()]
        assert sorted(seen) == list(range(ROWS))


def test_of_a_directory_the_files_are_there_and_go(tmp_path: Path) -> None:
    left = tmp_path / "db" / "spill" / "laminardb-spill-left-by-a-crash"
    with no_memory(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        conn.insert("t", numbers(0, ROWS))
        assert held(conn, "history")["t"][2] > 0
        assert list(left.parent.iterdir()) == []  # the files have no names
        links = [entry.path for entry in os.scandir("/proc/self/fd")]
        open_files = [os.readlink(link) for link in links if os.path.islink(link)]
        assert any(path.startswith(str(left.parent)) for path in open_files)
    left.write_bytes(b"x")
    with no_memory(tmp_path / "db") as conn:
        assert not left.exists()
        assert total(conn) == (ROWS, ROWS * (ROWS - 1) // 2)
        assert held(conn, "history")["t"][2] > 0


def state_on_disk(conn: laminardb.Connection) -> int:
    query = "SELECT coalesce(sum(disk_bytes), 0) FROM laminar_catalog.memory WHERE kind = 'state'"
    return conn.query(query).fetchall()[0][0]


STATES = {
    "a table with a key": "CREATE TABLE s (k VARCHAR PRIMARY KEY, v BIGINT)",
    "a table without": "CREATE TABLE s (k VARCHAR, v BIGINT)",
    "groups": "CREATE STREAM s AS SELECT k, count(*) AS n, sum(v) AS v FROM t GROUP BY k",
    "groups by a number": "CREATE STREAM s AS SELECT v, count(*) AS n, max(v) AS most FROM t GROUP BY v",
    "groups that retract": "CREATE STREAM s AS SELECT n, count(*) AS m, sum(v) AS v FROM "
    "(SELECT k, count(*) AS n, sum(v) AS v FROM t GROUP BY k) GROUP BY n",
    "distinct values": "CREATE STREAM s AS SELECT DISTINCT k, v FROM t",
    "windows that closed": "CREATE STREAM s AS SELECT window_start, k, sum(v) AS v FROM t "
    "GROUP BY k, TUMBLE(ts, INTERVAL '1' SECOND), window_start",
    "kept rows": "CREATE STREAM s WITH (retention = '3000 rows') AS SELECT k, v FROM t",
}


def fill(conn: laminardb.Connection, statement: str) -> list[tuple[object, ...]]:
    """What the stream or table shows after rows have come, and come again."""
    conn.execute("CREATE SOURCE t (ts TIMESTAMP, k VARCHAR, v BIGINT, WATERMARK FOR ts)")
    conn.execute(statement)
    keyed = "PRIMARY KEY" in statement
    for call in range(20):
        places = [(call * 331 + i * 7) % 4000 if keyed else (call % 7 * 800 + i) for i in range(500)]
        rows = [{"k": f"the key of number {place}", "v": place} for place in places]
        if "TABLE" in statement:
            conn.upsert("s", rows) if keyed else conn.insert("s", rows)
            conn.execute(f"DELETE FROM s WHERE v % 11 = {call % 11}")
        else:
            conn.insert("t", [{"ts": START + call * timedelta(milliseconds=700), **row} for row in rows])
    return sorted(conn.query("SELECT * FROM s").fetchall(), key=repr)


@pytest.mark.parametrize("statement", STATES.values(), ids=STATES.keys())
def test_states_leave_memory_and_come_back(statement: str) -> None:
    with laminardb.open(":memory:") as conn:
        expected = fill(conn, statement)
        assert state_on_disk(conn) == 0
    with no_memory() as conn:
        assert fill(conn, statement) == expected
        assert state_on_disk(conn) > 0
        assert conn.query("SELECT count(*) FROM s").fetchall() == [(len(expected),)]


def test_states_on_disk_are_there_after_a_restart(tmp_path: Path) -> None:
    with no_memory(tmp_path / "db") as conn:
        expected = fill(conn, STATES["a table with a key"])
    with no_memory(tmp_path / "db") as conn:
        assert sorted(conn.query("SELECT * FROM s").fetchall(), key=repr) == expected
        assert conn.query("SELECT v FROM s WHERE k = 'the key of number 3999'").fetchall() in ([], [(3999,)])


def test_without_a_disk_rows_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/nowhere/at/all")
    with no_memory() as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        conn.insert("t", numbers(0, ROWS))
        _, memory, disk = held(conn, "history")["t"]
        assert memory > ROWS * 24
        assert disk == 0
        assert total(conn)[0] == ROWS


def test_the_setting_is_listed() -> None:
    with no_memory() as conn:
        settings = dict(conn.query("SELECT name, value FROM laminar_catalog.settings").fetchall())
        assert settings["memory_limit"] == "1"
        assert re.fullmatch(r"\d+", settings["table_spill_threshold"])
