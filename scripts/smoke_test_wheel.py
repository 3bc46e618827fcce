#!/usr/bin/env python3
"""Installs a wheel into an empty environment, with its declared dependencies and nothing else, and uses it there.

Usage: scripts/smoke_test_wheel.py WHEEL. Says what is wrong and exits 1, or prints what it checked and the sizes.
Needs the standard library alone, and a package index (or pip's cache) for the dependencies.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import tomllib
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Runs inside the new environment, far from the checkout. Prints one JSON object.
PROGRAM = """
import importlib, importlib.metadata as metadata, json, pathlib, pkgutil
import laminardb

package = pathlib.Path(laminardb.__file__).parent
optional = []
for module in pkgutil.walk_packages(laminardb.__path__, "laminardb."):
    if module.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as missing:
        optional.append(missing.name.split(".")[0])

with laminardb.open(":memory:") as conn:
    conn.execute("CREATE SOURCE trades (symbol VARCHAR, price DOUBLE, ts TIMESTAMP, WATERMARK FOR ts)")
    conn.execute("CREATE STREAM highs AS SELECT symbol, max(price) AS high, count(*) AS n FROM trades GROUP BY symbol")
    changes = conn.subscribe_stream("highs")
    conn.insert("trades", [{"symbol": "ACME", "price": 10.0, "ts": "2026-01-05 09:30:01"}])
    conn.insert("trades", conn.query("SELECT 'ACME' AS symbol, 11.5 AS price").arrow())
    rows = conn.query("SELECT * FROM highs").to_pylist()
    assert rows == [{"symbol": "ACME", "high": 11.5, "n": 2}], rows
    assert changes.next().to_pylist()[-1] == {"symbol": "ACME", "high": 10.0, "n": 1, "__weight": 1}
    assert conn.query("SELECT regexp_replace('a-b', '-', '+')").fetchone() == ("a+b",)
    conn.insert_json("trades", '{"symbol": "JSON"}')
    try:
        conn.query("SELECT symbl FROM trades")
    except laminardb.QueryError as error:
        assert error.code == 400 and error.position == 7
    else:
        raise AssertionError("a misspelt column was accepted")

about = metadata.metadata("laminardb")
maps = pathlib.Path("/proc/self/maps").read_text().split()
print(json.dumps({
    "package": str(package),
    "files": sorted(str(file.relative_to(package)) for file in package.rglob("*.*") if file.suffix != ".pyc"),
    "version": laminardb.__version__,
    "metadata_version": about["Version"],
    "requires": about.get_all("Requires-Dist"),
    "classifiers": about.get_all("Classifier"),
    "license": about["License-Expression"],
    "license_files": about.get_all("License-File"),
    "content_type": about["Description-Content-Type"],
    "description": about.get_payload(),
    "distributions": sorted(distribution.metadata["Name"].lower() for distribution in metadata.distributions()),
    "optional": sorted(set(optional)),
    "arrow": sorted({path for path in maps if "/libarrow.so" in path}),
    "libraries": sorted({path for path in maps if "/laminardb.libs/" in path}),
}))
"""


def check(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"smoke test: {what}")


def environment() -> dict[str, str]:
    """Nothing that leads back to the checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LD_"))}
    return {**kept, "PYTHONNOUSERSITE": "1"}


def run(*command: object, cwd: Path) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    check(done.returncode == 0, f"{command[0]} failed with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def check_contents(facts: dict, project: dict, folder: Path) -> None:
    check(facts["package"].startswith(str(folder)), f"laminardb was imported from {facts['package']}")
    expected = {
        str(path.relative_to(ROOT / "python/laminardb"))
        for path in (ROOT / "python/laminardb").rglob("*")
        if path.suffix in {".py", ".pyi", ".typed"}
    }
    missing = expected - set(facts["files"])
    check(not missing, f"missing in the wheel: {sorted(missing)}")
    check({"py.typed", "_laminardb.pyi", "cli/main.py"} <= set(facts["files"]), "no types, stubs or command line")
    other = {file for file in facts["files"] if file not in expected and not file.startswith("_laminardb.")}
    check(not other, f"unexpected in the wheel: {sorted(other)}")
    allowed = {"laminardb", "pyarrow", "pip", "setuptools"}
    check(set(facts["distributions"]) <= allowed, f"more was installed than is declared: {facts['distributions']}")
    declared = {name.split("==")[0] for name in project["optional-dependencies"]["cli"]}
    check(set(facts["optional"]) <= declared, f"modules need what is not declared: {facts['optional']}")


def check_metadata(facts: dict, project: dict) -> None:
    check(facts["version"] == facts["metadata_version"] == project["version"], f"versions differ: {facts['version']}")
    always = [requirement for requirement in facts["requires"] if "extra ==" not in requirement]
    check(len(always) == 1 and always[0].startswith("pyarrow"), f"run-time dependencies are {always}")
    check(facts["license"] == project["license"], "the licence is not stated")
    check(set(project["classifiers"]) == set(facts["classifiers"]), "classifiers differ from pyproject.toml")
    check(facts["content_type"] == "text/markdown", f"the readme is {facts['content_type']}")
    check(
        facts["description"].strip() == (ROOT / "README.md").read_text().strip(),
        "the readme is not that of the project",
    )


def check_libraries(wheel: Path, facts: dict) -> None:
    check(len(facts["arrow"]) == 1 and "/pyarrow/" in facts["arrow"][0], f"Arrow is loaded from {facts['arrow']}")
    check("manylinux" in wheel.name, f"{wheel.name} is not for every Linux: repair it")
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        names = archive.namelist()
        vendored = [name for name in names if ".libs/" in name]
        licences = [name for name in names if "/licenses/third_party/" in name]
        check(len(licences) > len(vendored), f"{len(vendored)} libraries and only {len(licences)} licences")
        check(
            {"LICENSE", "NOTICE"} <= {Path(name).name for name in names if "/licenses/" in name}, "no LICENSE, NOTICE"
        )
        check(not [name for name in vendored if "arrow" in name or "parquet" in name], "Arrow was copied")
        (module,) = [name for name in names if name.startswith("laminardb/_laminardb") and name.endswith(".so")]
        path = archive.extract(module, folder)
        sections = subprocess.check_output(["readelf", "--section-headers", "--wide", path], text=True)
        check(".debug_info" not in sections and ".symtab" not in sections, "the module is not stripped")
        dynamic = subprocess.check_output(["readelf", "--dynamic", "--wide", path], text=True)
        (paths,) = [line for line in dynamic.splitlines() if "PATH)" in line]
        outside = [part for part in paths.split("[")[1].rstrip("]").split(":") if not part.startswith("$ORIGIN")]
        check(not outside, f"the module looks for libraries in {outside}")
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, {len(names)} files")
        print(f"  module {archive.getinfo(module).file_size / 1e6:.1f} MB, stripped; {paths.split(': ', 1)[1]}")
        for name in vendored:
            print(f"  {name} {archive.getinfo(name).file_size / 1e3:.0f} kB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args().wheel.resolve()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    with tempfile.TemporaryDirectory(prefix="laminardb-smoke-") as name:
        folder = Path(name).resolve()
        venv.create(folder / "env", with_pip=True)
        programs = folder / "env" / "bin"
        run(programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=folder)
        facts = json.loads(run(programs / "python", "-c", textwrap.dedent(PROGRAM), cwd=folder))
        check_contents(facts, project, folder)
        check_metadata(facts, project)
        check_libraries(wheel, facts)
        answer = run(programs / "laminardb", "-c", "SELECT 6 * 7 AS answer", cwd=folder)
        check("42" in answer, f"the command line answers {answer!r}")
        check(
            project["version"] in run(programs / "laminardb", "--version", cwd=folder),
            "the command line has no version",
        )
    print("smoke test: installs, imports, runs; only " + ", ".join(facts["distributions"]) + " were there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
