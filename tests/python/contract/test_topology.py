"""The topology has exactly the edges of the plans."""

from __future__ import annotations


def edges(connection):
    return sorted((edge.from_node, edge.to_node) for edge in connection.topology().edges)


def test_exactly_the_edges_of_the_plans(conn):
    conn.execute("CREATE SOURCE a (k BIGINT, v BIGINT); CREATE SOURCE b (k BIGINT, w BIGINT)")
    conn.execute("CREATE TABLE names (k BIGINT, name VARCHAR, PRIMARY KEY (k))")
    conn.execute("CREATE VIEW positive AS SELECT * FROM a WHERE v > 0")
    conn.execute("CREATE STREAM joined AS SELECT p.k, p.v, b.w FROM positive AS p JOIN b ON p.k = b.k")
    conn.execute("CREATE MATERIALIZED VIEW named AS SELECT n.name, j.v FROM joined AS j JOIN names AS n ON j.k = n.k")
    conn.execute("CREATE STREAM twice AS SELECT v FROM a UNION ALL SELECT v + 1 FROM a")
    conn.create_sink("out", "named", print)
    assert edges(conn) == [
        ("a", "joined"),
        ("a", "twice"),
        ("b", "joined"),
        ("joined", "named"),
        ("named", "out"),
        ("names", "named"),
    ]
    assert {node.name: node.node_type for node in conn.topology().nodes} == {
        "a": "source",
        "b": "source",
        "names": "source",
        "joined": "stream",
        "named": "stream",
        "twice": "stream",
        "out": "sink",
    }


def test_subscriptions_and_queries_are_no_nodes(conn):
    conn.execute("CREATE SOURCE a (v BIGINT); CREATE STREAM s AS SELECT v FROM a")
    subscription = conn.subscribe("SELECT sum(v) FROM s")
    assert edges(conn) == [("a", "s")]
    assert len(conn.topology().nodes) == 2
    subscription.cancel()


def test_what_is_dropped_is_gone(conn):
    conn.execute("CREATE SOURCE a (v BIGINT); CREATE STREAM s AS SELECT v FROM a; CREATE STREAM r AS SELECT v FROM s")
    conn.execute("DROP STREAM s CASCADE")
    assert edges(conn) == []
    assert [node.name for node in conn.topology().nodes] == ["a"]
