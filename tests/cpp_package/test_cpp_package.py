"""The installed C++ library, used by a project outside of the tree: examples/cpp_package, copied away and built."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def cmake(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["cmake", *map(str, arguments)], capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of the example, away from the checkout."""
    return Path(shutil.copytree(ROOT / "examples" / "cpp_package", tmp_path / "project"))


def configure(project: Path, prefix: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return cmake("-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={prefix}", *options)


def test_what_is_installed(prefix):
    """Headers, libraries and packages; nothing of Python, no path of the checkout."""
    files = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()}
    headers = {str(path.relative_to(ROOT)) for path in (ROOT / "include").rglob("*.h")}
    assert headers == {name for name in files if name.startswith("include/")}
    assert {Path(name).name for name in files} >= {"liblaminar.a", "liblaminar.so", "laminar.pc", "laminarConfig.cmake"}
    assert not [name for name in files if name.endswith(".py") or "_laminardb" in name]
    for path in [*prefix.rglob("*.cmake"), *prefix.rglob("*.pc")]:
        assert str(ROOT) not in path.read_text(), path


def test_project_outside_of_the_tree(prefix, project):
    configured = configure(project, prefix, f"-DPython_EXECUTABLE={sys.executable}")
    assert configured.returncode == 0, configured.stderr
    built = cmake("--build", project / "build")
    assert built.returncode == 0, built.stdout + built.stderr
    run = subprocess.run([project / "build" / "alerts"], capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[0] == "boiler at 87 degrees"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-DPython_EXECUTABLE=/nowhere/python"], "/nowhere/python has no pyarrow: install it"),
        (["-DPYARROW_DIR=/nowhere"], "there is no pyarrow in /nowhere"),
        (["-DLAMINAR_ARROW=elsewhere"], "LAMINAR_ARROW is 'elsewhere'; known are pyarrow and system"),
    ],
)
def test_missing_arrow_is_named(prefix, project, options, message):
    configured = configure(project, prefix, *options)
    assert configured.returncode != 0
    assert message in " ".join(configured.stderr.split())


def test_another_abi_is_refused(prefix, project, tmp_path):
    config = tmp_path / "pyarrow" / "include" / "arrow" / "util" / "config.h"
    config.parent.mkdir(parents=True)
    config.write_text('#define ARROW_SO_VERSION "2700"\n')
    configured = configure(project, prefix, f"-DPYARROW_DIR={tmp_path / 'pyarrow'}")
    assert configured.returncode != 0
    assert "has Arrow ABI 2700, needed is 2600: install pyarrow>=26.0.1,<26.1" in " ".join(configured.stderr.split())


def test_another_version_is_refused(prefix, project):
    lists = project / "CMakeLists.txt"
    lists.write_text(lists.read_text().replace("laminar 0.17 ", "laminar 0.99 "))
    assert configure(project, prefix, f"-DPython_EXECUTABLE={sys.executable}").returncode != 0
