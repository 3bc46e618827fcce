"""Files into tables: keys, checks and transactions hold for what a file brings; sinks among the facts."""

from __future__ import annotations

import laminardb
import pytest


@pytest.fixture
def conn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.csv").write_text("k,v\n1,a\n2,b\n")
    (tmp_path / "twice.csv").write_text("k,v\n3,a\n3,b\n")
    (tmp_path / "long.csv").write_text("k,v\n4,abcdef\n")
    with laminardb.open(":memory:") as conn:
        conn.execute("CREATE TABLE t (k INT PRIMARY KEY, v VARCHAR(3) NOT NULL, g INT GENERATED ALWAYS AS (k * 2))")
        conn.execute("CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n, sum(g) AS s FROM t")
        yield conn


def rows(conn, sql):
    return [tuple(row.values()) for row in conn.query(sql).to_arrow().to_pylist()]


def test_copy_fills_a_table_and_its_generated_columns(conn, tmp_path):
    assert conn.execute("COPY t FROM 'two.csv'").rows_affected == 2
    (tmp_path / "bare.csv").write_text("9,x\n")
    conn.execute("COPY t FROM 'bare.csv' (header false)")
    assert rows(conn, "SELECT * FROM t ORDER BY k") == [(1, "a", 2), (2, "b", 4), (9, "x", 18)]
    assert rows(conn, "SELECT * FROM m") == [(3, 24)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("COPY t FROM 'twice.csv'", "duplicate key"),
        ("COPY t FROM 'long.csv'", r"longer than VARCHAR\(3\)"),
        ("INSERT INTO t (k, v) SELECT k, nullif(v, 'b') FROM 'two.csv'", "NOT NULL"),
        (
            "INSERT INTO t (k, v) SELECT * FROM 'twice.csv' ON CONFLICT (k) DO UPDATE SET v = excluded.v",
            "a second time",
        ),
        ("COPY m FROM 'two.csv'", '"m" is a materialized view; rows are copied into sources and tables'),
    ],
)
def test_what_a_file_brings_is_checked(conn, sql, message):
    with pytest.raises(laminardb.LaminarError, match=message):
        conn.execute(sql)
    assert rows(conn, "SELECT n FROM m") == [(0,)]


def test_conflicts_with_rows_of_a_file(conn):
    conn.execute("INSERT INTO t (k, v) VALUES (1, 'x')")
    conn.execute("INSERT INTO t (k, v) SELECT * FROM 'two.csv' ON CONFLICT DO NOTHING")
    assert rows(conn, "SELECT k, v FROM t ORDER BY k") == [(1, "x"), (2, "b")]
    conn.execute("INSERT INTO t (k, v) SELECT * FROM 'two.csv' ON CONFLICT (k) DO UPDATE SET v = excluded.v || '!'")
    assert rows(conn, "SELECT k, v FROM t ORDER BY k") == [(1, "a!"), (2, "b!")]


def test_batches_before_a_mistake_stay_in_a_table(conn, tmp_path):
    count = 70_000
    lines = [f"{k},v" for k in range(count)] + ["0,v"]
    (tmp_path / "many.csv").write_text("k,v\n" + "\n".join(lines) + "\n")
    with pytest.raises(laminardb.IngestionError, match=r"duplicate key.*the (\d+) rows before it are in"):
        conn.execute("COPY t FROM 'many.csv'")
    kept = rows(conn, "SELECT count(*) FROM t")
    assert 0 < kept[0][0] < count
    assert rows(conn, "SELECT n FROM m") == kept


def test_in_a_transaction_a_file_is_all_or_nothing(conn, tmp_path):
    count = 70_000
    lines = [f"{k},v" for k in range(100, 100 + count)]
    (tmp_path / "many.csv").write_text("k,v\n" + "\n".join(lines) + "\n")
    (tmp_path / "spoilt.csv").write_text("k,v\n" + "\n".join([*lines, "100,v"]) + "\n")
    conn.execute("BEGIN")
    conn.execute("COPY t FROM 'two.csv'")
    with pytest.raises(laminardb.IngestionError, match="duplicate key"):
        conn.execute("COPY t FROM 'spoilt.csv'")
    assert rows(conn, "SELECT count(*) FROM t") == [(2,)]
    assert conn.execute("COPY t FROM 'many.csv'").rows_affected == count
    conn.execute("COPY t TO 'out.csv'")
    assert len((tmp_path / "out.csv").read_text().splitlines()) == count + 3
    with pytest.raises(laminardb.QueryError, match="only rows change in a transaction"):
        conn.execute("CREATE SINK z FROM m INTO FILE (path = 'z.csv')")
    conn.execute("ROLLBACK")
    assert rows(conn, "SELECT n FROM m") == [(0,)]
    conn.execute("BEGIN")
    conn.execute("COPY t FROM 'two.csv'")
    conn.execute("COMMIT")
    assert rows(conn, "SELECT n FROM m") == [(2,)]


def test_a_view_over_a_file_has_a_plan_and_fills_a_table(conn):
    conn.execute("CREATE VIEW f AS SELECT * FROM 'two.csv'")
    assert "CSV 'two.csv'" in rows(conn, "EXPLAIN SELECT * FROM f")[0][0]
    conn.execute("CREATE TABLE u AS SELECT * FROM f")
    conn.execute("INSERT INTO t (k, v) SELECT * FROM f")
    assert rows(conn, "SELECT u.v FROM u JOIN t ON u.k = t.k JOIN 'two.csv' c ON c.k = t.k ORDER BY 1") == [
        ("a",),
        ("b",),
    ]


def test_sinks_among_the_facts(conn):
    conn.execute("CREATE SINK z FROM t INTO FILE (path = 'z.csv', format = 'weights')")
    conn.execute("COPY t FROM 'two.csv'")
    topology = conn.topology()
    assert [(n.name, n.node_type) for n in topology.nodes] == [("t", "source"), ("m", "stream"), ("z", "sink")]
    assert [(e.from_node, e.to_node) for e in topology.edges] == [("t", "m"), ("t", "z")]
    assert rows(conn, "SELECT name, connector, status FROM laminar_catalog.sinks") == [("z", "file", "running")]
    assert ("z", "sink", "t") in rows(conn, "SELECT name, kind, reads FROM laminar_catalog.dependencies")
    assert rows(conn, "SELECT count(*) FROM information_schema.tables WHERE table_name = 'z'") == [(0,)]
    with pytest.raises(laminardb.QueryError, match='drop table "t"'):
        conn.execute("DROP TABLE t")
    conn.execute("DROP SINK z")
    assert rows(conn, "SELECT count(*) FROM laminar_catalog.sinks") == [(0,)]
