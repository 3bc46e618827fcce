"""What a directory costs: the modes of durability beside memory, the log's syncs beside the disk's own, and opening a
log again. Answers are checked; the directory is a temporary one on the disk of LAMINAR_BENCH_DIR (default: build/)."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import laminardb
import numpy as np
import pyarrow as pa
from laminardb import LaminarConfig

BATCH = 10_000
BATCHES = 300
THREADS = 16
SECONDS = 2.0
REPLAYED_BATCHES = 4000


@contextmanager
def folder() -> Iterator[Path]:
    root = Path(os.environ.get("LAMINAR_BENCH_DIR", Path(__file__).parent.parent / "build"))
    root.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="bench-", dir=root))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def batch(number: int) -> pa.RecordBatch:
    random = np.random.default_rng(number)
    return pa.record_batch(
        {"k": random.integers(0, 1000, BATCH), "v": random.integers(0, 1000, BATCH), "x": random.random(BATCH)}
    )


def ingest_seconds(path: str, config: LaminarConfig | None, batches: list[pa.RecordBatch]) -> float:
    with laminardb.open(path, config=config) as conn:
        conn.execute("CREATE SOURCE t (k BIGINT, v BIGINT, x DOUBLE)")
        conn.execute("CREATE STREAM s AS SELECT k, count(*) AS n, sum(v) AS total FROM t GROUP BY k")
        started = time.perf_counter()
        for rows in batches:
            conn.insert("t", rows)
        found = conn.query("SELECT sum(n) FROM s").fetchone()
        seconds = time.perf_counter() - started
        assert found == (BATCH * len(batches),)
        return seconds


def raw_write_seconds(path: Path, batches: list[pa.RecordBatch]) -> float:
    """The columns as they are, by write(2) into a new file, one call a batch: no log can do with less, unless it writes
    fewer bytes or writes while a step runs."""
    columns = [[column.buffers()[1] for column in rows.columns] for rows in batches]
    fd = os.open(path / "raw", os.O_WRONLY | os.O_CREAT)
    started, offset = time.perf_counter(), 0
    for buffers in columns:
        offset += os.pwritev(fd, buffers, offset)
    seconds = time.perf_counter() - started
    os.close(fd)
    assert offset == sum(len(buffer) for buffers in columns for buffer in buffers)
    return seconds


def disk_syncs(path: Path) -> float:
    """Appends of 100 bytes and fdatasync, a second's worth: what one writer can have of this disk."""
    count, started = 0, time.perf_counter()
    fd = os.open(path / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while time.perf_counter() - started < SECONDS:
        os.write(fd, b"x" * 100)
        os.fdatasync(fd)
        count += 1
    os.close(fd)
    return count / (time.perf_counter() - started)


def commits(path: Path, threads: int) -> float:
    """Single rows acknowledged under 'commit', a second."""
    counts = [0] * threads
    with laminardb.open(path) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        end = time.perf_counter() + SECONDS

        def write(number: int) -> None:
            while time.perf_counter() < end:
                conn.insert("t", {"v": 1})
                counts[number] += 1

        started = time.perf_counter()
        running = [threading.Thread(target=write, args=(number,)) for number in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        seconds = time.perf_counter() - started
        assert conn.query("SELECT count(*) FROM t").fetchone() == (sum(counts),)
    return sum(counts) / seconds


def run() -> bool:
    met = True
    batches = [batch(number) for number in range(BATCHES)]
    print(f"{BATCHES} batches of {BATCH:,} rows (2 BIGINT, DOUBLE) into a source with an aggregate over 1,000 keys")
    best = {mode: float("inf") for mode in ("memory", "write(2)", "none", "interval", "commit")}
    log_bytes = 0
    for _ in range(5):  # in turn: a shared machine drifts
        for mode in best:
            with folder() as path:
                if mode == "write(2)":
                    seconds = raw_write_seconds(path, batches)
                else:
                    config = None if mode == "memory" else LaminarConfig(durability=mode)
                    seconds = ingest_seconds(":memory:" if mode == "memory" else str(path / "db"), config, batches)
                if mode == "interval":
                    log_bytes = sum(file.stat().st_size for file in (path / "db" / "log").iterdir())
                best[mode] = min(best[mode], seconds)
    for mode, seconds in best.items():
        cost = seconds / best["memory"] - 1
        note = {
            "write(2)": f"the columns alone: {sum(rows.nbytes for rows in batches) / seconds / 1e9:.1f} GB/s",
            "interval": f"target <= 15 %; {log_bytes / BATCH / BATCHES:.1f} bytes of log a row",
        }.get(mode, "")
        print(f"  {mode:10}{BATCH * BATCHES / seconds / 1e6:8.1f} M rows/s  {cost:+7.1%}  {note}")
    met &= best["interval"] <= 1.15 * best["memory"]

    print("single rows under 'commit', beside append and fdatasync of the same disk")
    with folder() as path:
        raw = disk_syncs(path)
        one = commits(path / "one", 1)
        many = commits(path / "many", THREADS)
    print(f"  disk      {raw:10,.0f} syncs/s")
    print(f"  1 writer  {one:10,.0f} commits/s  {one / raw:6.0%} of the disk  target >= 80 %")
    print(f"  {THREADS} writers{many:10,.0f} commits/s  {many / raw:6.1f} x the disk  target >= 5 x")
    met &= one >= 0.8 * raw and many >= 5 * raw

    with folder() as path:
        config = LaminarConfig(durability="none")
        ingest_seconds(str(path / "db"), config, [batches[i % BATCHES] for i in range(REPLAYED_BATCHES)])
        size = sum(file.stat().st_size for file in (path / "db" / "log").iterdir())
        started = time.perf_counter()
        with laminardb.open(path / "db", config=config) as conn:
            seconds = time.perf_counter() - started
            assert conn.query("SELECT sum(n) FROM s").fetchone() == (BATCH * REPLAYED_BATCHES,)
    print(f"opening a log of {size / 1e9:.2f} GB, {BATCH * REPLAYED_BATCHES:,} rows: {seconds:.2f} s")
    return met
