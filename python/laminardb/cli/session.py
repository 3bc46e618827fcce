"""A connection with the settings of the shell: runs statements and commands, and shows what they answer."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import pyarrow as pa

import laminardb
from laminardb.cli import formats, tail
from laminardb.cli.errors import Cancelled, ShellError, Stopped, describe
from laminardb.cli.execute import Work, cancel_newest
from laminardb.cli.script import Command, Statement, split
from laminardb.cli.terminal import Style, is_terminal, style_of, width_of

_ROWS_IN_TERMINAL = 40
_PAST = {"INSERT": "inserted", "UPDATE": "updated", "DELETE": "deleted", "MERGE": "changed"}


@dataclass
class Settings:
    """What the commands of the shell switch.

    Attributes:
        format: one of `formats.FORMATS`.
        expanded: tables as one line per value.
        timing: print how long each statement took.
        most_rows: rows of a table to show; `None`: 40 in a terminal, all elsewhere; 0: all.
        stop_on_error: end a script at its first error.
    """

    format: str = "table"
    expanded: bool = False
    timing: bool = False
    most_rows: int | None = None
    stop_on_error: bool = True


class Quit(Exception):
    """The user asked to leave."""


@dataclass
class Session:
    """What the shell, scripts and the commands of the shell share.

    Attributes:
        name: what was opened, as the user wrote it.
        interactive: whether a person types; then statements are acknowledged.
        created: the streams and views that were created, in order.
        prefill: what the next prompt is to begin with.
        reading: scripts that are being read, by each other.
        last: the last statement, which `\\watch`, `\\g` and `\\e` come back to.
    """

    conn: laminardb.Connection
    name: str = ":memory:"
    settings: Settings = field(default_factory=Settings)
    interactive: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    created: list[str] = field(default_factory=list)
    last: Statement | None = None
    failed: bool = False
    prefill: str = ""
    reading: list[str] = field(default_factory=list)
    background: tail.Background = field(default_factory=tail.Background)

    def run_script(self, script: str, origin: str | None = None) -> bool:
        """Runs statements and commands in order. Returns whether all went well; errors are printed.

        Stops at the first error when `settings.stop_on_error`; typed input always does.
        """
        from laminardb.cli import meta  # the commands run scripts themselves

        items = split(script)
        good = True
        for number, item in enumerate(items):
            following = items[number + 1] if number + 1 < len(items) else None
            statement = item if isinstance(item, Statement) else None
            try:
                if isinstance(item, Command):
                    meta.run(self, item)
                else:
                    self.last = item
                    if item.terminated or not isinstance(following, Command):
                        self.run_statement(item)
                    elif not meta.takes_statement(following):
                        raise ShellError(f"the statement before {following.text.split()[0]} needs a ; at its end")
            except BrokenPipeError:
                raise  # nobody reads any more
            except (laminardb.LaminarError, ShellError, OSError, UnicodeError) as error:
                self.show_error(error, statement, origin, script)
                good = False
            except Stopped:
                good = False
            except Cancelled:
                self.err.write("cancelled\n")
                good = False
            if not good and (self.settings.stop_on_error or self.interactive):
                break
        self.failed = self.failed or not good
        return good

    def show_error(
        self, error: Exception, statement: Statement | None, origin: str | None = None, script: str | None = None
    ) -> None:
        """Prints an error, with its place in the script when it has a name."""
        self.out.flush()
        self.err.write(describe(error, statement, origin, script, style_of(self.err)) + "\n")
        self.err.flush()

    def run_statement(self, statement: Statement) -> None:
        """Runs one statement and shows its answer; raises what the engine raises."""
        begin = time.perf_counter()
        if statement.verb == "SUBSCRIBE":
            tail.foreground(self, statement.text)
        elif statement.is_query:
            self.show_query(statement.text, self.writer(statement))
        else:
            self._change(statement)
        if self.settings.timing:
            self.out.write(f"Time: {_duration(time.perf_counter() - begin)}\n")
        self.out.flush()

    def show_query(self, sql: str, writer: formats.Writer) -> None:
        """Reads a query batch by batch into a writer. Ctrl-C cancels it."""
        batches: laminardb.QueryStreamIter | None = None

        def read(work: Work[None]) -> None:
            nonlocal batches
            batches = self.conn.stream(sql)
            writer.begin(batches.schema)
            for batch in batches:
                writer.write(batch.arrow())
                work.rows += batch.num_rows

        def cancel() -> bool:
            if batches is not None:
                batches.cancel()
            return batches is not None

        Work(read, cancel, self.interactive).wait()
        writer.end()

    def show_table(self, table: pa.Table, with_types: bool = True, most_rows: int | None = None) -> None:
        """Shows rows; those that the shell made itself have no types worth showing."""
        writer = self.writer(with_types=with_types, most_rows=most_rows)
        writer.begin(table.schema)
        writer.write(table)
        writer.end()
        self.out.flush()

    def writer(
        self, statement: Statement | None = None, with_types: bool = True, most_rows: int | None = None
    ) -> formats.Writer:
        """A writer by the settings; `statement` is what is to be shown, `most_rows` how much unless it is set."""
        if self.settings.format not in ("table", "line"):
            return formats.data_writer(self.settings.format, self.out)
        words = statement.words(2) if statement else []
        if words[:1] == ["EXPLAIN"] or words == ["SHOW", "CREATE"]:
            return formats.PlainLinesWriter(self.out)
        if self.settings.most_rows is not None:
            most_rows = self.settings.most_rows
        if most_rows is None and is_terminal(self.out):
            most_rows = _ROWS_IN_TERMINAL
        records = self.settings.expanded or self.settings.format == "line"
        return formats.ExcerptWriter(self.out, most_rows or None, width_of(self.out), self.style, records, with_types)

    @property
    def style(self) -> Style:
        """The colours that `out` can show."""
        return style_of(self.out)

    def say(self, text: str) -> None:
        """Tells a person what a command has set. Scripts have their answers alone in the output."""
        if self.interactive:
            sys.stdout.write(text + "\n")

    def redirect(self, path: str | None) -> None:
        """Sends answers to a file from now on, or back to standard output."""
        if self.out is not sys.stdout:
            self.out.close()
        self.out = sys.stdout
        if path is not None:
            self.out = Path(path).expanduser().open("w", encoding="utf-8")

    def close(self) -> None:
        """Ends what runs in the background, closes the connection and the output file."""
        self.background.stop()
        self.conn.close()
        self.redirect(None)

    def _change(self, statement: Statement) -> None:
        """A statement that is no query: DDL, DML, or one the engine refuses."""
        sql = statement.text

        def execute(_: Work[laminardb.ExecuteResult]) -> laminardb.ExecuteResult:
            return self.conn.execute(sql)

        result = Work(execute, lambda: cancel_newest(self.conn, sql), self.interactive).wait()
        for warning in result.warnings:
            self.err.write(f"{style_of(self.err)('yellow', 'WARNING:')} {warning}\n")
        if result.ddl_type in ("CREATE STREAM", "CREATE MATERIALIZED VIEW"):
            self.created.append(result.ddl_object)
        rows = result.to_query_result()
        if rows is not None:
            self.show_table(rows.arrow())
        elif self.interactive:
            self.out.write(_acknowledgement(result, statement) + "\n")


def _acknowledgement(result: laminardb.ExecuteResult, statement: Statement) -> str:
    if result.result_type == "ddl":
        return f"{result.ddl_type} {result.ddl_object}".strip()
    if result.result_type == "rows_affected":
        count = result.rows_affected
        return f"{count:,} row{'' if count == 1 else 's'} {_PAST.get(statement.verb, 'affected')}"
    return statement.verb


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.3f} ms"
    if seconds < 60:
        return f"{seconds:.3f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s"
