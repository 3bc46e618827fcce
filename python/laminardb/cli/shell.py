"""The interactive shell."""

from __future__ import annotations

import sys

import laminardb
from laminardb.cli.prompt import reader
from laminardb.cli.session import Quit, Session
from laminardb.cli.terminal import is_terminal, style_of


def run_shell(session: Session) -> int:
    """Reads and runs input until the user leaves. Returns the exit status, 0."""
    read = reader(session)
    session.interactive = True
    style = style_of(sys.stdout)
    where = "a database in memory, gone when you leave" if session.name == ":memory:" else session.name
    sys.stdout.write(f"{style('bold', 'laminardb')} {laminardb.__version__}, {where}\n")
    sys.stdout.write(style("dim", "\\? lists the commands, Ctrl-D leaves") + "\n")
    while True:
        prefill, session.prefill = session.prefill, ""
        try:
            text = read(prefill)
        except KeyboardInterrupt:
            if not is_terminal(sys.stdout):
                sys.stdout.write("\n")
            continue
        except EOFError:
            sys.stdout.write("" if is_terminal(sys.stdout) else "\n")
            return 0
        try:
            session.run_script(text)
        except KeyboardInterrupt:
            sys.stdout.write("\n")
        except Quit:
            return 0
