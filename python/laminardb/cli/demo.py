"""`laminardb demo`: live tables over a synthetic market, everything in this process."""

from __future__ import annotations

import sys
import threading
import time

import laminardb
from laminardb.cli.demo_board import Board
from laminardb.cli.demo_feed import SQL, Feed
from laminardb.cli.errors import ShellError
from laminardb.cli.session import Session
from laminardb.cli.terminal import is_terminal

_FRAMES_A_SECOND = 5


def run_demo(seconds: float | None, rate: int, plain: bool, with_shell: bool) -> int:
    """Runs the demo for `seconds`, or until Ctrl-C. Returns the exit status: 0 when the streams agreed with their SQL.

    Args:
        rate: trades a second.
        plain: lines instead of live tables.
        with_shell: a shell over the running feed instead of tables.
    """
    live = not plain and not with_shell and is_terminal(sys.stdout)
    if live:
        try:
            from laminardb.cli.demo_screen import show_live
        except ImportError:
            raise ShellError("live tables need rich: pip install 'laminardb[cli]', or run with --plain") from None
    with laminardb.open(":memory:") as conn:
        conn.execute(SQL)
        feed = Feed(conn, rate)
        if with_shell:
            return _shell(conn, feed)
        board = Board(conn)
        begin = time.monotonic()
        feed.start()
        done = threading.Event()
        try:
            if live:
                show_live(board, feed, seconds, _FRAMES_A_SECOND)
            else:
                _print_lines(board, begin, seconds, done)
        except KeyboardInterrupt:
            if is_terminal(sys.stdout):
                sys.stdout.write("\r\x1b[K")
        feed.stop()
        board.update()
        return _finish(conn, board, feed, time.monotonic() - begin)


def _print_lines(board: Board, begin: float, seconds: float | None, done: threading.Event) -> None:
    """A line for each bar, large trade and swing, as they come."""
    while seconds is None or time.monotonic() - begin < seconds:
        for line in board.update():
            print(line)
        sys.stdout.flush()
        done.wait(1 / _FRAMES_A_SECOND)


def _finish(conn: laminardb.Connection, board: Board, feed: Feed, seconds: float) -> int:
    """What was done, and whether the changes of `totals`, summed, are what its SELECT answers over all trades."""
    if feed.failure is not None:
        raise feed.failure
    changes = sum(board.counts.values())
    print(f"{feed.inserted:,} trades in {seconds:.1f} s, {changes:,} changes of four streams")
    for name, count in board.counts.items():
        print(f"  {name}: {count:,}")
    sql = next(stream.sql for stream in conn.streams() if stream.name == "totals")
    expected = {row["symbol"]: row for row in conn.query(sql).to_pylist()}
    agrees = {s: (r["trades"], r["volume"]) for s, r in expected.items()} == {
        s: (r["trades"], r["volume"]) for s, r in board.totals.items()
    }
    print(f"the changes of totals, summed, are its SELECT over all trades: {'yes' if agrees else 'NO'}")
    return 0 if agrees else 1


def _shell(conn: laminardb.Connection, feed: Feed) -> int:
    from laminardb.cli.shell import run_shell

    session = Session(conn, "the demo's database in memory")
    feed.start()
    try:
        print("trades come in; try: \\d   SELECT * FROM totals ORDER BY symbol \\watch   SUBSCRIBE whales;")
        return run_shell(session)
    finally:
        feed.stop()
        session.close()
