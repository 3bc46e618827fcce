"""The law under random queries and inputs: 2.5 queries a seed on average, each over an input of its own.

A failing script is made smaller and shown as a .test file to keep.

LAMINAR_RANDOM_SEEDS=20000 runs more of them, LAMINAR_RANDOM_FIRST=1000 others.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from runner import configuration, script
from runner.generate import Generator, Script
from runner.session import Session
from runner.shrink import shrink

FIRST = int(os.environ.get("LAMINAR_RANDOM_FIRST", "0"))
SEEDS = int(os.environ.get("LAMINAR_RANDOM_SEEDS", "800"))
CONFIGURATIONS = configuration.load()


def run(made: Script, config: configuration.Configuration) -> Exception | None:
    (scenario,) = script.read_text(made.text(), Path("random.test"))
    try:
        with Session(scenario, config) as session:
            session.run()
    except Exception as error:
        return error
    return None


def alike(failure: Exception | None, other: Exception) -> bool:
    """The law broken is the law broken; of a statement refused the message counts too."""
    if type(failure) is not type(other):
        return False
    return isinstance(other, AssertionError) or str(failure).split("\n")[0] == str(other).split("\n")[0]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_random_law(seed: int) -> None:
    made = Generator(seed).script()
    config = random.Random(seed).choice(CONFIGURATIONS)
    failure = run(made, config)
    if failure is None:
        return
    smallest = shrink(made, lambda smaller: alike(run(smaller, config), failure))
    shown = run(smallest, config) or failure
    pytest.fail(f"seed {seed}, configuration {config.name}\n\n{smallest.text()}\n{type(shown).__name__}: {shown}")
