"""The `laminardb` command: what its arguments mean."""

from __future__ import annotations

import argparse
import os
import sys

import laminardb
from laminardb.cli.directory import backup, check
from laminardb.cli.dump import dump, load
from laminardb.cli.errors import ShellError, describe
from laminardb.cli.formats import FORMATS
from laminardb.cli.functions import show_functions
from laminardb.cli.run import follow, read_script, run_batch
from laminardb.cli.session import Session, Settings
from laminardb.cli.terminal import style_of

_COMMANDS = ("shell", "run", "demo", "functions", "check", "backup", "dump", "load")
_EPILOG = """\
commands:
  laminardb [shell] [DATABASE]          an interactive shell; reads a script when standard input is one
  laminardb run SCRIPT [--follow]       run a script; --follow then tails the streams it created
  laminardb demo [--seconds N]          live tables over synthetic trades, without a network
  laminardb functions [PATTERN]         the functions with signature, help and example
  laminardb check DIRECTORY             verify every byte of a database that nobody has open
  laminardb backup DIRECTORY OUT        copy a database, in use or not, and verify the copy
  laminardb dump DIRECTORY OUT          write a database as SQL and Parquet files
  laminardb load OUT DIRECTORY          make a database of them

Each has its own --help. A database named like a command is written ./run.
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line. Returns the exit status: 0, 1 when a statement failed, 2 when the arguments are wrong."""
    arguments = sys.argv[1:] if arguments is None else arguments
    name = arguments[0] if arguments and arguments[0] in _COMMANDS else "shell"
    rest = arguments[1:] if arguments and arguments[0] == name else arguments
    try:
        handlers = {
            "shell": _shell,
            "run": _run,
            "demo": _demo,
            "functions": _functions,
            "check": _check,
            "backup": _backup,
            "dump": _dump,
            "load": _load,
        }
        return handlers[name](rest)
    except (ShellError, laminardb.LaminarError) as error:
        sys.stderr.write(describe(error, style=style_of(sys.stderr)) + "\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read has read enough. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _shell(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="laminardb",
        description="A streaming SQL database inside your process, at the command line.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("database", nargs="?", default=":memory:", help="a directory, or :memory: (the default)")
    parser.add_argument("sql", nargs="?", help="SQL to run instead of a shell")
    parser.add_argument("-c", "--command", action="append", default=[], metavar="SQL", help="run SQL and leave")
    parser.add_argument("-f", "--file", action="append", default=[], metavar="FILE", help="run a script and leave")
    _add_output_options(parser)
    parser.add_argument("--version", action="version", version=f"laminardb {laminardb.__version__}")
    options = parser.parse_args(arguments)
    scripts = [(sql, None) for sql in [*options.command, *([options.sql] if options.sql else [])]]
    scripts += [read_script(path) for path in options.file]
    if not scripts and not sys.stdin.isatty():
        scripts = [read_script("-")]
    session = _open(options, options.database)
    try:
        if scripts:
            return run_batch(session, scripts)
        from laminardb.cli.shell import run_shell

        return run_shell(session)
    finally:
        session.close()


def _run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="laminardb run", description="Runs a script of SQL and shell commands.")
    parser.add_argument("script", help="the file; - is standard input")
    parser.add_argument("--database", default=":memory:", help="a directory, or :memory: (the default)")
    parser.add_argument("--follow", action="store_true", help="then print the changes of its streams until Ctrl-C")
    parser.add_argument(
        "--stream", action="append", default=[], metavar="NAME", help="follow this one; may be given again"
    )
    _add_output_options(parser)
    options = parser.parse_args(arguments)
    script = read_script(options.script)
    session = _open(options, options.database)
    try:
        status = run_batch(session, [script])
        if status == 0 and (options.follow or options.stream):
            status = follow(session, options.stream)
        return status
    finally:
        session.close()


def _functions(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="laminardb functions", description="The functions of the SQL dialect.")
    parser.add_argument("pattern", nargs="?", help="part of a name, or a pattern with * and ?")
    _add_output_options(parser)
    options = parser.parse_args(arguments)
    session = _open(options, ":memory:")
    try:
        show_functions(session, options.pattern)
        return 0
    finally:
        session.close()


def _demo(arguments: list[str]) -> int:
    from laminardb.cli.demo import run_demo

    parser = argparse.ArgumentParser(
        prog="laminardb demo", description="Synthetic trades, four streams over them, and live tables of the streams."
    )
    parser.add_argument("--seconds", type=float, default=None, metavar="N", help="end after N seconds")
    parser.add_argument("--rate", type=int, default=2000, metavar="N", help="trades a second (default: 2000)")
    parser.add_argument("--plain", action="store_true", help="lines instead of live tables; so it is in a pipe")
    parser.add_argument("--shell", action="store_true", help="a shell over the running feed, to query and tail it")
    options = parser.parse_args(arguments)
    if options.rate < 1 or (options.seconds is not None and options.seconds <= 0):
        parser.error("--rate and --seconds are above 0")
    return run_demo(options.seconds, options.rate, options.plain, options.shell)


def _check(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="laminardb check",
        description="Verifies every checksum and reference of a database directory, and changes nothing.",
    )
    parser.add_argument("directory", help="of a database that nobody has open")
    return check(parser.parse_args(arguments).directory)


def _backup(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="laminardb backup", description="Copies a database directory, in use or not, and verifies the copy."
    )
    parser.add_argument("directory", help="of the database")
    parser.add_argument("out", help="the directory of the copy, which is made")
    options = parser.parse_args(arguments)
    return backup(options.directory, options.out)


def _dump(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="laminardb dump",
        description="Writes a database that nobody has open as SQL and a Parquet file for each source and table.",
    )
    parser.add_argument("directory", help="of the database")
    parser.add_argument("out", help="the folder that is made")
    parser.add_argument("--sinks", action="store_true", help="CREATE SINK as statements; otherwise they are comments")
    options = parser.parse_args(arguments)
    return dump(options.directory, options.out, options.sinks)


def _load(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="laminardb load", description="Makes a database of what dump wrote.")
    parser.add_argument("dump", help="the folder that was written")
    parser.add_argument("directory", help="of the database, which is made")
    options = parser.parse_args(arguments)
    return load(options.dump, options.directory)


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=FORMATS, default="table", help="how answers are written")
    parser.add_argument("--output", metavar="FILE", help="where to, instead of standard output")
    parser.add_argument("--max-rows", type=int, metavar="N", help="rows of a table to show; 0: all")
    parser.add_argument("--continue", action="store_true", dest="go_on", help="go on after an error (exit status 1)")
    parser.add_argument("--timing", action="store_true", help="print how long each statement took")


def _open(options: argparse.Namespace, database: str) -> Session:
    settings = Settings(
        format=options.format,
        most_rows=options.max_rows,
        stop_on_error=not options.go_on,
        timing=options.timing,
    )
    session = Session(laminardb.connect(database), database, settings)
    if options.output:
        try:
            session.redirect(options.output)
        except OSError as error:
            session.conn.close()
            raise ShellError(f"cannot write {options.output}: {error.strerror}") from None
    return session


if __name__ == "__main__":
    sys.exit(main())
