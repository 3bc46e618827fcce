"""What programs outside of the tree see: a folder that the library was installed into."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"


def pytest_collection_modifyitems(items):
    if (BUILD / "liblaminar.a").exists():
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="needs `make build`"))


@pytest.fixture(scope="session")
def run():
    """Runs a program; it must succeed. What it printed."""

    def run(*command: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            list(map(str, command)), capture_output=True, text=True, timeout=100, check=False, cwd=cwd, env=env
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def prefix(tmp_path_factory, run) -> Path:
    """A folder that the library was installed into."""
    path = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD, "--prefix", path)
    return path
