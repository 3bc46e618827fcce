"""What a person watching sees: tables that change as windows close, and a progress bar."""

from __future__ import annotations

import time
from collections import deque
from datetime import datetime

import laminardb
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

REFRESH_SECONDS = 0.1


class Screen:
    """Redraws at most ten times a second; on anything that is not a terminal it prints a line now and then instead."""

    def __init__(self, total_rows: int) -> None:
        self.console = Console()
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(None),
            MofNCompleteColumn(),
            TextColumn("flights"),
            TimeRemainingColumn(),
        )
        self.task = self.progress.add_task("2013", total=total_rows)
        self.total = total_rows
        self.hourly: dict[str, tuple] = {}
        self.on_time: dict[str, tuple] = {}
        self.very_late: deque[tuple] = deque(maxlen=6)
        self.totals: dict[str, tuple] = {}
        self.cancelled: deque[tuple] = deque(maxlen=6)
        self.live = Live(console=self.console, auto_refresh=False) if self.console.is_terminal else None
        self.drawn = 0.0
        self.printed = -1

    def __enter__(self) -> Screen:
        if self.live:
            self.live.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        if self.live:
            self.live.update(self._render(), refresh=True)
            self.live.__exit__(*exc)

    def take(self, name: str, change: laminardb.QueryResult) -> None:
        """Takes one epoch's change of a stream. The last row per key is what is shown."""
        rows = change.fetchall()
        if name == "hourly":
            for row in rows:
                self.hourly[row[0]] = row
        elif name == "on_time":
            for row in rows:
                self.on_time[row[0]] = row
        elif name == "totals":
            for row in rows:
                if row[-1] > 0:
                    self.totals[row[0]] = row
        elif name == "cancellations":
            self.cancelled.extend(rows)

    def draw(self, rows_done: int, now: datetime, final: bool = False) -> None:
        self.progress.update(self.task, completed=rows_done, description=f"{now:%a %d %b %Y %H:%M}")
        if self.live:
            if final or time.monotonic() - self.drawn >= REFRESH_SECONDS:
                self.drawn = time.monotonic()
                self.live.update(self._render(), refresh=True)
        elif rows_done * 10 // self.total != self.printed:
            self.printed = rows_done * 10 // self.total
            self.console.print(f"{now:%d %b %Y}: {rows_done:,} of {self.total:,} flights")

    def _render(self) -> Group:
        hourly = Table(title="hour just closed, per airport", expand=True)
        for name in ("airport", "hour", "departures", "mean delay", "worst"):
            hourly.add_column(name, justify="left" if name == "airport" else "right")
        for origin, hour, departures, mean, worst in sorted(self.hourly.values()):
            colour = "red" if mean > 45 else "yellow" if mean > 15 else "green"
            hourly.add_row(
                origin, f"{hour:%d %b %H:%M}", str(departures), f"[{colour}]{mean:.1f} min[/]", f"{worst} min"
            )

        airlines = Table(title="airlines: last six hours, and the year so far", expand=True)
        for name in ("airline", "on time", "flights", "cancelled", "mean delay"):
            airlines.add_column(name, justify="left" if name == "airline" else "right")
        for airline, flights, cancelled, mean, *_ in sorted(self.totals.values(), key=lambda row: -row[1])[:8]:
            rate = self.on_time.get(airline)
            airlines.add_row(airline, f"{rate[3]} %" if rate else "", f"{flights:,}", f"{cancelled:,}",
                             f"{mean:.1f} min" if mean is not None else "")  # fmt: skip

        late = Table(title="just left, more than two hours late", expand=True)
        for name in ("scheduled", "flight", "route", "delay"):
            late.add_column(name, justify="right" if name == "delay" else "left")
        for _, sched, airline, flight, origin, dest, delay, *_ in reversed(self.very_late):
            late.add_row(
                f"{sched:%d %b %H:%M}", f"{airline} {flight}", f"{origin} → {dest}", f"{delay // 60} h {delay % 60:02d}"
            )

        cancelled = Table(title="cancelled, per day", expand=True)
        cancelled.add_column("day")
        cancelled.add_column("flights", justify="right")
        for day, count in reversed(self.cancelled):
            cancelled.add_row(f"{day:%a %d %b}", str(count))

        grid = Table.grid(expand=True, padding=(0, 1))
        grid.add_column(ratio=3)
        grid.add_column(ratio=2)
        grid.add_row(Group(hourly, airlines), Group(late, cancelled))
        return Group(Panel(grid, title="New York departures, as they happened", border_style="cyan"), self.progress)
