"""Live tails: the changes of a stream, printed as they come."""

from __future__ import annotations

import io
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO

import pyarrow as pa

import laminardb
from laminardb import codes
from laminardb.cli import formats
from laminardb.cli.errors import ShellError
from laminardb.cli.tables import fit
from laminardb.cli.terminal import PLAIN, Style, clip, is_terminal, pad, printable, style_of, text_width, width_of
from laminardb.cli.values import is_number, texts, type_name

if TYPE_CHECKING:
    from laminardb.cli.session import Session

WEIGHT = "__weight"
# Of one item, so that a snapshot of a million rows does not bury the terminal. Files and pipes get every row.
_ROWS_OF_AN_ITEM = 40
# How soon an interrupt or the end is noticed; changes wake the wait at once.
_PATIENCE_SECONDS = 0.1
_STREAM_KEY = "__stream"


class Printer(Protocol):
    """Prints the items of one subscription."""

    def print(self, item: laminardb.QueryResult) -> None: ...


class TablePrinter:
    """Rows under a header that comes again when a value needs more room.

    Args:
        label: the stream, when several are printed through each other; `None` otherwise.
        most_rows: of one item; `None`: all.
    """

    def __init__(
        self,
        out: TextIO,
        schema: pa.Schema,
        width: int | None = None,
        style: Style = PLAIN,
        label: str | None = None,
        most_rows: int | None = None,
    ) -> None:
        self.needs_header = True
        self._out, self._width, self._style, self._label, self._most_rows = out, width, style, label, most_rows
        self._retracts = WEIGHT in schema.names
        fields = [field for field in schema if field.name != WEIGHT]
        self._columns = [i for i, field in enumerate(schema) if field.name != WEIGHT]
        self._names = ["epoch", *([""] if self._retracts else []), *(printable(field.name) for field in fields)]
        self._types = ["", *([""] if self._retracts else []), *(type_name(field.type) for field in fields)]
        self._right = [True, *([True] if self._retracts else []), *(is_number(field.type) for field in fields)]
        self._natural = [max(text_width(n), text_width(t)) for n, t in zip(self._names, self._types, strict=True)]

    def print(self, item: laminardb.QueryResult) -> None:
        """Prints one item: deletions and insertions of one epoch."""
        table = item.arrow()
        left_out = 0
        if self._most_rows is not None and table.num_rows > self._most_rows:
            left_out = table.num_rows - self._most_rows
            table = table.slice(0, self._most_rows)
        cells = [
            ["NULL" if text is None else printable(text) for text in texts(table.column(i))] for i in self._columns
        ]
        weights = table.column(WEIGHT).to_pylist() if self._retracts else [1] * table.num_rows
        signs = [f"{weight:+d}" if abs(weight) != 1 else "+" if weight > 0 else "-" for weight in weights]
        epochs = [f"{item.epoch}"] + [""] * (table.num_rows - 1)
        columns = [epochs, *([signs] if self._retracts else []), *cells]
        self._make_room(columns)
        if self.needs_header:
            self._header()
        for row, weight in zip(zip(*columns, strict=True), weights, strict=True):
            line = self._line(list(row), self._right)
            self._out.write((self._style("red" if weight < 0 else "green", line) if self._retracts else line) + "\n")
        if left_out:
            self._out.write(self._style("dim", f"… {left_out:,} more rows of epoch {item.epoch}") + "\n")
        self._out.flush()

    def _make_room(self, columns: list[list[str]]) -> None:
        needed = [max(map(text_width, column), default=0) for column in columns]
        grown = [max(n, w) for n, w in zip(needed, self._natural, strict=True)]
        if grown != self._natural:
            self._natural = grown
            self.needs_header = True

    def _layout(self) -> tuple[list[int | None], list[int]]:
        labelled = text_width(self._label) + 3 if self._label else 0
        return fit(self._natural, None if self._width is None else self._width - labelled + 1)

    def _header(self) -> None:
        _, widths = self._layout()
        label = "─" * (text_width(self._label) + 1) + "┼─" if self._label else ""
        centered = [None] * len(self._names)
        self._out.write(self._style("bold", self._line(self._names, centered, in_header=True)) + "\n")
        self._out.write(self._style("dim", self._line(self._types, centered, in_header=True)) + "\n")
        self._out.write(self._style("dim", label + "─┼─".join("─" * w for w in widths)) + "\n")
        self.needs_header = False

    def _line(self, cells: list[str], right: list[bool | None], in_header: bool = False) -> str:
        kept, widths = self._layout()
        parts = [" " * text_width(self._label) if in_header else self._label] if self._label else []
        for i, width in zip(kept, widths, strict=True):
            align = "left" if i is None else {True: "right", False: "left", None: "center"}[right[i]]
            parts.append(pad("…" if i is None else clip(cells[i], width), width, align))
        return " │ ".join(parts).rstrip()


class DataPrinter:
    """Rows as CSV or JSON lines, `__weight` included."""

    def __init__(self, out: TextIO, schema: pa.Schema, format_: str, label: str | None = None) -> None:
        if format_ not in ("csv", "jsonl"):
            raise ShellError(f"a tail has no end, and {format_} has no form for that: use csv, jsonl or table")
        if label is not None and format_ == "csv":
            raise ShellError("several streams do not fit one CSV file: use jsonl, or follow one with --stream")
        self._out, self._label = out, label
        self._writer = formats.data_writer(format_, out)
        self._writer.begin(schema if label is None else schema.insert(0, pa.field(_STREAM_KEY, pa.string())))

    def print(self, item: laminardb.QueryResult) -> None:
        """Writes the rows of one item."""
        table = item.arrow()
        if self._label is not None:
            table = table.add_column(0, _STREAM_KEY, pa.array([self._label] * table.num_rows, pa.string()))
        self._writer.write(table)
        self._out.flush()


def printer(session: Session, schema: pa.Schema, out: TextIO | None = None, label: str | None = None) -> Printer:
    """A printer by the settings of the session."""
    if session.settings.format in ("table", "line"):
        in_terminal = is_terminal(session.out)
        return TablePrinter(
            out or session.out,
            schema,
            width_of(session.out),
            style_of(session.out),
            label,
            _ROWS_OF_AN_ITEM if in_terminal else None,
        )
    return DataPrinter(out or session.out, schema, session.settings.format, label)


def foreground(session: Session, sql: str, most_items: int | None = None) -> None:
    """Prints what `SUBSCRIBE …` or a query delivers, until Ctrl-C, the end of the stream, or `most_items` items."""
    subscription = session.conn.subscribe(sql)
    try:
        prints = printer(session, subscription.schema)
        if session.interactive:
            session.out.write(session.style("dim", "changes are printed as they come; Ctrl-C ends this") + "\n")
            session.out.flush()
        items = rows = 0
        try:
            while most_items is None or items < most_items:
                item = _next(subscription)
                if item is None:
                    if not subscription.is_active:
                        break
                    continue
                items, rows = items + 1, rows + item.num_rows
                prints.print(item)
        except KeyboardInterrupt:
            if is_terminal(session.out):
                session.out.write("\r\x1b[K")  # the terminal's own ^C
        if session.interactive:
            session.out.write(_summary(items, rows) + "\n")
    finally:
        subscription.cancel()


class Background:
    """Tails that go on while the user types. Text waits in `take` until the shell has a moment to print it.

    Attributes:
        on_text: called from another thread when there is text to take.
    """

    def __init__(self) -> None:
        self.on_text: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._texts: deque[str] = deque()
        self._tails: dict[str, tuple[laminardb.Subscription, threading.Thread]] = {}

    def names(self) -> list[str]:
        """What is being tailed."""
        with self._lock:
            return sorted(self._tails)

    def start(self, session: Session, name: str, sql: str) -> None:
        """Starts a tail of `sql` under a name; `ShellError` when there is one."""
        if name in self.names():
            raise ShellError(f"{name} is being tailed already; \\untail {name} ends that")
        subscription = session.conn.subscribe(sql)
        text = io.StringIO()
        prints = printer(session, subscription.schema, text, label=name)
        thread = threading.Thread(
            target=self._run, args=(session, name, subscription, prints, text), name=f"tail-{name}", daemon=True
        )
        with self._lock:
            self._tails[name] = (subscription, thread)
        thread.start()

    def stop(self, name: str | None = None) -> list[str]:
        """Ends one tail, or all. Returns the names of those that ended."""
        with self._lock:
            chosen = {n: t for n, t in self._tails.items() if name is None or n.lower() == name.lower()}
        for subscription, thread in chosen.values():
            subscription.cancel()
            thread.join()
        return sorted(chosen)

    def has_text(self) -> bool:
        """Whether `take` would return some."""
        return bool(self._texts)

    def take(self) -> str:
        """The text that has come since the last call."""
        with self._lock:
            text = "".join(self._texts)
            self._texts.clear()
            return text

    def _run(
        self,
        session: Session,
        name: str,
        subscription: laminardb.Subscription,
        prints: Printer,
        text: io.StringIO,
    ) -> None:
        ending = ""
        try:
            for item in subscription:
                prints.print(item)
                self._post(text.getvalue())
                text.seek(0)
                text.truncate()
        except laminardb.SubscriptionError as error:
            ending = f"tail of {name} ended: {error}\n"
        with self._lock:
            self._tails.pop(name, None)
        if ending:
            self._post(ending)

    def _post(self, text: str) -> None:
        with self._lock:
            self._texts.append(text)
        self.on_text()


def follow(session: Session, names: list[str], stop: threading.Event) -> None:
    """Prints the changes of several streams, each row led by its stream's name, until `stop` or their end."""
    subscriptions = {name: session.conn.subscribe_stream(name) for name in names}
    labels = len(names) > 1
    printers = {n: printer(session, s.schema, label=n if labels else None) for n, s in subscriptions.items()}
    counts = dict.fromkeys(names, (0, 0))
    lock = threading.Lock()
    last: list[str] = []
    failures: list[str] = []

    def read(name: str) -> None:
        try:
            for item in subscriptions[name]:
                with lock:
                    if last != [name] and isinstance(printers[name], TablePrinter):
                        printers[name].needs_header = True
                    last[:] = [name]
                    printers[name].print(item)
                    counts[name] = (counts[name][0] + 1, counts[name][1] + item.num_rows)
        except laminardb.SubscriptionError as error:
            failures.append(f"{name}: {error}")
        except BrokenPipeError:
            stop.set()

    begin = time.monotonic()
    threads = [threading.Thread(target=read, args=(name,), name=f"follow-{name}", daemon=True) for name in names]
    for thread in threads:
        thread.start()
    try:
        while not stop.is_set() and any(thread.is_alive() for thread in threads):
            stop.wait(_PATIENCE_SECONDS)
    except KeyboardInterrupt:
        pass
    for subscription in subscriptions.values():
        subscription.cancel()
    for thread in threads:
        thread.join()
    style = style_of(session.err)
    session.err.write(("\n" if is_terminal(session.err) else "") + f"followed for {time.monotonic() - begin:.1f} s\n")
    for name, (items, rows) in counts.items():
        session.err.write(f"  {name}: {_summary(items, rows)}\n")
    for failure in failures:
        session.err.write(f"{style('red', 'ERROR:')} {failure}\n")


def _next(subscription: laminardb.Subscription) -> laminardb.QueryResult | None:
    """The next item, or `None` after a while without one, in which an interrupt is noticed."""
    try:
        return subscription.next_timeout(_PATIENCE_SECONDS)
    except laminardb.SubscriptionError as error:
        if error.code != codes.SUBSCRIPTION_TIMEOUT:
            raise
        return None


def _summary(items: int, rows: int) -> str:
    return f"{items:,} change{'' if items == 1 else 's'}, {rows:,} row{'' if rows == 1 else 's'}"
