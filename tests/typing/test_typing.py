"""`mypy --strict` and pyright accept a program that uses every public name, and the program runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import laminardb
import laminardb.types
import laminardb.viz
import pytest

HERE = Path(__file__).parent
PROGRAM = HERE / "program.py"
TEXT = PROGRAM.read_text(encoding="utf-8")

# Refused by this release.
NOT_YET = {
    member
    for member in vars(laminardb.Connection)
    if (getattr(laminardb.Connection, member).__doc__ or "").startswith("Not supported yet")
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    # What the checkers need is in the environment already.
    environment = os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    return subprocess.run(command, capture_output=True, text=True, cwd=HERE, env=environment, check=False)


def names() -> list[str]:
    """Every public name, and every public member of every class of ours."""
    found = [name for module in (laminardb, laminardb.types, laminardb.viz) for name in module.__all__]
    for name in laminardb.__all__:
        value = getattr(laminardb, name)
        if isinstance(value, type):
            found += [member for member in vars(value) if not member.startswith("_") and member not in NOT_YET]
    return sorted(set(found))


@pytest.mark.parametrize("name", names())
def test_the_program_uses(name):
    assert re.search(rf"\b{name}\b", TEXT)


def test_the_program_runs():
    ran = run(sys.executable, "-W", "error", str(PROGRAM))
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.timeout(300)
def test_mypy(tmp_path):
    if not find_spec("mypy"):
        pytest.skip("mypy is not installed: scripts/setup.sh typing")
    ran = run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "--config-file=", str(PROGRAM))
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.timeout(300)
def test_mypy_sees_mistakes(tmp_path):
    """What the checkers accept, they have looked at."""
    if not find_spec("mypy"):
        pytest.skip("mypy is not installed: scripts/setup.sh typing")
    wrong = tmp_path / "wrong.py"
    wrong.write_text('import laminardb\nrows: str = laminardb.sql("SELECT 1").num_rows\n')
    ran = run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "--config-file=", str(wrong))
    assert ran.returncode == 1
    assert '"int", variable has type "str"' in ran.stdout


@pytest.mark.timeout(300)
def test_pyright():
    if not find_spec("pyright"):
        pytest.skip("pyright is not installed: scripts/setup.sh typing")
    ran = run(sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--project", str(HERE))
    assert ran.returncode == 0, ran.stdout + ran.stderr
