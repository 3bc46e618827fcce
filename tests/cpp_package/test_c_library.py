"""The C library: what it shows, who can find it, and that every function of its header is tested."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = (ROOT / "include/laminar/laminar.h").read_text(encoding="utf-8")
FUNCTIONS = set(re.findall(r"^LAMINAR_API .*?\b(laminar_\w+)\(", HEADER, re.MULTILINE))
STRICT = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]
C_BLOCK = re.compile(r"```c\n(.*?)```", re.DOTALL)
TEXT_BLOCK = re.compile(r"```text\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def library(prefix) -> Path:
    return next(prefix.rglob("liblaminar.so")).parent


@pytest.fixture(scope="module")
def pkg_config(library, run):
    def ask(*options: str) -> list[str]:
        return run(
            "pkg-config", *options, "laminar", env={**os.environ, "PKG_CONFIG_PATH": str(library / "pkgconfig")}
        ).split()

    return ask


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    """The program of docs/c.md, away from the checkout."""
    page = (ROOT / "docs/c.md").read_text(encoding="utf-8")
    source = tmp_path_factory.mktemp("c") / "example.c"
    source.write_text("".join(C_BLOCK.findall(page)), encoding="utf-8")
    return source


def expected_output() -> str:
    (output,) = TEXT_BLOCK.findall((ROOT / "docs/c.md").read_text(encoding="utf-8"))
    return output


def test_library_shows_the_functions_of_its_header_alone(library, run):
    symbols = run("nm", "-D", "--defined-only", library / "liblaminar.so").splitlines()
    assert {line.split()[-1] for line in symbols} == FUNCTIONS


def test_every_function_is_called_by_the_tests():
    calls = (ROOT / "tests/c/c_interface_test.c").read_text(encoding="utf-8")
    assert [name for name in sorted(FUNCTIONS) if not re.search(rf"\b{name}\(", calls)] == []


def test_every_function_that_can_fail_takes_an_error():
    declarations = re.findall(r"^LAMINAR_API (.*?)\);", HEADER, re.MULTILINE | re.DOTALL)
    failing = [text for text in declarations if text.startswith("laminar_status ") and "_error_code(" not in text]
    assert len(failing) > 50
    assert [text for text in failing if not text.rstrip().endswith("laminar_error** error")] == []


def test_page_runs_as_printed_with_pkg_config(library, pkg_config, example, run):
    program = example.with_name("with_pkg_config")
    flags = [*pkg_config("--cflags", "--libs"), f"-Wl,-rpath,{library}"]
    run("cc", *STRICT, example, *flags, "-o", program)
    assert run(program) == expected_output()


def test_page_runs_as_printed_with_cmake(prefix, example, run):
    """A project in C alone, which finds nothing but the library."""
    project = example.parent
    project.joinpath("CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(example LANGUAGES C)\n"
        "find_package(laminar 0.17 REQUIRED COMPONENTS c)\n"
        "add_executable(example example.c)\ntarget_link_libraries(example PRIVATE laminar::c)\n"
    )
    run("cmake", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", project / "build")
    assert run(project / "build/example") == expected_output()


def test_unknown_component_is_refused(prefix, tmp_path):
    tmp_path.joinpath("CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(example LANGUAGES C)\n"
        "find_package(laminar REQUIRED COMPONENTS fortran)\n"
    )
    configure = ["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"]
    refused = subprocess.run(configure, capture_output=True, text=True, timeout=100, check=False)
    assert refused.returncode != 0
    assert "fortran" in refused.stderr


def test_version_is_that_of_the_project(pkg_config):
    (version,) = re.findall(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert pkg_config("--modversion") == [version]


def test_header_is_valid_cpp(prefix, tmp_path, run):
    source = tmp_path / "includes.cpp"
    source.write_text('#include <laminar.h>\n#include "laminar/connection.h"\nint main() {}\n')
    run("c++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{prefix}/include", source)
