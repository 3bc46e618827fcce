#!/usr/bin/env python3
"""A long run: rows, changes, definitions, checkpoints and subscribers at once, in a process that is killed at times.

    tests/crash/soak.py --minutes 30 --rows 24000000

Several threads of one process, forked anew after each kill, bring events (at a pace that comes to `--rows` at the end),
change a table, create and drop streams, subscribe and leave, and make checkpoints. Batches of events are numbered and
made of their number, so what came before is known without being kept. Each time the directory is opened, the events
that were acknowledged must be there, at most one batch more, and every view must be what its SELECT is. At the end,
memory and files must not have grown after the first third.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import laminardb
import numpy as np
import pyarrow as pa
from laminardb import LaminarConfig

BATCH = 10_000
KEYS = 2_000
KEPT_ROWS = 500_000
SCHEMA = (
    "CREATE SOURCE IF NOT EXISTS events (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) "
    f"WITH (retention = '{KEPT_ROWS} rows')",
    "CREATE TABLE IF NOT EXISTS accounts (k BIGINT PRIMARY KEY, name VARCHAR, amount BIGINT)",
    "CREATE STREAM IF NOT EXISTS total AS SELECT count(*) AS n, sum(v) AS s FROM events",
    "CREATE STREAM IF NOT EXISTS by_key AS SELECT k, count(*) AS n, sum(v) AS s, max(v) AS top FROM events GROUP BY k",
    "CREATE STREAM IF NOT EXISTS closed WITH (retention = '10000 rows') AS SELECT window_start, count(*) AS n "
    "FROM events GROUP BY TUMBLE(ts, INTERVAL '10' SECOND) EMIT ON WINDOW CLOSE",
    "CREATE STREAM IF NOT EXISTS by_name AS SELECT name, count(*) AS n, sum(amount) AS s, min(amount) AS low "
    "FROM accounts GROUP BY name",
    "CREATE STREAM IF NOT EXISTS richest AS SELECT k, amount FROM accounts ORDER BY amount DESC, k LIMIT 10",
    "CREATE STREAM IF NOT EXISTS named AS SELECT name, by_key.n AS n "
    "FROM by_key JOIN accounts ON by_key.k = accounts.k",
)
# Views over what is there whole, with the SELECT that each must be.
LAWS = {
    "by_name": "SELECT name, count(*) AS n, sum(amount) AS s, min(amount) AS low FROM accounts GROUP BY name",
    "richest": "SELECT k, amount FROM accounts ORDER BY amount DESC, k LIMIT 10",
    "named": "SELECT name, by_key.n AS n FROM by_key JOIN accounts ON by_key.k = accounts.k",
    "total": "SELECT coalesce(sum(n), 0) AS n, sum(s) AS s FROM by_key",
}


def batch(number: int) -> pa.Table:
    values = np.random.default_rng(number)
    first = number * BATCH
    return pa.table(
        {
            "k": values.integers(0, KEYS, BATCH),
            "v": values.integers(0, 1000, BATCH),
            "ts": pa.array(np.arange(first, first + BATCH) * 1_000, pa.timestamp("us")),
        }
    )


class Totals:
    """Of the first batches, without holding them."""

    def __init__(self) -> None:
        self.sums = [0]

    def of(self, batches: int) -> int:
        while len(self.sums) <= batches:
            self.sums.append(self.sums[-1] + int(np.sum(batch(len(self.sums) - 1)["v"].to_numpy())))
        return self.sums[batches]


def rows(conn: Any, sql: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = conn.query(sql).fetchall()
    return sorted(found, key=repr)


def verify(conn: Any, acknowledged: int, totals: Totals) -> int:
    """How many batches are there."""
    count, summed = conn.query("SELECT n, s FROM total").fetchone() or (0, 0)
    batches = count // BATCH
    if count % BATCH or batches not in (acknowledged, acknowledged + 1) or (summed or 0) != totals.of(batches):
        raise AssertionError(f"{count} events of sum {summed}, and {acknowledged} batches were acknowledged")
    for view, sql in LAWS.items():
        if rows(conn, f"SELECT * FROM {view}") != rows(conn, sql):
            raise AssertionError(f"{view} is not its SELECT")
    return int(batches)


class Work:
    """The threads of one process."""

    def __init__(self, folder: Path, seed: int, pace: float, begun: float):
        self.folder, self.pace, self.begun = folder, pace, begun
        self.chance = random.Random(seed)
        self.config = LaminarConfig(
            storage_dir=str(folder / "db"),
            durability=self.chance.choice(("interval", "none", "commit")),
            checkpoint_interval_secs=self.chance.choice((5.0, 1e6)),
        )
        self.conn = laminardb.open_with_config(self.config)
        self.failures: list[str] = []

    def run(self, totals: Totals) -> None:
        for statement in SCHEMA:
            self.conn.execute(statement)
        acknowledged = int((self.folder / "acknowledged").read_text())
        self.next = verify(self.conn, acknowledged, totals)
        (self.folder / "acknowledged").write_text(str(self.next))
        jobs: tuple[Callable[[random.Random], None], ...] = (
            self.insert,
            self.change,
            self.define,
            self.subscribe,
            self.checkpoint,
            self.measure,
        )
        threads = [threading.Thread(target=self.repeat, args=(job,), daemon=True) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        raise AssertionError("; ".join(self.failures))

    def repeat(self, job: Callable[[random.Random], None]) -> None:
        chance = random.Random(self.chance.random())
        try:
            while not self.failures:
                job(chance)
        except Exception:
            self.failures.append(traceback.format_exc())

    def insert(self, chance: random.Random) -> None:
        ahead = self.next * BATCH - (time.time() - self.begun) * self.pace
        if ahead > 0:
            time.sleep(min(ahead / self.pace, 1.0))
            return
        self.conn.insert("events", batch(self.next))
        self.next += 1
        # Replaced at once: a kill leaves the one or the other.
        unfinished = self.folder / "acknowledged.new"
        unfinished.write_text(str(self.next))
        unfinished.replace(self.folder / "acknowledged")

    def change(self, chance: random.Random) -> None:
        accounts = ", ".join(
            f"({key}, 'name {chance.randrange(50)} of an account', {chance.randrange(10**6)})"
            for key in chance.sample(range(KEYS), 20)
        )
        statements = (
            f"INSERT INTO accounts VALUES {accounts} "
            "ON CONFLICT DO UPDATE SET name = excluded.name, amount = excluded.amount",
            f"DELETE FROM accounts WHERE k % 97 = {chance.randrange(97)}",
            f"UPDATE accounts SET amount = amount + 1 WHERE k % 31 = {chance.randrange(31)}",
        )
        self.conn.execute(chance.choice(statements))
        time.sleep(0.002)

    def define(self, chance: random.Random) -> None:
        name = f"extra_{chance.randrange(20)}"
        if chance.random() < 0.5:
            self.conn.execute(
                f"CREATE OR REPLACE STREAM {name} AS SELECT k % {chance.randrange(2, 9)} AS g, sum(amount) AS s "
                "FROM accounts GROUP BY ALL"
            )
        else:
            self.conn.execute(f"DROP STREAM IF EXISTS {name}")
        time.sleep(0.05)

    def subscribe(self, chance: random.Random) -> None:
        changes = self.conn.subscribe(f"SELECT * FROM {chance.choice(('by_key', 'by_name', 'named'))}")
        for _ in range(chance.randrange(30)):
            changes.next_timeout(100)
        changes.cancel()

    def checkpoint(self, chance: random.Random) -> None:
        time.sleep(chance.random() * 10)
        self.conn.checkpoint()

    def measure(self, chance: random.Random) -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        size = sum(path.stat().st_size for path in (self.folder / "db").rglob("*") if path.is_file())
        with (self.folder / "measured").open("a") as out:
            out.write(f"{time.time() - self.begun} {pages * resource.getpagesize()} {size}\n")
        time.sleep(1)


def flat(name: str, values: list[tuple[float, float]], total: float) -> None:
    """After the first third it must not grow: half as much again is what a process more or less has warmed up to."""
    early = [value for at, value in values if total / 3 <= at < total * 2 / 3]
    late = [value for at, value in values if at >= total * 2 / 3]
    print(
        f"{name}: {statistics.median(early) / 1e6:,.0f} MB, then {statistics.median(late) / 1e6:,.0f} MB "
        f"(at most {max(value for _, value in values) / 1e6:,.0f})"
    )
    if statistics.median(late) > statistics.median(early) * 1.5:
        raise AssertionError(f"{name} has grown")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rows", type=int, default=24_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    folder = Path(tempfile.mkdtemp(prefix="laminardb-soak-"))
    (folder / "acknowledged").write_text("0")
    seconds = arguments.minutes * 60
    begun = time.time()
    totals = Totals()
    kills = 0
    while (left := begun + seconds - time.time()) > 0:
        totals.of(int((folder / "acknowledged").read_text()))  # once, and not in every child
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            try:
                Work(folder, chance.randrange(1 << 30), arguments.rows / seconds, begun).run(totals)
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        time.sleep(min(left, chance.uniform(5, 40)))  # the moment of the kill is the thing under test
        os.kill(child, signal.SIGKILL)
        if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            print(f"failed after {time.time() - begun:,.0f} s and {kills} kills: {folder}")
            return 1
        kills += 1
    acknowledged = int((folder / "acknowledged").read_text())
    with laminardb.open_with_config(LaminarConfig(storage_dir=str(folder / "db"))) as conn:
        batches = verify(conn, acknowledged, totals)
    measured = [tuple(map(float, line.split())) for line in (folder / "measured").read_text().splitlines()]
    print(f"{batches * BATCH:,} rows in {time.time() - begun:,.0f} s, {kills} kills, the law holds")
    flat("memory", [(at, memory) for at, memory, _ in measured], seconds)
    flat("files", [(at, size) for at, _, size in measured], seconds)
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
