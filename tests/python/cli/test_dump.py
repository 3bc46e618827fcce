"""`laminardb dump` and `laminardb load`."""

from __future__ import annotations

import datetime
import decimal
import uuid
from pathlib import Path
from typing import Any

import laminardb
import pytest
from laminardb.cli.main import main

STATEMENTS = (
    """CREATE SOURCE s (
         id BIGINT NOT NULL, flag BOOLEAN, small TINYINT, big UBIGINT, real REAL, exact DECIMAL(20, 4),
         name VARCHAR(12) DEFAULT 'none', bytes BLOB, day DATE, clock TIME, at TIMESTAMP,
         instant TIMESTAMP WITH TIME ZONE, span INTERVAL, key UUID, doc JSON,
         many INT[], pair STRUCT(a INT, b VARCHAR), map MAP(VARCHAR, INT), twice BIGINT GENERATED ALWAYS AS (id * 2),
         WATERMARK FOR at AS at - INTERVAL '5' SECOND)""",
    "CREATE TABLE t (k VARCHAR, region INT, v DOUBLE, doubled DOUBLE GENERATED ALWAYS AS (v * 2), "
    "PRIMARY KEY (k, region))",
    'CREATE TABLE "odd / name" (a INT)',
    "CREATE TABLE empty (a INT)",
    "CREATE FUNCTION plus_one(x BIGINT) RETURNS BIGINT AS x + 1",
    "CREATE VIEW zero AS SELECT k, sum(v) AS total FROM t GROUP BY k",
    "CREATE MATERIALIZED VIEW a_total AS SELECT k, total FROM zero WHERE total > 0",
    "CREATE STREAM ids AS SELECT plus_one(id) AS next FROM s",
    "CREATE STREAM also WITH (on_error = 'stop') AS SELECT next FROM ids WHERE next > 1",
    "ALTER TABLE t ADD COLUMN extra INT DEFAULT 7",
)

ROWS = [
    {
        "id": 1,
        "flag": True,
        "small": -3,
        "big": 2**64 - 1,
        "real": 0.5,
        "exact": decimal.Decimal("12345.6789"),
        "name": "ünï",
        "bytes": b"\x00\xff",
        "day": datetime.date(2024, 2, 29),
        "clock": datetime.time(1, 2, 3, 4),
        "at": datetime.datetime(2024, 1, 1, 12, 0, 0, 1),
        "instant": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
        "key": uuid.UUID(int=5),
        "doc": '{"a": [1, null]}',
        "many": [1, None, 3],
        "pair": {"a": 1, "b": None},
        "map": [("x", 1), ("y", None)],
    },
    {"id": 2, "name": "", "at": datetime.datetime(2024, 1, 1, 12, 0, 10)},
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with laminardb.open(tmp_path / "db") as conn:
        for statement in STATEMENTS:
            conn.execute(statement)
        conn.insert("s", ROWS)
        conn.execute("INSERT INTO s (id, span) VALUES (3, INTERVAL '1 month 2 days 3.5 seconds')")
        conn.execute("INSERT INTO t (k, region, v) VALUES ('a', 1, 1.5), ('a', 2, 2.5), ('b', 1, -9)")
        conn.execute("UPDATE t SET v = 3.5 WHERE k = 'b'")
        conn.execute('INSERT INTO "odd / name" VALUES (1), (1), (NULL)')
        conn.execute(f"CREATE SINK out FROM ids INTO FILE (path = '{tmp_path}/sink.csv')")
        conn.create_sink("fn", "t", lambda rows: None)
    return tmp_path / "db"


def contents(conn: Any) -> dict[str, Any]:
    names = ["s", "t", '"odd / name"', "empty", "zero", "a_total", "ids", "also"]
    found: dict[str, Any] = {name: sorted(map(repr, conn.query(f"SELECT * FROM {name}").fetchall())) for name in names}
    found["schemas"] = {name: str(conn.schema(name.strip('"'))) for name in names}
    found["watermark"] = conn.stats("s")["watermark"]
    return found


def test_there_and_back(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dump", str(database), str(tmp_path / "dump")]) == 0
    assert "8 relations, 9 rows" in capsys.readouterr().out
    names = sorted(path.name for path in (tmp_path / "dump").iterdir())
    assert names == ["odd%20%2F%20name.parquet", "s.parquet", "schema.sql", "t.parquet"]
    assert main(["load", str(tmp_path / "dump"), str(tmp_path / "again")]) == 0
    with laminardb.open(database) as conn:
        before = contents(conn)
    with laminardb.open(tmp_path / "again") as conn:
        assert contents(conn) == before
        assert conn.list_sinks() == []
        with pytest.raises(laminardb.IngestionError):
            conn.insert("t", {"k": "a", "region": 1, "v": 0.0})  # the key is one again
        conn.execute("INSERT INTO t (k, region, v) VALUES ('c', 1, 1)")
        assert conn.query("SELECT doubled, extra FROM t WHERE k = 'c'").fetchall() == [(2.0, 7)]
        with pytest.raises(laminardb.IngestionError):
            conn.insert("s", {"id": 9, "name": "longer than twelve"})


def test_sinks_are_comments_unless_they_are_asked_for(database: Path, tmp_path: Path) -> None:
    assert main(["dump", str(database), str(tmp_path / "dump")]) == 0
    script = (tmp_path / "dump" / "schema.sql").read_text()
    assert "\n-- CREATE SINK out" in script
    assert main(["dump", str(database), str(tmp_path / "with"), "--sinks"]) == 0
    assert "\nCREATE SINK out" in (tmp_path / "with" / "schema.sql").read_text()
    assert main(["load", str(tmp_path / "with"), str(tmp_path / "again")]) == 1  # the file is the original's
    assert not (tmp_path / "again").exists()
    (tmp_path / "sink.csv").unlink()
    assert main(["load", str(tmp_path / "with"), str(tmp_path / "again")]) == 0
    assert (tmp_path / "sink.csv").read_text().splitlines()[0] == "next"


def test_a_source_that_files_feed(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("k,ts\na,5\n")
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute(
            f"CREATE SOURCE f (k VARCHAR, ts BIGINT, WATERMARK FOR ts) FROM FILE (path = '{tmp_path}/in.csv') "
            "WITH (time_unit = 's')"
        )
        conn.start()
        while conn.query("SELECT status FROM laminar_catalog.sources").fetchall() != [("finished",)]:
            pass
    assert main(["dump", str(tmp_path / "db"), str(tmp_path / "dump")]) == 0
    assert main(["load", str(tmp_path / "dump"), str(tmp_path / "again")]) == 0
    with laminardb.open(tmp_path / "again") as conn:
        conn.start()
        assert conn.query("SELECT k, ts FROM f").fetchall() == [("a", 5)]
        assert conn.query("SELECT connector, watermark FROM laminar_catalog.sources").fetchall() == [(None, 5000)]


def test_the_script_runs_by_itself(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["dump", str(database), str(tmp_path / "dump")]) == 0
    monkeypatch.chdir(tmp_path / "dump")
    assert main(["run", "schema.sql", "--database", str(tmp_path / "again")]) == 0
    with laminardb.open(database) as conn, laminardb.open(tmp_path / "again") as again:
        assert contents(again) == contents(conn)


def test_what_is_refused(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "there").mkdir()
    cases = {
        ("dump", str(tmp_path / "there"), str(tmp_path / "x")): "is not a laminardb database",
        ("dump", str(database), str(tmp_path / "there")): "exists already",
        ("load", str(tmp_path / "there"), str(tmp_path / "x")): "is no dump",
        ("load", str(tmp_path / "dump"), str(database)): "exists already",
    }
    assert main(["dump", str(database), str(tmp_path / "dump")]) == 0
    for arguments, message in cases.items():
        assert main(list(arguments)) == 1
        assert message in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
