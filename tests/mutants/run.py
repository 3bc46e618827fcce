#!/usr/bin/env python3
"""Plants each fault of mutants.toml in a copy of the tree, builds it, and shows that the SQL suite catches it.

    tests/mutants/run.py [NAME ...] [--check] [--jobs N]

The copy and its build live under build/mutants and are reused, and both are built as `make build` builds, so that the
compiler's cache knows most of it: a mutant costs one file, one link, and scenarios up to the first that fails. Those of
its `topics` run before the others. What fails on the module without a fault too proves nothing and is passed over.
`--check` only verifies that every fault can still be planted. Exit status: 0 when all were caught.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "mutants"
TREE = WORK / "tree"
BUILD = TREE / "build" / "release"  # as deep as the presets' so that the compiler's cache knows the commands
HEALTHY = WORK / "healthy"  # the package as it is before anything is planted
PYTHON = Path(sys.executable)
SUITE = "tests/runner/test_sql_suite.py"
NOTHING_RAN = 5  # pytest's status when nothing is selected
OPTIONS = [
    "-DCMAKE_BUILD_TYPE=Release",
    "-DLAMINAR_TESTS=OFF",
    "-DLAMINAR_BENCHES=OFF",
    "-DLAMINAR_EXAMPLES=OFF",
]


@dataclass(frozen=True)
class Mutant:
    name: str
    why: str
    file: str
    search: str
    replace: str
    config: str = "default"  # the configuration of tests/configs that must catch it
    topics: list[str] = field(default_factory=list)  # folders of tests/sql that likely catch it

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
    for path in [path for path in TREE.rglob("*") if path.is_file() and BUILD not in path.parents]:
        name = str(path.relative_to(TREE))
        if name not in wanted and not name.endswith((".so", ".pyc")):
            path.unlink()
    for name in wanted:
        source, target = ROOT / name, TREE / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


class BuildError(Exception):
    """The copy does not compile."""


def build(jobs: int) -> None:
    if not (BUILD / "CMakeCache.txt").exists():
        module = f"-DLAMINAR_MODULE_DIR={TREE / 'python' / 'laminardb'}"
        run(["cmake", "-G", "Ninja", "-S", TREE, "-B", BUILD, f"-DPython_EXECUTABLE={PYTHON}", module, *OPTIONS])
    run(["cmake", "--build", BUILD, "--target", "_laminardb", "--parallel", str(jobs)])


def run(command: list[object]) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise BuildError(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def suite(package: Path, *options: str) -> list[str]:
    """The scenarios that fail with the laminardb of a folder; a crash or a hang of all of it is one failure."""
    command = [str(PYTHON), "-m", "pytest", *options, "-q", "--tb=no", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=TREE, env=environment, capture_output=True, text=True, timeout=900)
    except subprocess.TimeoutExpired:
        return ["the suite hangs"]
    failed = [line.split(" - ")[0].removeprefix("FAILED ") for line in done.stdout.splitlines() if "FAILED" in line]
    if done.returncode in (0, NOTHING_RAN):
        return []
    if done.returncode > 1:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")  # it was asked for wrongly
    return failed or [f"the suite stops with status {done.returncode}"]


def catcher(mutant: Mutant, sick_anyway: list[str]) -> str | None:
    """The first scenario that fails with the fault in the copy's module, and not without."""
    every = f"-{mutant.config}]"  # as the scenarios are called: [topic/file:title-config]
    likely = [f"{every} and ({' or '.join(f'[{topic}/' for topic in mutant.topics)})"] if mutant.topics else []
    for scenarios in [*likely, every]:
        while True:
            left_out = [f"--deselect={name}" for name in sick_anyway]
            failed = suite(TREE / "python", SUITE, "-x", f"-k{scenarios}", *left_out)
            if not failed:
                break
            if "::" not in failed[0] or not suite(HEALTHY, failed[0]):
                return failed[0]
            print(f"fails with nothing planted, so it proves nothing: {failed[0]}", flush=True)
            sick_anyway.append(failed[0])
    return None


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
    shutil.rmtree(HEALTHY, ignore_errors=True)
    shutil.copytree(TREE / "python" / "laminardb", HEALTHY / "laminardb")
    survivors, sick_anyway = [], []
    for mutant in mutants:
        started = time.monotonic()
        healthy = mutant.plant(TREE)
        try:
            build(arguments.jobs)
            caught_by = catcher(mutant, sick_anyway)
        except BuildError as error:
            print(f"{mutant.name} does not compile, so it proves nothing\n{error}", flush=True)
            caught_by = None
        finally:
            (TREE / mutant.file).write_text(healthy)  # not the checkout's, which may have changed since
        if caught_by is None:
            survivors.append(mutant.name)
        verdict = "SURVIVED" if caught_by is None else "caught"
        seconds = time.monotonic() - started
        print(f"{verdict:9}{mutant.name:36}{seconds:5.0f} s  {caught_by or mutant.why}", flush=True)
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} caught")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
