"""Sinks: what reaches a file or a function, for append-only and retracting input, and what happens when it cannot."""

from __future__ import annotations

import json
import shutil
import threading

import laminardb
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def db(conn, tmp_path, monkeypatch):
    """Of a source, a stream that only grows, and a view that retracts; in an empty folder."""
    monkeypatch.chdir(tmp_path)
    conn.execute("CREATE SOURCE t (k VARCHAR, v INT)")
    conn.execute("CREATE STREAM big AS SELECT k, v FROM t WHERE v > 1")
    conn.execute("CREATE MATERIALIZED VIEW sums AS SELECT k, sum(v) AS s FROM t GROUP BY k")
    return conn


def insert(conn, *rows):
    conn.insert("t", [{"k": k, "v": v} for k, v in rows])


def test_rows_into_csv(db, tmp_path):
    insert(db, ("a", 1), ("b", 2))
    db.execute("CREATE SINK out FROM big INTO FILE (path = 'out.csv', format = 'csv')")
    insert(db, ("c", 3))
    insert(db, ('d,"', 4))
    db.execute("DROP SINK out")
    assert (tmp_path / "out.csv").read_text() == 'k,v\nb,2\nc,3\n"d,""",4\n'


def test_rows_into_json_without_snapshot(db, tmp_path):
    insert(db, ("b", 2))
    db.execute("CREATE SINK out FROM big INTO FILE (path = 'out.json', snapshot = 'false')")
    insert(db, ("c", 3))
    db.execute("DROP SINK out")
    assert (tmp_path / "out.json").read_text() == '{"k":"c","v":3}\n'


def test_rows_into_parquet_are_readable_after_close(db, tmp_path):
    db.execute("CREATE SINK out INTO FILE (path = 'out.parquet') AS SELECT v, k FROM t")
    for i in range(10):
        insert(db, ("x", i))
    db.shutdown()
    assert pq.read_table(tmp_path / "out.parquet").to_pydict() == {"v": list(range(10)), "k": ["x"] * 10}


def test_a_source_and_options_with_connector(db, tmp_path):
    db.execute("CREATE SINK out FROM t WITH (connector = 'file', path = 'out.csv.gz', header = 'false', delim = ';')")
    insert(db, ("a", 1))
    db.execute("DROP SINK out")
    assert db.query("SELECT * FROM read_csv('out.csv.gz', header = false)").fetchall() == [("a", 1)]


def test_retracting_input_needs_a_form_that_can_take_back(db):
    for name in ("csv", "json", "parquet"):
        with pytest.raises(laminardb.QueryError, match="cannot take rows back") as refused:
            db.execute(f"CREATE SINK out FROM sums INTO FILE (path = 'out.{name}', format = '{name}')")
        assert "'weights'" in str(refused.value)
        assert "aggregation" in str(refused.value)
    assert db.list_sinks() == []


def test_weights_sum_to_the_view(db, tmp_path):
    db.execute("CREATE SINK c FROM sums INTO FILE (path = 'w.csv', format = 'weights')")
    db.execute("CREATE SINK j FROM sums INTO FILE (path = 'w.json', format = 'weights')")
    db.execute("CREATE SINK p FROM sums INTO FILE (path = 'w.parquet', format = 'weights')")
    for i in range(20):
        insert(db, ("ab"[i % 2], i))
    db.execute("DROP SINK c; DROP SINK j; DROP SINK p")
    expected = sorted(db.query("SELECT * FROM sums").fetchall())
    for name in ("w.csv", "w.json", "w.parquet"):
        rows = db.query(f"SELECT k, s, sum(__weight) AS w FROM '{name}' GROUP BY k, s HAVING sum(__weight) <> 0")
        assert sorted(row[:2] for row in rows.fetchall()) == expected
        assert all(row[2] == 1 for row in rows.fetchall())


def test_debezium(db, tmp_path):
    db.execute("CREATE SINK out FROM sums INTO FILE (path = 'd.json', format = 'debezium')")
    insert(db, ("a", 1))
    insert(db, ("a", 2))
    db.execute("DROP SINK out")
    events = [json.loads(line) for line in (tmp_path / "d.json").read_text().splitlines()]
    assert events == [
        {"before": None, "after": {"k": "a", "s": 1}, "op": "c"},
        {"before": {"k": "a", "s": 1}, "after": None, "op": "d"},
        {"before": None, "after": {"k": "a", "s": 3}, "op": "c"},
    ]


def test_upsert(db, tmp_path):
    db.execute("CREATE SINK out FROM sums INTO FILE (path = 'u.csv', format = 'upsert')")
    insert(db, ("a", 1), ("b", 5))
    insert(db, ("a", 2))
    db.execute("DROP SINK out")
    lines = (tmp_path / "u.csv").read_text().splitlines()
    assert lines[0] == "k,s,__deleted"
    assert sorted(lines[1:3]) == ["a,1,false", "b,5,false"]
    assert lines[3:] == ["a,3,false"]
    with pytest.raises(laminardb.QueryError, match="needs columns that identify a row"):
        db.execute("CREATE SINK x FROM big INTO FILE (path = 'x.csv', format = 'upsert')")


def test_what_is_refused_at_create(db, tmp_path):
    (tmp_path / "there.csv").write_text("x\n")
    cases = {
        "CREATE SINK x FROM big INTO FILE (format = 'csv')": "a file sink needs a path",
        "CREATE SINK x FROM big INTO FILE (path = 'nowhere/x.csv')": "cannot be written",
        "CREATE SINK x FROM big INTO FILE (path = 'there.csv')": "exists already; give if_exists",
        "CREATE SINK x FROM big INTO FILE (path = 'x.csv', fromat = 'csv')": 'did you mean "format"?',
        "CREATE SINK x FROM big INTO FILE (path = 'x.csv', format = 'jsn')": 'did you mean "json"?',
        "CREATE SINK x FROM bigg INTO FILE (path = 'x.csv')": 'did you mean "big"?',
        "CREATE SINK x FROM big INTO KAFKA (topic = 'x')": "not supported yet",
        "CREATE SINK big FROM sums INTO FILE (path = 'x.csv')": "already exists",
    }
    for sql, message in cases.items():
        with pytest.raises(laminardb.LaminarError) as refused:
            db.execute(sql)
        assert message in str(refused.value), sql
    db.execute("CREATE SINK x FROM big INTO FILE (path = 'there.csv', if_exists = 'append', header = false)")
    insert(db, ("a", 2))
    db.execute("DROP SINK x")
    assert (tmp_path / "there.csv").read_text() == "x\na,2\n"
    db.execute("CREATE SINK x FROM big INTO FILE (path = 'there.csv', if_exists = 'replace', snapshot = false)")
    db.execute("DROP SINK x")
    assert (tmp_path / "there.csv").read_text() == "k,v\n"


def test_names_facts_and_dependants(db):
    db.execute("CREATE SINK out FROM big INTO FILE (path = 'out.csv')")
    db.execute("CREATE SINK IF NOT EXISTS out FROM big INTO FILE (path = 'out.csv')")
    assert db.list_sinks() == ["out"]
    sink = db.sinks()[0]
    assert (sink.name, sink.connector, sink.reads, sink.status) == ("out", "file", ["big"], "running")
    assert repr(sink).startswith("SinkInfo(name='out'")
    assert db.metrics().sink_count == 1 == db.sink_count
    assert db.query("SHOW SINKS").to_dicts()["name"] == ["out"]
    assert db.query("SHOW CREATE SINK out").num_rows == 1
    assert "at_most_once" in db.query("SHOW CONNECTORS").to_dicts()["guarantee"]
    with pytest.raises(laminardb.QueryError, match="is a sink"):
        db.query("SELECT * FROM out")
    with pytest.raises(laminardb.LaminarError, match='sink "out" reads it'):
        db.execute("DROP STREAM big")
    insert(db, ("z", 9))
    db.execute("DROP STREAM big CASCADE")
    assert db.list_sinks() == []
    assert db.query("SELECT * FROM 'out.csv'").fetchall() == [("z", 9)]
    with pytest.raises(laminardb.LaminarError, match="there is no sink named"):
        db.execute("DROP SINK out")
    db.execute("DROP SINK IF EXISTS out")


def test_or_replace_starts_anew(db, tmp_path):
    insert(db, ("a", 2))
    db.execute("CREATE SINK out FROM big INTO FILE (path = 'out.csv')")
    db.execute("CREATE OR REPLACE SINK out FROM t INTO FILE (path = 'out.csv', if_exists = 'replace', header = false)")
    db.execute("DROP SINK out")
    assert (tmp_path / "out.csv").read_text() == "a,2\n"


def test_a_sink_that_fails_says_so_and_stops_nobody_else(db, tmp_path):
    try:
        db.execute("CREATE SINK full FROM big INTO FILE (path = '/dev/full', format = 'csv', if_exists = 'append')")
    except laminardb.LaminarError as error:
        assert "/dev/full" in str(error)  # the header could not be written already
    else:
        insert(db, ("a", 2))
        db.execute("CREATE SINK ok FROM big INTO FILE (path = 'ok.csv')")
        while db.sinks()[0].status != "failed":
            pass
        assert "/dev/full" in db.sinks()[0].last_error
    insert(db, ("b", 3))
    assert db.query("SELECT * FROM sums").num_rows >= 1


def test_a_folder_taken_away_under_a_sink(db, tmp_path):
    (tmp_path / "d").mkdir()
    db.execute("CREATE SINK out FROM big INTO FILE (path = 'd/out.csv')")
    shutil.rmtree(tmp_path / "d")
    insert(db, ("a", 2))
    db.execute("DROP SINK out")  # the open file went with its folder; nothing hangs
    assert db.query("SELECT * FROM big").num_rows == 1


def test_function_gets_every_change_in_order(db):
    insert(db, ("a", 1))
    items = []
    db.create_sink("fn", "sums", items.append)
    for i in range(50):
        insert(db, ("a", i))
    db.execute("DROP SINK fn")
    assert [item.epoch for item in items] == sorted(item.epoch for item in items)
    assert items[0].is_snapshot
    assert items[0].columns == ["k", "s", "__weight"]
    total = {}
    for item in items:
        for k, s, weight in item.fetchall():
            total[k, s] = total.get((k, s), 0) + weight
    assert {row for row, weight in total.items() if weight} == {("a", 1 + sum(range(50)))}


def test_function_over_a_query_that_raises_goes_on(db):
    seen = []

    def function(rows):
        seen.append(rows.fetchall())
        if len(seen) == 1:
            raise ValueError("not this one")

    db.create_sink("fn", "SELECT v FROM t WHERE v < 5", function, snapshot=False)
    insert(db, ("a", 1))
    while db.sinks()[0].errors != 1:
        pass
    assert "not this one" in db.sinks()[0].last_error
    insert(db, ("a", 2))
    db.execute("DROP SINK fn")
    assert seen == [[(1,)], [(2,)]]


def test_function_may_use_the_connection_and_drop_itself(db):
    done = threading.Event()

    def function(rows):
        assert db.query("SELECT count(*) AS n FROM t").num_rows == 1
        db.execute("DROP SINK fn")
        done.set()

    db.create_sink("fn", "t", function)
    insert(db, ("a", 1))
    assert done.wait(10)
    assert db.list_sinks() == []


def test_function_sinks_are_refused(db):
    with pytest.raises(TypeError):
        db.create_sink("fn", "t", 3)
    with pytest.raises(laminardb.QueryError, match="did you mean"):
        db.create_sink("fn", "summs", print)
    with pytest.raises(laminardb.SchemaError):
        db.create_sink("sums", "t", print)


def test_shutdown_carries_everything_out(db, tmp_path):
    db.execute("CREATE SINK out FROM t INTO FILE (path = 'out.csv', header = false)")
    for i in range(200):
        insert(db, ("x", i))
    db.shutdown()
    assert (tmp_path / "out.csv").read_text() == "".join(f"x,{i}\n" for i in range(200))
