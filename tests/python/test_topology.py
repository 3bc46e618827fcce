"""What flows where."""

from __future__ import annotations

import laminardb
import pytest


@pytest.fixture
def topology(trades):
    trades.execute("""
        CREATE VIEW large AS SELECT * FROM trades WHERE volume > 10;
        CREATE STREAM totals AS SELECT symbol, sum(volume) AS volume FROM large GROUP BY symbol;
        CREATE MATERIALIZED VIEW `a "b"` AS SELECT count(*) AS n FROM totals
    """)
    return trades.topology()


def test_nodes_and_edges_look_through_views(topology):
    assert [(node.name, node.node_type) for node in topology.nodes] == [
        ("trades", "source"),
        ("totals", "stream"),
        ('a "b"', "stream"),
    ]
    assert [(edge.from_node, edge.to_node) for edge in topology.edges] == [("trades", "totals"), ("totals", 'a "b"')]
    assert topology.nodes[0].schema.names == ["symbol", "price", "volume"]
    assert topology.nodes[0].sql is None
    assert topology.nodes[2].sql == "SELECT count(*) AS n FROM totals"


def test_mermaid(topology):
    assert topology.to_mermaid() == (
        'flowchart LR\n  n0[("trades")]\n  n1["totals"]\n  n2["a #quot;b#quot;"]\n  n0 --> n1\n  n1 --> n2\n'
    )


def test_a_drawing_for_notebooks(topology):
    """More about it in `test_viz.py`."""
    html = topology._repr_html_()
    assert html.startswith("<svg")
    assert "a &quot;b&quot;" in html


def test_reprs(topology):
    assert repr(topology) == "PipelineTopology(nodes=3, edges=2)"
    assert repr(topology.nodes[0]) == "PipelineNode(name='trades', node_type='source')"
    assert repr(topology.edges[0]) == "PipelineEdge(from_node='trades', to_node='totals')"
    assert isinstance(topology, laminardb.PipelineTopology)


def test_of_a_closed_connection(conn):
    conn.close()
    with pytest.raises(laminardb.ConnectionError, match="closed"):
        conn.topology()
