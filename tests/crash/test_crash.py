"""The crash harness, as `make test` runs it: 100 kills; `make test-all`, by LAMINAR_STRESS, 2,000."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 2000 if int(os.environ.get("LAMINAR_STRESS", "1")) > 1 else 100


@pytest.mark.timeout(3600)
def test_what_was_acknowledged_survives_kills() -> None:
    harness = Path(__file__).with_name("crash.py")
    run = subprocess.run(
        [sys.executable, str(harness), "--kills", str(KILLS), "--seed", "1"], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "kills survived" in run.stdout
    # Every named point was passed by some process, and killed it.
    for room in ("log.", "engine.", "recovery.", "checkpoint.", "folder.", "sink.", "at random"):
        assert room in run.stdout, run.stdout
