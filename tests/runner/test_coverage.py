"""tests/sql/coverage.toml names a scenario for every operator and hardship, and each is there."""

from __future__ import annotations

import tomllib

import pytest

from .test_sql_suite import SCENARIOS

HARDSHIPS = ("null", "duplicate", "delete", "late", "late_created")
FOLDER = next(parent for parent in SCENARIOS[0].path.parents if parent.name == "sql")
TABLE = tomllib.loads((FOLDER / "coverage.toml").read_text())
TITLES = {f"{scenario.path.relative_to(FOLDER)}: {scenario.title}" for scenario in SCENARIOS}


@pytest.mark.parametrize("operator", TABLE)
def test_every_cell_names_a_scenario(operator: str) -> None:
    cells = TABLE[operator]
    assert tuple(cells) == HARDSHIPS
    missing = [cell for cell in cells.values() if cell not in TITLES and not cell.startswith("none: ")]
    assert not missing, missing
