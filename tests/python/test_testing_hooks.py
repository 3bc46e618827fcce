"""laminardb._testing, which the SQL test runner stands on."""

from __future__ import annotations

import laminardb
import pytest
from laminardb import _testing


def test_parse_json():
    (tree,) = _testing.parse_json("SELECT a FROM t")
    assert tree["kind"]
    assert tree["span"] == [0, 15]
    assert len(_testing.parse_json("SELECT 1; SELECT 2")) == 2
    with pytest.raises(laminardb.QueryError):
        _testing.parse_json("SELECT FROM WHERE")


def test_manual_steps():
    with _testing.open(manual_steps=True) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        conn.execute("CREATE STREAM s AS SELECT v FROM t")
        subscription = conn.subscribe_stream("s")
        conn.insert("t", {"v": 1})
        conn.insert("t", {"v": 2})
        assert subscription.try_next() is None
        epoch = _testing.step(conn)
        item = subscription.next()
        assert sorted(item.fetchall()) == [(1,), (2,)], "one step takes everything accepted"
        assert item.epoch == epoch
        assert _testing.step(conn) == epoch


@pytest.mark.parametrize(
    "options", [{"partitions": 4}, {"disable_rules": True}, {"partitions": 4, "disable_rules": True}], ids=repr
)
def test_configurations_change_no_result(options):
    with _testing.open(**options) as conn:
        conn.execute("CREATE SOURCE t (k VARCHAR, v BIGINT)")
        conn.execute("CREATE STREAM s AS SELECT k, sum(v) AS total FROM t WHERE v > 0 GROUP BY k")
        conn.insert("t", [{"k": f"k{i % 7}", "v": i} for i in range(100)])
        expected = {}
        for i in range(1, 100):
            expected[f"k{i % 7}"] = expected.get(f"k{i % 7}", 0) + i
        assert dict(conn.query("SELECT * FROM s").fetchall()) == expected


def test_degenerate_hashing():
    _testing.set_degenerate_hashing(True)
    try:
        with _testing.open() as conn:
            conn.execute("CREATE SOURCE t (k BIGINT)")
            conn.insert("t", {"k": [1, 2, 3, 2, 1]})
            assert sorted(conn.query("SELECT k, count(*) FROM t GROUP BY k").fetchall()) == [(1, 2), (2, 2), (3, 1)]
    finally:
        _testing.set_degenerate_hashing(False)
