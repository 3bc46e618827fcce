"""A database in a directory: what it keeps, who may open it, and what it refuses."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import laminardb
import pyarrow as pa
import pytest
from laminardb import LaminarConfig, _testing, codes

Rows = list[dict[str, Any]]


def rows(conn: laminardb.Connection, sql: str) -> Rows:
    return sorted(conn.query(sql).to_pylist(), key=repr)


def python(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
    )


def test_a_directory_is_made_and_keeps_everything(tmp_path: Path) -> None:
    where = tmp_path / "db"
    with laminardb.open(where) as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        conn.execute("CREATE TABLE names (k VARCHAR PRIMARY KEY, name VARCHAR DEFAULT 'nobody')")
        conn.execute("CREATE STREAM totals AS SELECT k, sum(v) AS total FROM t GROUP BY k")
        conn.execute(
            "CREATE MATERIALIZED VIEW named AS SELECT name, total FROM totals JOIN names ON totals.k = names.k"
        )
        conn.execute("CREATE VIEW large AS SELECT * FROM totals WHERE total > 2")
        conn.insert("t", [{"k": "a", "v": 1}, {"k": "b", "v": 5}, {"k": "a", "v": None}])
        conn.execute("INSERT INTO names (k) VALUES ('a')")
        conn.execute("INSERT INTO names VALUES ('b', 'Berta, whose name is longer than twelve bytes')")
        conn.execute("UPDATE names SET name = 'Anna' WHERE k = 'a'")
        conn.execute("DELETE FROM names WHERE k = 'b'")
        before = {name: rows(conn, f"SELECT * FROM {name}") for name in ("t", "names", "totals", "named", "large")}
    for _ in range(2):
        with laminardb.open(where) as conn:
            assert {name: rows(conn, f"SELECT * FROM {name}") for name in before} == before
            assert conn.list_tables() == ["names", "t"] or set(conn.list_tables()) == {"names", "t"}
    with laminardb.open(where) as conn:
        conn.insert("t", {"k": "a", "v": 10})
        assert rows(conn, "SELECT * FROM named") == [{"name": "Anna", "total": 11}]


def test_numbers_go_on(tmp_path: Path) -> None:
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        conn.insert("t", {"v": 1})
        conn.insert("t", {"v": 2})
        epoch = conn.query("SELECT * FROM t").epoch
    with laminardb.open(tmp_path / "db") as conn:
        assert conn.query("SELECT * FROM t").epoch == epoch
        conn.insert("t", {"v": 3})
        assert conn.query("SELECT * FROM t").epoch == epoch + 1


def test_every_type_comes_back_as_it_went_in(tmp_path: Path) -> None:
    schema = pa.schema(
        [
            ("flag", pa.bool_()),
            ("tiny", pa.int8()),
            ("wide", pa.uint64()),
            ("small", pa.float32()),
            ("price", pa.decimal128(38, 10)),
            ("text", pa.large_string()),
            ("code", pa.dictionary(pa.int16(), pa.string())),
            ("raw", pa.binary(4)),
            ("day", pa.date32()),
            ("clock", pa.time64("us")),
            ("at", pa.timestamp("ns", tz="Europe/Berlin")),
        ]
    )
    values = {
        "flag": [True, None, False],
        "tiny": [-128, 127, None],
        "wide": [2**64 - 1, 0, None],
        "small": [1.5, float("inf"), None],
        "price": [pa.scalar("12345678901234567890.0123456789").cast(pa.decimal128(38, 10)).as_py(), None, None],
        "text": ["", "a text of more than twelve bytes", None],
        "code": ["x", "a code of more than twelve bytes", None],
        "raw": [b"\x00\x01\x02\xff", None, b"abcd"],
        "day": [datetime.date(1, 1, 1), datetime.date(9999, 12, 31), None],
        "clock": [datetime.time(23, 59, 59, 999999), None, datetime.time(0)],
        "at": [None, datetime.datetime(2024, 2, 29, tzinfo=datetime.UTC), None],
    }
    table = pa.table({name: pa.array(values[name], schema.field(name).type) for name in schema.names})
    with laminardb.open(tmp_path / "db") as conn:
        conn.create_table("t", schema)
        conn.insert("t", table)
        conn.insert("t", pa.concat_tables([table] * 700))
        before = conn.query("SELECT * FROM t").arrow()
    with laminardb.open(tmp_path / "db") as conn:
        assert conn.schema("t") == schema
        after = conn.query("SELECT * FROM t").arrow()
        assert after.schema == before.schema
        assert after.equals(before)


def test_definitions_come_back(tmp_path: Path) -> None:
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE old (a INT NOT NULL)")
        conn.insert("old", {"a": 1})
        conn.execute("CREATE STREAM wide AS SELECT * FROM old")
        conn.execute("ALTER SOURCE old ADD COLUMN made TIMESTAMP DEFAULT now()")
        conn.insert("old", {"a": 2})
        conn.execute("CREATE SOURCE gone (a INT)")
        conn.insert("gone", {"a": 1})
        conn.execute("DROP SOURCE gone")
        conn.execute("CREATE SOURCE gone (b VARCHAR)")
        conn.insert("gone", {"b": "another of that name"})
        conn.execute("ALTER SOURCE gone RENAME TO renamed")
        conn.insert("renamed", {"b": "under a new name"})
        conn.execute("CREATE TABLE copied AS SELECT a, a + 1 AS b FROM old")
        conn.execute("CREATE TABLE product (a INT, b INT GENERATED ALWAYS AS (a * 2), PRIMARY KEY (a))")
        conn.insert("product", {"a": 21})
        conn.execute("CREATE STREAM s AS SELECT a FROM old")
        conn.execute("CREATE OR REPLACE STREAM s AS SELECT a * 10 AS a FROM old")
        conn.execute("CREATE OR REPLACE TABLE copied AS SELECT 7 AS only")
        names = ("old", "wide", "renamed", "copied", "product", "s")
        before = {name: rows(conn, f"SELECT * FROM {name}") for name in names}
        created = {name: conn.query(f"SHOW CREATE STREAM {name}").fetchone() for name in ("wide", "s")}
    with laminardb.open(tmp_path / "db") as conn:
        assert {name: rows(conn, f"SELECT * FROM {name}") for name in names} == before
        assert before["copied"] == [{"only": 7}]
        assert before["product"] == [{"a": 21, "b": 42}]
        assert {name: conn.query(f"SHOW CREATE STREAM {name}").fetchone() for name in created} == created
        with pytest.raises(laminardb.QueryError, match="wide"):
            conn.execute("DROP SOURCE old")
        with pytest.raises(laminardb.SchemaError):
            conn.schema("gone")
        conn.insert("product", {"a": 1})
        with pytest.raises(laminardb.IngestionError):
            conn.insert("product", {"a": 21})
        with pytest.raises(laminardb.IngestionError):
            conn.insert("old", {"a": None})


def test_what_failed_is_not_there(tmp_path: Path) -> None:
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE TABLE t (k INT PRIMARY KEY)")
        conn.insert("t", {"k": 1})
        with pytest.raises(laminardb.IngestionError):
            conn.insert("t", [{"k": 2}, {"k": 1}])
        with pytest.raises(laminardb.LaminarError):
            conn.execute("CREATE STREAM s AS SELECT nothing FROM t")
        with pytest.raises(RuntimeError), conn.transaction():
            conn.insert("t", {"k": 3})
            raise RuntimeError("rolled back")
        with conn.transaction():
            conn.insert("t", {"k": 4})
            conn.insert("t", {"k": 5})
    with laminardb.open(tmp_path / "db") as conn:
        assert rows(conn, "SELECT * FROM t") == [{"k": 1}, {"k": 4}, {"k": 5}]
        assert conn.list_streams() == []


def test_late_rows_are_the_same_ones(tmp_path: Path) -> None:
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (ts BIGINT, v INT, WATERMARK FOR ts)")
        conn.execute(
            "CREATE STREAM w AS SELECT window_start, sum(v) AS total FROM t GROUP BY TUMBLE(ts, INTERVAL '10' SECOND)"
        )
        writer = conn.writer("t")
        for ts, v in [(1000, 1), (25_000, 2), (5000, 100), (31_000, 3)]:
            writer.insert({"ts": ts, "v": v})
            writer.flush()
        writer.watermark(60_000)
        conn.insert("t", {"ts": 59_000, "v": 50})
        before = rows(conn, "SELECT * FROM w")
        late = conn.stream_metrics("w").late_events
        reached = conn.source_metrics("t").watermark
        writer.close()
    assert late == 2
    with laminardb.open(tmp_path / "db") as conn:
        assert rows(conn, "SELECT * FROM w") == before
        assert conn.stream_metrics("w").late_events == late
        assert conn.source_metrics("t").watermark == reached
        # The writer of before holds nothing back.
        with conn.writer("t") as writer:
            writer.watermark(90_000)
            assert conn.source_metrics("t").watermark == 90_000


def test_rows_set_aside_are_counted_again_and_stay_out(tmp_path: Path) -> None:
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (v INT)")
        conn.execute("CREATE STREAM s AS SELECT 10 / v AS q FROM t")
        conn.insert("t", [{"v": 5}, {"v": 0}])
    with laminardb.open(tmp_path / "db") as conn:
        assert rows(conn, "SELECT * FROM s") == [{"q": 2}]
        assert conn.stream_metrics("s").error_events == 1


@pytest.mark.parametrize("durability", ["commit", "interval", "none"])
def test_every_mode_survives_a_kill(tmp_path: Path, durability: str) -> None:
    code = """
import os, signal, sys, laminardb
conn = laminardb.open(sys.argv[1], config=laminardb.LaminarConfig(durability=sys.argv[2]))
conn.execute("CREATE SOURCE t (v BIGINT)")
conn.execute("CREATE STREAM s AS SELECT count(*) AS n, sum(v) AS total FROM t")
for i in range(200):
    conn.insert("t", {"v": i})
conn.insert("t", {"v": list(range(10_000))})
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert python(code, tmp_path / "db", durability).returncode == -9
    with laminardb.open(tmp_path / "db") as conn:
        assert rows(conn, "SELECT * FROM s") == [{"n": 10_200, "total": sum(range(200)) + sum(range(10_000))}]


def test_another_process_is_told_who_has_it(tmp_path: Path) -> None:
    code = """
import sys, laminardb
try:
    laminardb.open(sys.argv[1])
except laminardb.ConnectionError as error:
    print(error.code, error)
"""
    with laminardb.open(tmp_path / "db"):
        told = python(code, tmp_path / "db").stdout
        assert told.startswith(f"{codes.CONNECTION_IN_USE} ")
        assert f"process {os.getpid()} has it open" in told
    assert python(code, tmp_path / "db").stdout == ""


def test_the_same_process_shares_it(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "db")
    with laminardb.open(tmp_path / "db") as first:
        first.execute("CREATE SOURCE t (v BIGINT)")
        second = laminardb.open(tmp_path / "link")
        second.insert("t", {"v": 1})
        assert rows(first, "SELECT * FROM t") == [{"v": 1}]
        with pytest.raises(laminardb.ConnectionError, match="another config") as refused:
            laminardb.open(tmp_path / "db", config=LaminarConfig(buffer_size=5))
        assert refused.value.code == codes.CONNECTION_IN_USE
        second.close()
        first.insert("t", {"v": 2})
    with laminardb.open(tmp_path / "db", config=LaminarConfig(buffer_size=5)) as conn:
        assert len(rows(conn, "SELECT * FROM t")) == 2


def test_storage_dir_overrides_the_path(tmp_path: Path) -> None:
    config = LaminarConfig(storage_dir=tmp_path / "db")
    with laminardb.open(":memory:", config=config) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
    with laminardb.open("only a label", config=config) as conn:
        assert conn.list_tables() == ["t"]
    with laminardb.open_with_config(config) as conn:
        assert conn.list_tables() == ["t"]
    assert not Path("only a label").exists()


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("do not touch")
    with pytest.raises(laminardb.ConnectionError, match="not a laminardb database") as refused:
        laminardb.open(tmp_path)
    assert refused.value.code == codes.CONNECTION_FAILED
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]
    with pytest.raises(laminardb.ConnectionError, match="it is a file"):
        laminardb.open(tmp_path / "precious.txt")
    with pytest.raises(laminardb.ConnectionError, match="cannot be made"):
        laminardb.open(tmp_path / "missing" / "db")


def test_a_newer_version_is_refused_and_named(tmp_path: Path) -> None:
    laminardb.open(tmp_path / "db").close()
    identity = tmp_path / "db" / "laminar.db"
    changed = bytearray(identity.read_bytes())
    changed[8] = 9
    changed[60:64] = crc32c(bytes(changed[:60])).to_bytes(4, "little")
    identity.write_bytes(changed)
    with pytest.raises(laminardb.ConnectionError, match="format version 9; this release reads version 1"):
        laminardb.open(tmp_path / "db")
    identity.write_bytes(b"something else")
    with pytest.raises(laminardb.ConnectionError, match="damaged"):
        laminardb.open(tmp_path / "db")


def test_a_flipped_bit_is_named_and_nothing_is_served(tmp_path: Path) -> None:
    with _testing.open(str(tmp_path / "db"), checkpoint_on_close=False) as conn:
        conn.execute("CREATE SOURCE t (v VARCHAR)")
        conn.insert("t", {"v": "a text that is looked for"})
    (segment,) = (tmp_path / "db" / "log").iterdir()
    good = segment.read_bytes()
    at = good.index(b"looked for")
    segment.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
    with pytest.raises(laminardb.ConnectionError, match=f"is damaged at byte {at}: bit 2") as refused:
        laminardb.open(tmp_path / "db")
    assert segment.name in str(refused.value)
    segment.write_bytes(good)
    with laminardb.open(tmp_path / "db") as conn:
        assert len(rows(conn, "SELECT * FROM t")) == 1


def test_shutdown_lets_go_of_the_directory(tmp_path: Path) -> None:
    conn = laminardb.open(tmp_path / "db")
    conn.execute("CREATE SOURCE t (v BIGINT)")
    conn.insert("t", {"v": 1})
    conn.shutdown()
    with laminardb.open(tmp_path / "db") as again:
        assert rows(again, "SELECT * FROM t") == [{"v": 1}]
    with pytest.raises(laminardb.LaminarError) as refused:
        conn.insert("t", {"v": 2})
    assert refused.value.code == codes.SHUTDOWN
    conn.close()


def test_a_file_sink_goes_on_with_nothing_twice(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        conn.execute("CREATE STREAM s AS SELECT v FROM t")
        conn.execute(f"CREATE SINK written FROM s INTO FILE (path = '{out}')")
        conn.execute(f"CREATE SINK whole FROM s INTO FILE (path = '{tmp_path / 'out.parquet'}')")
        for name in ("called", "dropped"):
            conn.create_sink(name, "s", lambda change: None)
        conn.execute("DROP SINK dropped")
        conn.insert("t", [{"v": 1}, {"v": 2}])
    with out.open("a") as torn:
        torn.write("99")
    with laminardb.open(tmp_path / "db") as conn:
        conn.insert("t", {"v": 3})
        states = {sink.name: sink.status for sink in conn.sinks()}
        assert states == {"written": "running", "whole": "failed"}
        conn.execute("DROP SINK whole")
    assert out.read_text().split() == ["v", "1", "2", "3"]


def test_set_durability(tmp_path: Path) -> None:
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        for mode in ("interval", "none", "commit"):
            conn.execute(f"SET durability = '{mode}'")
            conn.insert("t", {"v": 1})
            setting = "SELECT value FROM laminar_catalog.settings WHERE name = 'durability'"
            assert conn.query(setting).fetchone() == (mode,)
        with pytest.raises(laminardb.QueryError, match="'commit', 'interval' or 'none', not 'often'"):
            conn.execute("SET durability = 'often'")
        with pytest.raises(laminardb.QueryError, match="not supported yet; there is durability"):
            conn.execute("SET durabilty = 'none'")
    with laminardb.open(tmp_path / "db") as conn:
        assert len(rows(conn, "SELECT * FROM t")) == 3
    with laminardb.open(":memory:") as conn, pytest.raises(laminardb.QueryError, match="in memory"):
        conn.execute("SET durability = 'none'")


def test_a_default_of_chance_is_refused_for_rows_that_are_there(tmp_path: Path) -> None:
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE TABLE t (v BIGINT, chance DOUBLE DEFAULT random())")
        conn.execute("INSERT INTO t (v) VALUES (1), (2)")
        with pytest.raises(laminardb.QueryError, match="not supported yet in a database in a directory"):
            conn.execute("ALTER TABLE t ADD COLUMN more DOUBLE DEFAULT random()")
        before = rows(conn, "SELECT * FROM t")
    with laminardb.open(tmp_path / "db") as conn:
        assert rows(conn, "SELECT * FROM t") == before


def crc32c(data: bytes) -> int:
    """Bit by bit: another way than the engine's."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
