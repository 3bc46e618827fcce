"""Sources fed from files: what is read, in which order, once; and what is said when it cannot be."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import laminardb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

OFTEN = "poll_interval = '1 millisecond'"


@pytest.fixture
def db(conn, tmp_path, monkeypatch):
    """In a folder with an empty folder `in`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    return conn


def rows(conn: Any, sql: str = "SELECT k, v FROM s ORDER BY v") -> list[tuple[Any, ...]]:
    return conn.query(sql).fetchall()


def state(conn: Any, name: str = "s") -> dict[str, Any]:
    found = conn.query(f"SELECT * FROM laminar_catalog.sources WHERE name = '{name}'").to_pylist()
    return found[0]


def await_status(conn: Any, status: str) -> dict[str, Any]:
    while (found := state(conn))["status"] != status:
        assert found["status"] not in ("failed", "finished"), found
    return found


def await_rows(conn: Any, count: int) -> None:
    while (found := rows(conn, "SELECT count(*) AS n FROM s")[0][0]) != count:
        assert found < count
        assert state(conn)["status"] == "running", state(conn)


def columns(more: str = "") -> str:
    return f"(k VARCHAR, v BIGINT{more})"


def write(path: Path, text: str, age: int = 0) -> None:
    path.write_text(text)
    os.utime(path, (1_000_000 - age, 1_000_000 - age))


@pytest.mark.parametrize("form", ["FROM FILE (path = '{}')", "WITH (connector = 'file', path = '{}')"])
def test_files_that_are_there_are_read_once(db, tmp_path, form):
    write(tmp_path / "in" / "a.csv", "k,v\na,1\nb,2\n")
    write(tmp_path / "in" / "b.csv", "v,k\n3,c\n")
    db.execute(f"CREATE SOURCE s {columns()} {form.format('in/*.csv')}")
    db.execute("CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM s")
    assert state(db)["status"] == "waiting"
    assert rows(db) == []
    db.start()
    assert await_status(db, "finished")["connector"] == "file"
    assert rows(db) == [("a", 1), ("b", 2), ("c", 3)]
    assert rows(db, "SELECT n FROM m") == [(3,)]
    table = db.query("SHOW SOURCES").to_pylist()[0]
    assert (table["connector"], table["status"], table["errors"], table["last_error"]) == ("file", "finished", 0, None)


def test_every_format(db, tmp_path):
    pq.write_table(pa.table({"k": ["p"], "v": [1]}), tmp_path / "in" / "a.parquet")
    (tmp_path / "in" / "a.json").write_text('{"k": "j", "v": 2}\n{"v": 3}\n')
    with gzip.open(tmp_path / "in" / "a.csv.gz", "wt") as file:
        file.write("k;v\nz;4\n")
    for number, name in enumerate(("a.parquet", "a.json", "a.csv.gz")):
        db.execute(f"CREATE SOURCE s{number} {columns()} FROM FILE (path = 'in/{name}')")
    db.start()
    db.execute("CREATE VIEW s AS SELECT * FROM s0 UNION ALL SELECT * FROM s1 UNION ALL SELECT * FROM s2")
    for number in range(3):
        while state(db, f"s{number}")["status"] != "finished":
            assert state(db, f"s{number}")["status"] == "running"
    assert rows(db) == [("p", 1), ("j", 2), (None, 3), ("z", 4)]


def test_in_order_of_age_or_of_names(db, tmp_path):
    write(tmp_path / "in" / "1.csv", "k,v\nnewer,1\n", age=10)
    write(tmp_path / "in" / "2.csv", "k,v\nolder,2\n", age=20)
    write(tmp_path / "in" / "3.csv", "k,v\nnewest,3\n")
    db.start()
    for order, expected in (("modified", ["older", "newer", "newest"]), ("name", ["newer", "older", "newest"])):
        seen: list[str] = []
        db.execute(
            f"CREATE OR REPLACE SOURCE s {columns()} FROM FILE (path = 'in/*.csv', order = '{order}', watch = true, "
            "poll_interval = '1 millisecond')"
        )
        await_rows(db, 3)
        seen = [k for (k,) in rows(db, "SELECT k FROM s")]
        assert seen == expected


def test_generated_columns_and_watermark(db, tmp_path):
    (tmp_path / "in" / "a.csv").write_text("k,v,ts\na,1,1000\nb,2,5000\n")
    db.execute(
        "CREATE SOURCE s (k VARCHAR, v BIGINT, ts BIGINT, twice BIGINT GENERATED ALWAYS AS (v * 2), WATERMARK FOR ts) "
        "FROM FILE (path = 'in/a.csv')"
    )
    db.start()
    await_status(db, "finished")
    assert rows(db, "SELECT v, twice FROM s ORDER BY v") == [(1, 2), (2, 4)]
    assert state(db)["watermark"] == 5000


def test_files_that_come_later(db, tmp_path):
    db.execute(f"CREATE SOURCE s {columns()} FROM FILE (path = 'in/*.csv', watch = true, {OFTEN})")
    db.start()
    while not state(db)["last_error"]:
        pass
    assert "no file matches" in state(db)["last_error"]
    for v in range(3):
        (tmp_path / "x.tmp").write_text(f"k,v\na,{v}\n")
        (tmp_path / "x.tmp").rename(tmp_path / "in" / f"{v}.csv")
        await_rows(db, v + 1)
    assert state(db)["last_error"] is None
    db.execute("DROP SOURCE s")
    assert db.list_tables() == []


def test_a_file_that_grows(db, tmp_path):
    path = tmp_path / "in" / "log.csv"
    path.write_text("k,v\na,1\nb,")
    db.execute(f"CREATE SOURCE s {columns()} FROM FILE (path = 'in/*.csv', tail = true, {OFTEN})")
    db.start()
    await_rows(db, 1)
    with path.open("a") as file:
        file.write('2\n"quoted\n')
        file.flush()
        await_rows(db, 2)
        file.write('over lines",3\n')
        file.flush()
        await_rows(db, 3)
    assert rows(db) == [("a", 1), ("b", 2), ("quoted\nover lines", 3)]


@pytest.mark.parametrize("change", ["cut", "replaced"])
def test_a_file_that_is_not_what_it_was(db, tmp_path, change):
    path = tmp_path / "in" / "log.json"
    path.write_text('{"k": "a", "v": 1}\n')
    db.execute(f"CREATE SOURCE s {columns()} FROM FILE (path = 'in/*.json', tail = true, {OFTEN})")
    db.start()
    await_rows(db, 1)
    if change == "cut":
        os.truncate(path, 3)
    else:
        path.rename(tmp_path / "old")
        path.write_text('{"k": "b", "v": 2}\n' * 3)
    while state(db)["status"] != "failed":
        assert state(db)["status"] == "running"
    assert {"cut": "somebody has cut it", "replaced": "is another file"}[change] in state(db)["last_error"]
    assert rows(db) == [("a", 1)]
    db.insert("s", {"k": "by hand", "v": 9})  # the source itself goes on
    assert len(rows(db)) == 2


def test_records_that_do_not_fit_are_set_aside(db, tmp_path):
    (tmp_path / "in" / "a.csv").write_text("k,v\na,1\nb,two\nc\nd,4\n")
    db.execute(f"CREATE SOURCE s {columns()} FROM FILE (path = 'in/a.csv')")
    db.start()
    found = await_status(db, "finished")
    assert rows(db) == [("a", 1), ("d", 4)]
    assert found["errors"] == 2
    assert db.metrics().total_events_dropped == 2
    errors = rows(db, "SELECT stream, message FROM laminar_catalog.errors")
    assert [stream for stream, _ in errors] == ["s", "s"]
    assert "line 3" in errors[0][1]
    assert "line 4" in errors[1][1]


def test_a_record_that_does_not_fit_stops_the_source_that_asks_for_it(db, tmp_path):
    (tmp_path / "in" / "a.csv").write_text("k,v\na,1\nb,two\nc,3\n")
    db.execute(f"CREATE SOURCE s {columns()} FROM FILE (path = 'in/a.csv', on_error = 'stop')")
    db.start()
    while state(db)["status"] != "failed":
        assert state(db)["status"] == "running"
    assert "line 3" in state(db)["last_error"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("watch = true", "a file source needs a path"),
        ("path = 'in/*.csv'", "no file matches"),
        ("path = 'in/*.csv', watsch = true", 'did you mean "watch"'),
        ("path = 'in/*.csv', order = 'size'", "'modified' or 'name'"),
        ("path = 'in/*.csv', poll_interval = 'soon'", "poll_interval is a time"),
        ("path = 'in/*.csv', on_error = 'shrug'", "on_error is 'skip'"),
        ("path = 'in/*.csv', all_varchar = true", "names and types are those of its columns"),
        ("path = 'in/*.parquet', tail = true", "only local CSV and JSON files"),
        ("path = 'in/*.csv.gz', tail = true", "only local CSV and JSON files"),
    ],
)
def test_what_is_refused(db, options, message):
    with pytest.raises(laminardb.LaminarError) as refused:
        db.execute(f"CREATE SOURCE s {columns()} FROM FILE ({options})")
    assert message in str(refused.value)
    assert db.list_tables() == []


def test_other_connectors_and_alterations_are_refused(db, tmp_path):
    with pytest.raises(laminardb.QueryError, match="not supported yet"):
        db.execute(f"CREATE SOURCE s {columns()} FROM KAFKA (topic = 'x')")
    db.execute(f"CREATE SOURCE s {columns()} FROM FILE (path = 'in/*.csv', watch = true)")
    with pytest.raises(laminardb.QueryError, match="fed by a connector is not supported yet"):
        db.execute("ALTER SOURCE s ADD COLUMN x INT")
    with pytest.raises(laminardb.QueryError, match="fed by a connector is not supported yet"):
        db.execute("ALTER SOURCE s RENAME TO t")


def test_closing_and_dropping_stop_a_source_that_waits_for_room(tmp_path):
    (tmp_path / "a.csv").write_text("k,v\n" + "".join(f"a,{i}\n" for i in range(200_000)))
    with laminardb.open(":memory:", config=laminardb.LaminarConfig(buffer_size=10, backpressure_timeout=60.0)) as conn:
        conn.execute(f"CREATE SOURCE s {columns()} FROM FILE (path = '{tmp_path}/a.csv')")
        slow = conn.subscribe("SELECT * FROM s", on_overflow="block")
        conn.start()
        while not state(conn)["reading"]:
            pass
        conn.execute("DROP SOURCE s")
        slow.cancel()


# Exactly once.

ROUND = """
import sys, laminardb
where, pattern, options, count = sys.argv[1:5]
conn = laminardb.open(where)
conn.execute(f"CREATE SOURCE IF NOT EXISTS s (k VARCHAR, v BIGINT) FROM FILE (path = '{pattern}'{options})")
conn.execute("CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT count(*) AS n, sum(v) AS total FROM s")
conn.start()
while conn.query("SELECT count(*) AS n FROM s").fetchall()[0][0] < int(count):
    status, why = conn.query("SELECT status, last_error FROM laminar_catalog.sources").fetchall()[0]
    assert status in ("running", "finished"), (status, why)
print(conn.query("SELECT n, total FROM m").fetchall()[0])
print(sorted(conn.query("SELECT v FROM s").to_dicts()["v"]) == list(range(int(count))))
conn.close()
"""


@pytest.mark.parametrize("form", ["csv", "json", "parquet", "csv.gz", "tail"])
def test_each_row_comes_once_wherever_the_process_dies(tmp_path, form):
    (tmp_path / "in").mkdir()
    total = 0
    for number, count in enumerate((5, 70_000, 3, 80_000)):
        values = range(total, total + count)
        total += count
        path = tmp_path / "in" / f"{number}.{'csv' if form == 'tail' else form}"
        if form == "parquet":
            pq.write_table(pa.table({"k": ["x"] * count, "v": list(values)}), path, row_group_size=50_000)
        elif form == "json":
            path.write_text("".join(f'{{"k": "x", "v": {v}}}\n' for v in values))
        else:
            text = "k,v\n" + "".join(f"x,{v}\n" for v in values)
            if form == "csv.gz":
                with gzip.open(path, "wt", compresslevel=1) as file:
                    file.write(text)
            else:
                path.write_text(text)
    options = ", order = 'name'" + (", tail = true" if form == "tail" else "")

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        pattern = f"{tmp_path}/in/*.{'csv' if form == 'tail' else form}"
        return subprocess.run(
            [sys.executable, "-c", ROUND, str(tmp_path / "db"), pattern, options, str(total)],
            capture_output=True,
            text=True,
            env={**os.environ, **environment},
            timeout=120,
        )

    for point in (
        "log.after_write:3",
        "log.before_write:4",
        "engine.accepted:3",
        "log.before_sync:4",
        "log.torn_write:3",
    ):
        ended = run(LAMINAR_KILL_AT=point)
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    ended = run()
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [f"({total}, {total * (total - 1) // 2})", "True"]
