"""A program that uses every public name, for type checkers; `test_typing.py` runs it and finds what it misses."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile

import laminardb
import laminardb.error_codes
import pyarrow as pa  # type: ignore[import-untyped]  # it carries no types yet
from laminardb import codes
from laminardb.types import ChangeThread, Operation
from laminardb.viz import Live


@dataclasses.dataclass
class Trade:
    symbol: str
    price: float


def open_databases() -> None:
    config: laminardb.Config = laminardb.LaminarConfig(
        buffer_size=1024,
        storage_dir=None,
        checkpoint_interval_secs=None,
        checkpoint_interval_ms=None,
        table_spill_threshold=1000,
        memory_limit=1 << 30,
        durability="none",
        workers=1,
        backpressure_timeout=1.0,
    )
    numbers: tuple[int, int, int | None, int | None] = (
        config.buffer_size,
        config.table_spill_threshold,
        config.memory_limit,
        config.workers,
    )
    intervals: tuple[float | None, int | None, float] = (
        config.checkpoint_interval_secs,
        config.checkpoint_interval_ms,
        config.backpressure_timeout,
    )
    place: str | None = config.storage_dir
    assert (numbers[0], intervals[2], place, config.durability) == (1024, 1.0, None, "none")
    with laminardb.open(":memory:", config=config) as conn:
        assert not conn.is_closed
    with laminardb.open_with_config(config) as conn:
        conn.start()
        conn.shutdown()
    laminardb.connect(":memory:").close()
    laminardb.execute("CREATE SOURCE IF NOT EXISTS typed (v BIGINT)")
    rows: laminardb.QueryResult = laminardb.sql("SELECT 1 AS one")
    assert rows.fetchone() == (1,)
    assert laminardb.__version__


def insert(conn: laminardb.Connection) -> int:
    conn.create_table("trades", {"symbol": "VARCHAR", "price": "DOUBLE"})
    conn.create_table("prices", pa.schema({"symbol": pa.string(), "price": pa.float64()}), primary_key=["symbol"])
    total = conn.insert("trades", Trade("ACME", 10.5))
    total += conn.insert("trades", [{"symbol": "ACME", "price": 10.0}])
    total += conn.insert_json("trades", '{"symbol": "ACME"}')
    total += conn.insert_csv("trades", "symbol,price\nACME,9.5\n")
    total += conn.upsert("prices", {"symbol": "ACME", "price": 10.0})
    total += conn.delete("prices", ["ACME"])
    with conn.transaction() as transaction:
        opened: laminardb.Transaction = transaction
        assert opened is transaction
        total += conn.insert("prices", {"symbol": "ACME", "price": 10.0})
    writer: laminardb.BatchWriter = conn.writer("trades")
    with writer:
        buffered: int = writer.insert([{"price": 1.0}])
        handed_over: int = writer.flush()
        writer.watermark(100)
        mark: int = writer.current_watermark
        names: list[str] = writer.schema.names
        assert (buffered, handed_over, mark, writer.name, names[0]) == (1, 1, 100, "trades", "symbol")
    again: laminardb.Writer = conn.writer("trades")
    again.close()
    return total


def read(conn: laminardb.Connection) -> None:
    result = conn.query("SELECT symbol, price FROM trades")
    shape: tuple[int, int, int, int] = (result.num_rows, result.num_columns, result.num_batches, len(result))
    assert shape[1] == 2
    names: list[str] = result.columns
    schema: pa.Schema = result.schema
    assert names == schema.names
    for symbol, price in result:
        print(symbol, price)
    one: tuple[object, ...] | None = result.fetchone()
    some: list[tuple[object, ...]] = result.fetchmany(2)
    rest: list[tuple[object, ...]] = result.fetchall()
    assert one is not None
    assert len(some) + len(rest) > 0
    tables: list[pa.Table] = [result.to_arrow(), result.arrow(), pa.table(result)]
    frames = [result.to_pandas(), result.df(), result.to_polars(lazy=True), result.pl(lazy=False), result.to_df()]
    by_column: dict[str, list[object]] = result.to_dicts()
    by_row: list[dict[str, object]] = result.to_pylist()
    arrays = result.to_numpy()
    assert len(tables) + len(frames) + len(by_column) + len(by_row) + len(arrays) > 0
    result.show(max_rows=5)
    when: tuple[int, bool] = (result.epoch, result.is_snapshot)
    assert when[0] >= 0
    print(result.__arrow_c_stream__(), result.__arrow_c_schema__())

    done: laminardb.ExecuteResult = conn.execute("INSERT INTO trades VALUES ('ACME', 8.5)")
    affected: int = done.rows_affected + int(done)
    warnings: list[str] = done.warnings
    inner: laminardb.QueryResult | None = done.to_query_result()
    assert (done.result_type, affected, warnings, inner) == ("rows_affected", 2, [], None)
    assert (done.ddl_type, done.ddl_object) == (None, None)

    batches: laminardb.QueryStreamIter = conn.stream("SELECT * FROM trades")
    first: laminardb.QueryResult | None = batches.try_next()
    assert first is not None
    assert batches.schema.names == first.columns
    for batch in batches:
        print(batch.num_rows)
    batches.cancel()
    assert not batches.is_active
    many: int = conn.executemany("INSERT INTO trades VALUES (?, ?)", [["ACME", 7.5], ["ACME", 6.5]]).rows_affected
    named = conn.query("SELECT count(*) FROM trades WHERE price < $limit", {"limit": 8})
    facts: dict[str, object] = conn.stats("trades")
    epoch: int = conn.wait_for("trades", epoch=0, timeout=30.0)
    print(many, named.fetchone(), facts["row_count"], epoch)
    print(conn.explain("SELECT symbol FROM trades"), conn.sql("SELECT 1").num_rows)
    print(conn.query_stream("dear", "price > 10").num_rows)


def follow(conn: laminardb.Connection) -> None:
    subscription: laminardb.Subscription = conn.subscribe("SELECT symbol FROM trades", snapshot=True, weights=None)
    change: laminardb.QueryResult | None = subscription.next()
    assert change is not None
    assert subscription.schema.names == ["symbol"]
    assert subscription.try_next() is None
    try:
        subscription.next_timeout(0.01)
    except laminardb.SubscriptionError as error:
        assert error.code == codes.SUBSCRIPTION_TIMEOUT
    subscription.cancel()
    for item in subscription:
        print(item.num_rows)

    stream: laminardb.StreamSubscription = conn.subscribe_stream("dear")
    print(stream.schema, stream.next(), stream.try_next(), stream.is_active)
    stream.cancel()
    print(list(stream), stream.next_timeout(10))

    def on_data(rows: laminardb.QueryResult) -> None:
        print(rows.num_rows)

    def on_error(error: laminardb.LaminarError) -> None:
        print(error.code)

    handle: laminardb.SubscriptionHandle = conn.subscribe_callback("SELECT symbol FROM trades", on_data, on_error)
    other: laminardb.CallbackSubscription = conn.subscribe_stream_callback("dear", on_data)
    for callback in (handle, other):
        callback.cancel()
        callback.wait()
        assert not callback.is_active
    conn.create_sink("kept", "dear", on_data, snapshot=False)


async def follow_in_a_loop() -> None:
    async with laminardb.open(":memory:") as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        conn.execute("CREATE STREAM s AS SELECT v FROM t")
        subscription: laminardb.AsyncSubscription = await conn.subscribe_async("SELECT v FROM t")
        stream: laminardb.AsyncStreamSubscription = await conn.subscribe_stream_async("s")
        conn.insert("t", {"v": 1})
        change: laminardb.QueryResult | None = await subscription.next()
        assert change is not None
        assert subscription.schema.names == ["v"]
        assert subscription.try_next() is None
        assert (await stream.next_timeout(30_000)) is not None
        assert stream.schema.names == ["v"]
        assert await stream_ends(stream)
        subscription.cancel()
        assert not subscription.is_active
        assert await subscription.next_timeout(1.0) is None
        async for item in subscription:
            print(item.num_rows)


async def stream_ends(stream: laminardb.AsyncStreamSubscription) -> bool:
    stream.cancel()
    async for _ in stream:
        return False
    return await stream.next() is None and stream.try_next() is None and not stream.is_active


def look_around(conn: laminardb.Connection) -> None:
    names: list[str] = [*conn.list_tables(), *conn.tables(), *conn.list_streams(), *conn.materialized_views()]
    assert "trades" in names
    assert conn.list_sinks() == ["kept"]
    assert conn.schema("trades").names == ["symbol", "price"]
    sources: list[laminardb.SourceInfo] = conn.sources()
    print([(source.name, source.schema.names, source.watermark_column) for source in sources])
    streams: list[laminardb.StreamInfo] = conn.streams()
    print([(stream.name, stream.sql, stream.key) for stream in streams])
    sinks: list[laminardb.SinkInfo] = conn.sinks()
    print([(s.name, s.connector, s.reads, s.sql, s.status, s.rows, s.errors, s.last_error) for s in sinks])
    queries: list[laminardb.QueryInfo] = conn.queries()
    print([(query.id, query.sql, query.active) for query in queries])
    try:
        conn.cancel_query(10**9)
    except laminardb.SchemaError as error:
        print(error.candidates)
    topology: laminardb.PipelineTopology = conn.topology()
    nodes: list[laminardb.PipelineNode] = topology.nodes
    edges: list[laminardb.PipelineEdge] = topology.edges
    print([(node.name, node.node_type, node.schema.names, node.sql) for node in nodes])
    print([(edge.from_node, edge.to_node) for edge in edges], topology.to_mermaid())


def measure(conn: laminardb.Connection) -> None:
    pipeline: laminardb.PipelineMetrics = conn.metrics()
    events: int = pipeline.total_events_ingested + pipeline.total_events_emitted + pipeline.total_events_dropped
    steps: int = pipeline.total_cycles + pipeline.total_batches
    counts: int = pipeline.source_count + pipeline.stream_count + pipeline.sink_count
    print(events, steps, counts, pipeline.uptime_secs, pipeline.state, pipeline.pipeline_watermark)
    source: laminardb.SourceMetrics | None = conn.source_metrics("trades")
    stream: laminardb.StreamMetrics | None = conn.stream_metrics("dear")
    assert source is not None
    assert stream is not None
    for metrics in (source, stream):
        print(metrics.name, metrics.total_events, metrics.pending, metrics.capacity)
        print(metrics.is_backpressured, metrics.watermark)
    reasons: list[dict[str, int]] = [pipeline.dropped, stream.dropped]
    print(reasons, pipeline.total_events_processed)
    print(source.utilization, stream.sql, stream.late_events, stream.error_events)
    print(len(conn.all_source_metrics()), len(conn.all_stream_metrics()))
    print(conn.pipeline_state, conn.pipeline_watermark, conn.total_events_processed)
    print(conn.source_count, conn.sink_count, conn.active_query_count, conn.is_checkpoint_enabled)
    result: laminardb.CheckpointResult | None = conn.checkpoint()
    identity: int = -1 if result is None else result.checkpoint_id
    status = laminardb.CheckpointStatus(checkpoint_id=identity, enabled=conn.is_checkpoint_enabled)
    short = laminardb.Metrics(pipeline)
    rate: float = short.events_per_second
    print(short.total_events, rate, short.uptime_secs, short.state, status.checkpoint_id, status.enabled)
    size = laminardb.TableStats(row_count=1, size_bytes=2)
    mark = laminardb.Watermark(current=5, lag_ms=0)
    print(size.row_count, size.size_bytes, mark.current, mark.lag_ms)


def use_high_level_types(conn: laminardb.Connection) -> None:
    view: laminardb.MaterializedView = laminardb.mv(conn, "dear")
    schema: laminardb.Schema = view.schema()
    column: laminardb.Column = schema["symbol"]
    print(view.name, view.sql, view.key(), column.name, column.type, column.nullable)
    print(schema.columns, schema.names, schema.arrow_schema.names, len(schema), [c.name for c in schema])
    print(view.query("price > 10").num_rows)
    with_handler: ChangeThread = view.subscribe(lambda event: print(len(event)))
    with_handler.cancel()
    with_handler.wait()
    assert not with_handler.is_active
    subscription: laminardb.StreamSubscription = view.subscribe()
    item = subscription.next()
    assert item is not None
    event = laminardb.ChangeEvent(item, op="Insert", key=["symbol"])
    for row in event:
        change: laminardb.ChangeRow = row
        op: Operation = change.op
        print(op, change["symbol"], change.keys(), change.values(), change.to_dict())
    print(event.df(), event.pl(), event.arrow(), event[0], event[0:1])
    with laminardb.viz.live(conn.subscribe("SELECT symbol FROM trades"), block=False) as live:
        shown: Live = live
        shown.refresh()
        shown.follow(timeout=0.01)
        assert not shown.is_active
    axes = laminardb.viz.plot(conn.query("SELECT * FROM trades"), x="symbol", y="price", kind="bar")
    assert axes is not None


class Product:
    """An aggregate, as sqlite3 has them."""

    def __init__(self) -> None:
        self.product = 1.0

    def step(self, value: float) -> None:
        self.product *= value

    def finalize(self) -> float:
        return self.product


def define_functions(conn: laminardb.Connection) -> None:
    def twice(value: float) -> float:
        return value * 2

    conn.register_function("twice", twice, vectorized=False)
    conn.register_aggregate("product_of", Product)
    print(conn.query("SELECT product_of(twice(price)) FROM trades").fetchone())
    conn.unregister_function("twice")


def handle_errors(conn: laminardb.Connection) -> None:
    try:
        conn.query("SELECT prise FROM trades")
    except laminardb.QueryError as error:
        where: int | None = error.position
        print(error.code == codes.QUERY_FAILED, where, error.candidates, error.rows_inserted, "prise" in error)
    families: list[type[laminardb.LaminarError]] = [
        laminardb.ConnectionError,
        laminardb.IngestionError,
        laminardb.StreamError,
        laminardb.CheckpointError,
        laminardb.ConnectorError,
    ]
    assert all(family("text", code=laminardb.error_codes.INTERNAL_ERROR).code == 900 for family in families)


def main() -> None:
    open_databases()
    with laminardb.open(":memory:") as conn:
        print(insert(conn))
        conn.execute("CREATE STREAM dear AS SELECT symbol, price FROM trades WHERE price > 1")
        read(conn)
        follow(conn)
        look_around(conn)
        measure(conn)
        use_high_level_types(conn)
        define_functions(conn)
        handle_errors(conn)
    asyncio.run(follow_in_a_loop())
    with tempfile.TemporaryDirectory() as place:
        assert laminardb.LaminarConfig(storage_dir=place).storage_dir == place
        assert not laminardb.LaminarConfig(storage_dir=place).read_only


if __name__ == "__main__":
    main()
