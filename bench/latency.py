"""From `insert` of one dict to the callback of a filter stream, at 1 kHz, beside a hand-off between Python threads."""

from __future__ import annotations

import queue
import threading
import time

import laminardb
from timing import percentile

EVENTS = 5_000
PERIOD = 0.001


def paced(send: object, events: int) -> None:
    """Calls send(i) every millisecond, sleeping in between."""
    due = time.perf_counter()
    for i in range(events):
        due += PERIOD
        while (left := due - time.perf_counter()) > 0:
            time.sleep(left)
        send(i)  # type: ignore[operator]


def hand_off() -> list[float]:
    """Microseconds from `put` to the waiting thread, sorted."""
    items: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    micros: list[float] = []

    def take() -> None:
        while (sent := items.get()) is not None:
            micros.append((time.perf_counter() - sent) * 1e6)

    thread = threading.Thread(target=take)
    thread.start()
    paced(lambda _: items.put(time.perf_counter()), EVENTS)
    items.put(None)
    thread.join()
    return sorted(micros)


def event_to_callback() -> list[float]:
    """Microseconds from before `insert` to inside the callback, sorted."""
    micros: list[float] = []
    with laminardb.open(":memory:") as conn:
        conn.execute("CREATE SOURCE t (id BIGINT, sent DOUBLE, s VARCHAR)")
        conn.execute("CREATE STREAM f AS SELECT id, sent FROM t WHERE id >= 0")

        def on_data(change: laminardb.QueryResult) -> None:
            now = time.perf_counter()
            micros.extend((now - sent) * 1e6 for _, sent in change)

        subscription = conn.subscribe_stream_callback("f", on_data)
        paced(lambda i: conn.insert("t", {"id": i, "sent": time.perf_counter(), "s": "x"}), EVENTS)
        conn.shutdown()
        subscription.wait()
    assert len(micros) == EVENTS
    return sorted(micros)


def run() -> bool:
    bare = hand_off()
    ours = event_to_callback()
    print(f"{'1 kHz, µs':<34}{'p50':>10}{'p99':>10}{'p99.9':>10}")
    for name, values in (("bare hand-off, Python threads", bare), ("insert(dict) → callback", ours)):
        print(f"{name:<34}" + "".join(f"{percentile(values, share):>10.1f}" for share in (0.5, 0.99, 0.999)))
    met = percentile(ours, 0.5) <= percentile(bare, 0.5) + 35 and percentile(ours, 0.99) <= percentile(bare, 0.99) + 150
    print(f"target: p50 ≤ hand-off + 35 µs, p99 ≤ hand-off + 150 µs: {'met' if met else 'NOT MET'}", flush=True)
    return met


if __name__ == "__main__":
    run()
