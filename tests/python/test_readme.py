"""The README's Python runs as printed: each block in a fresh interpreter, its output equal to the text block below."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCK = re.compile(r"```python\n(?P<code>.*?)```(?:\n+```text\n(?P<output>.*?)```)?", re.DOTALL)

BLOCKS = list(BLOCK.finditer(README.read_text(encoding="utf-8")))


def test_readme_has_code():
    assert BLOCKS


@pytest.mark.parametrize(
    "block", BLOCKS, ids=lambda block: f"line{README.read_text()[: block.start()].count(chr(10)) + 1}"
)
def test_readme_block(block, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", block["code"]], capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False
    )
    assert run.returncode == 0, run.stderr
    if block["output"] is not None:
        assert run.stdout == block["output"]
