"""SQL text as tokens, for splitting, highlighting and completion.

Follows the engine's lexer token for token (a test compares them), but never refuses: a string or comment that does not
end reaches to the end of the text and is marked so, and a character that starts no token is a symbol.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    QUOTED_NAME = "quoted name"
    STRING = "string"
    NUMBER = "number"
    PARAMETER = "parameter"
    SYMBOL = "symbol"
    COMMENT = "comment"


class Token(NamedTuple):
    """A slice of the text; `closed` is false for a string, quoted name or comment that does not end."""

    kind: Kind
    begin: int
    end: int
    closed: bool = True


_BLANKS = re.compile("[ \t-\r\xa0\ufeff]+")
_WORD_START = "A-Za-z_\x80-\x9f\xa1-\ufefe\uff00-\U0010ffff"
_PATTERNS = [
    (Kind.COMMENT, re.compile(r"--[^\n]*")),
    (Kind.STRING, re.compile(r"[eE]'(?:[^'\\]|\\.|'')*(?P<close>')?", re.DOTALL)),
    (Kind.STRING, re.compile(r"[xX]?'(?:[^']|'')*(?P<close>')?")),
    (Kind.QUOTED_NAME, re.compile(r'"(?:[^"]|"")*(?P<close>")?')),
    (Kind.QUOTED_NAME, re.compile(r"`(?:[^`]|``)*(?P<close>`)?")),
    (Kind.WORD, re.compile(f"[{_WORD_START}][{_WORD_START}0-9$]*")),
    (Kind.NUMBER, re.compile(r"0(?:[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*|[oO](?:_?[0-7])+|[bB](?:_?[01])+)")),
    (
        Kind.NUMBER,
        re.compile(
            r"(?:[0-9](?:_?[0-9])*(?:\.(?!\.)(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)"
            r"(?:[eE][+-]?[0-9](?:_?[0-9])*)?"
        ),
    ),
    (Kind.PARAMETER, re.compile(r"\$[0-9]+")),
]
# As the engine has it, what looks like a blank in a word is none in a tag.
_DOLLAR = re.compile("\\$[A-Za-z0-9_\x80-\U0010ffff]*(\\$)?")
_COMMENT_MARK = re.compile(r"/\*|\*/")


def tokenize(text: str, position: int = 0) -> Iterator[Token]:
    """The tokens of `text` from `position` on, in order, comments included, blanks left out."""
    while True:
        blanks = _BLANKS.match(text, position)
        if blanks:
            position = blanks.end()
        if position == len(text):
            return
        token = _token_at(text, position)
        yield token
        position = token.end


def _token_at(text: str, begin: int) -> Token:
    if text.startswith("/*", begin):
        return _block_comment(text, begin)
    for kind, pattern in _PATTERNS:
        match = pattern.match(text, begin)
        if match:
            closed = "close" not in pattern.groupindex or match["close"] is not None
            return Token(kind, begin, match.end(), closed)
    if text[begin] == "$":
        return _dollar(text, begin)
    return Token(Kind.SYMBOL, begin, begin + 1)


def _block_comment(text: str, begin: int) -> Token:
    """Comments nest."""
    depth = 0
    for mark in _COMMENT_MARK.finditer(text, begin):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return Token(Kind.COMMENT, begin, mark.end())
    return Token(Kind.COMMENT, begin, len(text), closed=False)


def _dollar(text: str, begin: int) -> Token:
    """`$name`, `$$text$$` or `$tag$text$tag$`."""
    match = _DOLLAR.match(text, begin)
    assert match is not None
    if match[1] is None:
        return Token(Kind.PARAMETER if len(match[0]) > 1 else Kind.SYMBOL, begin, match.end())
    end = text.find(match[0], match.end())
    if end < 0:
        return Token(Kind.STRING, begin, len(text), closed=False)
    return Token(Kind.STRING, begin, end + len(match[0]))
