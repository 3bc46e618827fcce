#!/usr/bin/env python3
"""Runs the stages of `make test` in order, stops at the first that fails, and ends with a table of what took how long.

Usage: scripts/run_stages.py [STAGE ...]; without arguments every stage runs but those on demand. Needs nothing but the
standard library, because the first stage is the one that installs everything else.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ".venv/bin/python"
JOBS = str(len(os.sched_getaffinity(0)))
# Of tests/configs: with keyed state split, which is every operator and the exchange between them. The others change
# when steps run or what a plan is, not which memory is used; more would make a warm run longer than ten minutes.
SANITIZED_CONFIGURATIONS = ("four_partitions",)
# What has threads or locks of its own, and the tests of what many threads do at once.
THREADED_ROOMS = ("storage", "engine", "main", "api")
THREADED_TESTS = [
    *("tests/python/test_stress.py", "tests/python/test_threads.py", "tests/python/test_sharing.py"),
    *("tests/python/test_subscription.py", "tests/python/test_callback.py", "tests/python/test_async.py"),
    *("tests/python/test_interrupt.py", "tests/python/test_sinks.py", "tests/python/test_writer.py"),
    *("tests/python/test_checkpoint.py", "tests/python/contract/test_subscription_stress.py"),
]
# The line in which a test runner sums up; of other programs the last line is shown.
VERDICT = re.compile(r"\d+% tests passed|\d+ (passed|failed|error)")


@dataclass
class Command:
    """One program of a stage. `env` is added to the environment; `closes`: its closing line belongs in the table."""

    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)
    closes: bool = True


@dataclass
class Outcome:
    """What the closing table shows for a stage. `closing_lines` are the verdicts of its programs."""

    name: str
    result: str = "not run"
    seconds: float = 0.0
    closing_lines: list[str] = field(default_factory=list)


def setup() -> list[Command]:
    return [Command(["scripts/setup.sh", "test", "demo", "notebook", "typing"], closes=False)]


def build() -> list[Command]:
    return build_preset("release")


def cpp() -> list[Command]:
    return [Command(["ctest", "--preset", "release", "--parallel", JOBS])]


def python() -> list[Command]:
    return [Command([PYTHON, "-m", "pytest", "tests", "--quiet"])]


def sanitizers() -> list[Command]:
    """The C++ tests, the SQL scenarios under SANITIZED_CONFIGURATIONS, and the Python tests, all instrumented."""
    pytest = [PYTHON, "-m", "pytest", "--quiet", "--timeout=600"]
    return [
        *build_preset("asan"),
        Command(["ctest", "--preset", "asan", "--parallel", JOBS]),
        Command([*pytest, "tests/runner", "-k", " or ".join(SANITIZED_CONFIGURATIONS)], sanitizer_environment()),
        # The command line is Python over the same calls, in a program of its own for each test.
        Command([*pytest, "tests/python", "--ignore=tests/python/cli"], sanitizer_environment()),
    ]


def threads() -> list[Command]:
    """The rooms that have threads, and the Python tests that do much at once, under the thread sanitizer. On demand: it
    is a build of its own, and everything runs ten times slower."""
    binaries = [f"{room}_tests" for room in THREADED_ROOMS]
    return [
        *build_preset("tsan", *binaries, "_laminardb"),
        Command(["ctest", "--preset", "tsan", "--tests-regex", f"^({'|'.join(binaries)})$", "--timeout", "1200"]),
        Command([PYTHON, "-m", "pytest", "--quiet", "--timeout=1200", *THREADED_TESTS], thread_sanitizer_environment()),
    ]


def examples() -> list[Command]:
    """The C++ examples ran with the C++ tests; these are the Python ones, as a user would start them."""
    return [Command([PYTHON, "examples/nycflights/replay.py", "--speed", "max", "--output", "build/demo"])]


def wheel() -> list[Command]:
    """The wheel as it is published, installed into an empty environment. On demand: it builds the module once more."""
    return [Command(["scripts/setup.sh", "wheel"], closes=False), Command([PYTHON, "scripts/build_wheel.py"])]


STAGES = {stage.__name__: stage for stage in (setup, build, cpp, python, sanitizers, threads, examples, wheel)}
ON_DEMAND = {"threads", "wheel"}


def build_preset(preset: str, *targets: str) -> list[Command]:
    chosen = ["--target", *targets] if targets else []
    return [
        Command(["cmake", "--preset", preset], closes=False),
        Command(["cmake", "--build", "--preset", preset, "--parallel", JOBS, *chosen], closes=False),
    ]


def libraries_of_gcc(*names: str) -> str:
    """Their paths, as LD_PRELOAD has them."""
    return ":".join(subprocess.check_output(["g++", f"-print-file-name={name}"], text=True).strip() for name in names)


def sanitizer_environment() -> dict[str, str]:
    """For a Python that is not instrumented itself and loads the instrumented module.

    The runtime must come first in the process, with libstdc++ so that it can intercept exceptions. Leaks of the
    interpreter are not ours. Arrow's own pools would hide overruns of its buffers.
    """
    return {
        "PYTHONPATH": str(ROOT / "build/asan/python"),
        "LD_PRELOAD": libraries_of_gcc("libasan.so", "libubsan.so", "libstdc++.so.6"),
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "PYTHONMALLOC": "malloc",
    }


def thread_sanitizer_environment() -> dict[str, str]:
    """Likewise. A race ends the program, so that the test in which it was seen fails."""
    return {
        "PYTHONPATH": str(ROOT / "build/tsan/python"),
        "LD_PRELOAD": libraries_of_gcc("libtsan.so", "libstdc++.so.6"),
        "TSAN_OPTIONS": f"suppressions={ROOT}/cmake/tsan_suppressions.txt:halt_on_error=1",
    }


def run(command: Command) -> tuple[int, str]:
    """Runs one program with its output shown as it comes. Returns its exit code and its closing line."""
    print("$ " + " ".join(command.argv), flush=True)
    last = verdict = ""
    with subprocess.Popen(
        command.argv,
        env={**os.environ, **command.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
            if VERDICT.search(line):
                verdict = line.strip()
    return process.returncode, verdict or last


def run_stage(outcome: Outcome) -> bool:
    print(f"\n=== {outcome.name} " + "=" * (72 - len(outcome.name)), flush=True)
    start = time.monotonic()
    outcome.result = "passed"
    for command in STAGES[outcome.name]():
        code, closing_line = run(command)
        if closing_line and (command.closes or code != 0):
            outcome.closing_lines.append(closing_line)
        if code != 0:
            outcome.result = f"FAILED (exit {code}: {' '.join(command.argv)})"
            break
    outcome.seconds = time.monotonic() - start
    print(f"=== {outcome.name}: {outcome.result} in {outcome.seconds:.1f} s", flush=True)
    return outcome.result == "passed"


def print_summary(outcomes: list[Outcome]) -> None:
    print("\n" + "=" * 77)
    for outcome in outcomes:
        print(f"{outcome.name:<12}{outcome.seconds:>8.1f} s  {outcome.result}")
        for line in outcome.closing_lines:
            print(f"{'':<14}{line[:160]}")
    print(f"{'total':<12}{sum(outcome.seconds for outcome in outcomes):>8.1f} s", flush=True)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        print(f"unknown stage {unknown[0]}; there are: {', '.join(STAGES)}", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    outcomes = [Outcome(name) for name in names or [name for name in STAGES if name not in ON_DEMAND]]
    passed = all(run_stage(outcome) for outcome in outcomes)
    print_summary(outcomes)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
