"""Without a person at the keyboard: scripts, `-c`, standard input."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import laminardb
from laminardb.cli import tail
from laminardb.cli.errors import ShellError
from laminardb.cli.session import Quit, Session


def run_batch(session: Session, scripts: list[tuple[str, str | None]]) -> int:
    """Runs scripts, given as text and name, in order. Returns the exit status: 1 when a statement failed."""
    try:
        for script, origin in scripts:
            if not session.run_script(script, origin) and session.settings.stop_on_error:
                break
    except Quit:
        pass
    return 1 if session.failed else 0


def read_script(path: str) -> tuple[str, str]:
    """The text and the name of a script; `-` is standard input."""
    if path == "-":
        return sys.stdin.read(), "<stdin>"
    try:
        return Path(path).read_text(encoding="utf-8"), path
    except (OSError, UnicodeDecodeError) as error:
        raise ShellError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


def follow(session: Session, names: list[str]) -> int:
    """Tails streams until Ctrl-C or SIGTERM, or until they end. `names` empty: those that the script created."""
    chosen = names or [name for name in session.created if name in session.conn.list_streams()]
    if not chosen:
        raise ShellError("there is nothing to follow: the script created no stream; --stream NAME names one")
    stop = threading.Event()

    def terminate(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        tail.follow(session, list(dict.fromkeys(chosen)), stop)
    except laminardb.LaminarError as error:
        session.show_error(error, None)
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0
