"""Every scenario of tests/sql under every configuration of tests/configs."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner import configuration, script
from runner.session import Session

FOLDER = Path(__file__).parent.parent / "sql"
SCENARIOS = [scenario for path in sorted(FOLDER.glob("*/*.test")) for scenario in script.read(path)]
CONFIGURATIONS = configuration.load()


@pytest.mark.parametrize("config", CONFIGURATIONS, ids=lambda config: config.name)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: script.Scenario, config: configuration.Configuration) -> None:
    if reason := scenario.skip_reason(config.name):
        pytest.skip(reason)
    with Session(scenario, config) as session:
        session.run()
