"""The shell as a person sees it: typed into a terminal, read off its screen."""

from __future__ import annotations

import os
import signal

SOURCE = "CREATE SOURCE trades (symbol VARCHAR, price DOUBLE);"
STREAM = "CREATE STREAM totals AS SELECT symbol, count(*) AS n FROM trades GROUP BY symbol;"
FILL = "INSERT INTO trades VALUES ('ACME', 10.5), ('東京', NULL);"


def test_statements(shell):
    assert shell.run(SOURCE) == "CREATE SOURCE trades"
    assert shell.run(STREAM).splitlines()[-1] == "CREATE STREAM totals"
    assert shell.run(FILL) == "2 rows inserted"
    assert shell.run("SELECT * FROM trades ORDER BY symbol;") == (
        "┌─────────┬────────┐\n"
        "│ symbol  │ price  │\n"
        "│ varchar │ double │\n"
        "├─────────┼────────┤\n"
        "│ ACME    │   10.5 │\n"
        "│ 東京    │   NULL │\n"
        "└─────────┴────────┘\n"
        "2 rows, 2 columns"
    )


def test_error_and_its_place(shell):
    shell.run(SOURCE)
    assert shell.run("SELECT pric FROM trades;") == (
        'ERROR 400: column "pric" does not exist; did you mean "price"?\n'
        "LINE 1: SELECT pric FROM trades\n"
        "               ^"
    )


def test_statement_over_lines(shell):
    shell.type("SELECT 1 AS a,\r")
    shell.wait_for("      ...>")
    shell.type("  2 AS b;\r")
    shell.wait(lambda: "1 row, 2 columns" in shell.screen() and shell.at_prompt())


def test_completion(shell):
    shell.run(SOURCE)
    shell.type("SELECT count(*) FROM tra\t")
    shell.wait_for("FROM trades")
    shell.type(" WHERE trades.pr\t")
    shell.wait_for("WHERE trades.price")
    shell.type(" > 1;\r")
    shell.wait(lambda: "1 row, 1 column" in shell.screen() and shell.at_prompt())


def test_completion_menu(shell):
    shell.run(SOURCE)
    shell.type("SHOW S\t")
    shell.wait(lambda: all(word in shell.screen() for word in ("SOURCES", "STREAMS", "SINKS")))
    shell.type("\x03")
    shell.wait(shell.at_prompt)


def test_history(terminal, tmp_path):
    first = terminal()
    first.wait(first.at_prompt)
    first.run("SELECT 41 + 1 AS answer;")
    first.type("\x04")
    assert first.wait_exit() == 0
    assert "SELECT 41" in (tmp_path / "state/laminardb/history").read_text()
    second = terminal()
    second.wait(second.at_prompt)
    second.type("\x1b[A")
    second.wait_for("SELECT 41 + 1 AS answer;")
    second.type("\r")
    second.wait(lambda: "42" in second.below("answer;") and second.at_prompt())


def test_interrupted_line(shell):
    shell.type("SELECT 'half a")
    shell.wait_for("half a")
    shell.type("\x03")
    shell.wait(shell.at_prompt)
    assert "1 row" in shell.run("SELECT 1;")


def test_tail_until_interrupted(shell):
    shell.run(SOURCE)
    shell.run(STREAM)
    shell.run("INSERT INTO trades VALUES ('ACME', 1);")
    shell.type("SUBSCRIBE totals;\r")
    shell.wait_for("1 │ + │ ACME")
    shell.type("\x03")
    shell.wait(lambda: "1 change, 1 row" in shell.screen() and shell.at_prompt())


def test_tail_beside_the_prompt(shell):
    shell.run(SOURCE)
    shell.run(STREAM)
    shell.run("\\tail totals &")
    shell.run("INSERT INTO trades VALUES ('ACME', 1);")
    shell.wait(lambda: "+ │ ACME    │      1" in shell.screen() and shell.at_prompt())
    shell.run("INSERT INTO trades VALUES ('ACME', 2);")
    shell.wait(
        lambda: (
            "- │ ACME    │      1" in shell.screen() and "+ │ ACME    │      2" in shell.screen() and shell.at_prompt()
        )
    )
    assert shell.run("\\tail") == "totals"
    shell.run("DROP STREAM totals;")
    shell.wait(lambda: "tail of totals ended" in shell.screen() and shell.at_prompt())
    assert "nothing is being tailed" in shell.run("\\tail")


def test_watch_draws_in_place(shell):
    shell.run(SOURCE)
    shell.run(STREAM)
    shell.run("INSERT INTO trades VALUES ('ACME', 1);")
    shell.type("SELECT * FROM totals \\watch 0.05\r")
    shell.wait_for("every 0.05 s")
    drawn = shell.raw.count(b"every 0.05 s")
    shell.wait(lambda: shell.raw.count(b"every 0.05 s") > drawn + 3)
    assert shell.screen().count("every 0.05 s") == 1
    shell.type("\x03")
    shell.wait(shell.at_prompt)


def test_watch_higher_than_the_terminal(terminal):
    shell = terminal(lines=12, columns=60)
    shell.wait(shell.at_prompt)
    shell.run("CREATE SOURCE t (i INT, s VARCHAR);")
    shell.run("INSERT INTO t SELECT 1, repeat('x', 100);")
    shell.run("\\x")
    shell.type("SELECT s, s, s, s, s, s, s FROM t \\watch 0.05\r")
    shell.wait_for("more lines")
    drawn = shell.raw.count(b"every 0.05 s")
    shell.wait(lambda: shell.raw.count(b"every 0.05 s") > drawn + 3)
    assert shell.screen().count("every 0.05 s") == 1
    shell.type("\x03")
    shell.wait(shell.at_prompt)


def test_leaving_with_a_tail_beside(shell):
    shell.run(SOURCE)
    shell.run("\\tail trades &")
    shell.type("\\q\r")
    assert shell.wait_exit() == 0


def test_interrupted_query(shell, tmp_path):
    fill = [f"INSERT INTO t SELECT i + {1 << k} FROM t;" for k in range(18)]
    (tmp_path / "fill.sql").write_text("\n".join(["CREATE SOURCE t (i BIGINT);", "INSERT INTO t VALUES (1);", *fill]))
    shell.run(f"\\i {tmp_path}/fill.sql")
    copies = " UNION ALL ".join(["SELECT * FROM t"] * 1000)
    (tmp_path / "slow.sql").write_text(f"SELECT count(DISTINCT i * 3) FROM ({copies}) AS u;")
    shell.type(f"\\i {tmp_path}/slow.sql\r")
    shell.wait_for("Ctrl-C cancels")
    shell.type("\x03")
    shell.wait(lambda: "cancelled" in shell.screen() and shell.at_prompt())
    assert "262144" in shell.run("SELECT count(*) FROM t;")


def test_commands(shell):
    shell.run(SOURCE)
    shell.run(STREAM)
    assert shell.run("\\d").splitlines()[3:5] == [
        "│ totals │ stream │ symbol, n     │",
        "│ trades │ source │ symbol, price │",
    ]
    assert shell.run("\\ds").splitlines()[-1] == "1 row, 3 columns"
    assert shell.run("\\dv") == "there are none"
    assert shell.run("\\d trades").splitlines()[0] == "source trades"
    assert shell.run("\\d trade") == 'ERROR: there is no "trade"; did you mean "trades"?'
    assert shell.run(".schema totals").startswith("CREATE STREAM totals AS SELECT")
    assert shell.run("\\df upper").startswith("upper(text VARCHAR)")
    shell.run("CREATE FUNCTION thrice(x BIGINT) RETURNS BIGINT AS x * 3;")
    assert shell.run("\\df thrice").splitlines()[:2] == ["thrice(x BIGINT) → BIGINT", "  x * 3"]
    assert shell.run("\\timing on") == "timing is on"
    assert "Time: " in shell.run("SELECT 1;")
    assert shell.run("\\x") == "expanded display is on"
    assert "n │ 5" in shell.run("SELECT 5 AS n;")
    assert shell.run(".mode csv") == "format is csv"
    assert shell.run("SELECT 5 AS n;").splitlines()[:2] == ["n", "5"]
    assert shell.run("\\wotch") == "ERROR: there is no command \\wotch; did you mean \\watch? (\\? lists them)"
    assert shell.run("\\! echo from the system") == "from the system"
    assert ":memory:" in shell.run("\\l")
    assert "\\watch [SECONDS] [COUNT]" in shell.run("\\? watch")


def test_output_and_read(shell, tmp_path):
    shell.run(f"\\o {tmp_path}/out.txt")
    shell.run("SELECT 'to the file' AS a;")
    shell.run("\\o")
    assert "to the file" in (tmp_path / "out.txt").read_text()
    (tmp_path / "in.sql").write_text("SELECT 'from the file' AS a;")
    assert "from the file" in shell.run(f".read {tmp_path}/in.sql")
    assert "No such file" in shell.run("\\i nowhere.sql")


def test_editor(terminal, tmp_path):
    editor = tmp_path / "editor.sh"
    editor.write_text("#!/bin/sh\necho 'SELECT 7 * 6 AS edited;' > \"$1\"\n")
    editor.chmod(0o755)
    shell = terminal(EDITOR=str(editor), VISUAL="")
    shell.wait(shell.at_prompt)
    shell.type("\\e\r")
    shell.wait_for("laminardb> SELECT 7 * 6 AS edited;")
    shell.type("\r")
    shell.wait(lambda: "42" in shell.below("edited;") and shell.at_prompt())


def test_leaving(terminal):
    for ending in ("\\q\r", ".quit\r", "\x04"):
        shell = terminal()
        shell.wait(shell.at_prompt)
        shell.type(ending)
        assert shell.wait_exit() == 0


def test_dumb_terminal(terminal):
    shell = terminal(TERM="dumb")
    shell.wait_for("laminardb>")
    shell.type("SELECT 1\n")
    shell.wait_for("      ...>")
    shell.type("AS one;\n")
    shell.wait_for("1 row, 1 column")
    shell.type("\x04")
    assert shell.wait_exit() == 0
    assert b"\x1b" not in shell.raw


def test_no_colour(terminal):
    shell = terminal(NO_COLOR="1")
    shell.wait(shell.at_prompt)
    shell.run("SELECT nope;")
    assert b"\x1b[31m" not in shell.raw


def test_wide_results_fit_the_terminal(terminal, tmp_path):
    (tmp_path / "w.sql").write_text("SELECT " + ", ".join(f"'{'x' * 30}' AS c{i}" for i in range(8)))
    shell = terminal("-f", str(tmp_path / "w.sql"), columns=60)
    assert shell.wait_exit() == 0
    answer = shell.screen()
    assert "8 columns (" in answer.splitlines()[-1]
    assert all(len(line) <= 60 for line in answer.splitlines())


def test_demo_live_tables(terminal):
    demo = terminal("demo", "--seconds", "20", lines=36, columns=120)
    demo.wait(lambda: all(word in demo.screen() for word in ("totals:", "bars:", "ACME", "a second")))
    os.kill(demo.process.pid, signal.SIGINT)
    demo.wait_for("are its SELECT over all trades: yes")
    assert demo.wait_exit() == 0


def test_demo_shell(terminal):
    shell = terminal("demo", "--shell")
    shell.wait(shell.at_prompt)
    assert shell.run("\\ds").splitlines()[-1] == "4 rows, 3 columns"
    shell.type("SELECT sum(trades) AS n FROM totals \\watch\r")
    shell.wait(lambda: shell.raw.count(b"on every change") > 3)
    shell.type("\x03")
    shell.wait(shell.at_prompt)
    shell.type("\x04")
    assert shell.wait_exit() == 0


def test_without_the_extra(terminal, tmp_path):
    """What is missing is named, with what installs it."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "prompt_toolkit.py").write_text("raise ImportError('hidden')")
    path = os.pathsep.join([str(hidden), os.environ.get("PYTHONPATH", "")])
    shell = terminal(PYTHONPATH=path)
    shell.wait_for("pip install 'laminardb[cli]'")
    assert shell.wait_exit() == 1
