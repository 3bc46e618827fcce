"""The commands of the shell: psql's backslash commands, and those of DuckDB and SQLite that start with a dot."""

from __future__ import annotations

import difflib
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

import laminardb
from laminardb.cli import formats, relations, tail, watch
from laminardb.cli.errors import ShellError, Stopped
from laminardb.cli.functions import show_functions
from laminardb.cli.script import Command, Statement

if TYPE_CHECKING:
    from laminardb.cli.session import Session

Run = Callable[["Session", list[str]], None]
_MOST_NESTED = 16
# What DuckDB and SQLite call them.
_OTHER_FORMAT_NAMES = {"duckbox": "table", "box": "table", "jsonlines": "jsonl", "ndjson": "jsonl"}


@dataclass(frozen=True)
class MetaCommand:
    """One command.

    Attributes:
        names: what it is called, the first as `\\?` lists it.
        arguments: for the list.
        raw: whether it gets the rest of the line as it stands, in one piece.
        on_statement: whether it may follow a statement without `;` and then works on it.
    """

    names: tuple[str, ...]
    arguments: str
    help: str
    run: Run
    raw: bool = False
    on_statement: bool = False


COMMANDS: dict[str, MetaCommand] = {}
_LIST: list[MetaCommand] = []


def command(
    *names: str, arguments: str = "", help: str, raw: bool = False, on_statement: bool = False
) -> Callable[[Run], Run]:
    """Registers a function as the command of these names."""

    def register(function: Run) -> Run:
        entry = MetaCommand(names, arguments, help, function, raw, on_statement)
        _LIST.append(entry)
        COMMANDS.update(dict.fromkeys(names, entry))
        return function

    return register


def run(session: Session, line: Command) -> None:
    """Runs a command line, `\\name arguments` or `.name arguments`."""
    entry, rest = _find(line.text)
    if entry.raw:
        entry.run(session, [rest] if rest else [])
        return
    try:
        # A backslash is an ordinary character, as in the paths of psql; a trailing ; comes out of habit.
        lexer = shlex.shlex(rest.rstrip("; \t"), posix=True, punctuation_chars="")
        lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
        arguments = list(lexer)
    except ValueError as error:
        raise ShellError(f"{line.text}: {str(error).lower()}") from None
    entry.run(session, arguments)


def takes_statement(line: Command) -> bool:
    """Whether a command works on the statement in front of it."""
    return _find(line.text)[0].on_statement


def _find(text: str) -> tuple[MetaCommand, str]:
    name, _, rest = text.partition(" ")
    name = name.split("\t")[0]
    if name.startswith("\\!") and len(name) > 2:  # \!ls
        name, rest = "\\!", text[2:]
    entry = COMMANDS.get(name)
    if entry is None:
        near = difflib.get_close_matches(name, COMMANDS, 1, 0.6)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ShellError(f"there is no command {name}{hint} (\\? lists them)")
    return entry, rest.strip()


def _at_most(arguments: list[str], count: int, usage: str) -> None:
    if len(arguments) > count:
        raise ShellError(f"usage: {usage}")


def _switch(now: bool, arguments: list[str], usage: str) -> bool:
    _at_most(arguments, 1, usage)
    if not arguments:
        return not now
    word = arguments[0].lower()
    if word not in ("on", "off"):
        raise ShellError(f"usage: {usage}")
    return word == "on"


# ------------------------------------------------------------------------------------------- what is there


@command("\\d", ".tables", arguments="[NAME]", help="list what is there, or describe one of it")
def describe(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 1, "\\d [NAME]")
    if not arguments or any(c in arguments[0] for c in "*?%"):
        _list(session, (), arguments)
        return
    relation = relations.find(session.conn, arguments[0].strip('"'))
    if relation is None:
        names = [r.name for r in relations.relations(session.conn)]
        near = difflib.get_close_matches(arguments[0], names, 1, 0.6)
        raise ShellError(f'there is no "{arguments[0]}"' + (f'; did you mean "{near[0]}"?' if near else ""))
    _describe(session, relation)


@command("\\ds", arguments="[PATTERN]", help="list streams")
def list_streams(session: Session, arguments: list[str]) -> None:
    _list(session, ("stream",), arguments)


@command("\\dt", arguments="[PATTERN]", help="list sources and tables, which hold input")
def list_tables(session: Session, arguments: list[str]) -> None:
    _list(session, ("source", "table"), arguments)


@command("\\dm", arguments="[PATTERN]", help="list materialized views")
def list_materialized_views(session: Session, arguments: list[str]) -> None:
    _list(session, ("materialized view",), arguments)


@command("\\dv", arguments="[PATTERN]", help="list views")
def list_views(session: Session, arguments: list[str]) -> None:
    _list(session, ("view",), arguments)


@command("\\df", ".functions", arguments="[PATTERN]", help="list functions; one alone with its example")
def list_functions(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 1, "\\df [PATTERN]")
    show_functions(session, arguments[0] if arguments else None)


@command("\\sf", ".schema", arguments="[NAME]", help="show the SQL that made one, or everything")
def schema(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 1, ".schema [NAME]")
    pattern = arguments[0] if arguments else None
    found = [r for r in relations.relations(session.conn, pattern=pattern) if r.kind != "sink"]
    for sql in relations.in_order_of_reading({r.name: _definition(session.conn, r) for r in found}):
        session.out.write(sql.rstrip(";") + ";\n")


@command("\\l", "\\conninfo", ".databases", help="show which database this is, and its numbers")
def database(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 0, "\\l")
    metrics = session.conn.metrics()
    facts = {
        "database": session.name,
        "version": laminardb.__version__,
        "state": metrics.state,
        "up for": f"{metrics.uptime_secs:.1f} s",
        "sources": f"{metrics.source_count:,}",
        "streams": f"{metrics.stream_count:,}",
        "rows in": f"{metrics.total_events_ingested:,}",
        "rows of change": f"{metrics.total_events_emitted:,}",
        "rows dropped": f"{metrics.total_events_dropped:,}",
    }
    for name, value in facts.items():
        session.out.write(f"{session.style('bold', name.ljust(14))} {value}\n")


# ------------------------------------------------------------------------------------------- running


@command("\\g", help="run the statement in front, or the last one again", on_statement=True)
def again(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 0, "\\g")
    session.run_statement(_last(session))


@command("\\gx", help="as \\g, one line per value", on_statement=True)
def again_expanded(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 0, "\\gx")
    before, session.settings.expanded = session.settings.expanded, True
    try:
        session.run_statement(_last(session))
    finally:
        session.settings.expanded = before


@command(
    "\\watch",
    arguments="[SECONDS] [COUNT]",
    help="run the query in front, or the last one, again and again; without SECONDS on every change",
    on_statement=True,
)
def watch_query(session: Session, arguments: list[str]) -> None:
    watch.watch(session, _last(session), *watch.parse_options(arguments))


@command(
    "\\tail", ".tail", arguments="NAME [COUNT|&]", help="print the changes of a stream until Ctrl-C; &: while you type"
)
def tail_stream(session: Session, arguments: list[str]) -> None:
    if arguments and arguments[-1].endswith("&") and arguments[-1] != "&":
        arguments = [*arguments[:-1], arguments[-1][:-1], "&"]
    _at_most(arguments, 2, "\\tail NAME [COUNT|&]")
    if not arguments:
        names = session.background.names()
        session.out.write("".join(f"{name}\n" for name in names) or "nothing is being tailed: \\tail NAME\n")
        return
    relation = relations.find(session.conn, arguments[0].strip('"'))
    sql = f"SUBSCRIBE {relations.quoted(relation.name if relation else arguments[0])}"
    if arguments[1:] == ["&"]:
        if not session.interactive:
            raise ShellError("\\tail NAME & needs a shell to print beside: use laminardb run --follow")
        session.background.start(session, relation.name if relation else arguments[0], sql)
        return
    if arguments[1:] and not (arguments[1].isdecimal() and int(arguments[1])):
        raise ShellError("usage: \\tail NAME [COUNT|&]")
    tail.foreground(session, sql, int(arguments[1]) if arguments[1:] else None)


@command("\\untail", arguments="[NAME]", help="end the tail of a stream, or all that were started with &")
def untail(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 1, "\\untail [NAME]")
    ended = session.background.stop(arguments[0] if arguments else None)
    if arguments and not ended:
        raise ShellError(f"{arguments[0]} is not being tailed")
    for name in ended:
        session.say(f"tail of {name} ended")


@command("\\i", ".read", arguments="FILE", help="run a script")
def read(session: Session, arguments: list[str]) -> None:
    if len(arguments) != 1:
        raise ShellError("usage: \\i FILE")
    script = Path(arguments[0]).expanduser().read_text(encoding="utf-8")
    if len(session.reading) == _MOST_NESTED:
        raise ShellError(f"{arguments[0]}: more than {_MOST_NESTED} scripts read each other")
    session.reading.append(arguments[0])
    try:
        if not session.run_script(script, origin=arguments[0]) and session.settings.stop_on_error:
            raise Stopped
    finally:
        session.reading.pop()


@command("\\e", ".edit", help="edit the statement in front, or the last one, in $EDITOR", on_statement=True)
def edit(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 0, "\\e")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement.sql"
        path.write_text((session.last.text + ";\n") if session.last else "", encoding="utf-8")
        if subprocess.run([*shlex.split(editor), str(path)], check=False).returncode != 0:
            raise ShellError(f"{editor} failed; $EDITOR names the editor")
        text = path.read_text(encoding="utf-8").rstrip()
    if session.interactive:
        session.prefill = text
    else:
        session.run_script(text)


@command("\\!", ".shell", arguments="COMMAND", help="run a command of the system", raw=True)
def system(session: Session, arguments: list[str]) -> None:
    session.out.flush()
    subprocess.run(arguments[0] if arguments else os.environ.get("SHELL", "/bin/sh"), shell=True, check=False)


# ------------------------------------------------------------------------------------------- settings


@command("\\x", arguments="[on|off]", help="one line per value instead of a table")
def expanded(session: Session, arguments: list[str]) -> None:
    session.settings.expanded = _switch(session.settings.expanded, arguments, "\\x [on|off]")
    session.say(f"expanded display is {'on' if session.settings.expanded else 'off'}")


@command("\\timing", ".timer", arguments="[on|off]", help="print how long each statement took")
def timing(session: Session, arguments: list[str]) -> None:
    session.settings.timing = _switch(session.settings.timing, arguments, "\\timing [on|off]")
    session.say(f"timing is {'on' if session.settings.timing else 'off'}")


@command("\\format", ".mode", arguments="[FORMAT]", help=f"show answers as {', '.join(formats.FORMATS)}")
def mode(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 1, "\\format [FORMAT]")
    if arguments:
        name = _OTHER_FORMAT_NAMES.get(arguments[0], arguments[0])
        if name not in formats.FORMATS:
            raise ShellError(f"there is no format {name}; there are: {', '.join(formats.FORMATS)}")
        session.settings.format = name
    session.say(f"format is {session.settings.format}")


@command("\\maxrows", ".maxrows", arguments="[COUNT]", help="rows of a table to show; 0: all")
def most_rows(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 1, ".maxrows [COUNT]")
    if arguments:
        if not arguments[0].isdecimal():
            raise ShellError("usage: .maxrows [COUNT]")
        session.settings.most_rows = int(arguments[0])
    count = session.settings.most_rows
    session.say(f"rows shown: {'all' if count == 0 else 'as many as fit' if count is None else f'{count:,}'}")


@command("\\o", ".output", arguments="[FILE]", help="send answers to a file, or back to the terminal")
def output(session: Session, arguments: list[str]) -> None:
    _at_most(arguments, 1, "\\o [FILE]")
    session.redirect(arguments[0] if arguments and arguments[0] != "stdout" else None)


@command("\\echo", ".print", arguments="TEXT", help="print a text", raw=True)
def echo(session: Session, arguments: list[str]) -> None:
    session.out.write("".join(arguments) + "\n")


# ------------------------------------------------------------------------------------------- the shell


@command("\\?", "\\h", "\\help", ".help", help="show this list")
def help_(session: Session, arguments: list[str]) -> None:
    chosen = [c for c in _LIST if not arguments or any(arguments[0] in name for name in c.names)]
    lefts = [f"{', '.join(c.names)} {c.arguments}".rstrip() for c in chosen]
    width = min(max(map(len, lefts), default=0), 34)
    for left, entry in zip(lefts, chosen, strict=True):
        gap = "\n" + " " * (width + 2) if len(left) > width else " " * (width + 2 - len(left))
        session.out.write(f"{left}{gap}{entry.help}\n")
    if not arguments:
        session.out.write(
            "\nSQL ends with ; and may span lines. SUBSCRIBE NAME [WHERE …] tails a stream. Tab completes, Ctrl-C\n"
            "cancels the line or the statement, Ctrl-D leaves. SHOW FUNCTIONS, DESCRIBE NAME and EXPLAIN are SQL.\n"
        )


@command("\\q", "\\quit", ".quit", ".exit", help="leave")
def leave(session: Session, arguments: list[str]) -> None:
    from laminardb.cli.session import Quit

    raise Quit


def _last(session: Session) -> Statement:
    if session.last is None:
        raise ShellError("there is no statement yet to work on")
    return session.last


def _list(session: Session, kinds: tuple[str, ...], arguments: list[str]) -> None:
    _at_most(arguments, 1, "\\d [NAME]")
    found = relations.relations(session.conn, kinds, arguments[0] if arguments else None)
    if not found and session.settings.format == "table":
        session.out.write("there is nothing yet: CREATE SOURCE … makes an input\n" if not kinds else "there are none\n")
        return
    columns = {
        "name": [r.name for r in found],
        "kind": [r.kind for r in found],
        "columns": [", ".join(name for name, _ in r.columns) for r in found],
    }
    _show(session, columns)


def _show(session: Session, columns: dict[str, list[str]]) -> None:
    table = pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
    session.show_table(table, with_types=False, most_rows=0)


def _describe(session: Session, relation: relations.Relation) -> None:
    rows = session.conn.query(f"DESCRIBE EXTENDED {relations.quoted(relation.name)}").to_pylist()
    columns = [row for row in rows if not row["column_name"].startswith("# ")]
    facts = {row["column_name"][2:]: row["extra"] for row in rows if row["column_name"].startswith("# ")}
    session.out.write(f"{facts.pop('kind', relation.kind)} {session.style('bold', relation.name)}\n")
    table = {
        "column": [row["column_name"] for row in columns],
        "type": [row["column_type"].lower() for row in columns],
        "null": ["" if row["nullable"] else "not null" for row in columns],
        "extra": [row["extra"] or "" for row in columns],
    }
    _show(session, {name: column for name, column in table.items() if any(column)})
    facts.pop("sql", None)
    for name, text in facts.items():
        session.out.write(f"{name}: {text}\n")
    session.out.write(_definition(session.conn, relation) + "\n")


def _definition(conn: laminardb.Connection, relation: relations.Relation) -> str:
    shown = conn.query(f"SHOW CREATE {relation.kind.upper()} {relations.quoted(relation.name)}")
    return shown.to_pylist()[0]["sql"]
