"""The live tables of the demo, drawn with rich."""

from __future__ import annotations

import time

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from laminardb.cli.demo_board import Board
from laminardb.cli.demo_feed import Feed


def show_live(board: Board, feed: Feed, seconds: float | None, frames_a_second: int) -> None:
    """Draws the board until `seconds` have passed or Ctrl-C."""
    begin = time.monotonic()
    console = Console()
    with Live(console=console, auto_refresh=False, screen=False) as live:
        while feed.failure is None and (seconds is None or time.monotonic() - begin < seconds):
            board.update()
            live.update(render(board, feed, time.monotonic() - begin, console.height), refresh=True)
            time.sleep(1 / frames_a_second)


def render(board: Board, feed: Feed, elapsed: float, height: int) -> RenderableType:
    """One frame, no higher than the terminal."""
    rate = feed.inserted / elapsed if elapsed > 0 else 0
    head = Text.assemble(
        ("laminardb demo", "bold"),
        f"   {elapsed:6.1f} s   {feed.inserted:,} trades   {rate:,.0f} a second   ",
        (f"{sum(board.counts.values()):,} changes of four streams", "green"),
        ("   Ctrl-C ends", "dim"),
    )
    rows = max(3, min(8, (height - 14) // 2))
    return Group(
        head,
        Columns([_totals(board), _whales(board, 8)]),
        Columns([_bars(board, rows), _swings(board, rows)]),
    )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", border_style="dim")
    for column in columns:
        table.add_column(column.lstrip("<"), justify="left" if column.startswith("<") else "right", no_wrap=True)
    return table


def _totals(board: Board) -> Table:
    table = _table("totals: every change of a running sum", "<symbol", "trades", "volume", "vwap")
    for symbol, row in sorted(board.totals.items()):
        style = "green" if symbol in board.moved else ""
        table.add_row(symbol, f"{row['trades']:,}", f"{row['volume']:,}", f"{row['vwap']:.3f}", style=style)
    return table


def _whales(board: Board, rows: int) -> Table:
    table = _table("whales: volume >= 9500", "<time", "<symbol", "price", "volume")
    for row in list(board.whales)[:rows]:
        table.add_row(f"{row['ts']:%H:%M:%S.%f}"[:-3], row["symbol"], f"{row['price']:.2f}", f"{row['volume']:,}")
    return table


def _bars(board: Board, rows: int) -> Table:
    table = _table("bars: one second, when it is over", "<second", "<symbol", "open", "high", "low", "close")
    for row in list(board.bars)[:rows]:
        colour = "green" if row["close"] >= row["open"] else "red"
        prices = [f"{row[name]:.2f}" for name in ("open", "high", "low", "close")]
        table.add_row(f"{row['second']:%H:%M:%S}", row["symbol"], *prices[:3], Text(prices[3], colour))
    return table


def _swings(board: Board, rows: int) -> Table:
    table = _table("swings: of bars, five seconds", "<since", "<symbol", "percent")
    for row in list(board.swings)[:rows]:
        table.add_row(f"{row['since']:%H:%M:%S}", row["symbol"], f"{row['percent']:.2f}")
    return table
