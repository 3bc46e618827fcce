#!/usr/bin/env python3
"""Plants each fault of mutants.toml in a copy of the tree, builds it, and shows that the SQL suite catches it.

    tests/mutants/run.py [NAME ...] [--check] [--jobs N]

The copy and its build live under build/mutants and are reused: a mutant costs one file, one link and a suite that stops
at the first failure. Scenarios that fail before anything is planted prove nothing and are left out. `--check` only
verifies that every fault can still be planted. Exit status: 0 when all were caught.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "mutants"
TREE = WORK / "tree"
BUILD = WORK / "build"
PYTHON = Path(sys.executable)
SUITE = "tests/runner/test_sql_suite.py"
OPTIONS = [
    "-DCMAKE_BUILD_TYPE=Debug",
    "-DLAMINAR_TESTS=OFF",
    "-DLAMINAR_BENCHES=OFF",
    "-DLAMINAR_EXAMPLES=OFF",
    "-DLAMINAR_WERROR=OFF",
]


@dataclass(frozen=True)
class Mutant:
    name: str
    why: str
    file: str
    search: str
    replace: str
    config: str = "default"  # the configuration of tests/configs that must catch it

    def problem(self, root: Path) -> str | None:
        """Why it cannot be planted, if it cannot."""
        path = root / self.file
        if not path.exists():
            return f"{self.file} is gone"
        found = path.read_text().count(self.search)
        return None if found == 1 else f"{self.file} holds the text {found} times"

    def plant(self, root: Path) -> str:
        """The file's text as it was."""
        path = root / self.file
        healthy = path.read_text()
        path.write_text(healthy.replace(self.search, self.replace))
        return healthy


def load() -> list[Mutant]:
    listed = tomllib.loads(Path(__file__).with_name("mutants.toml").read_text())["mutant"]
    return [Mutant(**entry) for entry in listed]


def sync() -> None:
    """Makes the copy equal to the checkout, touching only files that differ so that the build stays warm."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    wanted = {name for name in names if (ROOT / name).is_file()}
    for path in [path for path in TREE.rglob("*") if path.is_file()]:
        name = str(path.relative_to(TREE))
        if name not in wanted and not name.endswith((".so", ".pyc")):
            path.unlink()
    for name in wanted:
        source, target = ROOT / name, TREE / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def build(jobs: int) -> None:
    if not (BUILD / "CMakeCache.txt").exists():
        module = f"-DLAMINAR_MODULE_DIR={TREE / 'python' / 'laminardb'}"
        run(["cmake", "-G", "Ninja", "-S", TREE, "-B", BUILD, f"-DPython_EXECUTABLE={PYTHON}", module, *OPTIONS])
    run(["cmake", "--build", BUILD, "--target", "_laminardb", "--parallel", str(jobs)])


def run(command: list[object]) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def suite(config: str, *options: str) -> list[str]:
    """The scenarios that fail on the copy under one configuration; a crash or a hang of all of it is one failure."""
    command = [str(PYTHON), "-m", "pytest", SUITE, "-q", "--tb=no", "-p", "no:cacheprovider", "-k", config, *options]
    environment = {**os.environ, "PYTHONPATH": str(TREE / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=TREE, env=environment, capture_output=True, text=True, timeout=900)
    except subprocess.TimeoutExpired:
        return ["the suite hangs"]
    failed = [line.split(" - ")[0].split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED")]
    return failed or ([f"the suite stops with status {done.returncode}"] if done.returncode else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="mutants to plant; all without any")
    parser.add_argument("--check", action="store_true", help="only verify that each can be planted")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    mutants = [mutant for mutant in load() if not arguments.names or mutant.name in arguments.names]
    unfit = [f"{mutant.name}: {problem}" for mutant in mutants if (problem := mutant.problem(ROOT))]
    if unfit:
        sys.exit("\n".join(unfit))
    if arguments.check:
        print(f"{len(mutants)} mutants can be planted")
        return

    sync()
    build(arguments.jobs)
    known = {config: suite(config) for config in sorted({mutant.config for mutant in mutants})}
    for config, failed in known.items():
        for name in failed:
            print(f"fails under {config} with nothing planted, so it proves nothing: {name}")
    survivors = []
    for mutant in mutants:
        started = time.monotonic()
        healthy = mutant.plant(TREE)
        build(arguments.jobs)
        failed = suite(mutant.config, "-x", *(f"--deselect={name}" for name in known[mutant.config]))
        (TREE / mutant.file).write_text(healthy)  # not the checkout's, which may have changed since
        if not failed:
            survivors.append(mutant.name)
        verdict = "caught" if failed else "SURVIVED"
        seconds = time.monotonic() - started
        print(f"{verdict:9}{mutant.name:28}{seconds:5.0f} s  {failed[0] if failed else mutant.why}", flush=True)
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} caught")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
