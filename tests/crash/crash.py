#!/usr/bin/env python3
"""Kills a process that uses a database, again and again, and verifies each time that what must survive has survived.

    tests/crash/crash.py --kills 100 --seed 1

One round is one process, forked: it opens the database, verifies it against what earlier rounds wrote down, goes on
changing it, and is killed: at a named point of log, recovery, engine or sink (LAMINAR_KILL_AT), or at a moment of
chance. What it does is written down outside the database, before (`begin`) and after (`done`) each change. A change
that was done must be there; the one that was under way may be there, but whole; what a subscriber was told must be
there too.
Two sinks carry changes into files, one of lines and one of Parquet: no change is ever in them twice, and when a process
has ended in order, each is there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import laminardb
from laminardb import LaminarConfig, _testing

POINTS = (
    "log.before_write",
    "log.torn_write",
    "log.after_write",
    "log.before_sync",
    "log.after_sync",
    "log.segment_without_header",
    "log.before_session_end",
    "log.before_cut",
    "log.cut",
    "engine.accepted",
    "engine.epoch_logged",
    "recovery.record",
    "recovery.replayed",
    "recovery.log_open",
    "recovery.defined",
    "recovery.history",
    "recovery.image",
    "log.before_remove",
    "checkpoint.frozen",
    "checkpoint.image",
    "checkpoint.images_written",
    "checkpoint.history_unsynced",
    "checkpoint.histories_written",
    "checkpoint.before_manifest",
    "checkpoint.manifest_unfinished",
    "checkpoint.manifest_written",
    "checkpoint.manifest_switched",
    "checkpoint.before_cleaning",
    "checkpoint.before_remove",
    "sink.written",
    "sink.closed",
    "sink.synced",
    "sink.record_unfinished",
    "sink.record_made",
    "sink.renamed",
    "sink.resumed",
)
FIRST_POINTS = ("folder.made", "folder.identity_unfinished", "folder.identity_made")  # a directory is made once
# At most once in a process, or rarely.
ONCE = (
    "log.before_cut",
    "log.cut",
    "log.segment_without_header",
    "log.before_session_end",
    "recovery.replayed",
    "recovery.log_open",
)
ROUNDS_OF_A_DATABASE = 12
OPERATIONS_OF_A_ROUND = 25
WINDOW = 10_000
FAILED = 3


class Model:
    """What the database must hold after some operations, in Python."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, str, int, int]] = []  # of t: op, k, v, ts
        self.names: dict[str, str] = {}
        self.streams: set[str] = set()
        self.extra_columns = 0
        self.windows: dict[int, int] = {}
        self.watermark: int | None = None

    def apply(self, operation: dict[str, Any]) -> None:
        kind = operation["kind"]
        if kind in ("insert", "transaction"):
            self._insert([tuple(row) for row in operation["rows"]])
        if kind in ("upsert", "transaction"):
            self.names.update(operation["names"])
        if kind == "delete":
            for key in operation["keys"]:
                self.names.pop(key, None)
        if kind == "update":
            self.names = dict.fromkeys(self.names, operation["name"])
        if kind == "create":
            self.streams.add(operation["stream"])
        if kind == "drop":
            self.streams.discard(operation["stream"])
        if kind == "alter":
            self.extra_columns += 1

    def _insert(self, rows: list[Any]) -> None:
        before = self.watermark
        for _, _, _, ts in rows:
            start = ts - ts % WINDOW
            if before is None or start + WINDOW > before:
                self.windows[start] = self.windows.get(start, 0) + 1
            self.watermark = ts if self.watermark is None else max(self.watermark, ts)
        self.rows += rows

    def expected(self) -> dict[str, Any]:
        totals: dict[str, list[int]] = {}
        for _, k, v, _ in self.rows:
            total = totals.setdefault(k, [0, 0])
            total[0] += 1
            total[1] += v
        grouped = sorted((k, count, total) for k, (count, total) in totals.items())
        return {
            "SELECT op, k, v, ts FROM t": sorted(self.rows),
            "SELECT k, name FROM names": sorted(self.names.items()),
            "SELECT k, n, total FROM totals": grouped,
            "SELECT start, n FROM windows": sorted(self.windows.items()),
            "SELECT name, n FROM named": sorted((self.names[k], count) for k, count, _ in grouped if k in self.names),
            "SELECT name, low, n FROM lowest": sorted(
                (name, min(ks), len(ks)) for name, ks in keys_by(self.names).items()
            ),
            "SELECT k, total FROM highest": sorted(
                sorted(((k, total) for k, _, total in grouped), key=lambda row: (-row[1], row[0]))[:3]
            ),
            **{f"SELECT k, n FROM {stream}": sorted((k, n) for k, n, _ in grouped) for stream in self.streams},
        }


def keys_by(names: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, name in names.items():
        found.setdefault(name, []).append(key)
    return found


SCHEMA = (
    "CREATE SOURCE t (op BIGINT, k VARCHAR, v BIGINT, ts BIGINT, WATERMARK FOR ts)",
    "CREATE TABLE names (k VARCHAR PRIMARY KEY, name VARCHAR)",
    "CREATE STREAM totals WITH (retain_history = '100mb') AS "
    "SELECT k, count(*) AS n, sum(v) AS total FROM t GROUP BY k",
    f"CREATE MATERIALIZED VIEW windows AS SELECT window_start AS start, count(*) AS n FROM t "
    f"GROUP BY TUMBLE(ts, INTERVAL '{WINDOW // 1000}' SECOND)",
    "CREATE STREAM named AS SELECT name, n FROM totals JOIN names ON totals.k = names.k",
    # State of other kinds, for checkpoints: values in order, of which some go, and rows by rank.
    "CREATE STREAM lowest AS SELECT name, min(k) AS low, count(*) AS n FROM names GROUP BY name",
    "CREATE STREAM highest AS SELECT k, total FROM totals ORDER BY total DESC, k LIMIT 3",
)
OWN_STREAMS = {"totals", "windows", "named", "lowest", "highest"}


SINKS = (
    "CREATE SINK IF NOT EXISTS lines INTO FILE (path = '{folder}/lines/', format = 'json', roll_rows = 100) "
    "AS SELECT op, k, v, ts FROM t",
    "CREATE SINK IF NOT EXISTS changes FROM totals "
    "INTO FILE (path = '{folder}/changes/{{n}}.parquet', format = 'weights', roll_rows = 40)",
)


class Journal:
    """What must survive, one JSON object a line. A line is written by one call of the system: after a kill it is there,
    or it is not."""

    def __init__(self, path: Path):
        self.done: list[dict[str, Any]] = []
        self.open: dict[str, Any] | None = None
        self.seen: set[int] = set()
        self.epoch = 0
        self.epochs: list[int] = []  # in which the operations that were done are seen whole
        self.checkpoint = 0
        self.schema = 0
        self.next = 1
        text = path.read_text() if path.exists() else ""
        for line in text.splitlines():
            self._read(json.loads(line))
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def _read(self, entry: dict[str, Any]) -> None:
        match entry["what"]:
            case "begin":
                self.open = entry["operation"]
                self.next = self.open["op"] + 1
            case "done":
                assert self.open is not None
                self.done.append(self.open)
                self.open = None
                self.epochs.append(entry["epoch"])
                self.epoch = max(self.epoch, entry["epoch"])
            case "checkpoint":
                self.checkpoint = entry["id"]
            case "undone":
                self.open = None
            case "seen":
                self.seen.add(entry["op"])
            case "schema":
                self.schema = entry["statements"]

    def write(self, **entry: Any) -> None:
        os.write(self._file, (json.dumps(entry) + "\n").encode())


def rows_of(conn: Any, sql: str) -> list[tuple[Any, ...]]:
    return sorted(conn.query(sql).fetchall())


def problem(conn: Any, model: Model) -> str | None:
    """The first difference between the database and the model."""
    streams = set(conn.list_streams()) - OWN_STREAMS
    if streams != model.streams:
        return f"streams {streams}, expected {model.streams}"
    columns = len(conn.schema("t").names)
    if columns != 4 + model.extra_columns:
        return f"t has {columns} columns, expected {4 + model.extra_columns}"
    for sql, expected in model.expected().items():
        found = rows_of(conn, sql)
        if found != expected:
            return f"{sql}: {len(found)} rows, expected {len(expected)}; {first_difference(found, expected)}"
    return None


def first_difference(found: list[Any], expected: list[Any]) -> str:
    missing = list((Counter(expected) - Counter(found)).elements())[:3]
    surplus = list((Counter(found) - Counter(expected)).elements())[:3]
    return f"missing {missing}, not expected {surplus}"


def rows_of_files(pattern: Path) -> list[tuple[Any, ...]]:
    if not list(pattern.parent.glob(pattern.name)):
        return []
    with laminardb.open(":memory:") as conn:
        return conn.query(f"SELECT * FROM '{pattern}'").fetchall()


def verify_sinks(folder: Path, model: Model, complete: bool) -> None:
    """Of files that have their names. Without `complete` the sinks may be under way."""
    carried = Counter(rows_of_files(folder / "lines" / "*.json"))
    expected = Counter(model.rows)
    if carried - expected or (complete and expected - carried):
        raise AssertionError(f"lines: {first_difference(list(carried.elements()), list(expected.elements()))}")
    if not complete:
        return
    totals: Counter[tuple[Any, ...]] = Counter()
    for *row, weight in rows_of_files(folder / "changes" / "*.parquet"):
        totals[tuple(row)] += weight
    found = sorted(row for row, weight in totals.items() if weight)
    if any(weight not in (0, 1) for weight in totals.values()):
        raise AssertionError(f"changes: weights {[item for item in totals.items() if item[1] not in (0, 1)][:3]}")
    if found != model.expected()["SELECT k, n, total FROM totals"]:
        raise AssertionError(f"changes: {first_difference(found, model.expected()['SELECT k, n, total FROM totals'])}")


def verify(conn: Any, journal: Journal, folder: Path) -> None:
    if journal.schema == 0:
        journal_schema(conn, journal, folder)
        return
    model = Model()
    for operation in journal.done:
        model.apply(operation)
    without = problem(conn, model)
    happened = False
    if journal.open is not None:
        model.apply(journal.open)
        happened = problem(conn, model) is None
    if without is not None and not happened:
        raise AssertionError(f"after {len(journal.done)} operations: {without}; under way was {journal.open}")
    if journal.open is not None:
        told = journal.open["op"] in journal.seen
        if told and not happened:
            raise AssertionError(f"a subscriber was told of operation {journal.open['op']}, and it is not there")
        if happened:
            journal.done.append(journal.open)
            journal.epochs.append(epoch_of(conn))
            journal.write(what="done", epoch=journal.epochs[-1])
        else:
            journal.write(what="undone")
        journal.open = None
    model = Model()
    for operation in journal.done:
        model.apply(operation)
    verify_sinks(folder, model, complete=False)
    failed = [(sink.name, sink.last_error) for sink in conn.sinks() if sink.status != "running"]
    if failed:
        raise AssertionError(f"sinks: {failed}")
    if epoch_of(conn) < journal.epoch:
        raise AssertionError(f"epoch {epoch_of(conn)} after {journal.epoch}")
    last = max((row[0] for row in conn.query("SHOW CHECKPOINTS").fetchall()), default=0)
    if last < journal.checkpoint:
        raise AssertionError(f"checkpoint {last} after {journal.checkpoint}")


def verify_changes(conn: Any, journal: Journal, chance: random.Random) -> None:
    """What was there at some epoch of before, and the changes behind it, come to what is there."""
    if not journal.done:
        return
    place = chance.randrange(len(journal.done))
    model = Model()
    for operation in journal.done[: place + 1]:
        model.apply(operation)
    sql = "SELECT k, n, total FROM totals"
    summed = Counter(model.expected()[sql])
    changes = conn.subscribe_stream("totals", from_epoch=journal.epochs[place])
    now = epoch_of(conn)
    while (item := changes.try_next()) is not None:
        if item.epoch > now:
            raise AssertionError(f"a change of epoch {item.epoch}, and nothing has happened since {now}")
        *columns, weights = (item.arrow().column(name).to_pylist() for name in ("k", "n", "total", "__weight"))
        for row, weight in zip(zip(*columns, strict=True), weights, strict=True):
            summed[row] += weight
    changes.cancel()
    found = sorted(row for row, weight in summed.items() for _ in range(weight))
    if any(weight < 0 for weight in summed.values()) or found != rows_of(conn, sql):
        raise AssertionError(
            f"contents of epoch {journal.epochs[place]} and the changes behind it: "
            f"{first_difference(found, rows_of(conn, sql))}"
        )


def journal_schema(conn: Any, journal: Journal, folder: Path) -> None:
    """The killed process may have made some of it."""
    for statement in SCHEMA:
        conn.execute(
            statement.replace(" SOURCE ", " SOURCE IF NOT EXISTS ")
            .replace(" TABLE ", " TABLE IF NOT EXISTS ")
            .replace(" STREAM ", " STREAM IF NOT EXISTS ")
            .replace(" VIEW ", " VIEW IF NOT EXISTS ")
        )
    for sink in SINKS:
        conn.execute(sink.format(folder=folder))
    journal.write(what="schema", statements=len(SCHEMA))
    journal.schema = len(SCHEMA)


def epoch_of(conn: Any) -> int:
    return int(conn.query("SELECT op FROM t WHERE op < 0").epoch)


def choose(chance: random.Random, number: int, model: Model) -> dict[str, Any]:
    kind = chance.choices(
        ("insert", "upsert", "delete", "update", "transaction", "create", "drop", "alter", "checkpoint"),
        (30, 8, 4, 3, 10, 2, 2, 1, 5),
    )[0]
    operation: dict[str, Any] = {"op": number, "kind": kind}
    keys = [f"key {i} of a length past twelve" if i % 2 else f"k{i}" for i in range(8)]
    base = model.watermark or 0
    if kind in ("insert", "transaction"):
        count = chance.choice((1, 1, 1, 40, 600))
        operation["rows"] = [
            (number, chance.choice(keys), chance.randrange(1000), max(0, base + chance.randrange(-15_000, 3000)))
            for _ in range(count)
        ]
    if kind in ("upsert", "transaction"):
        operation["names"] = {chance.choice(keys): f"name {number}" for _ in range(3)}
    if kind == "delete":
        operation["keys"] = sorted(set(chance.choices(keys, k=2)))
    if kind == "update":
        operation["name"] = f"all {number}"
    if kind == "create":
        operation["stream"] = f"s{number}"
    if kind == "drop":
        if not model.streams:
            return choose(chance, number, model)
        operation["stream"] = chance.choice(sorted(model.streams))
    return operation


def carry_out(conn: Any, operation: dict[str, Any], journal: Journal) -> None:
    def insert() -> None:
        columns = ("op", "k", "v", "ts")
        conn.insert("t", {name: [row[i] for row in operation["rows"]] for i, name in enumerate(columns)})

    def upsert() -> None:
        conn.upsert("names", [{"k": key, "name": name} for key, name in operation["names"].items()])

    match operation["kind"]:
        case "insert":
            insert()
        case "upsert":
            upsert()
        case "delete":
            conn.delete("names", [{"k": key} for key in operation["keys"]])
        case "update":
            conn.execute(f"UPDATE names SET name = '{operation['name']}'")
        case "transaction":
            with conn.transaction():
                insert()
                upsert()
        case "checkpoint":
            made = conn.checkpoint()
            if made <= journal.checkpoint:
                raise AssertionError(f"checkpoint {made} after {journal.checkpoint}")
            journal.checkpoint = int(made)
            journal.write(what="checkpoint", id=journal.checkpoint)
        case "create":
            conn.execute(f"CREATE STREAM {operation['stream']} AS SELECT k, count(*) AS n FROM t GROUP BY k")
        case "drop":
            conn.execute(f"DROP STREAM {operation['stream']}")
        case "alter":
            conn.execute(f"ALTER SOURCE t ADD COLUMN extra{operation['op']} TIMESTAMP DEFAULT now()")


def listen(conn: Any, journal: Journal) -> None:
    subscription = conn.subscribe("SELECT op FROM t", snapshot=False)

    def read() -> None:
        try:
            for item in subscription:
                for op in set(item.arrow().column("op").to_pylist()):
                    journal.write(what="seen", op=op)
        except laminardb.LaminarError:
            return  # the database was closed

    threading.Thread(target=read, daemon=True).start()


def work(folder: Path, seed: int) -> None:
    """One round, in a process of its own; returns only if nothing kills it."""
    chance = random.Random(seed)
    journal = Journal(folder / "journal")
    config = LaminarConfig(
        durability=chance.choice(("commit", "interval", "none")), checkpoint_interval_secs=chance.choice((1e6, 0.02))
    )
    conn = _testing.open(
        str(folder / "db"),
        config=config,
        log_segment_bytes=chance.choice((1 << 26, 20_000)),
        checkpoint_log_bytes=chance.choice((1 << 27, 10_000)),
        checkpoint_on_close=chance.random() < 0.5,
    )
    verify(conn, journal, folder)
    verify_changes(conn, journal, chance)
    model = Model()
    for operation in journal.done:
        model.apply(operation)
    if chance.random() < 0.7:
        listen(conn, journal)
    for number in range(journal.next, journal.next + OPERATIONS_OF_A_ROUND):
        operation = choose(chance, number, model)
        journal.write(what="begin", operation=operation)
        carry_out(conn, operation, journal)
        journal.write(what="done", epoch=epoch_of(conn))
        model.apply(operation)
    conn.close()
    verify_sinks(folder, model, complete=True)


def round_of(folder: Path, seed: int, point: str | None, delay: float) -> str:
    """Forks a round and says how it ended."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            if point is not None:
                os.environ["LAMINAR_KILL_AT"] = point
            work(folder, seed)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(FAILED)
    if point is None:
        time.sleep(delay)  # the moment of the kill is the thing under test; nothing is waited for
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return "killed" if os.WTERMSIG(status) == signal.SIGKILL else f"died of signal {os.WTERMSIG(status)}"
    return {0: "ended", FAILED: "failed"}.get(os.WEXITSTATUS(status), f"exit {os.WEXITSTATUS(status)}")


def most_times(point: str) -> int:
    """At which of its passings a process is killed, at most: about as often as a round passes it."""
    if point in ONCE:
        return 1
    if (point.startswith(("checkpoint.", "recovery.")) and point != "recovery.record") or point == "log.before_remove":
        return 4
    return 40


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the directory of a failure where it is")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    kills: dict[str, int] = {}
    count = 0
    while count < arguments.kills:
        folder = Path(tempfile.mkdtemp(prefix="laminardb-crash-"))
        for number in range(ROUNDS_OF_A_DATABASE):
            point: str | None = None
            if number == 0 and chance.random() < 0.6:
                point = chance.choice(FIRST_POINTS)
            elif chance.random() < 0.7:
                name = chance.choice(POINTS)
                point = f"{name}:{chance.randint(1, most_times(name))}"
            seed = chance.randrange(1 << 30)
            ended = round_of(folder, seed, point, chance.random() * 0.25)
            if ended not in ("killed", "ended"):
                print(f"{ended}: round {number} in {folder}, seed {seed}, point {point}; --seed {arguments.seed}")
                return 1
            if ended == "killed":
                count += 1
                name = "at random" if point is None else point.split(":")[0]
                kills[name] = kills.get(name, 0) + 1
        # The last word has a process that nobody kills.
        if (ended := round_of(folder, chance.randrange(1 << 30), "nowhere", 0)) != "ended":
            print(f"{ended}: the last round in {folder}; --seed {arguments.seed}")
            return 1
        if not arguments.keep:
            shutil.rmtree(folder)
    print(", ".join(f"{name} {times}" for name, times in sorted(kills.items())))
    print(f"{count} kills survived")
    return 0


if __name__ == "__main__":
    sys.exit(main())
