"""`\\watch`: a query run again and again, drawn over its last answer."""

from __future__ import annotations

import io
import re
import shutil
import time
from typing import TYPE_CHECKING

from laminardb.cli.errors import Cancelled, ShellError
from laminardb.cli.script import Statement
from laminardb.cli.terminal import is_terminal, text_width

if TYPE_CHECKING:
    from laminardb.cli.session import Session

# Without a given interval the query runs again when the engine has done something, at most this often.
_LEAST_SECONDS = 0.25
_COLOUR = re.compile(r"\x1b\[[0-9]*m")
_OPTION = re.compile(r"(?:(?P<key>[ic])=)?(?P<number>\d+(?:\.\d*)?|\.\d+)$")


def parse_options(arguments: list[str]) -> tuple[float | None, int | None]:
    """Interval and count of `\\watch [[i=]seconds] [[c=]count]`; `None` for what is not given."""
    values: dict[str, float] = {}
    for argument in arguments:
        match = _OPTION.match(argument)
        key = match and (match["key"] or ("c" if "i" in values else "i"))
        if match is None or key in values or len(arguments) > 2:
            raise ShellError("usage: \\watch [[i=]SECONDS] [[c=]COUNT]")
        values[key] = float(match["number"])
    seconds, count = values.get("i"), values.get("c")
    if seconds is not None and seconds <= 0:
        raise ShellError("the interval of \\watch is a number of seconds above 0")
    if count is not None and (count < 1 or count != int(count)):
        raise ShellError("the count of \\watch is a whole number above 0")
    return seconds, None if count is None else int(count)


def watch(session: Session, statement: Statement, seconds: float | None, count: int | None) -> None:
    """Runs a query every `seconds`, or whenever the engine has done something, `count` times or until Ctrl-C."""
    if not statement.is_query:
        raise ShellError("\\watch takes a query; a stream is watched with SELECT * FROM it, or with \\tail")
    in_place = is_terminal(session.out)
    lines = runs = 0
    try:
        while True:
            progress = _progress(session)
            text = _answer(session, statement, seconds)
            if in_place:
                # Up over the last answer, if there is one, and clear from there.
                session.out.write((f"\x1b[{lines}F" if lines else "") + "\x1b[J")
                text, lines = _cut(text)
            session.out.write(text)
            session.out.flush()
            runs += 1
            if count is not None and runs >= count:
                return
            _wait(session, seconds, progress)
    except (KeyboardInterrupt, Cancelled):
        session.out.write("\r\x1b[K" if in_place else "")  # the terminal's own ^C


def _answer(session: Session, statement: Statement, seconds: float | None) -> str:
    """What the query answers now, as text, under a line with the time."""
    pace = "on every change" if seconds is None else f"every {seconds:g} s"
    title = f"{time.strftime('%H:%M:%S')}  {pace}" + ("; Ctrl-C ends this" if session.interactive else "")
    text = io.StringIO()
    writer = session.writer(statement)
    writer.out = text
    text.write(session.style("dim", title) + "\n")
    session.show_query(statement.text, writer)
    return text.getvalue()


def _cut(text: str) -> tuple[str, int]:
    """The beginning that fits the terminal, so that the cursor can go back to its top, and how many rows it takes."""
    size = shutil.get_terminal_size()
    kept: list[str] = []
    rows = 0
    lines = text.splitlines()
    for number, line in enumerate(lines):
        taken = max(1, -(-text_width(_COLOUR.sub("", line)) // size.columns))  # a long line wraps
        if rows + taken > size.lines - 2 and number < len(lines) - 1:
            kept.append(f"… {len(lines) - number} more lines")
            rows += 1
            break
        kept.append(line)
        rows += taken
    return "\n".join(kept) + "\n", rows


def _wait(session: Session, seconds: float | None, progress: tuple[int, ...]) -> None:
    if seconds is not None:
        time.sleep(seconds)
        return
    time.sleep(_LEAST_SECONDS)
    while _progress(session) == progress:
        time.sleep(_LEAST_SECONDS)


def _progress(session: Session) -> tuple[int, ...]:
    metrics = session.conn.metrics()
    return metrics.total_cycles, metrics.total_events_ingested, metrics.stream_count, metrics.source_count
