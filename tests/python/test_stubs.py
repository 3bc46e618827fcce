"""The type stub is the one that the built module gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import laminardb

PYTHON = Path(__file__).resolve().parents[2] / "python"


def test_the_stub_is_up_to_date():
    run = subprocess.run(
        [sys.executable, str(PYTHON / "generate_stubs.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, f"run python/generate_stubs.py\n{run.stdout}{run.stderr}"


def test_everything_public_has_a_docstring():
    missing = []
    for name in laminardb.__all__:
        value = getattr(laminardb, name)
        if isinstance(value, str):
            continue
        if not value.__doc__:
            missing.append(name)
        if isinstance(value, type):
            missing.extend(
                f"{name}.{member}"
                for member in vars(value)
                if not member.startswith("_") and not getattr(value, member).__doc__
            )
    assert missing == []


def test_the_package_is_typed():
    assert (Path(laminardb.__file__).parent / "py.typed").exists()
