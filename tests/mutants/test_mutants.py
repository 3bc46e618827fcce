"""Every planted fault still fits the source it is planted in; run.py shows that the suite catches it."""

from __future__ import annotations

import pytest
from mutants import run


@pytest.mark.parametrize("mutant", run.load(), ids=lambda mutant: mutant.name)
def test_can_be_planted(mutant: run.Mutant) -> None:
    assert mutant.problem(run.ROOT) is None
