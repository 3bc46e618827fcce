"""Tables: keys, upserts and deletions through the API, transactions, and writers that meet."""

from __future__ import annotations

import threading

import laminardb
import pyarrow as pa
import pytest
from laminardb import codes


@pytest.fixture
def prices(conn):
    """The connection, with a table of prices by symbol and a stream over it."""
    conn.create_table("prices", {"symbol": "VARCHAR", "price": "DOUBLE"}, primary_key=["symbol"])
    conn.execute("CREATE STREAM total AS SELECT count(*) AS n, sum(price) AS price FROM prices")
    return conn


def rows(conn, table="prices"):
    return sorted(conn.query(f"SELECT * FROM {table}").fetchall(), key=repr)


# ------------------------------------------------------------------------------------------------ definitions


def test_create_table_with_a_key_makes_a_table(prices):
    assert prices.tables() == prices.list_tables() == ["prices"]
    assert prices.sources() == []
    assert prices.schema("prices") == pa.schema(
        [pa.field("symbol", pa.string(), nullable=False), ("price", pa.float64())]
    )
    (row,) = prices.query("SHOW TABLES").fetchall()
    assert row == ("prices", "symbol")


def test_an_empty_key_makes_a_bag(conn):
    conn.create_table("bag", pa.schema({"v": pa.int64()}), primary_key=[])
    assert conn.insert("bag", [{"v": 1}, {"v": 1}]) == 2
    assert conn.execute("DELETE FROM bag WHERE v = 1").rows_affected == 2


@pytest.mark.parametrize("key", [["nope"], ["symbol", "symbol"]])
def test_a_key_of_columns_that_are_not_there(conn, key):
    with pytest.raises(laminardb.SchemaError, match=key[0]) as info:
        conn.create_table("t", {"symbol": "VARCHAR"}, primary_key=key)
    assert info.value.code == codes.INVALID_SCHEMA


def test_a_key_is_a_list_of_names(conn):
    with pytest.raises(TypeError, match="list of column names"):
        conn.create_table("t", {"k": "BIGINT"}, primary_key="k")


def test_explain_says_why_a_stream_over_a_table_retracts(prices):
    text = prices.explain("CREATE STREAM s AS SELECT symbol FROM prices")
    assert "Table prices (symbol)" in text
    assert "rows of table prices can be changed and deleted" in text
    kinds = {row[0]: row[3] for row in prices.query("DESCRIBE EXTENDED total").fetchall()}
    assert kinds["# changes"].startswith("retracting")


def test_streams_keep_their_columns_when_a_table_gets_one(prices):
    prices.execute("CREATE STREAM everything AS SELECT * FROM prices")
    subscription = prices.subscribe("SELECT * FROM prices")
    prices.execute("ALTER TABLE prices ADD COLUMN note VARCHAR DEFAULT 'none'")
    prices.insert("prices", {"symbol": "a", "price": 1.0, "note": "x"})
    prices.execute("ALTER STREAM everything RENAME TO each")
    assert prices.query("SELECT * FROM each").columns == ["symbol", "price"]
    assert subscription.next().fetchall() == [("a", 1.0, 1)]
    assert prices.query("SELECT * FROM prices").fetchall() == [("a", 1.0, "x")]
    assert prices.schema("prices").names == ["symbol", "price", "note"]


# ------------------------------------------------------------------------------------------------ rows in and out


def test_a_conflicting_key_is_refused_and_nothing_goes_in(prices):
    prices.insert("prices", {"symbol": "ACME", "price": 1.0})
    for data in (
        [{"symbol": "NEW", "price": 2.0}, {"symbol": "ACME", "price": 3.0}],
        pa.table({"symbol": ["NEW", "ACME"], "price": [2.0, 3.0]}),
    ):
        with pytest.raises(laminardb.IngestionError, match=r"row 2 has \(symbol\) = \('ACME'\)") as info:
            prices.insert("prices", data)
        assert info.value.code == codes.BATCH_SCHEMA_MISMATCH
    assert rows(prices) == [("ACME", 1.0)]


def test_upsert_puts_rows_in_the_place_of_those_with_their_key(prices):
    assert prices.upsert("prices", {"symbol": "ACME", "price": 1.0}) == 1
    assert prices.upsert("prices", [{"symbol": "ACME", "price": 2.0}, {"symbol": "NEW", "price": 3.0}]) == 2
    assert prices.upsert("prices", pa.table({"symbol": ["NEW", "NEW"], "price": [4.0, 5.0]})) == 1, "the last counts"
    assert rows(prices) == [("ACME", 2.0), ("NEW", 5.0)]
    assert prices.query("SELECT * FROM total").fetchone() == (2, 7.0)


@pytest.mark.parametrize(
    "keys",
    ["a", ["a"], {"symbol": "a"}, [{"symbol": "a"}], {"symbol": ["a"]}, pa.table({"symbol": ["a"]}), [("a",)], {"a"}],
    ids=repr,
)
def test_delete_takes_keys_in_many_forms(prices, keys):
    prices.insert("prices", {"symbol": ["a", "b"], "price": [1.0, 2.0]})
    assert prices.delete("prices", keys) == 1
    assert prices.delete("prices", keys) == 0
    assert rows(prices) == [("b", 2.0)]


def test_delete_by_a_key_of_several_columns(conn):
    conn.create_table("t", {"a": "BIGINT", "b": "VARCHAR", "v": "BIGINT"}, primary_key=["b", "a"])
    conn.insert("t", [{"a": i, "b": "x", "v": i} for i in range(4)])
    assert conn.delete("t", [("x", 1), ("x", 2), ("x", 2), ("y", 3)]) == 2
    assert [row[0] for row in rows(conn, "t")] == [0, 3]
    with pytest.raises(laminardb.IngestionError, match="has 2 values, not 1"):
        conn.delete("t", ["x"])


def test_a_key_in_two_batches_is_deleted_once(prices):
    prices.insert("prices", {"symbol": ["a", "b"], "price": [1.0, 2.0]})
    keys = pa.table({"symbol": pa.chunked_array([["a"], ["a", "c"]])})
    assert prices.delete("prices", keys) == 1
    rows_given = pa.table({"symbol": pa.chunked_array([["b"], ["b"]]), "price": pa.chunked_array([[3.0], [4.0]])})
    assert prices.upsert("prices", rows_given) == 1
    assert rows(prices) == [("b", 4.0)]


def test_keys_need_a_primary_key(trades):
    for call in (trades.upsert, trades.delete):
        with pytest.raises(laminardb.IngestionError, match="no primary key"):
            call("trades", {"symbol": "a"})
        with pytest.raises(laminardb.SchemaError) as info:
            call("nope", {"symbol": "a"})
        assert info.value.code == codes.TABLE_NOT_FOUND


def test_json_csv_and_writers(prices):
    assert prices.insert_json("prices", '[{"symbol": "a", "price": 1}]') == 1
    assert prices.insert_csv("prices", "symbol,price\nb,2\n") == 1
    with prices.writer("prices") as writer:
        writer.insert({"symbol": "c", "price": 3.0})
    assert [row[0] for row in rows(prices)] == ["a", "b", "c"]
    with pytest.raises(laminardb.IngestionError, match="duplicate key"):
        prices.insert_csv("prices", "symbol,price\nd,1\na,2\n")
    assert len(rows(prices)) == 3


def test_generated_columns_are_not_given(conn):
    conn.execute("CREATE TABLE t (k INT PRIMARY KEY, v INT, d INT GENERATED ALWAYS AS (v * 2))")
    conn.insert("t", [{"k": 1, "v": 5}])
    conn.upsert("t", pa.table({"k": [1, 2], "v": [6, 7]}))
    assert rows(conn, "t") == [(1, 6, 12), (2, 7, 14)]
    with pytest.raises(laminardb.IngestionError, match="d"):
        conn.insert("t", {"k": 3, "v": 1, "d": 2})


def test_a_source_generates_columns_too(conn):
    conn.execute("CREATE SOURCE s (v INT, d INT GENERATED ALWAYS AS (v + 1))")
    conn.execute("CREATE STREAM w AS SELECT sum(d) AS d FROM s")
    conn.insert("s", {"v": [1, 2]})
    conn.execute("INSERT INTO s VALUES (3)")
    assert conn.query("SELECT * FROM w").fetchone() == (9,)


def test_changes_reach_subscribers_as_retractions(prices):
    subscription = prices.subscribe("SELECT symbol, price FROM prices WHERE price > 1")
    prices.insert("prices", {"symbol": ["a", "b"], "price": [1.0, 2.0]})
    prices.execute("UPDATE prices SET price = price + 1")
    prices.delete("prices", ["b"])
    items = [sorted(subscription.next().fetchall()) for _ in range(3)]
    assert items == [
        [("b", 2.0, 1)],
        [("a", 2.0, 1), ("b", 2.0, -1), ("b", 3.0, 1)],
        [("b", 3.0, -1)],
    ]


# ------------------------------------------------------------------------------------------------ transactions


def test_a_transaction_is_one_epoch(prices):
    prices.execute("CREATE SOURCE log (symbol VARCHAR)")
    both = prices.subscribe("SELECT symbol FROM prices UNION ALL SELECT symbol FROM log")
    with prices.transaction():
        prices.insert("log", {"symbol": "a"})
        prices.upsert("prices", {"symbol": "a", "price": 1.0})
        prices.execute("UPDATE prices SET price = 2")
        assert rows(prices) == [("a", 2.0)], "it sees what it did to tables"
        assert prices.query("SELECT * FROM log").fetchall() == [], "of sources it sees what is committed"
        assert both.try_next() is None
    assert both.next().fetchall() == [("a", 2)]
    assert both.try_next() is None


def test_what_raises_is_rolled_back(prices):
    with pytest.raises(ZeroDivisionError), prices.transaction():
        prices.insert("prices", {"symbol": "a", "price": 1.0})
        1 / 0  # noqa: B018
    assert rows(prices) == []
    with prices.transaction():
        prices.insert("prices", {"symbol": "a", "price": 1.0})
        prices.execute("ROLLBACK")
    assert rows(prices) == []


def test_a_transaction_in_a_transaction(prices):
    with prices.transaction(), pytest.raises(laminardb.QueryError, match="open already"), prices.transaction():
        pass


def test_a_connection_that_closes_gives_its_tables_back():
    first = laminardb.open(":memory:")
    first.execute("CREATE TABLE t (k INT PRIMARY KEY)")
    first.execute("BEGIN")
    first.execute("INSERT INTO t VALUES (1)")
    first.close()
    with pytest.raises(laminardb.ConnectionError):
        first.execute("COMMIT")


# ------------------------------------------------------------------------------------------------ threads


def run(threads):
    failures: list[BaseException] = []

    def guarded(work):
        try:
            work()
        except BaseException as failure:  # reported by the test's own thread
            failures.append(failure)

    started = [threading.Thread(target=guarded, args=(work,)) for work in threads]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join(60)
        assert not thread.is_alive(), "a writer hangs"
    assert not failures, failures


def test_no_update_of_one_row_is_lost(conn):
    conn.execute("CREATE TABLE counters (k INT PRIMARY KEY, n INT)")
    conn.execute("INSERT INTO counters VALUES (1, 0)")

    def count():
        for _ in range(100):
            conn.execute("UPDATE counters SET n = n + 1 WHERE k = 1")
            conn.execute("INSERT INTO counters VALUES (1, 1) ON CONFLICT (k) DO UPDATE SET n = n + excluded.n")

    run([count] * 4)
    assert conn.query("SELECT n FROM counters").fetchone() == (800,)


def test_upserts_of_one_key_by_several_threads(conn):
    conn.create_table("t", {"k": "BIGINT", "v": "BIGINT"}, primary_key=["k"])
    conn.execute("CREATE STREAM w AS SELECT k, count(*) AS n FROM t GROUP BY k")
    subscription = conn.subscribe_stream("w")

    def write(thread):
        for i in range(200):
            conn.upsert("t", {"k": i % 3, "v": thread})

    run([lambda thread=thread: write(thread) for thread in range(4)])
    assert sorted(conn.query("SELECT * FROM w").fetchall()) == [(0, 1), (1, 1), (2, 1)]
    seen: dict[tuple, int] = {}
    while (item := subscription.try_next()) is not None:
        for *row, weight in item.fetchall():
            seen[tuple(row)] = seen.get(tuple(row), 0) + weight
    assert {row: n for row, n in seen.items() if n} == {(0, 1): 1, (1, 1): 1, (2, 1): 1}


def test_transfers_keep_the_sum_at_every_epoch():
    with laminardb.open(":memory:") as conn:
        conn.execute("CREATE TABLE a (k INT PRIMARY KEY, v INT)")
        conn.execute("CREATE TABLE b (k INT PRIMARY KEY, v INT)")
        conn.execute("INSERT INTO a VALUES (1, 1000); INSERT INTO b VALUES (1, 1000)")
        conn.execute("CREATE STREAM total AS SELECT sum(v) AS v FROM (SELECT v FROM a UNION ALL SELECT v FROM b)")
        subscription = conn.subscribe_stream("total")
        assert subscription.next().fetchall() == [(2000, 1)]

        def transfer():
            for i in range(50):
                with conn.transaction():
                    conn.execute(f"UPDATE a SET v = v - {i} WHERE k = 1")
                    conn.execute(f"UPDATE b SET v = v + {i} WHERE k = 1")

        run([transfer])
        assert subscription.try_next() is None, "the sum never moved"
        (first,), (second,) = conn.query("SELECT v FROM a").fetchall(), conn.query("SELECT v FROM b").fetchall()
        assert first[0] + second[0] == 2000
        assert first[0] == 1000 - sum(range(50))


def test_a_table_that_is_dropped_under_a_writer(conn):
    conn.create_table("t", {"k": "BIGINT"}, primary_key=["k"])
    writer = conn.writer("t")
    writer.insert({"k": 1})
    conn.execute("DROP TABLE t")
    with pytest.raises(laminardb.SchemaError, match="dropped"):
        writer.flush()
    conn.create_table("t", {"k": "BIGINT"}, primary_key=["k"])
    with pytest.raises(laminardb.SchemaError, match="replaced"):
        writer.flush()
    assert rows(conn, "t") == []


def test_rows_for_a_source_that_got_a_column_in_a_transaction(conn):
    conn.execute("CREATE SOURCE s (a INT)")
    conn.insert("s", {"a": 1})  # keeps what it builds rows with
    conn.execute("ALTER SOURCE s ADD COLUMN b INT DEFAULT 7")
    with conn.transaction():
        conn.insert("s", {"a": 2})
    assert sorted(rows(conn, "s"), key=repr) == [(1, 7), (2, None)]
