"""Errors as the command line shows them: the code, the message, the line with its caret."""

from __future__ import annotations

import re

from laminardb.cli.script import Statement
from laminardb.cli.terminal import PLAIN, Style
from laminardb.errors import LaminarError

_POINTER = re.compile(r"\nLINE (?P<line>\d+): (?P<text>[^\n]*)\n(?P<indent> *)\^$")


class ShellError(Exception):
    """A mistake in the use of the command line itself: an unknown command, a file that cannot be read."""


class Cancelled(Exception):
    """The user interrupted a statement, and it stopped."""


class Stopped(Exception):
    """A script that another one read failed; its error has been shown."""


def describe(
    error: Exception,
    statement: Statement | None = None,
    origin: str | None = None,
    script: str | None = None,
    style: Style = PLAIN,
) -> str:
    """The text for an error.

    Args:
        statement: the one that failed. The lines of its script are counted, not its own.
        origin: the name of the script, which then leads: `script.sql:3:8: ERROR 400: …`.
        script: the text that `statement.begin` counts in; needed with `origin`.
    """
    head = style("red", f"ERROR {error.code}:" if isinstance(error, LaminarError) else "ERROR:")
    message = str(error) or type(error).__name__
    place = ""
    pointer = _POINTER.search(message)
    if statement is not None:
        position = getattr(error, "position", None)
        if pointer:
            line = int(pointer["line"]) + statement.line - 1
            shift = len(str(line)) - len(pointer["line"])
            caret = " " * (len(pointer["indent"]) + shift) + style("red", "^")
            message = f"{message[: pointer.start()]}\nLINE {line}: {pointer['text']}\n{caret}"
        if origin is not None:
            place = _place(statement, origin, script, position)
    return f"{place}{head} {message}"


def _place(statement: Statement, origin: str, script: str | None, position: int | None) -> str:
    if script is None or position is None:
        return f"{origin}:{statement.line}: "
    at = statement.begin + position
    column = at - (script.rfind("\n", 0, at) + 1) + 1
    return f"{origin}:{script.count(chr(10), 0, at) + 1}:{column}: "
