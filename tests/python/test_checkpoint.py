"""Checkpoints of a database in a directory: made on demand and by itself, what opening begins with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import laminardb
import pytest
from laminardb import Connection, LaminarConfig, _testing, codes
from laminardb.cli.main import main


def open_in(folder: Path, **settings: Any) -> Connection:
    """Checkpoints are enabled by the storage directory."""
    return _testing.open("db", config=LaminarConfig(storage_dir=str(folder), durability="none"), **settings)


def filled(folder: Path, **settings: Any) -> Connection:
    conn = open_in(folder, **settings)
    conn.execute("CREATE SOURCE t (k BIGINT, v BIGINT)")
    conn.execute("CREATE TABLE names (k BIGINT PRIMARY KEY, name VARCHAR)")
    conn.execute("CREATE STREAM sums WITH (retain_history = '1mb') AS SELECT k, sum(v) AS total FROM t GROUP BY k")
    conn.execute("CREATE STREAM named AS SELECT name, total FROM sums JOIN names ON sums.k = names.k")
    conn.execute("INSERT INTO names VALUES (1, 'one and only, which is a long name'), (2, 'two')")
    conn.insert("t", [{"k": 1, "v": 10}, {"k": 2, "v": 20}, {"k": 1, "v": 1}])
    return conn


def contents(conn: Connection) -> list[tuple[Any, ...]]:
    return sorted(conn.query("SELECT * FROM named").fetchall())


def test_it_is_enabled_by_the_config_alone(tmp_path: Path) -> None:
    with laminardb.open(":memory:") as conn:
        assert (conn.is_checkpoint_enabled, conn.checkpoint()) == (False, None)
    with laminardb.open(tmp_path / "a") as conn:
        assert (conn.is_checkpoint_enabled, conn.checkpoint()) == (False, None)
    with laminardb.open(tmp_path / "a", config=LaminarConfig(checkpoint_interval_secs=1000)) as conn:
        assert conn.is_checkpoint_enabled
        assert isinstance(conn.checkpoint(), laminardb.CheckpointResult)
    with laminardb.open_with_config(LaminarConfig(storage_dir=str(tmp_path / "b"))) as conn:
        assert conn.is_checkpoint_enabled
        result = conn.checkpoint()
        assert repr(result) == f"CheckpointResult(checkpoint_id={int(result or 0)})"


def test_ids_increase_also_across_restarts(tmp_path: Path) -> None:
    ids = []
    for _ in range(3):
        with open_in(tmp_path / "db", checkpoint_on_close=False) as conn:
            ids += [conn.checkpoint(), conn.checkpoint()]
    assert ids == sorted(set(ids))


def test_what_was_there_is_there_without_the_log_before_it(tmp_path: Path) -> None:
    conn = filled(tmp_path / "db", log_segment_bytes=300, checkpoint_on_close=False)
    conn.checkpoint()
    (kept,) = (tmp_path / "db" / "log").iterdir()
    conn.insert("t", {"k": 2, "v": 200})
    conn.execute("UPDATE names SET name = 'deux' WHERE k = 2")
    conn.close()
    assert kept.exists()
    assert not (tmp_path / "db" / "log" / f"{0:016x}.log").exists()
    with open_in(tmp_path / "db") as again:
        assert contents(again) == [("deux", 220), ("one and only, which is a long name", 11)]
        assert again.query("SELECT count(*) FROM t").fetchone() == (4,)
        metrics = again.metrics()
        assert (metrics.total_events_ingested, metrics.total_events_processed) == (8, 8)


def test_a_subscription_goes_on_behind_an_epoch_of_before(tmp_path: Path) -> None:
    with filled(tmp_path / "db") as conn:
        changes = conn.subscribe_stream("sums", snapshot=False)
        conn.insert("t", {"k": 1, "v": 5})
        first = changes.next_timeout(10_000)
        assert first is not None
        conn.insert("t", {"k": 2, "v": 6})
        second = changes.next_timeout(10_000)
        assert second is not None
    with open_in(tmp_path / "db") as conn:
        resumed = conn.subscribe_stream("sums", from_epoch=first.epoch)
        again = resumed.next_timeout(10_000)
        assert again is not None
        assert (again.epoch, again.fetchall()) == (second.epoch, second.fetchall())
        conn.insert("t", {"k": 1, "v": 1})
        third = resumed.next_timeout(10_000)
        assert third is not None
        assert third.epoch > second.epoch
        with pytest.raises(laminardb.SubscriptionError, match=r"the oldest epoch to go on from is [1-9]"):
            conn.subscribe_stream("named", from_epoch=0)


def test_it_is_made_by_itself_as_the_log_grows(tmp_path: Path) -> None:
    with filled(tmp_path / "db", checkpoint_log_bytes=20_000, log_segment_bytes=5_000) as conn:
        for _ in range(400):
            conn.insert("t", [{"k": 1, "v": 1}] * 100)
        wait_until(
            lambda: bool(conn.query("SELECT * FROM laminar_catalog.checkpoints WHERE reason = 'log size'").fetchall())
        )
    with open_in(tmp_path / "db") as conn:
        assert conn.query("SELECT total FROM sums WHERE k = 1").fetchone() == (40_011,)


def test_it_is_made_at_an_interval(tmp_path: Path) -> None:
    config = LaminarConfig(storage_dir=str(tmp_path / "db"), checkpoint_interval_ms=20)
    with laminardb.open_with_config(config) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        conn.insert("t", {"v": 1})
        wait_until(lambda: "interval" in [row[3] for row in conn.query("SHOW CHECKPOINTS").fetchall()])


def wait_until(reached: Callable[[], bool]) -> None:
    """Of what happens in a thread that nothing tells of; the test ends by its own time limit."""
    while not reached():
        threading.Event().wait(0.005)


def test_show_checkpoints(tmp_path: Path) -> None:
    with filled(tmp_path / "db") as conn:
        identity = conn.checkpoint()
        shown = conn.query("SHOW CHECKPOINTS").fetchall()
        assert shown == conn.query("SELECT * FROM laminar_catalog.checkpoints").fetchall()
        (number, epoch, _, reason, written, micros, pause) = shown[-1]
        assert (number, reason) == (identity, "asked for")
        assert epoch == 2
        assert written > 500
        assert micros >= pause >= 0
    with open_in(tmp_path / "db") as conn:
        assert [row[3] for row in conn.query("SHOW CHECKPOINTS").fetchall()] == ["asked for"]


def test_files_do_not_pile_up(tmp_path: Path) -> None:
    with filled(tmp_path / "db") as conn:
        for number in range(60):
            conn.insert("t", [{"k": key, "v": number} for key in range(50)])
            conn.checkpoint()
            assert len(list((tmp_path / "db" / "state").iterdir())) <= 20
        assert len(list((tmp_path / "db" / "history").iterdir())) == 1


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    conn = filled(tmp_path / "db", checkpoint_on_close=False)
    (tmp_path / "db" / "state").write_text("no folder")
    with pytest.raises(laminardb.CheckpointError, match=r"cannot write .*state") as failed:
        conn.checkpoint()
    assert failed.value.code == codes.INTERNAL_ERROR
    conn.insert("t", {"k": 1, "v": 100})
    (tmp_path / "db" / "state").unlink()
    conn.checkpoint()
    conn.close()
    with open_in(tmp_path / "db") as again:
        assert contents(again) == [("one and only, which is a long name", 111), ("two", 20)]


def test_none_is_made_of_a_closed_one(tmp_path: Path) -> None:
    conn = filled(tmp_path / "db")
    conn.shutdown()
    with pytest.raises(laminardb.LaminarError) as refused:
        conn.checkpoint()
    assert refused.value.code == codes.SHUTDOWN
    conn.close()
    with pytest.raises(laminardb.ConnectionError, match="closed"):
        conn.checkpoint()


def test_definitions_mean_what_they_meant(tmp_path: Path) -> None:
    with filled(tmp_path / "db") as conn:
        conn.execute("CREATE STREAM before AS SELECT * FROM names")
        conn.execute("CREATE VIEW seen AS SELECT * FROM names")
        conn.execute("ALTER TABLE names ADD COLUMN rank INTEGER DEFAULT 3")
        conn.execute("CREATE STREAM behind AS SELECT * FROM names")
        conn.execute("CREATE FUNCTION twice(x BIGINT) RETURNS BIGINT AS x * 2")
        conn.execute("CREATE STREAM doubled AS SELECT twice(total) AS total FROM sums")
        conn.execute("CREATE SOURCE gone (v BIGINT)")
        conn.execute("DROP SOURCE gone")
        conn.execute("CREATE SOURCE early (v BIGINT)")
        conn.execute("ALTER SOURCE early RENAME TO gone")
        conn.insert("gone", {"v": 9})
    for _ in range(2):
        with open_in(tmp_path / "db") as conn:
            assert sorted(conn.query("SELECT * FROM before").fetchall())[1] == (2, "two")
            assert sorted(conn.query("SELECT * FROM seen").fetchall())[1] == (2, "two", 3)
            assert sorted(conn.query("SELECT * FROM behind").fetchall())[1] == (2, "two", 3)
            assert sorted(conn.query("SELECT * FROM doubled").fetchall()) == [(22,), (40,)]
            assert conn.query("SELECT * FROM gone").fetchall() == [(9,)]
            with pytest.raises(laminardb.QueryError):
                conn.query("SELECT * FROM early")
            conn.insert("gone", {"v": 9})
            conn.execute("DELETE FROM names WHERE k = 7")
            conn.execute("TRUNCATE TABLE names")
            conn.execute("INSERT INTO names (k, name) VALUES (1, 'x'), (2, 'two')")
            conn.execute("DROP SOURCE gone")
            conn.execute("CREATE SOURCE gone (v BIGINT)")
            conn.insert("gone", {"v": 9})


@pytest.mark.parametrize("where", ["manifest", "state", "history"])
def test_a_flipped_bit_is_named_and_nothing_is_served(where: str, tmp_path: Path) -> None:
    filled(tmp_path / "db").close()
    path = tmp_path / "db" / where
    if path.is_dir():
        (path,) = path.iterdir()
    good = path.read_bytes()
    for at in range(0, len(good), max(1, len(good) // 40)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 8]) + good[at + 1 :])
        with pytest.raises(laminardb.ConnectionError) as refused:
            open_in(tmp_path / "db")
        assert refused.value.code == codes.CONNECTION_FAILED
        assert str(path) in str(refused.value)
    for cut in (0, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:cut])
        with pytest.raises(laminardb.ConnectionError):
            open_in(tmp_path / "db")
    path.unlink()
    if where != "manifest":
        with pytest.raises(laminardb.ConnectionError, match="cannot read"):
            open_in(tmp_path / "db")
    path.write_bytes(good)
    with open_in(tmp_path / "db") as conn:
        assert len(contents(conn)) == 2


def test_check_and_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with filled(tmp_path / "db", log_segment_bytes=300) as conn:
        conn.checkpoint()
        conn.insert("t", {"k": 1, "v": 1})
        assert main(["backup", str(tmp_path / "db"), str(tmp_path / "copy")]) == 0
        assert "behind checkpoint 1" in capsys.readouterr().out
        conn.insert("t", {"k": 1, "v": 1})
    assert main(["check", str(tmp_path / "db")]) == 0
    assert "sound: 4 relations, 4 calls" in capsys.readouterr().out
    with open_in(tmp_path / "copy") as copy:
        assert contents(copy)[0] == ("one and only, which is a long name", 12)


def test_a_backup_while_checkpoints_are_made(tmp_path: Path) -> None:
    with filled(tmp_path / "db", log_segment_bytes=2_000) as conn:
        stop = threading.Event()

        def write() -> None:
            while not stop.is_set():
                conn.insert("t", [{"k": 1, "v": 1}] * 10)
                conn.checkpoint()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(5):
                assert main(["backup", str(tmp_path / "db"), str(tmp_path / f"copy{number}")]) == 0
        finally:
            stop.set()
            writer.join()
    for number in range(5):
        with open_in(tmp_path / f"copy{number}") as copy:
            (rows,) = copy.query("SELECT count(*) FROM t").fetchone() or (0,)
            assert copy.query("SELECT total FROM sums WHERE k = 1").fetchone() == (11 + rows - 3,)
