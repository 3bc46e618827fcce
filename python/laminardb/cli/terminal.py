"""What the place that text goes to can show: its width, colours, and how wide text is in it."""

from __future__ import annotations

import os
import shutil
import unicodedata
from typing import TextIO

_SGR = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
ERASE_LINE = "\r\x1b[K"


class Style:
    """Adds colours where they can be seen, and nothing elsewhere.

    Example:
        >>> Style(False)("red", "x")
        'x'
    """

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled

    def __call__(self, name: str, text: str) -> str:
        return f"\x1b[{_SGR[name]}m{text}\x1b[0m" if self.enabled and text else text


PLAIN = Style(False)


def is_terminal(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that understands cursor movement; a dumb one is treated as a pipe."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def style_of(stream: TextIO) -> Style:
    """Colours for a terminal, unless the environment asks for none (NO_COLOR)."""
    return Style(is_terminal(stream) and not os.environ.get("NO_COLOR"))


def width_of(stream: TextIO) -> int | None:
    """Columns of the terminal behind `stream`; `None` when it is not one, so nothing needs to be cut."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def text_width(text: str) -> int:
    """Columns that `text` takes: two for wide East Asian characters and emoji, none for combining marks."""
    if text.isascii():
        return len(text)
    width = 0
    previous = 0
    joined = False
    for character in text:
        if character == "\u200d":  # what follows is drawn into the same picture
            joined = True
            continue
        if character == "\ufe0f":  # asks for the picture instead of the letter
            width += 2 - previous if previous == 1 else 0
            previous = 2
            continue
        previous = 0 if joined else _character_width(character)
        joined = False
        width += previous
    return width


def clip(text: str, width: int) -> str:
    """`text`, or its beginning and `…` when it takes more than `width` columns."""
    if text_width(text) <= width:
        return text
    taken = text[: max(width - 1, 0)]
    while taken and text_width(taken) > width - 1:
        taken = taken[:-1]
    return taken + "…"


def pad(text: str, width: int, align: str = "left") -> str:
    """`text` filled up with blanks to `width` columns; `align` is left, right or center."""
    blanks = max(width - text_width(text), 0)
    before = {"left": 0, "right": blanks, "center": blanks // 2}[align]
    return " " * before + text + " " * (blanks - before)


def printable(text: str) -> str:
    """`text` in one line, control characters as escapes, so that data cannot steer the terminal."""
    if text.isprintable():
        return text
    return "".join(_escape(c) for c in text)


def _escape(character: str) -> str:
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if named:
        return named
    category = unicodedata.category(character)
    if category == "Cc":
        return f"\\x{ord(character):02x}"
    # Direction overrides and the like; joiners and marks inside words stay.
    if category == "Cs" or "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069":
        return f"\\u{ord(character):04x}"
    return character


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
