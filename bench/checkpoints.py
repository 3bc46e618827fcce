"""Checkpoints: what one costs when little has changed, how long steps stop for it, and opening one again.

The state is an aggregate with a row for each of 10 M keys, most of a gigabyte with the history it came from; the
directory is a temporary one on the disk of LAMINAR_BENCH_DIR (default: build/). Answers are checked.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from durability import folder
from laminardb import LaminarConfig, _testing

KEYS = 10_000_000
BATCH = 100_000
CHANGED = KEYS // 100


def rows(keys: Any) -> pa.RecordBatch:
    return pa.record_batch({"k": keys, "v": np.ones(len(keys), dtype=np.int64)})


def checkpoint(conn: Any) -> tuple[int, float, float]:
    """Bytes written, seconds in all, and milliseconds for which no step could run."""
    conn.checkpoint()
    _, _, _, _, written, micros, pause = conn.query("SHOW CHECKPOINTS").fetchall()[-1]
    return written, micros / 1e6, pause / 1e3


def slowest_insert(conn: Any, during: Any) -> tuple[float, float]:
    """Of single rows that are brought all the time while `during` runs: median and longest, in milliseconds."""
    taken: list[float] = []
    stop = threading.Event()
    random = np.random.default_rng(2)

    def bring() -> None:
        while not stop.is_set():
            row = {"k": int(random.integers(KEYS)), "v": 1}
            begun = time.perf_counter()
            conn.insert("t", row)
            taken.append(time.perf_counter() - begun)

    thread = threading.Thread(target=bring)
    thread.start()
    during()
    stop.set()
    thread.join()
    return float(np.median(taken)) * 1e3, max(taken) * 1e3


def open_seconds(path: Path) -> float:
    started = time.perf_counter()
    with _testing.open(str(path), config=LaminarConfig(durability="none"), checkpoint_on_close=False) as conn:
        seconds = time.perf_counter() - started
        assert conn.query("SELECT count(*) FROM s").fetchone() == (KEYS,)
    return seconds


def run() -> bool:
    with folder() as path:
        config = LaminarConfig(storage_dir=str(path / "db"), durability="none")
        conn = _testing.open("bench", config=config, checkpoint_log_bytes=1 << 60, checkpoint_on_close=False)
        conn.execute("CREATE SOURCE t (k BIGINT, v BIGINT)")
        conn.execute("CREATE STREAM s AS SELECT k, sum(v) AS total, count(*) AS n FROM t GROUP BY k")
        for first in range(0, KEYS, BATCH):
            conn.insert("t", rows(np.arange(first, first + BATCH)))
        whole, seconds, pause = checkpoint(conn)
        state = whole - history_bytes(path)
        print(f"sum and count of {KEYS:,} keys: {state / 1e6:,.0f} MB of state, {whole / 1e6:,.0f} MB with the history")
        print(f"first checkpoint: {seconds:.2f} s, {whole / seconds / 1e6:,.0f} MB/s, steps stopped for {pause:.2f} ms")
        conn.insert("t", rows(np.random.default_rng(1).choice(KEYS, CHANGED, replace=False)))
        written, seconds, pause = checkpoint(conn)
        share = written / state
        print(
            f"1 % of the keys changed: {written / 1e6:.1f} MB written, {share:.1%} of the state (wanted: 5 %), "
            f"{seconds * 1e3:.0f} ms, steps stopped for {pause:.2f} ms (wanted: 5)"
        )
        median, longest = slowest_insert(conn, lambda: [checkpoint(conn) for _ in range(5)])
        print(f"single rows meanwhile: median {median:.3f} ms, longest {longest:.1f} ms")
        conn.close()
        seconds = min(open_seconds(path / "db") for _ in range(3))
        size = sum(
            file.stat().st_size for file in (path / "db").rglob("*") if file.is_file() and "log" not in file.parts
        )
        per_gigabyte = seconds / (size / 1e9)
        print(f"opening it, warm: {seconds:.2f} s for {size / 1e6:,.0f} MB, {per_gigabyte:.2f} s a GB (wanted: 3)")
        return share <= 0.05 and pause <= 5 and per_gigabyte <= 3


def history_bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in (path / "db" / "history").iterdir())
