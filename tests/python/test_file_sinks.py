"""File sinks of several files: rolled, partitioned, named; and each change exactly once, wherever the process dies."""

from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import laminardb
import pyarrow.parquet as pq
import pytest
from laminardb.cli.directory import backup


@pytest.fixture
def db(conn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    conn.execute("CREATE SOURCE t (k VARCHAR, v INT)")
    return conn


def insert(conn, *rows):
    conn.insert("t", [{"k": k, "v": v} for k, v in rows])


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_of_so_many_rows(db, tmp_path):
    db.execute("CREATE SINK out FROM t INTO FILE (path = 'out/', format = 'csv', roll_rows = 4, header = false)")
    insert(db, *(("a", i) for i in range(10)))
    db.execute("DROP SINK out")
    assert files_of(tmp_path / "out") == ["part-00000.csv", "part-00001.csv", "part-00002.csv"]
    lines = [(tmp_path / "out" / name).read_text().split() for name in files_of(tmp_path / "out")]
    assert lines == [[f"a,{i}" for i in numbers] for numbers in (range(4), range(4, 8), range(8, 10))]


def test_files_of_about_so_many_bytes(db, tmp_path):
    db.execute("CREATE SINK out FROM t INTO FILE (path = 'out/p-{n}.parquet', roll_bytes = '4kb')")
    for i in range(8):
        insert(db, *(("x" * 100, i * 100 + j) for j in range(100)))
    db.execute("DROP SINK out")
    names = files_of(tmp_path / "out")
    assert names == [f"p-0000{i}.parquet" for i in range(len(names))]
    assert len(names) >= 4
    values = [v for name in names for v in pq.read_table(tmp_path / "out" / name).column("v").to_pylist()]
    assert values == list(range(800))


def test_a_file_is_complete_after_a_time(db, tmp_path):
    db.execute("CREATE SINK out FROM t INTO FILE (path = 'out/', format = 'parquet', roll_interval = '1 millisecond')")
    insert(db, ("a", 1))
    while files_of(tmp_path / "out") != ["part-00000.parquet"]:
        pass  # nothing more comes: the sink's own clock completes it
    insert(db, ("a", 2))
    while files_of(tmp_path / "out") != ["part-00000.parquet", "part-00001.parquet"]:
        pass
    assert db.query("SELECT v FROM 'out/*.parquet' ORDER BY v").fetchall() == [(1,), (2,)]


def test_partitions_are_folders(db, tmp_path):
    db.execute("CREATE SINK out FROM t INTO FILE (path = 'out/', format = 'json', partition_by = 'k')")
    insert(db, ("a", 1), ("b/c", 2), (None, 3), ("a", 4), ("", 5))
    insert(db, ("a", 6))
    db.execute("DROP SINK out")
    found = {name.split("/")[0]: (tmp_path / "out" / name).read_text() for name in files_of(tmp_path / "out")}
    assert found == {
        "k=a": '{"v":1}\n{"v":4}\n{"v":6}\n',
        "k=b%2Fc": '{"v":2}\n',
        "k=__HIVE_DEFAULT_PARTITION__": '{"v":3}\n{"v":5}\n',
    }


def test_partitions_by_two_columns_with_weights(db, tmp_path):
    db.execute("CREATE MATERIALIZED VIEW s AS SELECT k, v % 2 AS odd, count(*) AS n FROM t GROUP BY k, v % 2")
    db.execute(
        "CREATE SINK out FROM s INTO FILE (path = 'out/{n}.csv', format = 'weights', partition_by = 'k, odd', "
        "roll_rows = 2, header = false)"
    )
    for i in range(6):
        insert(db, ("a", i))
    db.execute("DROP SINK out")
    total: Counter[tuple[str, str]] = Counter()
    for name in files_of(tmp_path / "out"):
        folder = name.rsplit("/", 1)[0]
        assert folder in ("k=a/odd=0", "k=a/odd=1")
        rows = list(csv.reader((tmp_path / "out" / name).open()))
        assert 1 <= len(rows) <= 2
        for n, weight in rows:
            total[folder, n] += int(weight)
    assert {key: weight for key, weight in total.items() if weight} == {("k=a/odd=0", "3"): 1, ("k=a/odd=1", "3"): 1}


def test_more_partitions_than_files_that_are_open(db, tmp_path):
    db.execute("CREATE SINK out FROM t INTO FILE (path = 'out/', format = 'csv', partition_by = 'k')")
    for start in (0, 1):
        insert(db, *((f"k{i}", start) for i in range(600)))
    db.execute("DROP SINK out")
    rows = Counter()
    for name in files_of(tmp_path / "out"):
        rows[name.split("/")[0]] += len((tmp_path / "out" / name).read_text().split()) - 1
    assert rows == {f"k=k{i}": 2 for i in range(600)}


def test_nothing_but_complete_files_has_a_name(db, tmp_path):
    db.execute("CREATE SINK out FROM t INTO FILE (path = 'out/', format = 'csv', roll_rows = 3)")
    insert(db, ("a", 1), ("a", 2), ("a", 3), ("a", 4))
    while len([name for name in files_of(tmp_path / "out") if not name.startswith(".")]) != 1:
        pass
    hidden = [name for name in files_of(tmp_path / "out") if name.startswith(".")]
    assert len(hidden) == 1
    db.execute("DROP SINK out")
    assert files_of(tmp_path / "out") == ["part-00000.csv", "part-00001.csv"]


def test_a_folder_that_is_there(db, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "note.txt").write_text("not a file of the sink")
    db.execute("CREATE SINK a FROM t INTO FILE (path = 'out', format = 'csv')")  # a folder, for it is one
    insert(db, ("a", 1))
    db.execute("DROP SINK a")
    with pytest.raises(laminardb.QueryError, match=r"part-00000.csv' exists already"):
        db.execute("CREATE SINK a FROM t INTO FILE (path = 'out', format = 'csv')")
    db.execute("CREATE SINK a FROM t INTO FILE (path = 'out', format = 'csv', if_exists = 'append')")
    db.execute("DROP SINK a")
    assert files_of(tmp_path / "out") == ["note.txt", "part-00000.csv", "part-00001.csv"]
    db.execute("CREATE SINK a FROM t INTO FILE (path = 'out', format = 'csv', if_exists = 'replace')")
    db.execute("DROP SINK a")
    assert files_of(tmp_path / "out") == ["note.txt", "part-00000.csv"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("path = 'x.csv', roll_rows = 3", "path is then a folder"),
        ("path = 'x/', format = 'csv', roll_rows = 0", "roll_rows"),
        ("path = 'x/', format = 'csv', roll_bytes = '4 bananas'", "roll_bytes is a number of bytes such as '64mb'"),
        ("path = 'x/', format = 'csv', roll_interval = 'often'", "roll_interval is a time such as '1 minute'"),
        ("path = 'x/', format = 'csv', roll_rowz = 3", 'did you mean "roll_rows"'),
        ("path = 'x/', format = 'csv', partition_by = 'kk'", 'did you mean "k"'),
        ("path = 'x/', format = 'csv', partition_by = 'k, k'", "twice"),
        ("path = 'x/', format = 'csv', partition_by = 'k, v'", "nothing would be left"),
    ],
)
def test_what_is_refused(db, options, message):
    with pytest.raises(laminardb.QueryError) as refused:
        db.execute(f"CREATE SINK x FROM t INTO FILE ({options})")
    assert message in str(refused.value)
    assert db.list_sinks() == []


def test_connectors_say_what_is_guaranteed(db, tmp_path):
    def guarantee(conn: Any) -> str:
        table = conn.query("SHOW CONNECTORS").to_dicts()
        return table["guarantee"][table["name"].index("file")]

    assert guarantee(db) == "at_most_once"
    with laminardb.open(tmp_path / "db") as conn:
        assert guarantee(conn) == "exactly_once"


# Exactly once.

LAYOUTS = {
    "csv": ("path = '{out}/all.csv', header = false", "s"),
    "gzip": ("path = '{out}/all.csv.gz', header = false", "s"),
    "json": ("path = '{out}/', format = 'json', roll_rows = 7", "s"),
    "parquet": ("path = '{out}/', format = 'parquet', roll_rows = 7", "s"),
    "partitions": ("path = '{out}/', format = 'json', partition_by = 'k', roll_rows = 5", "s"),
    "parquet partitions": ("path = '{out}/', format = 'parquet', partition_by = 'k', roll_rows = 5", "s"),
    "no snapshot": ("path = '{out}/', format = 'json', roll_rows = 7, snapshot = 'false'", "s"),
    "query": ("path = '{out}/', format = 'csv', roll_rows = 7, header = false", "SELECT v, k FROM t"),
    "weights": ("path = '{out}/all.json', format = 'weights'", "sums"),
}

ROUND = """
import sys, laminardb
where, out, sink, upto = sys.argv[1:5]
conn = laminardb.open(where)
for statement in (
    "CREATE SOURCE IF NOT EXISTS t (k VARCHAR, v INT)",
    "CREATE STREAM IF NOT EXISTS s AS SELECT v, k FROM t WHERE v >= 0",
    "CREATE MATERIALIZED VIEW IF NOT EXISTS sums AS SELECT k, sum(v) AS total FROM t GROUP BY k",
):
    conn.execute(statement)
if conn.query("SELECT v FROM t").num_rows == 0:
    conn.insert("t", {"k": ["before"], "v": [0]})
if "out" not in conn.list_sinks():
    conn.execute(sink)
seen = conn.query("SELECT max(v) AS v FROM t").fetchall()[0][0]
for v in range(seen + 1, min(seen + 12, int(upto)) + 1):
    conn.insert("t", {"k": [f"k{v % 3}"], "v": [v]})
if seen >= int(upto):
    print("done")
conn.close()
"""


def rows_in(folder: Path) -> list[tuple[Any, ...]]:
    """All rows of all files, hidden ones (which are of nobody) excepted, as tuples of their values and their folder."""
    rows: list[tuple[Any, ...]] = []
    for name in files_of(folder):
        path = folder / name
        assert not path.name.startswith(".laminar"), f"{name} was left behind"
        if path.suffix == ".parquet":
            found = [tuple(row.values()) for row in pq.read_table(path, partitioning=None).to_pylist()]
        elif path.suffix == ".json":
            found = [tuple(json.loads(line).values()) for line in path.read_text().splitlines()]
        else:
            data = path.read_bytes()
            text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
            found = [tuple(int(cell) if cell.isdigit() else cell for cell in row) for row in csv.reader(text.split())]
        rows += [(*row, *name.split("/")[:-1]) for row in found]
    return rows


def run_round(tmp_path: Path, layout: str, upto: int, **environment: str) -> subprocess.CompletedProcess[str]:
    options, stream = LAYOUTS[layout]
    connector = f"FILE ({options.format(out=tmp_path / 'out')})"
    sink = f"CREATE SINK out FROM {stream} INTO {connector}"
    if " " in stream:
        sink = f"CREATE SINK out INTO {connector} AS {stream}"
    (tmp_path / "out").mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-c", ROUND, str(tmp_path / "db"), str(tmp_path / "out"), sink, str(upto)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
    )


def check_files(tmp_path: Path, layout: str, upto: int) -> None:
    found = Counter(rows_in(tmp_path / "out"))
    pairs = [(0, "before"), *((v, f"k{v % 3}") for v in range(1, upto + 1))]
    if layout == "weights":
        total: Counter[tuple[Any, ...]] = Counter()
        for *row, weight in found.elements():
            total[tuple(row)] += weight
        sums: Counter[str] = Counter()
        for v, k in pairs:
            sums[k] += v
        assert {row: weight for row, weight in total.items() if weight} == dict.fromkeys(sums.items(), 1)
        return
    if layout == "no snapshot":
        pairs = pairs[1:]
    expected = [(v, f"k={k}") if "partitions" in layout else (v, k) for v, k in pairs]
    assert found == Counter(expected)


POINTS = (
    "sink.created",
    "sink.written",
    "sink.closed",
    "sink.synced",
    "sink.record_unfinished",
    "sink.record_made",
    "sink.renamed",
    "sink.resumed",
    "engine.epoch_logged",
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_change_is_in_the_files_once_wherever_the_process_dies(tmp_path, layout):
    upto = 60
    killed = []
    for number, point in enumerate(POINTS):
        run = run_round(tmp_path, layout, upto, LAMINAR_KILL_AT=f"{point}:{1 + number * 2 % 3}" if number else point)
        if run.returncode == -signal.SIGKILL:
            killed.append(point)
        else:
            assert run.returncode == 0, run.stderr
    for _ in range(10):
        run = run_round(tmp_path, layout, upto)
        assert run.returncode == 0, run.stderr
        if "done" in run.stdout:
            break
    else:
        raise AssertionError("the rows are not all there")
    assert len(killed) >= 5, killed
    check_files(tmp_path, layout, upto)


def sink_states(conn: Any) -> dict[str, tuple[str, str]]:
    return {sink.name: (sink.status, sink.last_error) for sink in conn.sinks()}


def test_a_sink_goes_on_from_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v INT)")
        conn.execute("CREATE SINK out FROM t INTO FILE (path = 'out/', format = 'csv', header = false)")
        insert(conn, ("a", 1))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with laminardb.open(tmp_path / "db") as conn:
        insert(conn, ("a", 2))
    assert files_of(tmp_path / "elsewhere") == []
    assert Counter(rows_in(tmp_path / "out")) == Counter([("a", 1), ("a", 2)])


def test_one_parquet_file_ends_with_the_database(tmp_path):
    path = tmp_path / "all.parquet"
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v INT)")
        conn.execute(f"CREATE SINK out FROM t INTO FILE (path = '{path}')")
        insert(conn, ("a", 1))
        assert not path.exists()  # it gets its name when it is complete
    assert pq.read_table(path).to_pylist() == [{"k": "a", "v": 1}]
    with laminardb.open(tmp_path / "db") as conn:
        status, why = sink_states(conn)["out"]
        assert status == "failed"
        assert "cannot be gone on with" in why
        conn.execute("DROP SINK out")
        assert os.listdir(tmp_path / "db" / "sinks") == []


def test_a_file_that_somebody_else_has_shortened(tmp_path):
    path = tmp_path / "all.csv"
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v INT)")
        conn.execute(f"CREATE SINK out FROM t INTO FILE (path = '{path}')")
        insert(conn, ("a", 1))
    path.write_text("k\n")
    with laminardb.open(tmp_path / "db") as conn:
        status, why = sink_states(conn)["out"]
        assert (status, "somebody else has changed it" in why) == ("failed", True)
        insert(conn, ("a", 2))
    assert path.read_text() == "k\n"


def test_sinks_that_came_and_went(tmp_path):
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v INT)")
        for i in range(3):
            conn.execute(f"CREATE SINK out FROM t INTO FILE (path = '{tmp_path}/{i}.csv', header = false)")
            insert(conn, ("a", i))
            conn.execute("DROP SINK out")
        conn.execute(f"CREATE SINK out FROM t INTO FILE (path = '{tmp_path}/3.csv', header = false)")
        conn.execute(f"CREATE OR REPLACE SINK out FROM t INTO FILE (path = '{tmp_path}/4.csv', header = false)")
        assert len(os.listdir(tmp_path / "db" / "sinks")) == 1
    with laminardb.open(tmp_path / "db") as conn:
        assert sink_states(conn) == {"out": ("running", "")}
        insert(conn, ("a", 9))
    texts = [(tmp_path / f"{i}.csv").read_text() for i in range(5)]
    all_rows = [f"a,{i}\n" for i in (0, 1, 2)]
    assert texts[:4] == ["".join(all_rows[: i + 1]) for i in (0, 1, 2, 2)]
    assert sorted(texts[4].splitlines(True)) == sorted([*all_rows, "a,9\n"])


def test_a_drop_that_was_logged_is_carried_out_to_the_end(tmp_path):
    code = """
import sys, laminardb
conn = laminardb.open(sys.argv[1])
conn.execute("CREATE SOURCE t (k VARCHAR, v INT)")
conn.execute(f"CREATE SINK out FROM t INTO FILE (path = '{sys.argv[2]}/', format = 'parquet')")
conn.insert("t", {"k": ["a", "b"], "v": [1, 2]})
conn.execute("DROP SINK out")
"""
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "db"), str(tmp_path / "out")],
        env={**os.environ, "LAMINAR_KILL_AT": "sink.closed"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    with laminardb.open(tmp_path / "db") as conn:
        assert conn.list_sinks() == []
        insert(conn, ("c", 3))
    assert sorted(rows_in(tmp_path / "out")) == [("a", 1), ("b", 2)]
    assert os.listdir(tmp_path / "db" / "sinks") == []


def test_a_copy_of_the_directory_leaves_the_files_alone(tmp_path, capsys):
    with laminardb.open(tmp_path / "db") as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v INT)")
        conn.execute(f"CREATE SINK out FROM t INTO FILE (path = '{tmp_path}/all.csv', header = false)")
        insert(conn, ("a", 1))
    backup(str(tmp_path / "db"), str(tmp_path / "copy"))
    capsys.readouterr()
    with laminardb.open(tmp_path / "copy") as conn:
        status, why = sink_states(conn)["out"]
        assert (status, "this is a copy of a database" in why) == ("failed", True)
        insert(conn, ("a", 2))
    assert (tmp_path / "all.csv").read_text() == "a,1\n"
