"""A directory as of its last checkpoint, while somebody else writes it: `LaminarConfig(read_only=True)`."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import laminardb
import pytest
from laminardb import Connection, LaminarConfig, codes

READ_ONLY = LaminarConfig(read_only=True)


def writer(folder: Path) -> Connection:
    return laminardb.open_with_config(LaminarConfig(storage_dir=str(folder), durability="none"))


def filled(folder: Path) -> Connection:
    conn = writer(folder)
    conn.execute("CREATE SOURCE t (k BIGINT, v BIGINT)")
    conn.execute("CREATE TABLE names (k BIGINT PRIMARY KEY, name VARCHAR)")
    conn.execute("CREATE STREAM sums AS SELECT k, sum(v) AS total FROM t GROUP BY k")
    conn.execute("INSERT INTO names VALUES (1, 'one')")
    conn.insert("t", [{"k": 1, "v": 10}, {"k": 2, "v": 20}])
    return conn


def test_it_sees_the_last_checkpoint_and_nothing_later(tmp_path: Path) -> None:
    with filled(tmp_path / "db") as conn:
        conn.checkpoint()
        conn.insert("t", {"k": 1, "v": 1})
        with laminardb.open(tmp_path / "db", config=READ_ONLY) as reader:
            assert sorted(reader.query("SELECT * FROM sums").fetchall()) == [(1, 10), (2, 20)]
            conn.checkpoint()
            assert reader.query("SELECT sum(v) FROM t").fetchone() == (30,)
            assert reader.query("SELECT name, total FROM sums JOIN names USING (k)").fetchall() == [("one", 10)]
            with laminardb.open(tmp_path / "db", config=READ_ONLY) as second:
                assert second.query("SELECT sum(v) FROM t").fetchone() == (31,)


def test_another_process_reads_while_this_one_writes(tmp_path: Path) -> None:
    program = (
        "import sys, laminardb\n"
        "with laminardb.open(sys.argv[1], config=laminardb.LaminarConfig(read_only=True)) as conn:\n"
        "    print(conn.query('SELECT sum(total) FROM sums').fetchone()[0])"
    )
    with filled(tmp_path / "db") as conn:
        conn.checkpoint()
        found = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "db")], capture_output=True, text=True, check=True
        )
        assert found.stdout == "30\n"


def test_nothing_can_be_changed(tmp_path: Path) -> None:
    filled(tmp_path / "db").close()
    before = {path: path.read_bytes() for path in (tmp_path / "db").rglob("*") if path.is_file()}
    with laminardb.open(tmp_path / "db", config=READ_ONLY) as conn:
        for sql in (
            "INSERT INTO t VALUES (1, 1)",
            "INSERT INTO names VALUES (1, 'x')",
            "UPDATE names SET name = 'x'",
            "DELETE FROM names",
            "TRUNCATE TABLE names",
            "CREATE SOURCE x (v INT)",
            "CREATE OR REPLACE TABLE names (v INT)",
            "CREATE STREAM x AS SELECT * FROM t",
            "CREATE OR REPLACE STREAM sums AS SELECT * FROM t",
            "CREATE VIEW x AS SELECT * FROM t",
            "CREATE FUNCTION f(x INT) RETURNS INT AS x",
            f"CREATE SINK x FROM sums INTO FILE (path = '{tmp_path / 'out.csv'}')",
            f"COPY t FROM '{tmp_path / 'in.csv'}'",
            "DROP STREAM sums",
            "ALTER TABLE names ADD COLUMN n INT",
            "ALTER TABLE names RENAME TO other",
        ):
            with pytest.raises(laminardb.QueryError, match="open for reading only") as refused:
                conn.execute(sql)
            assert refused.value.code == codes.QUERY_FAILED
        with pytest.raises(laminardb.QueryError, match="open for reading only"):
            conn.executemany("INSERT INTO t VALUES (?, ?)", [(1, 2)])
        with pytest.raises(laminardb.QueryError, match="open for reading only"):
            conn.create_table("x", {"v": "int64"})
        with pytest.raises(laminardb.IngestionError, match="open for reading only") as full:
            conn.insert("t", {"k": 1, "v": 1})
        assert full.value.code == codes.INGESTION_FAILED
        assert conn.checkpoint() is None
        assert len(conn.query("SELECT * FROM sums").fetchall()) == 2
        conn.execute(f"COPY sums TO '{tmp_path / 'out.csv'}'")
    assert (tmp_path / "out.csv").exists()
    assert {path: path.read_bytes() for path in (tmp_path / "db").rglob("*") if path.is_file()} == before


def test_subscriptions_show_what_is_there(tmp_path: Path) -> None:
    filled(tmp_path / "db").close()
    with laminardb.open(tmp_path / "db", config=READ_ONLY) as conn:
        changes = conn.subscribe("SELECT k, total * 2 AS twice FROM sums")
        first = changes.next_timeout(10_000)
        assert first is not None
        assert sorted(row[:2] for row in first.fetchall()) == [(1, 20), (2, 40)]
        assert conn.query("SELECT checkpoint_id FROM laminar_catalog.checkpoints").fetchall() == [(1,)]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(laminardb.ConnectionError, match="there is no laminardb database"):
        laminardb.open(tmp_path / "none", config=READ_ONLY)
    assert not (tmp_path / "none").exists()
    with writer(tmp_path / "db"), pytest.raises(laminardb.ConnectionError, match="there is no checkpoint yet"):
        laminardb.open(tmp_path / "db", config=READ_ONLY)
    with pytest.raises(ValueError, match="read_only"):
        laminardb.open(":memory:", config=READ_ONLY)


def test_while_checkpoints_come_and_go(tmp_path: Path) -> None:
    with filled(tmp_path / "db") as conn:
        conn.checkpoint()
        stop = threading.Event()

        def write() -> None:
            while not stop.is_set():
                conn.insert("t", [{"k": 1, "v": 1}] * 10)
                conn.checkpoint()

        thread = threading.Thread(target=write)
        thread.start()
        try:
            for _ in range(50):
                with laminardb.open(tmp_path / "db", config=READ_ONLY) as reader:
                    (rows, total) = reader.query("SELECT count(*), sum(v) FROM t").fetchone() or (0, 0)
                    assert total == 30 + rows - 2
                    assert reader.query("SELECT sum(total) FROM sums").fetchone() == (total,)
        finally:
            stop.set()
            thread.join()
