"""The pages of docs/ say what is true: their blocks run as printed, their tables are what the engine answers."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import laminardb
import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PYTHON_BLOCK = re.compile(r"```python\n(?P<code>.*?)```(?:\n+```text\n(?P<output>.*?)```)?", re.DOTALL)
SQL_BLOCK = re.compile(r"```sql\n(?P<code>.*?)```", re.DOTALL)
# | what | `statement` | message |
REFUSAL_ROW = re.compile(r"^\| [^|]*\| `(?P<sql>[^`]+)` \| (?P<message>[^|]*not supported yet[^|]*) \|$", re.MULTILINE)


def run_block(page: str, block: re.Match[str], namespace: dict) -> str:
    """Runs the code of a block; a traceback shows the page's own line numbers. What it printed."""
    lines_above = page.count("\n", 0, block.start("code"))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile("\n" * lines_above + block["code"], "page.md", "exec"), namespace)
    return printed.getvalue()


@pytest.mark.parametrize("name", ["tutorial", "user_functions"])
def test_page_runs_as_printed(name):
    pytest.importorskip("pandas")
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    namespace: dict = {"__name__": name}
    blocks = list(PYTHON_BLOCK.finditer(page))
    assert blocks
    for block in blocks:
        printed = run_block(page, block, namespace)
        line = page.count("\n", 0, block.start()) + 1
        assert printed.rstrip() == (block["output"] or "").rstrip(), f"the block at line {line}"


def test_functions_page_is_up_to_date():
    check = [sys.executable, str(ROOT / "scripts" / "generate_docs.py"), "--check"]
    run = subprocess.run(check, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"run scripts/generate_docs.py\n{run.stdout}{run.stderr}"


def test_python_page_is_up_to_date():
    check = [sys.executable, str(ROOT / "scripts" / "generate_python_page.py"), "--check"]
    run = subprocess.run(check, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"run scripts/generate_python_page.py\n{run.stdout}{run.stderr}"


def functions() -> list[dict[str, str]]:
    with laminardb.open(":memory:") as conn:
        return conn.query("SHOW FUNCTIONS").to_pylist()


@pytest.mark.parametrize("function", functions(), ids=lambda function: function["name"])
def test_function_example(conn, function):
    """An example is an expression; that of an aggregate brings its rows along, after FROM."""
    expression, from_, rows = function["example"].partition(" FROM (")
    shown = conn.query(f"SELECT CAST({expression} AS VARCHAR){from_}{rows}").fetchone()[0]
    assert ("NULL" if shown is None else shown) == function["example_result"]


def test_sql_page_runs(tmp_path, monkeypatch):
    """Its blocks, in order, in one database."""
    monkeypatch.chdir(tmp_path)  # it writes files
    page = (DOCS / "sql.md").read_text(encoding="utf-8")
    blocks = [block["code"] for block in SQL_BLOCK.finditer(page)]
    assert blocks
    with laminardb.open(":memory:") as conn:
        for code in blocks:
            conn.execute(code)


REFUSALS = [
    (row["sql"].replace("\\|", "|"), row["message"])
    for row in REFUSAL_ROW.finditer((DOCS / "sql.md").read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("sql", "message"), REFUSALS, ids=[message.split(" not ")[0] for _, message in REFUSALS])
def test_not_supported_yet(conn, sql, message):
    """What the page says is missing is missing, in these words. When one is there: take its row out of the table."""
    conn.execute("CREATE SOURCE t (k VARCHAR, v INT, ts TIMESTAMP, WATERMARK FOR ts)")
    conn.execute("CREATE SOURCE u (k VARCHAR, v INT, ts TIMESTAMP, WATERMARK FOR ts)")
    with pytest.raises(laminardb.LaminarError) as refused:
        conn.execute(sql)
    assert str(refused.value).splitlines()[0] == message
