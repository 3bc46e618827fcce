"""Runs engine work on a thread of its own, so that the user can interrupt it and see how far it is."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import laminardb
from laminardb import codes
from laminardb.cli.errors import Cancelled
from laminardb.cli.terminal import ERASE_LINE, is_terminal

T = TypeVar("T")

# How long a statement may take before it is said that it runs, and how often that is renewed.
_QUIET_SECONDS = 0.5
_FRAME_SECONDS = 0.1
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Work(Generic[T]):
    """One piece of work. `wait` runs it; the function may count the rows it has seen in `rows`.

    Args:
        work: what to do; called on another thread.
        cancel: called on Ctrl-C; makes `work` return or raise soon. Returns whether there was something to cancel.
        progress: whether to show time and rows on standard error while it takes long.
    """

    def __init__(self, work: Callable[[Work[T]], T], cancel: Callable[[], bool], progress: bool) -> None:
        self.rows = 0
        self._work, self._cancel = work, cancel
        self._progress = progress and is_terminal(sys.stderr)
        self._done = threading.Event()
        self._cancelled = False
        self._result: T
        self._error: BaseException | None = None

    def wait(self) -> T:
        """Runs the work and returns its result or raises its error; `Cancelled` when the user interrupted it."""
        thread = threading.Thread(target=self._run, name="laminardb-statement", daemon=True)
        begin = time.monotonic()
        thread.start()
        shown = False
        # Whether an interrupt comes before, in, or after the wait, it is handled in this loop.
        while not self._done.is_set():
            try:
                elapsed = time.monotonic() - begin
                if self._progress and elapsed > _QUIET_SECONDS:
                    shown = True
                    self._show(elapsed)
                self._done.wait(_FRAME_SECONDS)
            except KeyboardInterrupt:
                self._interrupt()
        if shown:
            sys.stderr.write(ERASE_LINE)
            sys.stderr.flush()
        thread.join()
        if self._cancelled and (self._error is None or getattr(self._error, "code", 0) == codes.QUERY_CANCELLED):
            raise Cancelled
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._work(self)
        except BaseException as error:  # carried to the thread that waits
            self._error = error
        finally:
            self._done.set()

    def _interrupt(self) -> None:
        if self._cancel():
            self._cancelled = True
        elif not self._done.is_set():
            sys.stderr.write("\nnothing to cancel: waiting for the statement to finish\n")

    def _show(self, elapsed: float) -> None:
        frame = _FRAMES[int(elapsed / _FRAME_SECONDS) % len(_FRAMES)]
        rows = f", {self.rows:,} rows" if self.rows else ""
        sys.stderr.write(f"{ERASE_LINE}{frame} {elapsed:.1f} s{rows}   Ctrl-C cancels")
        sys.stderr.flush()


def cancel_newest(conn: laminardb.Connection, sql: str) -> bool:
    """Cancels the newest running query whose text is part of `sql`; whether there was one."""
    for query in reversed(conn.queries()):
        if query.active and query.sql in sql:
            try:
                conn.cancel_query(query.id)
            except laminardb.SchemaError:  # it ended meanwhile
                return False
            return True
    return False
