"""Replays the flights of 2013 as a live feed through five streams, shows them, and proves the hourly one.

python examples/nycflights/replay.py [--speed HOURS|max] [--repeat N] [--output DIR]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import check
import feed as flights_feed
import laminardb
import numpy as np
import pyarrow.parquet as pq
from screen import Screen

HERE = Path(__file__).parent
MICROS_PER_HOUR = 3_600_000_000
ROWS_PER_CALL_AT_MAX = 500
SHOWN = ("hourly", "on_time", "totals", "cancellations")


def wall_clock(micros: int) -> datetime:
    return datetime.fromtimestamp(int(micros) / 1e6, UTC).replace(tzinfo=None)


class LatencyProbe:
    """Stamps rows as they are handed in and takes the time when the callback gets them."""

    def __init__(self, rows: int, screen: Screen) -> None:
        self.handed_in = np.zeros(rows)
        self.seconds: list[float] = []
        self.screen = screen

    def on_data(self, change: laminardb.QueryResult) -> None:
        now = time.perf_counter()
        for row in change.fetchall():
            self.seconds.append(now - self.handed_in[row[0]])
            self.screen.very_late.append(row)


def replay(
    conn: laminardb.Connection,
    feed: flights_feed.Feed,
    speed: float | None,
    screen: Screen,
    probe: LatencyProbe,
    subscriptions: dict[str, laminardb.StreamSubscription],
) -> tuple[np.ndarray, float]:
    """Feeds all rows; the call each row was in, and the seconds spent inside `insert`."""
    total = feed.rows.num_rows
    calls = np.zeros(total, dtype=np.int64)
    batches = feed.rows
    begin, call, busy = 0, 0, 0.0
    started, first = time.perf_counter(), int(feed.arrival[0])
    while begin < total:
        if speed is None:
            end = min(begin + ROWS_PER_CALL_AT_MAX, total)
        else:
            now = first + (time.perf_counter() - started) * speed * MICROS_PER_HOUR
            end = int(np.searchsorted(feed.arrival, now, side="right"))
            if end == begin:
                wait = (int(feed.arrival[begin]) - now) / MICROS_PER_HOUR / speed
                time.sleep(min(max(wait, 0.0), 0.05))
                screen.draw(begin, wall_clock(int(now)))
                continue
        rows = batches.slice(begin, end - begin)
        calls[begin:end] = call
        before = time.perf_counter()
        probe.handed_in[begin:end] = before
        conn.insert("flights", rows)
        busy += time.perf_counter() - before
        for name, subscription in subscriptions.items():
            while (change := subscription.try_next()) is not None:
                screen.take(name, change)
        begin, call = end, call + 1
        screen.draw(begin, wall_clock(int(feed.arrival[end - 1])), final=begin == total)
    return calls, busy


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speed", default="max", help="hours of 2013 a second, or max (default: max)")
    parser.add_argument("--repeat", type=int, default=3, help="replay the year so many times, shifted (default: 3)")
    parser.add_argument("--output", default="demo-output", help="folder for the Parquet file and the chart")
    arguments = parser.parse_args()
    speed = None if arguments.speed == "max" else float(arguments.speed)
    output = Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)

    feed = flights_feed.make_feed(arguments.repeat)
    total = feed.rows.num_rows
    with laminardb.open(":memory:") as conn, Screen(total) as screen:
        conn.execute((HERE / "streams.sql").read_text())
        probe = LatencyProbe(total, screen)
        delayed = conn.subscribe_stream_callback("very_late", probe.on_data)
        subscriptions = {name: conn.subscribe_stream(name) for name in SHOWN}

        calls, busy = replay(conn, feed, speed, screen, probe, subscriptions)
        with conn.writer("flights") as writer:  # the year is over: close the windows still open
            writer.watermark(int(feed.sched.max()) + 7 * 24 * MICROS_PER_HOUR)

        hourly = conn.query("SELECT * FROM hourly").arrow()
        cancellations = conn.query("SELECT * FROM cancellations").arrow()
        for name, subscription in subscriptions.items():
            while (change := subscription.try_next()) is not None:
                screen.take(name, change)
        screen.draw(total, wall_clock(int(feed.arrival[-1])), final=True)
        metrics = {name: conn.stream_metrics(name) for name in conn.list_streams()}
        late_counts = {name: metric.late_events for name, metric in metrics.items()}
        conn.shutdown()
        delayed.wait()

    cancelled = feed.rows["cancelled"].to_numpy()
    late = check.late_rows(feed.sched, calls, MICROS_PER_HOUR)
    equal, compared = check.same_as_duckdb(hourly, feed.rows, late)
    late_as_expected = late_counts["hourly"] == int((late & ~cancelled).sum())
    pq.write_table(hourly, output / "hourly.parquet")
    import chart

    chart.draw_year(hourly, cancellations, str(output / "year.png"))

    micros = sorted(seconds * 1e6 for seconds in probe.seconds)
    p99 = micros[int(len(micros) * 0.99)]
    print(f"\nrows in               {total:>12,}   ({arguments.repeat} × 336,776 flights)")
    for name, metric in metrics.items():
        print(f"  out of {name:<14}{metric.total_events:>12,}   late {metric.late_events:,}")
    print(f"events/s              {total / busy:>12,.0f}   through all five streams, with their subscribers")
    print(
        f"event to subscriber   {statistics.median(micros):>9,.0f} µs   p50, p99 {p99:,.0f} µs, "
        f"over {len(micros):,} flights"
    )
    print(
        f"cancellations         {int(cancelled.sum()):>12,}   "
        f"{late_counts['cancellations']:,} of them known too late for their day"
    )
    print(f"written               {output / 'hourly.parquet'}, {output / 'year.png'}")
    verdict = "equal" if equal and late_as_expected else "DIFFERENT"
    print(f"hourly against DuckDB over the same accepted rows: {compared:,} rows, {verdict}")
    return 0 if equal and late_as_expected else 1


if __name__ == "__main__":
    sys.exit(main())
