"""Without a person: -c, scripts, standard input, formats, errors, exit status."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys

import laminardb
import pytest

VALUES = "SELECT * FROM (VALUES (1, 'a|b', 1.50), (2, '', NULL), (3, NULL, 2.25)) AS t(id, name, price)"


def test_version(laminardb_program):
    run = laminardb_program("--version")
    assert (run.stdout, run.returncode) == (f"laminardb {laminardb.__version__}\n", 0)


def test_command(laminardb_program):
    run = laminardb_program("-c", "SELECT 1 AS one; SELECT 2 AS two", "--format", "csv")
    assert (run.stdout, run.stderr, run.returncode) == ("one\n1\ntwo\n2\n", "", 0)


def test_database_and_sql_as_arguments(laminardb_program):
    assert laminardb_program(":memory:", "SELECT 1 AS one", "--format", "jsonl").stdout == '{"one":1}\n'


def test_nothing_to_steer_a_terminal_in_a_pipe(laminardb_program):
    run = laminardb_program(stdin=f"{VALUES};\n\\d\n\\df upper\n\\watch 0.01 2\nSELECT nope;")
    assert run.returncode == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", run.stdout + run.stderr)


def test_every_row_of_a_table_in_a_pipe(laminardb_program):
    script = "CREATE SOURCE t (i INT);" + "INSERT INTO t VALUES (1), (2), (3), (4), (5);" * 30 + "SELECT * FROM t;"
    assert laminardb_program(stdin=script).stdout.splitlines()[-1] == "150 rows, 1 column"
    assert (
        laminardb_program("--max-rows", "10", stdin=script).stdout.splitlines()[-1] == "150 rows (10 shown), 1 column"
    )


def test_csv(laminardb_program):
    out = laminardb_program("--format", "csv", "-c", VALUES).stdout
    assert out == 'id,name,price\n1,a|b,1.50\n2,"",\n3,,2.25\n'
    assert list(csv.reader(io.StringIO(laminardb_program("--format", "csv", "-c", "SELECT E'a\"\\n,' AS x").stdout)))[
        1
    ] == ['a"\n,']


def test_json(laminardb_program):
    expected = [
        {"id": 1, "name": "a|b", "price": 1.5},
        {"id": 2, "name": "", "price": None},
        {"id": 3, "name": None, "price": 2.25},
    ]
    assert json.loads(laminardb_program("--format", "json", "-c", VALUES).stdout) == expected
    lines = laminardb_program("--format", "jsonl", "-c", VALUES).stdout.splitlines()
    assert [json.loads(line) for line in lines] == expected
    assert laminardb_program("--format", "json", "-c", "SELECT 1 AS x WHERE false").stdout == "[]\n"


def test_markdown(laminardb_program):
    assert laminardb_program("--format", "markdown", "-c", VALUES).stdout == (
        "|  id | name | price |\n"
        "| --: | ---- | ----: |\n"
        "|   1 | a\\|b |  1.50 |\n"
        "|   2 |      |  NULL |\n"
        "|   3 | NULL |  2.25 |\n"
    )


def test_line(laminardb_program):
    lines = laminardb_program("--format", "line", "-c", VALUES).stdout.splitlines()
    assert lines[1:4] == ["id    │ 1", "name  │ a|b", "price │ 1.50"]


def test_output_file(laminardb_program, tmp_path):
    run = laminardb_program("--format", "csv", "--output", "out.csv", "-c", "SELECT 1 AS x")
    assert (run.stdout, (tmp_path / "out.csv").read_text()) == ("", "x\n1\n")
    run = laminardb_program("--output", "nowhere/out.csv", "-c", "SELECT 1")
    assert (run.stderr, run.returncode) == ("ERROR: cannot write nowhere/out.csv: No such file or directory\n", 1)


def test_error_shows_line_and_caret_and_stops(laminardb_program, script):
    path = script("SELECT 1 AS one;\n\nSELECT\n  pric\nFROM (VALUES (1)) AS t(price);\nSELECT 2 AS two;\n")
    run = laminardb_program("run", str(path), "--format", "csv")
    assert (run.stdout, run.returncode) == ("one\n1\n", 1)
    assert run.stderr == (
        f'{path}:4:3: ERROR 400: column "pric" does not exist; did you mean "price"?\nLINE 4:   pric\n          ^\n'
    )


def test_continue_after_an_error(laminardb_program):
    run = laminardb_program("--continue", "--format", "csv", stdin="SELECT nope;\nSELEC;\nSELECT 2 AS two")
    assert (run.stdout, run.returncode) == ("two\n2\n", 1)
    assert "<stdin>:1:8: ERROR 400" in run.stderr
    assert "<stdin>:2:1: ERROR 401: expected a statement but found 'SELEC'; did you mean \"SELECT\"?" in run.stderr


def test_caret_follows_longer_line_numbers(laminardb_program):
    run = laminardb_program(stdin="\n" * 99 + "SELECT nope;")
    assert run.stderr.splitlines()[1:] == ["LINE 100: SELECT nope", "                 ^"]


def test_unterminated_string_at_the_end(laminardb_program):
    run = laminardb_program(stdin="SELECT 'abc;\n")
    assert run.returncode == 1 and "this string does not end" in run.stderr


def test_scripts_read_scripts(laminardb_program, script, tmp_path):
    script("SELECT 1 AS inner_one;\nSELECT nope;\n", "inner.sql")
    run = laminardb_program("--format", "csv", stdin="\\i inner.sql\nSELECT 2 AS outer_two;")
    assert (run.stdout, run.returncode) == ("inner_one\n1\n", 1)
    assert run.stderr.startswith("inner.sql:2:8: ERROR 400")
    script("\\i loop.sql\n", "loop.sql")
    assert "scripts read each other" in laminardb_program(stdin="\\i loop.sql").stderr


def test_missing_files_and_databases(laminardb_program):
    run = laminardb_program("run", "nowhere.sql")
    assert (run.stderr, run.returncode) == ("ERROR: cannot read nowhere.sql: No such file or directory\n", 1)
    run = laminardb_program("postgresql://x/y", "-c", "SELECT 1")
    assert run.returncode == 1 and run.stderr.startswith("ERROR 100: ")


def test_wrong_arguments(laminardb_program):
    assert laminardb_program("--format", "xml").returncode == 2
    assert laminardb_program("run").returncode == 2


def test_explain_is_a_text(laminardb_program):
    out = laminardb_program("-c", "EXPLAIN SELECT 1 AS one").stdout
    assert "│ plan" not in out and "Project" in out


def test_subscribe_with_a_count(laminardb_program):
    script = (
        "CREATE SOURCE t (k VARCHAR, v INT); CREATE STREAM s AS SELECT k, sum(v) AS v FROM t GROUP BY k;"
        "INSERT INTO t VALUES ('a', 1), ('b', 2);\n\\tail s 1\n"
    )
    out = laminardb_program(stdin=script).stdout.splitlines()
    assert [line.split(" │ ") for line in out[3:]] in (
        [["    1", "+", "a      ", "     1"], ["     ", "+", "b      ", "     2"]],
        [["    1", "+", "b      ", "     2"], ["     ", "+", "a      ", "     1"]],
    )
    rows = [json.loads(line) for line in laminardb_program("--format", "jsonl", stdin=script).stdout.splitlines()]
    assert sorted(rows, key=lambda row: row["k"]) == [
        {"k": "a", "v": 1, "__weight": 1},
        {"k": "b", "v": 2, "__weight": 1},
    ]
    assert "has no form for that" in laminardb_program("--format", "json", stdin=script).stderr


FOLLOWED = """
CREATE SOURCE t (k VARCHAR, v INT);
CREATE STREAM sums AS SELECT k, sum(v) AS v FROM t GROUP BY k;
CREATE STREAM big AS SELECT * FROM t WHERE v > 1;
INSERT INTO t VALUES ('a', 1), ('b', 2);
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_follow(environment, script, ending):
    program = [sys.executable, "-m", "laminardb", "run", str(script(FOLLOWED)), "--follow", "--format", "jsonl"]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        rows = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(ending)
        _, errors = process.communicate(timeout=60)
    assert sorted((row["__stream"], row["k"], row["v"]) for row in rows) == [
        ("big", "b", 2),
        ("sums", "a", 1),
        ("sums", "b", 2),
    ]
    assert process.returncode == 0
    assert "sums: 1 change, 2 rows" in errors and "big: 1 change, 1 row" in errors


def test_follow_what_is_not_there(laminardb_program, script):
    run = laminardb_program("run", str(script("SELECT 1")), "--follow")
    assert run.returncode == 1 and "the script created no stream" in run.stderr
    run = laminardb_program("run", str(script(FOLLOWED)), "--stream", "bog")
    assert run.returncode == 1 and "ERROR 200" in run.stderr and "Traceback" not in run.stderr


def test_reader_that_has_read_enough(environment):
    """`laminardb … | head -1` ends quietly."""
    script = "CREATE SOURCE t (i INT); INSERT INTO t VALUES (1);" + "INSERT INTO t SELECT * FROM t;" * 17
    program = [sys.executable, "-m", "laminardb", "--format", "csv", "-c", script + "SELECT * FROM t"]
    read, write = os.pipe()
    process = subprocess.Popen(program, stdout=write, stderr=subprocess.PIPE, text=True, env=environment)
    os.close(write)
    assert os.read(read, 1) == b"i"
    os.close(read)
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0


def test_functions(laminardb_program):
    out = laminardb_program("functions").stdout
    with laminardb.open(":memory:") as conn:
        count = len(conn.query("SHOW FUNCTIONS"))
    assert out.splitlines()[-1] == f"{count} rows, 3 columns"
    one = laminardb_program("functions", "date_trunc").stdout
    assert one.startswith("date_trunc(") and "→" in one
    assert json.loads(laminardb_program("functions", "date_trunc", "--format", "json").stdout)[0]["help"]
    assert laminardb_program("functions", "no_such").returncode == 1


def test_demo_in_a_pipe(laminardb_program):
    run = laminardb_program("demo", "--seconds", "2.5", "--rate", "500")
    assert run.returncode == 0, run.stderr
    assert "\x1b" not in run.stdout
    assert re.search(r"^bar    \d\d:\d\d:\d\d ACME open ", run.stdout, re.MULTILINE)
    assert run.stdout.splitlines()[-1] == "the changes of totals, summed, are its SELECT over all trades: yes"
