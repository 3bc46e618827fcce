"""`laminardb check` and `laminardb backup`."""

from __future__ import annotations

from pathlib import Path

import laminardb
import pytest
from laminardb import _testing
from laminardb.cli.main import main


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with _testing.open(str(tmp_path / "db"), checkpoint_on_close=False) as conn:
        conn.execute("CREATE SOURCE t (v BIGINT)")
        conn.execute("CREATE STREAM s AS SELECT count(*) AS n FROM t")
        conn.insert("t", [{"v": 1}, {"v": 2}])
    return tmp_path / "db"


def test_a_sound_directory(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in database.rglob("*") if path.is_file() and path.name != "lock"}
    assert main(["check", str(database)]) == 0
    said = capsys.readouterr().out
    assert "sound: 2 relations, 1 calls to epoch 1;" in said
    assert {path: path.read_bytes() for path in before} == before


def test_a_damaged_one(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (segment,) = (database / "log").iterdir()
    good = bytearray(segment.read_bytes())
    good[100] ^= 1
    segment.write_bytes(good)
    assert main(["check", str(database)]) == 1
    assert "is damaged at byte 100: bit 0" in capsys.readouterr().err


def test_no_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 1
    assert "there is no laminardb database" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert main(["backup", str(tmp_path), str(tmp_path / "out")]) == 1
    assert "is not a laminardb database" in capsys.readouterr().err


def test_a_backup_of_one_in_use(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with laminardb.open(database) as conn:
        conn.insert("t", {"v": 3})
        assert main(["check", str(database)]) == 1
        assert "has it open" in capsys.readouterr().err
        assert main(["backup", str(database), str(tmp_path / "copy")]) == 0
        assert "2 calls to epoch" in capsys.readouterr().out
        conn.insert("t", {"v": 4})
    with laminardb.open(tmp_path / "copy") as conn:
        assert conn.query("SELECT n FROM s").fetchone() == (3,)
    assert main(["backup", str(database), str(tmp_path / "copy")]) == 1
    assert "exists already" in capsys.readouterr().err
